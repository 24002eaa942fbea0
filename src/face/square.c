/* face/square.c - the square of a frame that holds the face.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/square.h"

vis_status square_clip(int square[4], int width, int height, bool *clipped, const char *where,
                       vis_error *err)
{
    int x1 = square[0], y1 = square[1], x2 = square[2], y2 = square[3];
    if (x1 < 0 || y1 < 0)
        return vis_fail(
            err, VIS_ERR_MISMATCH,
            "%s: the face square (%d, %d)-(%d, %d) begins outside the %d x %d frame; the "
            "face must be whole in the picture",
            where, x1, y1, x2, y2, width, height);
    if (clipped) *clipped = x2 > width || y2 > height;
    if (x2 > width) x2 = width;
    if (y2 > height) y2 = height;
    if (x2 <= x1 || y2 <= y1)
        return vis_fail(
            err, VIS_ERR_MISMATCH,
            "%s: the face square (%d, %d)-(%d, %d) is empty in the %d x %d frame; detect "
            "this frame's landmarks again",
            where, x1, y1, square[2], square[3], width, height);
    square[2] = x2;
    square[3] = y2;
    return VIS_OK;
}
