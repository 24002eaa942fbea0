/* face/cache.c - decoded frames within a byte budget; the one needed last makes room for another.
 *
 * As the order of the frames is known, the rule is Belady's optimal one (L. A. Belady, "A study of
 * replacement algorithms for a virtual-storage computer", 1966).
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/cache.h"

#include "face/order.h"

#include <stdlib.h>

vis_status cache_create(cache *c, const schedule *order, size_t frame_bytes, size_t budget,
                        vis_error *err)
{
    size_t sources = (size_t)order->sources;
    size_t capacity = frame_bytes ? budget / frame_bytes : 1;
    if (capacity > sources) capacity = sources;
    *c = (cache){.order = order, .capacity = capacity ? capacity : 1};
    c->slot_of = calloc(sources, sizeof *c->slot_of);
    c->wanted = calloc(sources, sizeof *c->wanted);
    if (c->slot_of && c->wanted) return VIS_OK;
    cache_free(c);
    return vis_fail_memory(err, "a frame cache");
}

static void free_slot(cache_slot *slot)
{
    picture_free(&slot->frame);
    free(slot->keep);
    free(slot);
}

void cache_free(cache *c)
{
    for (size_t i = 0; i < c->count; i++)
        free_slot(c->slots[i]);
    free(c->slots);
    free(c->slot_of);
    free(c->wanted);
    *c = (cache){0};
}

cache_slot *cache_find(const cache *c, int index)
{
    return c->slot_of[index];
}

static bool evictable(const cache *c, const cache_slot *slot)
{
    return slot->state == CACHE_READY && slot->borrowed == 0 && c->wanted[slot->index] == 0;
}

static cache_slot *new_slot(cache *c)
{
    if (c->count == c->allocated) {
        size_t larger = c->allocated ? 2 * c->allocated : 16;
        cache_slot **slots = realloc(c->slots, larger * sizeof *slots);
        if (!slots) return NULL;
        c->slots = slots;
        c->allocated = larger;
    }
    cache_slot *slot = calloc(1, sizeof *slot);
    if (!slot) return NULL;
    slot->index = -1;
    c->slots[c->count++] = slot;
    return slot;
}

/* An empty slot, or the one whose frame is needed last (at *next_use), or NULL. */
static cache_slot *best_slot(const cache *c, int64_t *next_use)
{
    cache_slot *best = NULL;
    *next_use = -1;
    for (size_t i = 0; i < c->count; i++) {
        cache_slot *slot = c->slots[i];
        if (slot->state == CACHE_EMPTY) {
            *next_use = ORDER_NEVER;
            return slot;
        }
        if (!evictable(c, slot)) continue;
        int64_t use = schedule_next_use(c->order, slot->index);
        if (best && use <= *next_use) continue;
        best = slot;
        *next_use = use;
    }
    return best;
}

cache_slot *cache_take(cache *c, int index, bool must)
{
    int64_t use;
    cache_slot *slot = best_slot(c, &use);
    if (!slot || slot->state != CACHE_EMPTY) {
        bool better = slot && (must || use > schedule_next_use(c->order, index));
        bool spent = slot && use == ORDER_NEVER; /* memory that is warm and needed no more */
        if (!spent && (c->count < c->capacity || (!slot && must)))
            slot = new_slot(c);
        else if (!better)
            return NULL;
    }
    if (!slot) return NULL;
    if (slot->index >= 0) c->slot_of[slot->index] = NULL;
    slot->index = index;
    slot->state = CACHE_LOADING;
    c->slot_of[index] = slot;
    return slot;
}

size_t cache_room(const cache *c, int64_t uses, size_t most)
{
    size_t room = c->capacity > c->count ? c->capacity - c->count : 0;
    for (size_t i = 0; i < c->count && room < most; i++) {
        const cache_slot *slot = c->slots[i];
        room += slot->state == CACHE_EMPTY ||
                (evictable(c, slot) && schedule_next_use(c->order, slot->index) > uses);
    }
    return room < most ? room : most;
}

void cache_publish(cache_slot *slot)
{
    slot->state = CACHE_READY;
}

static void release_surplus(cache *c, cache_slot *slot)
{
    if (c->count <= c->capacity) return;
    size_t i = 0;
    while (c->slots[i] != slot)
        i++;
    c->slots[i] = c->slots[--c->count];
    if (slot->index >= 0) c->slot_of[slot->index] = NULL;
    free_slot(slot);
}

void cache_drop(cache *c, cache_slot *slot)
{
    c->slot_of[slot->index] = NULL;
    slot->index = -1;
    slot->state = CACHE_EMPTY;
    picture_free(&slot->frame); /* it may have grown to another size */
    release_surplus(c, slot);
}

void cache_return(cache *c, cache_slot *slot)
{
    if (--slot->borrowed == 0 && c->wanted[slot->index] == 0) release_surplus(c, slot);
}
