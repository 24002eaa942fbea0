/* face/geometry.h - the square of a frame that holds the face, and the sizes, mask and
 * interpolations that belong to a model family.
 *
 * A square is int[4]: x1, y1, x2, y2 in pixels, left and top inside, right and bottom outside.
 * Those of crop_rectangles.json may as well be oblong.
 *
 * The square around the face is resized to crop x crop; the network sees the inner size x size of
 * it, `inset` pixels from each edge. The mouth rectangle is painted black within those (contract:
 * "From a picture to the visual tensor and back"). All in pixels.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_GEOMETRY_H
#define FACE_GEOMETRY_H

#include "base/status.h"
#include "media/resize.h"

#include <stdbool.h>

#define FACE_VISUAL_PLANES 6 /* B, G, R of the reference face, B, G, R of the masked face */
#define FACE_OUTPUT_PLANES 3 /* B, G, R */

typedef struct face_geometry {
    int size;                                    /* S: 320 or 160 */
    int crop;                                    /* padded crop: 328 or 168 */
    int inset;                                   /* (crop - size) / 2 = 4 */
    int mask_x, mask_y, mask_width, mask_height; /* painted black, within size x size */
    resize_mode crop_mode;                       /* square -> padded crop */
    resize_mode paste_mode;                      /* padded crop -> square */
} face_geometry;

/* The geometry of the family whose network takes [N, 6, image_size, image_size], with the defaults
 * of inference: 320 cubic and cubic; 160 linear and linear (SyncTalk, Ultralight's streaming demo).
 * Ultralight's current inference crops with RESIZE_AREA: set crop_mode for it. VIS_ERR_UNSUPPORTED
 * for another size. */
vis_status face_geometry_for(int image_size, face_geometry *out, vis_error *err);

#define SQUARE_MAX_COORDINATE 1000000 /* pixels; nothing beyond is taken for a coordinate */

/* Cuts the square off at the right and bottom edges of a frame of that size, as NumPy's slicing
 * does; *clipped (may be NULL) says whether that changed anything. VIS_ERR_MISMATCH when a corner
 * is negative or nothing is left; the message begins with `where`. */
vis_status square_clip(int square[4], int width, int height, bool *clipped, const char *where,
                       vis_error *err);

/* The mode called "linear" ("bilinear"), "cubic" or "area"; false for another name. */
bool face_interpolation_named(const char *name, resize_mode *out);

#endif
