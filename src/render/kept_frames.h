/* render/kept_frames.h - what a network keeps of footage frames, within a budget.
 *
 * A frame comes back each time the bounce does. Frames that found room stay until they are needed
 * no more: of a bounce that is longer than the budget every frame is as good to keep as any other,
 * and those thrown out would only be missed one bounce later.
 *
 * Keeping costs more than it seems: memory that is touched for the first time takes about as long
 * as one return saves. New memory is therefore for frames that come back KEPT_PAYS times or more,
 * and memory that an earlier frame needs no more for any that comes back. Of a stream without a
 * known end a frame is thought to come back as often as it came.
 *
 * Any number of threads. A frame that one of them is filling is not there yet for the others, who
 * do without: it takes two threads at the turn of a bounce to meet in one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_KEPT_FRAMES_H
#define RENDER_KEPT_FRAMES_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEPT_PAYS 2       /* returns that pay for new memory */
#define KEPT_UNKNOWN (-1) /* returns of a frame when no end is known */

typedef struct kept_frames kept_frames;

/* Room for footage of `frames` frames, `floats` each, within `bytes`; *out is NULL, which keeps
 * nothing, where one of them is 0. Memory is taken as it is needed, and none where that would take
 * most of what is left (memory_left). VIS_ERR_MEMORY. */
vis_status kept_frames_create(int frames, size_t floats, size_t bytes, kept_frames **out,
                              vis_error *err);
void kept_frames_free(kept_frames *k); /* NULL is fine */

/* The block of a footage frame, aligned to VIS_ALIGN, to be given back; NULL when there is none.
 * Where *filled, it holds what an earlier run left there and is only read. Where not, it is the
 * caller's alone to fill until it is given back. `returns`: how often the frame will be wanted
 * again, or KEPT_UNKNOWN. `k` may be NULL. */
float *kept_frames_take(kept_frames *k, int footage, int64_t returns, bool *filled);

/* The block that was taken is full, and everybody's from now on; after its last use it is free. */
void kept_frames_give(kept_frames *k, int footage);

#endif
