/* media/picture.c - memory for pictures.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/picture.h"

#include "base/memory.h"

#include <string.h>

#define SLACK 64 /* bytes after the last row, for vector loads */

vis_status picture_check_size(int64_t width, int64_t height, const char *what, vis_error *err)
{
    if (width < 1 || height < 1)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: size %lldx%lld is empty", what, (long long)width,
                        (long long)height);
    if (width > PICTURE_MAX_SIDE || height > PICTURE_MAX_SIDE ||
        width * height > PICTURE_MAX_PIXELS)
        return vis_fail(
            err, VIS_ERR_LIMIT,
            "%s: size %lldx%lld is beyond the limit of %d pixels a side and %lld in all", what,
            (long long)width, (long long)height, PICTURE_MAX_SIDE, (long long)PICTURE_MAX_PIXELS);
    return VIS_OK;
}

vis_status picture_create(picture *p, int width, int height, vis_error *err)
{
    memset(p, 0, sizeof *p);
    VIS_TRY(picture_check_size(width, height, "picture", err));
    /* Within the limits above the product stays below 2^28. */
    size_t size = (size_t)width * 3 * (size_t)height + SLACK;
    uint8_t *data = aligned_calloc(size, 1);
    if (!data) return vis_fail_memory(err, "a picture");
    *p = (picture){width, height, width * 3, data};
    return VIS_OK;
}

vis_status picture_reserve(picture *p, int width, int height, vis_error *err)
{
    if (p->data && p->width == width && p->height == height) return VIS_OK;
    picture_free(p);
    return picture_create(p, width, height, err);
}

void picture_free(picture *p)
{
    if (!p) return;
    aligned_free(p->data);
    memset(p, 0, sizeof *p);
}

vis_status picture_copy(const picture *source, picture *out, vis_error *err)
{
    VIS_TRY(picture_reserve(out, source->width, source->height, err));
    for (int y = 0; y < source->height; y++)
        memcpy(out->data + (ptrdiff_t)y * out->stride, source->data + (ptrdiff_t)y * source->stride,
               (size_t)source->width * 3);
    return VIS_OK;
}
