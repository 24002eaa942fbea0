/* media/draw.h - simple drawing into pictures: rectangles, copies of pictures, labels.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_DRAW_H
#define MEDIA_DRAW_H

#include "media/picture.h"

/* A colour as stored. */
typedef struct draw_color {
    uint8_t b, g, r;
} draw_color;

/* Fills the pixels x <= column < x + width, y <= row < y + height that lie within `p`; what
 * OpenCV's rectangle(p, Rect(x, y, width, height), color, FILLED) fills. */
void draw_fill(picture *p, int x, int y, int width, int height, draw_color color);

/* Copies `source` so that its upper left corner comes to (x, y), clipped to `p`. */
void draw_picture(picture *p, const picture *source, int x, int y);

/* Writes ASCII text in a fixed 5x8 font with its upper left corner at (x, y), magnified `scale`
 * times, clipped. Other bytes show as '?'. */
void draw_text(picture *p, int x, int y, int scale, const char *text, draw_color color);

/* Size in pixels that draw_text covers. */
int draw_text_width(int scale, const char *text);
int draw_text_height(int scale);

#endif
