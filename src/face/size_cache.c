/* face/size_cache.c - the least recently used makes room.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/size_cache.h"

#include <stddef.h>

void size_cache_init(size_cache *c, int most, size_cache_make *make, size_cache_destroy *destroy,
                     const void *context)
{
    *c = (size_cache){.make = make, .destroy = destroy, .context = context, .most = most};
}

void size_cache_free(size_cache *c)
{
    for (int i = 0; i < c->count; i++)
        c->destroy(c->entries[i].made);
    c->count = 0;
}

static size_cache_entry *find(size_cache *c, int width, int height)
{
    for (int i = 0; i < c->count; i++)
        if (c->entries[i].width == width && c->entries[i].height == height) return &c->entries[i];
    return NULL;
}

/* The entry for a new size: an unused one, or the least recently used. */
static size_cache_entry *evict(size_cache *c)
{
    if (c->count < c->most) return &c->entries[c->count++];
    size_cache_entry *oldest = &c->entries[0];
    for (int i = 1; i < c->count; i++)
        if (c->entries[i].used < oldest->used) oldest = &c->entries[i];
    c->destroy(oldest->made);
    return oldest;
}

vis_status size_cache_get(size_cache *c, int width, int height, void **out, vis_error *err)
{
    size_cache_entry *entry = find(c, width, height);
    if (!entry) {
        void *made;
        VIS_TRY(c->make(c->context, width, height, &made, err));
        entry = evict(c);
        *entry = (size_cache_entry){.width = width, .height = height, .made = made};
    }
    entry->used = ++c->calls;
    *out = entry->made;
    return VIS_OK;
}
