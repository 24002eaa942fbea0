/* base/text_encoding.c - byte order marks and UTF-16 (RFC 2781, RFC 3629).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/text_encoding.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT 0xfffdu

int utf8_length(const unsigned char *text)
{
    unsigned char first = text[0], low = 0x80, high = 0xbf;
    if (first < 0x80) return 1;
    int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return 0;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
    for (int i = 1; i < length; i++, low = 0x80, high = 0xbf)
        if (text[i] < low || text[i] > high) return 0;
    return length;
}

static uint32_t unit_at(const uint8_t *bytes, size_t unit, bool big)
{
    const uint8_t *two = bytes + 2 * unit;
    return big ? (uint32_t)two[0] << 8 | two[1] : (uint32_t)two[1] << 8 | two[0];
}

/* The character that begins at a unit; *used is how many units it takes. */
static uint32_t character_at(const uint8_t *bytes, size_t unit, size_t units, bool big,
                             size_t *used)
{
    uint32_t first = unit_at(bytes, unit, big);
    *used = 1;
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || unit + 1 == units) return REPLACEMENT;
    uint32_t second = unit_at(bytes, unit + 1, big);
    if (second < 0xdc00 || second > 0xdfff) return REPLACEMENT;
    *used = 2;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

/* At most three bytes a unit: four are for two units. */
static size_t put_utf8(uint32_t c, char *out)
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[size] | c);
    return size;
}

static vis_status from_utf16(const uint8_t *bytes, size_t units, bool big, char **made,
                             size_t *size, vis_error *err)
{
    *made = malloc(3 * units + 1);
    if (!*made) return vis_fail_memory(err, "a text");
    *size = 0;
    for (size_t unit = 0, used; unit < units; unit += used)
        *size += put_utf8(character_at(bytes, unit, units, big, &used), *made + *size);
    return VIS_OK;
}

vis_status text_as_utf8(const void *bytes, size_t bytes_size, const char **text, size_t *size,
                        char **made, vis_error *err)
{
    const uint8_t *b = bytes;
    *text = bytes;
    *size = bytes_size;
    *made = NULL;
    if (bytes_size >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0) {
        *text += 3;
        *size -= 3;
    } else if (bytes_size >= 2 &&
               (memcmp(b, "\xff\xfe", 2) == 0 || memcmp(b, "\xfe\xff", 2) == 0)) {
        VIS_TRY(from_utf16(b + 2, (bytes_size - 2) / 2, b[0] == 0xfe, made, size, err));
        *text = *made;
    }
    return VIS_OK;
}
