/* live/bytes.c - bytes with any number of holders.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/bytes.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

live_bytes *live_bytes_new(size_t size)
{
    size_t all;
    if (!size_add(size, sizeof(live_bytes) + LIVE_BYTES_PADDING, &all)) return NULL;
    live_bytes *b = malloc(all);
    if (!b) return NULL;
    b->holders = 1;
    b->size = size;
    memset(b->data + size, 0, LIVE_BYTES_PADDING);
    return b;
}

live_bytes *live_bytes_keep(live_bytes *b)
{
    __atomic_add_fetch(&b->holders, 1, __ATOMIC_RELAXED);
    return b;
}

void live_bytes_release(live_bytes *b)
{
    if (b && __atomic_sub_fetch(&b->holders, 1, __ATOMIC_ACQ_REL) == 0) free(b);
}
