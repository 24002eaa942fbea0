/* paint/motion.h - how the mouth moves, painted beside filmed.
 *
 * The mouth is found, not given: of the blocks in the middle half of the columns (the sides hold
 * the edge of the jaw against the background), those that move most from frame to frame as filmed,
 * as many as a tenth of all blocks. Motion is the mean absolute difference of their brightness from
 * one frame to the next, in levels. Rest: at least MOTION_REST_FRAMES following each other whose
 * filmed motion is below a fifth of its own 90th percentile.
 *
 * Keeps 4 bytes a block and frame: 6 kB a frame of the 328 models.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAINT_MOTION_H
#define PAINT_MOTION_H

#include "paint/blocks.h"

#include <stdbool.h>

#define MOTION_REST_FRAMES 4
#define MOTION_LEAST 0.5 /* levels: a filmed 90th percentile below this is a still picture */

typedef struct motion motion;

/* NAN: nothing to measure it on. */
typedef struct motion_result {
    double filmed, painted;           /* levels a frame, over all frames; NAN: none follow others */
    double filmed_rest, painted_rest; /* motion at rest as a share of the filmed motion of speech */
    double tremble; /* second differences in time while it speaks, painted / filmed (root mean
                       squares) */
    int64_t rest_frames;
} motion_result;

vis_status motion_create(const block_grid *grid, motion **out, vis_error *err);
void motion_free(motion *m); /* NULL is fine */

/* Adds a frame by its block means [count][3] in levels. `follows`: it comes right after the one
 * added before. The brightness that the typical painted block has too much is taken out:
 * flicker of the whole picture is no motion of the mouth. VIS_ERR_MEMORY. */
vis_status motion_add(motion *m, bool follows, const float *filmed, const float *painted,
                      vis_error *err);

/* VIS_ERR_MEMORY. */
vis_status motion_finish(const motion *m, motion_result *out, vis_error *err);

#endif
