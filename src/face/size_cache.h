/* face/size_cache.h - what was made for the square sizes met lately.
 *
 * The square follows the face, so its side varies by a few pixels over the footage; each size needs
 * tables of its own and comes back again and again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_SIZE_CACHE_H
#define FACE_SIZE_CACHE_H

#include "base/status.h"

#include <stdint.h>

#define SIZE_CACHE_MAX 128

typedef vis_status size_cache_make(const void *context, int width, int height, void **out,
                                   vis_error *err);
typedef void size_cache_destroy(void *made);

typedef struct size_cache_entry {
    int width, height;
    uint64_t used; /* when, in calls */
    void *made;
} size_cache_entry;

/* One thread at a time. */
typedef struct size_cache {
    size_cache_make *make;
    size_cache_destroy *destroy;
    const void *context;
    int count, most;
    uint64_t calls;
    size_cache_entry entries[SIZE_CACHE_MAX];
} size_cache;

/* For the `most` <= SIZE_CACHE_MAX sizes met last, each made by `make` with the context, which must
 * outlive the cache. */
void size_cache_init(size_cache *c, int most, size_cache_make *make, size_cache_destroy *destroy,
                     const void *context);
void size_cache_free(size_cache *c);

/* What belongs to that size; the cache's until the next call. Made when it is not there, in place of
 * the least recently used when there are `most`. Fails as `make` does. */
vis_status size_cache_get(size_cache *c, int width, int height, void **out, vis_error *err);

#endif
