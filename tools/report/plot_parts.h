/* report/plot_parts.h - what the kinds of plots share: a drawing, its field and its axes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_PLOT_PARTS_H
#define REPORT_PLOT_PARTS_H

#include "report/axis.h"
#include "report/plot.h"
#include "report/svg.h"

#define PLOT_WIDTH 1016 /* pixels, unless the page scales it: as wide as a page has room */
#define PLOT_MARGIN 18  /* pixels around everything */
#define PLOT_LINE 20    /* pixels from one line of text to the next */

typedef struct plot_drawing {
    markup *m;
    const plot *plot;
    bool alone; /* a file of its own, not a part of a page */
    int height;
    double left, right, top, bottom; /* of the field between the axes */
    axis x, y;                       /* bars have only x, of their values */
} plot_drawing;

/* <svg>, the title that is read aloud, the ground; `height` is set. The caller ends it. */
void plot_begin(plot_drawing *d);

/* The legend above the field, and its height; 0 for none. */
double plot_legend_height(const plot *p);
void plot_legend(plot_drawing *d);

/* The kinds: everything between <svg> and </svg>. */
void plot_draw_fields(plot_drawing *d); /* PLOT_LINES, PLOT_HISTOGRAM */
void plot_draw_bars(plot_drawing *d);

/* What plot_draw_fields puts between its axes. */
void plot_draw_lines(plot_drawing *d);
void plot_draw_histogram(plot_drawing *d);

/* x of point `i`: given, or its number; and the width of a histogram's bars. */
double plot_x(const plot_series *s, int i);
double plot_bar_width(const plot_series *s);

#endif
