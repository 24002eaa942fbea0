/* face/blend_mask.h - how much of the painting is shown, and where.
 *
 * What the network was shown of the frame (all outside its mouth rectangle) stays filmed; inside,
 * the painting fades in: by the character's jaw where landmarks tell it, with room for a jaw that
 * drops further than filmed, else from the rectangle's edges. One mask for all frames of a
 * character, so that it stands still.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_BLEND_MASK_H
#define FACE_BLEND_MASK_H

#include "face/geometry.h"
#include "face/outline.h"

/* shown  [crop, crop]: 0 = filmed ... 255 = painted
 * carry  [crop, crop]: how much of the fade's difference in colour counts here, 255 along the fade
 *        and falling to 0 on the way to the mouth
 * `outline` may be NULL: a rectangle. */
void blend_mask_make(const face_geometry *geometry, const face_outline *outline, uint8_t *shown,
                     uint8_t *carry);

/* Both of them, made once for all who blend. Not changed: for any number of threads. */
typedef struct blend_mask {
    int crop;
    int part[4];   /* of the crop, all that anything is shown of: x1, y1, x2, y2; empty: x1 = x2 */
    int (*row)[2]; /* [crop]: and of each row; none: x1 >= x2 */
    uint8_t *shown, *carry;
} blend_mask;

/* Released with blend_mask_destroy (NULL is fine). VIS_ERR_MEMORY. */
vis_status blend_mask_create(const face_geometry *geometry, const face_outline *outline,
                             blend_mask **out, vis_error *err);
void blend_mask_destroy(blend_mask *mask);

#endif
