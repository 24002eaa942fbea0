/* face/square.h - the square of a frame that holds the face.
 *
 * A square is int[4]: x1, y1, x2, y2 in pixels, left and top inside, right and bottom outside.
 * Those of crop_rectangles.json may as well be oblong.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_SQUARE_H
#define FACE_SQUARE_H

#include "base/status.h"

#include <stdbool.h>

#define SQUARE_MAX_COORDINATE 1000000 /* pixels; nothing beyond is taken for a coordinate */

/* Cuts the square off at the right and bottom edges of a frame of that size, as NumPy's slicing
 * does; *clipped (may be NULL) says whether that changed anything. VIS_ERR_MISMATCH when a corner
 * is negative or nothing is left; the message begins with `where`. */
vis_status square_clip(int square[4], int width, int height, bool *clipped, const char *where,
                       vis_error *err);

#endif
