/* media/picture_exif.c - which way up a photograph is.
 *
 * Format (EXIF 2.3, TIFF 6.0): "II" or "MM" for the byte order, the number 42, the offset of the
 * first directory; a directory is a count and entries of 12 bytes: tag, type, count, value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/picture_codec.h"

#include <string.h>

#define TAG_ORIENTATION 0x0112

static unsigned read16(const uint8_t *p, bool big)
{
    return big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

static uint32_t read32(const uint8_t *p, bool big)
{
    uint32_t first = read16(p, big), second = read16(p + 2, big);
    return big ? first << 16 | second : second << 16 | first;
}

int exif_orientation(const uint8_t *tiff, size_t size)
{
    if (size < 8) return 1;
    bool big = memcmp(tiff, "MM", 2) == 0;
    if (!big && memcmp(tiff, "II", 2) != 0) return 1;
    if (read16(tiff + 2, big) != 42) return 1;
    size_t at = read32(tiff + 4, big);
    if (at > size - 2) return 1;
    unsigned entries = read16(tiff + at, big);
    at += 2;
    for (unsigned i = 0; i < entries && size - at >= 12; i++, at += 12) {
        if (read16(tiff + at, big) != TAG_ORIENTATION) continue;
        unsigned value = read16(tiff + at + 8, big);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

vis_status exif_apply(const picture *stored, int orientation, picture *out, vis_error *err)
{
    bool transpose = orientation >= 5;
    /* Which way the stored rows and columns run in the upright picture. */
    bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    VIS_TRY(picture_reserve(out, transpose ? stored->height : stored->width,
                            transpose ? stored->width : stored->height, err));
    for (int y = 0; y < out->height; y++) {
        uint8_t *row = out->data + (ptrdiff_t)y * out->stride;
        for (int x = 0; x < out->width; x++) {
            int sx = transpose ? y : x, sy = transpose ? x : y;
            if (mirror_x) sx = stored->width - 1 - sx;
            if (mirror_y) sy = stored->height - 1 - sy;
            memcpy(row + 3 * x, stored->data + (ptrdiff_t)sy * stored->stride + 3 * sx, 3);
        }
    }
    return VIS_OK;
}
