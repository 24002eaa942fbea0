/* face/geometry.c - the face square, and the sizes that belong to a model family.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/geometry.h"

#include <stddef.h>
#include <string.h>

static const face_geometry families[] = {
    {.size = 320,
     .crop = 328,
     .inset = 4,
     .mask_x = 5,
     .mask_y = 5,
     .mask_width = 310,
     .mask_height = 305,
     .crop_mode = RESIZE_CUBIC,
     .paste_mode = RESIZE_CUBIC},
    {.size = 160,
     .crop = 168,
     .inset = 4,
     .mask_x = 5,
     .mask_y = 5,
     .mask_width = 150,
     .mask_height = 145,
     .crop_mode = RESIZE_LINEAR,
     .paste_mode = RESIZE_LINEAR},
};

vis_status face_geometry_for(int image_size, face_geometry *out, vis_error *err)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (families[i].size != image_size) continue;
        *out = families[i];
        return VIS_OK;
    }
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "the network takes pictures of %d x %d; only 320 x 320 and 160 x 160 are known",
                    image_size, image_size);
}

bool face_interpolation_named(const char *name, resize_mode *out)
{
    static const struct {
        const char *name;
        resize_mode mode;
    } names[] = {{"linear", RESIZE_LINEAR},
                 {"bilinear", RESIZE_LINEAR},
                 {"cubic", RESIZE_CUBIC},
                 {"area", RESIZE_AREA}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) != 0) continue;
        *out = names[i].mode;
        return true;
    }
    return false;
}

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
