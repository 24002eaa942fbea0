/* report/svg.h - the few shapes that plots are made of.
 *
 * Coordinates are pixels of the drawing, x to the right and y down, written with one decimal and a
 * point whatever the locale of the process. `class` names what a shape is; report/style.h says how
 * that looks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include "report/markup.h"

typedef enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END } svg_anchor;

void svg_line(markup *m, const char *class, double x1, double y1, double x2, double y2);

/* `y` is the middle of the letters' height; the text starts, has its middle, or ends at `x`. */
void svg_text(markup *m, const char *class, double x, double y, svg_anchor anchor,
              const char *text);

/* The same to the left of `x`, cut to `most` characters; readers can still ask for all of it. */
void svg_text_cut(markup *m, const char *class, double x, double y, int most, const char *text);

/* The same around (x, y), reading upwards. */
void svg_text_upwards(markup *m, const char *class, double x, double y, const char *text);

/* A path: svg_path, any number of the pieces below, svg_path_end. `series` is the number of its
 * colour, -1 for that of its class. */
void svg_path(markup *m, const char *class, int series);
void svg_move(markup *m, double x, double y);
void svg_draw(markup *m, double x, double y); /* a line to there */
void svg_dot(markup *m, double x, double y);
void svg_box(markup *m, double x1, double y1, double x2, double y2);
void svg_path_end(markup *m);

/* About how wide a text is, in pixels, rather too wide than too narrow. */
double svg_width(const char *text);

#endif
