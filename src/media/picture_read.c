/* media/picture_read.c - files of either kind, told apart by content.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/file.h"
#include "base/file_kind.h"
#include "media/picture.h"
#include "media/picture_codec.h"

#include <stdbool.h>

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
