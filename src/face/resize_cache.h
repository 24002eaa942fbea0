/* face/resize_cache.h - resize plans of the square sizes used lately.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_RESIZE_CACHE_H
#define FACE_RESIZE_CACHE_H

#include "face/size_cache.h"
#include "media/resize.h"

#include <stdbool.h>

/* One side of every plan is `fixed` x `fixed`, the other is its key. Stays where it was initialised.
 * One thread at a time. */
typedef struct resize_cache {
    resize_mode mode;
    int fixed;
    bool to_fixed; /* squares become fixed x fixed; otherwise the other way round */
    size_cache plans;
} resize_cache;

void resize_cache_init(resize_cache *c, resize_mode mode, int fixed, bool to_fixed);
void resize_cache_free(resize_cache *c);

/* The plan for squares of that size, in 3 channels, as size_cache_get gives it. Fails as
 * resize_plan_create does. */
vis_status resize_cache_get(resize_cache *c, int width, int height, resize_plan **out,
                            vis_error *err);

#endif
