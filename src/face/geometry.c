/* face/geometry.c - sizes, mask and interpolations that belong to a model family.
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
