/* render/output_range.h - is what a network gives a picture at all?
 *
 * The family's networks end with a sigmoid: numbers in [0, 1]. NaN comes of broken weights; numbers
 * up to 255 of a graph that was exported with its own scaling. Painted without a look, one is black
 * and the other white.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_OUTPUT_RANGE_H
#define RENDER_OUTPUT_RANGE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Of the numbers of one frame. */
typedef struct output_range {
    float min, max; /* of the finite ones */
    int64_t broken; /* NaN or infinite */
} output_range;

output_range output_range_of(const float *values, int64_t count);

/* Numbers a little outside are cut off when they are painted, as of a network without a sigmoid. */
bool output_range_leaves(const output_range *r);

/* VIS_ERR_MISMATCH, with model and footage frame, where the numbers are no picture: not all finite,
 * or far outside [0, 1]. */
vis_status output_range_check(const output_range *r, const char *model, int footage,
                              vis_error *err);

#endif
