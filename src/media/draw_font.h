/* media/draw_font.h - the letters of draw_text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_DRAW_FONT_H
#define MEDIA_DRAW_FONT_H

#define DRAW_FONT_FIRST ' '
#define DRAW_FONT_GLYPHS 95
#define DRAW_FONT_ROWS 7
#define DRAW_FONT_COLUMNS 5
#define DRAW_FONT_DESCENT 1 /* rows by which g, p, q and y stand lower than drawn */

extern const unsigned char draw_font[DRAW_FONT_GLYPHS][DRAW_FONT_ROWS];

#endif
