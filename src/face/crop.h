/* face/crop.h - from a frame to the network's visual input.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_CROP_H
#define FACE_CROP_H

#include "face/geometry.h"
#include "media/picture.h"

/* Resize tables for the sizes met so far. One thread at a time. */
typedef struct face_cropper face_cropper;

/* Released with face_cropper_destroy (NULL is fine). VIS_ERR_MEMORY. */
vis_status face_cropper_create(const face_geometry *geometry, face_cropper **out, vis_error *err);
void face_cropper_destroy(face_cropper *cropper);

/* Cuts `rect` (x1, y1, x2, y2; clipped as square_clip does) out of the frame and resizes it:
 *   crop    [crop, crop] picture, valid or empty before; resized as by picture_reserve
 *   visual  NULL, or float32 [6, S, S]: planes B, G, R of the inner S x S, then of the same with
 *           the mouth rectangle black; pixel / 255 in [0, 1]
 * Allocates only for sizes not met before.
 * VIS_ERR_MISMATCH (empty or negative square), VIS_ERR_MEMORY. */
vis_status face_crop(face_cropper *cropper, const picture *frame, const int rect[4], picture *crop,
                     float *visual, vis_error *err);

/* The inner S x S of a padded crop as a picture of its own: what the network sees. */
vis_status face_inner(const face_geometry *geometry, const picture *crop, picture *face,
                      vis_error *err);

/* Only the last step: padded crop -> visual, float32 [6, S, S] as above. */
void face_visual(const face_geometry *geometry, const picture *crop, float *visual);

#endif
