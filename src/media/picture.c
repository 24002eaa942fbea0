/* media/picture.c - memory for pictures, and reading files of either kind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/picture.h"

#include "base/file.h"
#include "base/file_kind.h"
#include "base/memory.h"
#include "media/picture_codec.h"

#include <stdbool.h>
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

static vis_status read_header(const encoded_picture *file, picture_header *header, vis_error *err)
{
    if (jpeg_is(file)) return jpeg_header(file, header, err);
    if (png_is(file)) return png_header(file, header, err);
    file_kind kind = file_kind_of(file->data, file->size);
    if (kind == FILE_UNKNOWN)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: neither a JPEG nor a PNG file", file->name);
    const char *remedy = file_kind_remedy(kind);
    return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: neither a JPEG nor a PNG file but %s%s%s",
                    file->name, file_kind_name(kind), remedy ? "; " : "", remedy ? remedy : "");
}

static vis_status decode(const encoded_picture *file, const picture_header *header, picture *out,
                         vis_error *err)
{
    return jpeg_is(file) ? jpeg_decode(file, header, out, err) : png_decode(file, header, out, err);
}

vis_status picture_parse(const void *bytes, size_t size, const char *name, picture *out,
                         vis_error *err)
{
    encoded_picture file = {bytes, size, name};
    picture_header header;
    VIS_TRY(read_header(&file, &header, err));
    if (header.orientation == 1) return decode(&file, &header, out, err);

    picture stored = {0};
    vis_status status = decode(&file, &header, &stored, err);
    if (status == VIS_OK) status = exif_apply(&stored, header.orientation, out, err);
    picture_free(&stored);
    return status;
}

vis_status picture_read(const char *path, picture *out, vis_error *err)
{
    buffer bytes;
    buffer_init(&bytes, PICTURE_MAX_FILE);
    vis_status status = file_read(path, &bytes, err);
    if (status == VIS_OK) status = picture_parse(bytes.data, bytes.size, path, out, err);
    buffer_free(&bytes);
    return status;
}

vis_status picture_size(const char *path, int *width, int *height, vis_error *err)
{
    file_map map;
    VIS_TRY(file_map_open(path, &map, err));
    encoded_picture file = {map.data, map.size, path};
    picture_header header;
    vis_status status = read_header(&file, &header, err);
    file_unmap(&map);
    if (status != VIS_OK) return status;
    bool transpose = header.orientation >= 5;
    *width = transpose ? header.height : header.width;
    *height = transpose ? header.width : header.height;
    return VIS_OK;
}
