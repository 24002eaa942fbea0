/* report/plot.h - line plots and bar charts as SVG.
 *
 * A plot is a plain description filled in by the caller, who owns everything in it. Values that are
 * not finite (or beyond 1e300) are gaps; bars without a value say so: an infinity, a dash. Axes
 * choose round ticks by themselves, or, where x are a few whole numbers, those. Of a line of more
 * points than pixels the extremes of every pixel are drawn. A legend names the series where more
 * than one has a name, and the threshold. Nothing to show is a plot that says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include "base/buffer.h"

#include <stdbool.h>

#define PLOT_MAX_SERIES 8

typedef enum plot_kind {
    PLOT_LINES,     /* y over x; x NULL: 0, 1, 2, ... */
    PLOT_BARS,      /* horizontal bars, one a label, of the first series; values beside them;
                       y_label stands below (or x_label, if that is the one given) */
    PLOT_HISTOGRAM, /* vertical bars without gaps: series 0's y over its x (left edges, equally
                       wide) */
} plot_kind;

typedef struct plot_series {
    const char *name; /* for the legend; NULL: none */
    const double *x;  /* [count], ascending, or NULL */
    const double *y;  /* [count] */
    int count;
    bool points; /* dots instead of a line */
} plot_series;

typedef struct plot {
    plot_kind kind;
    const char *title;             /* for readers who cannot see it; required */
    const char *x_label, *y_label; /* with units; may be NULL */
    plot_series series[PLOT_MAX_SERIES];
    int n_series;
    const char *const *labels; /* PLOT_BARS: [series[0].count] */
    int highlight;             /* PLOT_BARS: the bar that is meant, -1: none */
    double threshold;          /* a dashed line at this y; NAN: none */
    const char *threshold_label;
    bool log_y; /* PLOT_LINES, PLOT_HISTOGRAM: decimal logarithm; values <= 0 are gaps */
    bool y_from_zero;
} plot;

/* Lines, no labels, no highlight, no threshold. */
plot plot_defaults(void);

/* Appends the plot as one <svg> element that takes its colours from the page. VIS_ERR_USAGE (no
 * title, too many series, no values, bars without labels), VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status plot_svg(const plot *p, buffer *out, vis_error *err);

/* The plot as an .svg file of its own, whole or not at all, on a light ground. */
vis_status plot_save(const plot *p, const char *path, vis_error *err);

#endif
