/* face/square_smoothing.h - squares that stand still: landmarks tremble, heads do not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_SQUARE_SMOOTHING_H
#define FACE_SQUARE_SMOOTHING_H

#include "base/status.h"

#define SMOOTHING_MAX 100 /* frames */

/* Every square of [count][4] the weighted mean of those up to `half` frames (1 to SMOOTHING_MAX)
 * before and behind it, in place: as far to both sides, so that it lags behind nothing. Beyond the
 * ends the footage goes back; across a jump by more than a quarter of the side (a cut) nothing is
 * smoothed. Squares within a frame stay within it. VIS_ERR_MEMORY. */
vis_status squares_smooth(int (*squares)[4], int count, int half, vis_error *err);

#endif
