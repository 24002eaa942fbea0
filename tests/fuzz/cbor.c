/* fuzz/cbor.c - CBOR as a manifest may hold it, walked to every item.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "provenance/cbor_read.h"

#include <stdlib.h>
#include <string.h>

static size_t bytes_seen;

static void look_at(const cbor_item *item, const uint8_t *begin, const uint8_t *end)
{
    byte_span span;
    int64_t number;
    bool flag;
    if (cbor_read_bytes(item, &span) || cbor_read_text(item, &span)) {
        if (span.data < begin || span.data + span.size > end) abort();
        for (size_t i = 0; i < span.size; i++)
            bytes_seen += span.data[i];
    }
    cbor_read_integer(item, &number);
    cbor_read_bool(item, &flag);
    cbor_text_is(item, "alg");
    const cbor_item one = cbor_read_key(item, "alg"), other = cbor_read_number_key(item, 33);
    if (one.kind == CBOR_BREAK || other.kind == CBOR_BREAK) abort();
}

static void walk_all(const cbor_item *item, const uint8_t *begin, const uint8_t *end, int depth)
{
    cbor_item inside;
    if (depth > CBOR_DEPTH) abort();
    look_at(item, begin, end);
    const cbor_item plain = cbor_untagged(item);
    cbor_walk walk = cbor_walk_begin(&plain);
    while (cbor_walk_next(&walk, &inside))
        walk_all(&inside, begin, end, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cbor_item item;
    if (cbor_read_whole((byte_span){data, size}, &item)) walk_all(&item, data, data + size, 0);
    return 0;
}
