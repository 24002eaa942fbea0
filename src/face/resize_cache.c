/* face/resize_cache.c - resize plans of the square sizes used lately.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/resize_cache.h"

void resize_cache_init(resize_cache *c, resize_mode mode, int fixed, bool to_fixed)
{
    *c = (resize_cache){.mode = mode, .fixed = fixed, .to_fixed = to_fixed};
}

void resize_cache_free(resize_cache *c)
{
    for (int i = 0; i < c->count; i++)
        resize_plan_destroy(c->entries[i].plan);
    c->count = 0;
}

static resize_cache_entry *find(resize_cache *c, int width, int height)
{
    for (int i = 0; i < c->count; i++)
        if (c->entries[i].width == width && c->entries[i].height == height) return &c->entries[i];
    return NULL;
}

/* The entry for a new plan: an unused one, or the least recently used. */
static resize_cache_entry *evict(resize_cache *c)
{
    if (c->count < RESIZE_CACHE_MAX) {
        c->entries[c->count] = (resize_cache_entry){0};
        return &c->entries[c->count++];
    }
    resize_cache_entry *oldest = &c->entries[0];
    for (int i = 1; i < c->count; i++)
        if (c->entries[i].used < oldest->used) oldest = &c->entries[i];
    resize_plan_destroy(oldest->plan);
    return oldest;
}

vis_status resize_cache_get(resize_cache *c, int width, int height, resize_plan **out,
                            vis_error *err)
{
    resize_cache_entry *entry = find(c, width, height);
    if (!entry) {
        resize_plan *plan;
        if (c->to_fixed)
            VIS_TRY(resize_plan_create(c->mode, width, height, c->fixed, c->fixed, 3, &plan, err));
        else
            VIS_TRY(resize_plan_create(c->mode, c->fixed, c->fixed, width, height, 3, &plan, err));
        entry = evict(c);
        *entry = (resize_cache_entry){.width = width, .height = height, .plan = plan};
    }
    entry->used = ++c->calls;
    *out = entry->plan;
    return VIS_OK;
}
