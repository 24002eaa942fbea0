/* render/kept_frames.h - what a network keeps of footage frames, within a budget.
 *
 * A frame comes back each time the bounce does. Frames that found room stay: of a bounce that is
 * longer than the budget every frame is as good to keep as any other, and those thrown out would
 * only be missed one bounce later.
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

typedef struct kept_frames kept_frames;

/* Room for footage of `frames` frames, `floats` each, within `bytes`; *out is NULL, which keeps
 * nothing, where one of them is 0. VIS_ERR_MEMORY. */
vis_status kept_frames_create(int frames, size_t floats, size_t bytes, kept_frames **out,
                              vis_error *err);
void kept_frames_free(kept_frames *k); /* NULL is fine */

/* The block of a footage frame, aligned to VIS_ALIGN; NULL when there is none. Where *filled, it
 * holds what an earlier run left there and is only read. Where not, it is the caller's alone to
 * fill until kept_frames_filled. `returns`: the frame will be wanted again, so a block is made for
 * it if there is room. `k` may be NULL. */
float *kept_frames_take(kept_frames *k, int footage, bool returns, bool *filled);

/* The block that was taken to be filled is full, and from now on everybody's. */
void kept_frames_filled(kept_frames *k, int footage);

#endif
