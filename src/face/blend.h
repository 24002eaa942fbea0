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

#include "face/geometry.h"
#include "face/outline.h"
#include "media/picture.h"

/* Masks for the square sizes met lately. One thread at a time. */
typedef struct face_blender face_blender;

/* `outline` is copied; NULL: the mask is a rectangle. Released with face_blender_destroy (NULL is
 * fine). VIS_ERR_MEMORY. */
vis_status face_blender_create(const face_geometry *geometry, const face_outline *outline,
                               face_blender **out, vis_error *err);
void face_blender_destroy(face_blender *b);

/* Blends `square` (x1, y1, x2, y2 within the frame, not empty) of `painted`, which has the network's
 * face pasted in as face_paste does, with that of `frame`, in place. VIS_ERR_MEMORY for a size not
 * met before. */
vis_status face_blend(face_blender *b, const picture *frame, const int square[4], picture *painted,
                      vis_error *err);

/* The part of the crop [crop, crop] that the mask shows anything of: x1, y1, x2, y2. */
void face_blender_shown(const face_blender *b, int rect[4]);

#endif
