/* face/resize_cache.c - see resize_cache.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/resize_cache.h"

#define PLANS SIZE_CACHE_MAX /* tens of kilobytes each */

static vis_status make(const void *cache, int width, int height, void **out, vis_error *err)
{
    const resize_cache *c = cache;
    resize_plan *plan;
    if (c->to_fixed)
        VIS_TRY(resize_plan_create(c->mode, width, height, c->fixed, c->fixed, 3, &plan, err));
    else
        VIS_TRY(resize_plan_create(c->mode, c->fixed, c->fixed, width, height, 3, &plan, err));
    *out = plan;
    return VIS_OK;
}

static void destroy(void *plan)
{
    resize_plan_destroy(plan);
}

void resize_cache_init(resize_cache *c, resize_mode mode, int fixed, bool to_fixed)
{
    *c = (resize_cache){.mode = mode, .fixed = fixed, .to_fixed = to_fixed};
    size_cache_init(&c->plans, PLANS, make, destroy, c);
}

void resize_cache_free(resize_cache *c)
{
    size_cache_free(&c->plans);
}

vis_status resize_cache_get(resize_cache *c, int width, int height, resize_plan **out,
                            vis_error *err)
{
    void *plan;
    VIS_TRY(size_cache_get(&c->plans, width, height, &plan, err));
    *out = plan;
    return VIS_OK;
}
