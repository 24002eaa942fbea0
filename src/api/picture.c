/* api/picture.c - pictures for programs that keep frames.
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/picture.h"
#include "api/checks.h"
#include "base/status.h"
#include "media/caller_io.h"
#include "viseme/viseme.h"

/* The caller's pixels as a picture, which is only read. */
static vis_status view_pixels(const char *name, const uint8_t *pixels, int width, int height,
                              int stride, picture *view, vis_error *err)
{
    VIS_TRY(api_given(pixels, "the pixels", err));
    VIS_TRY(picture_check_size(width, height, name, err));
    VIS_TRY(api_in_range("stride", stride, (int64_t)3 * width, INT32_MAX, err));
    *view =
        (picture){.width = width, .height = height, .stride = stride, .data = (uint8_t *)pixels};
    return VIS_OK;
}

VIS_API vis_status vis_write_png(const char *path, const uint8_t *pixels, int width, int height,
                                 int stride, vis_error *err)
{
    picture view;
    VIS_TRY(api_given(path, "the path of the picture", err));
    VIS_TRY(view_pixels(path, pixels, width, height, stride, &view, err));
    return picture_write_png(path, &view, err);
}

VIS_API vis_status vis_write_png_io(const vis_io *io, const uint8_t *pixels, int width, int height,
                                    int stride, vis_error *err)
{
    static const char what[] = "the picture";
    picture view;
    VIS_TRY(api_given(io, what, err));
    const char *name = caller_io_name(io, what);
    VIS_TRY(caller_io_check_write(io, what, err));
    VIS_TRY(view_pixels(name, pixels, width, height, stride, &view, err));
    buffer bytes;
    buffer_init(&bytes, picture_png_limit(&view));
    vis_status status = picture_encode_png(&view, &bytes, err);
    if (status != VIS_OK)
        vis_prefix(err, status, name);
    else
        status = caller_io_write(io, what, bytes.data, bytes.size, err);
    buffer_free(&bytes);
    return status;
}
