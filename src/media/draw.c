/* media/draw.c - simple drawing into pictures.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/draw.h"

#include "media/draw_font.h"

#include <stdbool.h>
#include <string.h>

#define ADVANCE (DRAW_FONT_COLUMNS + 1) /* dots from one letter to the next */

/* Cuts [start, start + length) to [0, size): the first position and the one after the last. */
static void clip_span(int start, int length, int size, int *from, int *to)
{
    int64_t end = (int64_t)start + length;
    *from = start < 0 ? 0 : start > size ? size : start;
    *to = end < *from ? *from : end > size ? size : (int)end;
}

void draw_fill(picture *p, int x, int y, int width, int height, draw_color color)
{
    int left, right, top, bottom;
    clip_span(x, width, p->width, &left, &right);
    clip_span(y, height, p->height, &top, &bottom);
    for (int row = top; row < bottom; row++) {
        uint8_t *out = p->data + (ptrdiff_t)row * p->stride;
        for (int column = left; column < right; column++) {
            out[3 * column] = color.b;
            out[3 * column + 1] = color.g;
            out[3 * column + 2] = color.r;
        }
    }
}

void draw_picture(picture *p, const picture *source, int x, int y)
{
    int left, right, top, bottom;
    clip_span(x, source->width, p->width, &left, &right);
    clip_span(y, source->height, p->height, &top, &bottom);
    if (left >= right) return;
    for (int row = top; row < bottom; row++)
        memcpy(p->data + (ptrdiff_t)row * p->stride + (ptrdiff_t)left * 3,
               source->data + (ptrdiff_t)(row - y) * source->stride + (ptrdiff_t)(left - x) * 3,
               (size_t)(right - left) * 3);
}

static void draw_glyph(picture *p, int x, int y, int scale, unsigned char letter, draw_color color)
{
    bool known = letter >= DRAW_FONT_FIRST && letter < DRAW_FONT_FIRST + DRAW_FONT_GLYPHS;
    if (known && strchr("gpqy", letter)) y += DRAW_FONT_DESCENT * scale;
    const unsigned char *rows = draw_font[(known ? letter : '?') - DRAW_FONT_FIRST];
    for (int row = 0; row < DRAW_FONT_ROWS; row++)
        for (int column = 0; column < DRAW_FONT_COLUMNS; column++)
            if (rows[row] >> (DRAW_FONT_COLUMNS - 1 - column) & 1)
                draw_fill(p, x + column * scale, y + row * scale, scale, scale, color);
}

void draw_text(picture *p, int x, int y, int scale, const char *text, draw_color color)
{
    for (; *text && x < p->width; text++, x += ADVANCE * scale)
        draw_glyph(p, x, y, scale, (unsigned char)*text, color);
}

int draw_text_width(int scale, const char *text)
{
    int letters = (int)strlen(text);
    return letters > 0 ? (letters * ADVANCE - 1) * scale : 0;
}

int draw_text_height(int scale)
{
    return (DRAW_FONT_ROWS + DRAW_FONT_DESCENT) * scale;
}
