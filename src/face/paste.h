/* face/paste.h - from the network's output back into the frame.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_PASTE_H
#define FACE_PASTE_H

#include "face/geometry.h"
#include "media/picture.h"

#include <stdbool.h>

struct blend_mask;   /* face/blend_mask.h */
struct face_blender; /* face/blend.h */

/* Resize tables for the sizes met so far, and a padded crop. One thread at a time. */
typedef struct face_paster face_paster;

/* Released with face_paster_destroy (NULL is fine). VIS_ERR_MEMORY. */
vis_status face_paster_create(const face_geometry *geometry, face_paster **out, vis_error *err);
void face_paster_destroy(face_paster *paster);

/* The finished frame:
 *   frame   as filmed; not changed
 *   rect    x1, y1, x2, y2; clipped as square_clip does
 *   crop    what face_crop made of both; its rim stays, its inner part is replaced; not read where
 *           face_paste_reads says so
 *   output  float32 [3, S, S], planes B, G, R: pixel = output x 255, truncated; what lies outside
 *           [0, 1] is clamped and NaN becomes 0
 *   blender NULL: exactly as the Python pipeline pastes, the whole square; else blended in
 *   keep    NULL, or [height, width] of the frame: pixels with 1 stay as filmed (character_parsing)
 *   result  valid or empty before; resized as by picture_reserve; not the frame itself
 * Allocates only for sizes not met before. VIS_ERR_MISMATCH (empty or negative square, a crop of
 * another size), VIS_ERR_MEMORY. */
vis_status face_paste(face_paster *paster, const picture *frame, const int rect[4],
                      const picture *crop, const float *output, struct face_blender *blender,
                      const uint8_t *keep, picture *result, vis_error *err);

/* What of the output [3, S, S] face_paste reads under that mask: x1, y1, x2, y2. False: all of it, and
 * the crop as well; so it is without a mask (NULL). */
bool face_paste_reads(const face_geometry *geometry, const struct blend_mask *mask, int part[4]);

/* And of row y of that part the columns, x1, x2; x1 >= x2: none. */
void face_paste_reads_row(const face_geometry *geometry, const struct blend_mask *mask, int y,
                          int columns[2]);

/* Mixes the square of another frame of the same size in: `share` of 256 parts are its. VIS_ERR_MISMATCH
 * as face_paste. */
vis_status face_mix(const picture *other, const int rect[4], int share, picture *into,
                    vis_error *err);

/* The output alone as a picture [S, S]: what the network painted; numbers as face_paste takes them. */
vis_status face_pixels(const face_geometry *geometry, const float *output, picture *face,
                       vis_error *err);

#endif
