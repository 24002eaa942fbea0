/* render/activation_cache.h - cached activations of the network that depend on the
 * footage frame alone, within a byte budget.
 *
 * A frame comes back each time the ping-pong does. Cached frames stay until they are needed no
 * more: where the ping-pong is longer than the budget every frame is as good to cache as any other,
 * and an evicted one would only be missed one pass later.
 *
 * Caching costs more than it seems: memory that is touched for the first time takes about as long
 * as one return saves. New memory is therefore for frames that come back MIN_RETURNS times or more,
 * and memory that an earlier frame needs no more for any that comes back. Of a stream without a
 * known end a frame is assumed to come back as often as it came.
 *
 * Any number of threads. A frame that one of them is filling is a miss for the others: it takes two
 * threads at the turn of the ping-pong to meet in one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_ACTIVATION_CACHE_H
#define RENDER_ACTIVATION_CACHE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIN_RETURNS 2            /* returns that pay for new memory */
#define RETURNS_UNKNOWN (-1)     /* returns of a frame when no end is known */
#define RETURNS_ALWAYS INT64_MAX /* of footage that goes round for ever */

typedef struct activation_cache activation_cache;

/* Room for footage of `frames` frames, `floats` each, within `bytes`; *out is NULL, which caches
 * nothing, where one of them is 0. Memory is taken as it is needed, and none where that would take
 * most of what is left (memory_left). VIS_ERR_MEMORY. */
vis_status activation_cache_create(int frames, size_t floats, size_t bytes, activation_cache **out,
                                   vis_error *err);
void activation_cache_free(activation_cache *c); /* NULL is fine */

/* The block of a footage frame, aligned to VIS_ALIGN, until it is released; NULL on a miss without
 * room.
 * Where *filled, it holds what an earlier run left there and is only read. Where not, it is the
 * caller's alone to fill until it is released. `returns`: how often the frame will be wanted
 * again, RETURNS_UNKNOWN or RETURNS_ALWAYS. `c` may be NULL. */
float *activation_cache_acquire(activation_cache *c, int footage, int64_t returns, bool *filled);

/* The acquired block is full, and any thread may read it from now on; after its last use it is
 * free. */
void activation_cache_release(activation_cache *c, int footage);

/* Instead of that, for who acquired a block to fill and did not: it is free. */
void activation_cache_abandon(activation_cache *c, int footage);

typedef struct activation_cache_figures {
    int64_t hits, misses; /* of what was asked for: filled before, or not */
} activation_cache_figures;

/* Any thread; `c` may be NULL: zeros. */
void activation_cache_get(activation_cache *c, activation_cache_figures *out);

#endif
