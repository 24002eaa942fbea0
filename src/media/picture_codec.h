/* media/picture_codec.h - the decoders behind picture_parse; private to the files picture*.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_PICTURE_CODEC_H
#define MEDIA_PICTURE_CODEC_H

#include "media/picture.h"

#include <stdbool.h>
#include <stddef.h>

/* An encoded file in memory; `name` for messages. */
typedef struct encoded_picture {
    const uint8_t *data;
    size_t size;
    const char *name;
} encoded_picture;

/* What the header says. */
typedef struct picture_header {
    int width, height; /* as stored, before the orientation is applied */
    int components;    /* JPEG only: 1, 3 or 4 */
    int orientation;   /* EXIF, 1 to 8; 1 = upright */
} picture_header;

bool jpeg_is(const encoded_picture *file);
bool png_is(const encoded_picture *file);

/* Both check the size limits. */
vis_status jpeg_header(const encoded_picture *file, picture_header *out, vis_error *err);
vis_status png_header(const encoded_picture *file, picture_header *out, vis_error *err);

/* The pixels as stored, before the orientation is applied, into `out` by picture_reserve. */
vis_status jpeg_decode(const encoded_picture *file, const picture_header *header, picture *out,
                       vis_error *err);
vis_status png_decode(const encoded_picture *file, const picture_header *header, picture *out,
                      vis_error *err);

/* The orientation in an EXIF block (a TIFF header and its first directory), 1 when there is none or
 * the block is damaged. */
int exif_orientation(const uint8_t *tiff, size_t size);

/* Turns and mirrors `stored` into `out` (resized as by picture_reserve), by EXIF's tag 0x0112. */
vis_status exif_apply(const picture *stored, int orientation, picture *out, vis_error *err);

#endif
