/* face/resize_cache.h - resize plans of the square sizes used lately.
 *
 * The square follows the face, so its side varies by a few pixels over the footage; each size needs
 * tables of its own and comes back again and again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_RESIZE_CACHE_H
#define FACE_RESIZE_CACHE_H

#include "media/resize.h"

#include <stdbool.h>

#define RESIZE_CACHE_MAX 128 /* tens of kilobytes each */

typedef struct resize_cache_entry {
    int width, height;
    uint64_t used; /* when, in calls */
    resize_plan *plan;
} resize_cache_entry;

/* One side of every plan is `fixed` x `fixed`, the other is its key. One thread at a
 * time. */
typedef struct resize_cache {
    resize_mode mode;
    int fixed;
    bool to_fixed; /* squares become fixed x fixed; otherwise the other way round */
    int count;
    uint64_t calls;
    resize_cache_entry entries[RESIZE_CACHE_MAX];
} resize_cache;

void resize_cache_init(resize_cache *c, resize_mode mode, int fixed, bool to_fixed);
void resize_cache_free(resize_cache *c);

/* The plan for squares of that size, in 3 channels; belongs to the cache until the next call. Made
 * when it is not there, in place of the least recently used when there are RESIZE_CACHE_MAX. Fails
 * as resize_plan_create does. */
vis_status resize_cache_get(resize_cache *c, int width, int height, resize_plan **out,
                            vis_error *err);

#endif
