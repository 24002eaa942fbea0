/* provenance/digest.h - the hash algorithms that C2PA allows, by the names that it gives them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_DIGEST_H
#define PROVENANCE_DIGEST_H

#include "provenance/cbor_read.h"

#include <nettle/sha2.h>

#define DIGEST_MAX SHA512_DIGEST_SIZE

typedef struct digest {
    int bits; /* 256, 384 or 512; 0: unknown */
    union {
        struct sha256_ctx sha256;
        struct sha512_ctx sha512; /* and 384's */
    } state;
} digest;

/* "sha256", "sha384" or "sha512"; false for others. */
bool digest_begin(digest *d, byte_span name);
void digest_add(digest *d, const void *bytes, size_t size);

/* Whether what was added has that hash. */
bool digest_matches(digest *d, byte_span hash);

#endif
