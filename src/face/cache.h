/* face/cache.h - decoded frames within a byte budget; the one needed last makes room for another.
 *
 * No function locks: whoever shares a cache among threads holds a lock around every call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_CACHE_H
#define FACE_CACHE_H

#include "face/schedule.h"
#include "media/picture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum cache_state { CACHE_EMPTY, CACHE_LOADING, CACHE_READY } cache_state;

/* `frame` stands first: a borrowed picture is its slot. */
typedef struct cache_slot {
    picture frame;
    uint8_t *keep; /* [height, width] of the parsing mask, or NULL */
    int index;     /* source frame; -1 while empty */
    int borrowed;
    cache_state state;
} cache_slot;

typedef struct cache {
    const schedule *order;
    size_t capacity; /* slots that fit the budget, at least 1 */
    size_t count, allocated;
    cache_slot **slots;
    cache_slot **slot_of; /* [sources], NULL where not held */
    int *wanted;          /* [sources] callers that wait for the frame: it is not thrown out */
} cache;

/* A cache for frames of `frame_bytes` bytes each. `order` must outlive it. VIS_ERR_MEMORY. */
vis_status cache_create(cache *c, const schedule *order, size_t frame_bytes, size_t budget,
                        vis_error *err);
void cache_free(cache *c);

/* The slot that holds or will hold the frame, or NULL. */
cache_slot *cache_find(const cache *c, int index);

/* A slot for a frame that is not held, in state LOADING. An empty or new slot, or that of the frame
 * needed last, provided that it is needed later than this one. With `must` any slot not in use will
 * do, and beyond the budget a new one: then NULL means out of memory, else that there is no room.
 */
cache_slot *cache_take(cache *c, int index, bool must);

/* How many frames needed within `uses` frames from now could be taken in, counted up to `most`. */
size_t cache_room(const cache *c, int64_t uses, size_t most);

void cache_publish(cache_slot *slot);        /* LOADING -> READY */
void cache_drop(cache *c, cache_slot *slot); /* LOADING -> empty, after a failure */

/* Gives a borrowed slot back; beyond the budget it is released. */
void cache_return(cache *c, cache_slot *slot);

#endif
