/* api/picture.c - pictures for programs that keep frames.
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/picture.h"
#include "api/checks.h"
#include "base/status.h"
#include "viseme/viseme.h"

VIS_API vis_status vis_write_png(const char *path, const uint8_t *pixels, int width, int height,
                                 int stride, vis_error *err)
{
    VIS_TRY(api_given(path, "the path of the picture", err));
    VIS_TRY(api_given(pixels, "the pixels", err));
    VIS_TRY(picture_check_size(width, height, path, err));
    VIS_TRY(api_in_range("stride", stride, (int64_t)3 * width, INT32_MAX, err));
    picture view = {.width = width, .height = height, .stride = stride, .data = (uint8_t *)pixels};
    return picture_write_png(path, &view, err);
}
