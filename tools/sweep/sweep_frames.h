/* sweep/sweep_frames.h - the frames that all checkpoints of a sweep are scored on, and the mouth
 * in them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_FRAMES_H
#define SWEEP_SWEEP_FRAMES_H

#include "paint/score.h"
#include "sweep/sweep.h"

/* Fills frame, frames and held_frames: `wanted` (-1: all) from the footage but its last `hold_out`
 * frames, and as many from those, each the middle of one of as many equal pieces. Only frames with
 * a feature row count. VIS_ERR_USAGE (a part without frames), VIS_ERR_MEMORY. */
vis_status sweep_choose_frames(const examples *e, int wanted, int64_t hold_out, sweep_result *r,
                               vis_error *err);

/* The mouth as filmed, no network asked: of the mask's blocks in the middle half of the columns,
 * those whose brightness changes most from the scored frames to the ones after them, as many as a
 * tenth of all blocks of the mask. Empty where there is only one frame. Released with
 * mouth_map_free. */
vis_status sweep_find_mouth(examples *e, const int64_t *index, int count, mouth_map *out,
                            vis_error *err);

#endif
