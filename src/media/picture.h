/* media/picture.h - 8-bit colour pictures, and the JPEG and PNG files they come from and go to.
 *
 * Pixels are B, G, R interleaved, rows from top to bottom: data[y * stride + x * 3 + channel].
 * What picture_read gives is, byte for byte, what OpenCV's imread(path, IMREAD_COLOR) gives when it
 * is built with libjpeg-turbo and libpng.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_PICTURE_H
#define MEDIA_PICTURE_H

#include "base/buffer.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define PICTURE_MAX_SIDE 16384          /* pixels, width or height */
#define PICTURE_MAX_PIXELS (64LL << 20) /* width x height; 192 MB of BGR */
#define PICTURE_MAX_FILE (256LL << 20)  /* bytes of an encoded file */

/* Owns `data`. Zero-initialised is a valid empty picture. */
typedef struct picture {
    int width, height;
    int stride;    /* bytes from one row to the next, >= 3 * width */
    uint8_t *data; /* aligned to VIS_ALIGN; 64 readable bytes follow the last row */
} picture;

/* VIS_ERR_LIMIT unless 1 <= width, height <= PICTURE_MAX_SIDE and the area is within
 * PICTURE_MAX_PIXELS. `what` names the picture in the message. */
vis_status picture_check_size(int64_t width, int64_t height, const char *what, vis_error *err);

/* A black picture; `p` is overwritten. */
vis_status picture_create(picture *p, int width, int height, vis_error *err);

/* Makes `p` (valid or empty) have this size. Nothing is allocated when it already has it; otherwise
 * the old pixels are released. The contents are unspecified afterwards. */
vis_status picture_reserve(picture *p, int width, int height, vis_error *err);

void picture_free(picture *p); /* leaves it empty; NULL and empty are fine */

/* Copies the pixels; `out` must be valid or empty and is resized as by picture_reserve. */
vis_status picture_copy(const picture *source, picture *out, vis_error *err);

/* Reads a JPEG (8 bit; grey, colour, CMYK, YCCK; baseline or progressive) or PNG file (any kind),
 * told apart by content. 16-bit samples lose their low byte, transparency is dropped, the EXIF
 * orientation is applied; gamma and colour profiles are not, as in OpenCV. `out` must be valid or
 * empty; it is resized as by picture_reserve and left alone on failure or with unspecified
 * contents. VIS_ERR_OPEN (cannot be read), VIS_ERR_FORMAT (truncated, damaged; OpenCV shows such
 * files partly grey), VIS_ERR_UNSUPPORTED (neither JPEG nor PNG; HDR), VIS_ERR_LIMIT,
 * VIS_ERR_MEMORY. */
vis_status picture_read(const char *path, picture *out, vis_error *err);

/* The same from memory; `name` is used in messages. */
vis_status picture_parse(const void *bytes, size_t size, const char *name, picture *out,
                         vis_error *err);

/* Width and height that picture_read would give, from the file's header alone. */
vis_status picture_size(const char *path, int *width, int *height, vis_error *err);

/* More bytes than a PNG of the picture has. */
size_t picture_png_limit(const picture *p);

/* Appends a picture to `out` as the bytes of a PNG file, 8-bit RGB. Equal pictures give equal
 * bytes. VIS_ERR_LIMIT (picture too large, or what encodes it for what the buffer may hold),
 * VIS_ERR_MEMORY. */
vis_status picture_encode_png(const picture *p, buffer *out, vis_error *err);

/* Writes those bytes as a file, whole or not at all. */
vis_status picture_write_png(const char *path, const picture *p, vis_error *err);

/* Writes a JPEG file, whole or not at all. `quality` 1 to 100; 4:2:0 chroma below 90, else 4:4:4.
 */
vis_status picture_write_jpeg(const char *path, const picture *p, int quality, vis_error *err);

#endif
