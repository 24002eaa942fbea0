/* render/kept_frames.h - what a network keeps of footage frames, within a budget.
 *
 * A frame comes back each time the bounce does. Frames that found room stay: of a bounce that is
 * longer than the budget every frame is as good to keep as any other, and those thrown out would
 * only be missed one bounce later.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_KEPT_FRAMES_H
#define RENDER_KEPT_FRAMES_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialised keeps nothing. */
typedef struct kept_frames {
    float **block; /* [frames], NULL: not kept; owned */
    int frames;
    size_t floats; /* of a block */
    size_t left;   /* blocks that still fit */
} kept_frames;

/* Room for footage of `frames` frames, `floats` each, within `bytes`. VIS_ERR_MEMORY. */
vis_status kept_frames_create(kept_frames *k, int frames, size_t floats, size_t bytes,
                              vis_error *err);
void kept_frames_free(kept_frames *k);

/* The block of a footage frame, aligned to VIS_ALIGN; NULL when there is none. *filled says whether
 * it holds what a run left there: from the second time on it does. `returns`: the frame will be
 * wanted again, so a block is made for it if there is room. */
float *kept_frames_take(kept_frames *k, int footage, bool returns, bool *filled);

#endif
