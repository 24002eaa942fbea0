/* provenance/digest.c - SHA-2 by name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/digest.h"

#include <string.h>

static int bits_of(byte_span name)
{
    static const struct {
        const char *name;
        int bits;
    } known[] = {{"sha256", 256}, {"sha384", 384}, {"sha512", 512}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (name.size == 6 && memcmp(name.data, known[i].name, 6) == 0) return known[i].bits;
    return 0;
}

bool digest_begin(digest *d, byte_span name)
{
    d->bits = bits_of(name);
    if (d->bits == 256)
        sha256_init(&d->state.sha256);
    else if (d->bits == 384)
        sha384_init(&d->state.sha512);
    else
        sha512_init(&d->state.sha512);
    return d->bits != 0;
}

void digest_add(digest *d, const void *bytes, size_t size)
{
    if (d->bits == 256)
        sha256_update(&d->state.sha256, size, bytes);
    else
        sha512_update(&d->state.sha512, size, bytes); /* 384's is the same */
}

bool digest_matches(digest *d, byte_span hash)
{
    uint8_t made[DIGEST_MAX];
    size_t size = (size_t)d->bits / 8;
    if (d->bits == 256)
        sha256_digest(&d->state.sha256, size, made);
    else if (d->bits == 384)
        sha384_digest(&d->state.sha512, size, made);
    else
        sha512_digest(&d->state.sha512, size, made);
    return hash.size == size && size > 0 && memcmp(hash.data, made, size) == 0;
}
