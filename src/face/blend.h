/* face/blend.h - a painted square blended into the frame so that it leaves no trace.
 *
 * result = filmed + shown x (painted - filmed - tone), with the mask of face/blend_mask.h. `tone` is
 * the difference in colour that painted and filmed have along the fade, smoothed over it and carried
 * inwards (after Perez, Gangnet and Blake, "Poisson image editing", 2003, and its membranes; solved
 * here by a normalised convolution on a coarse grid): skin whose tone the network misses does not
 * step, and the mouth keeps the network's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_BLEND_H
#define FACE_BLEND_H

#include "face/blend_mask.h"
#include "media/picture.h"

/* What the size of a square decides, for the sizes met lately. One thread at a time. */
typedef struct face_blender face_blender;

/* The mask must outlive it. Released with face_blender_destroy (NULL is fine). VIS_ERR_MEMORY. */
vis_status face_blender_create(const blend_mask *mask, face_blender **out, vis_error *err);
void face_blender_destroy(face_blender *b);
const blend_mask *face_blender_mask(const face_blender *b);

/* The part of a square [height, width] that anything is shown of: x1, y1, x2, y2; empty: x1 = x2.
 * VIS_ERR_MEMORY for a size not met before. */
vis_status face_blender_part(face_blender *b, int width, int height, int part[4], vis_error *err);

/* Blends `square` (x1, y1, x2, y2 within the frame, not empty) of `painted` with that of `frame`, in
 * place. The part of the painted square has the network's face in it, as face_paste pastes it; what
 * lies around it is not looked at. VIS_ERR_MEMORY as above. */
vis_status face_blend(face_blender *b, const picture *frame, const int square[4], picture *painted,
                      vis_error *err);

#endif
