/* report/plot_field.c - plots with an x and a y axis: ranges, grid, labels, lines and histograms.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/plot_parts.h"

#include <math.h>

#define HEIGHT 300     /* pixels, without the legend */
#define TICK_SPACE 110 /* pixels between the ticks of x */
#define FEW_TICKS 12

static bool shown(const plot_drawing *d, const plot_series *s, int i)
{
    return axis_shows(plot_x(s, i), false) && axis_shows(s->y[i], d->plot->log_y);
}

/* A few whole x, such as the numbers of checkpoints, are themselves what the axis should name. */
static void use_own_ticks(plot_drawing *d)
{
    const plot_series *s = &d->plot->series[0];
    if (!s->x || s->count < 1 || s->count > FEW_TICKS) return;
    for (int i = 0; i < s->count; i++)
        if (!axis_shows(s->x[i], false) ||
            (i && axis_at(&d->x, s->x[i]) - axis_at(&d->x, s->x[i - 1]) < TICK_SPACE / 3.0))
            return;
    for (int i = 0; i < s->count; i++)
        d->x.ticks[i] = s->x[i];
    d->x.n_ticks = s->count;
    d->x.step = 1;
}

static void make_x(plot_drawing *d)
{
    const plot *p = d->plot;
    axis_range range = axis_no_range();
    axis_options options = {.whole = true};
    for (int i = 0; i < p->n_series; i++) {
        const plot_series *s = &p->series[i];
        for (int k = 0; k < s->count; k++) {
            double x = plot_x(s, k);
            axis_include(&range, x, false);
            if (p->kind == PLOT_HISTOGRAM) axis_include(&range, x + plot_bar_width(s), false);
            options.whole = options.whole && (!axis_shows(x, false) || floor(x) == x);
        }
    }
    options.ticks = (int)((d->right - d->left) / TICK_SPACE);
    if (p->kind == PLOT_LINES && p->n_series > 0) options.padding = 0.01;
    d->x = axis_make(range, options);
    d->x.from = d->left;
    d->x.to = d->right;
    if (p->kind == PLOT_LINES && options.whole && p->n_series > 0) use_own_ticks(d);
}

static void make_y(plot_drawing *d)
{
    const plot *p = d->plot;
    bool histogram = p->kind == PLOT_HISTOGRAM;
    axis_range range = axis_no_range();
    for (int i = 0; i < p->n_series; i++)
        for (int k = 0; k < p->series[i].count; k++)
            axis_include(&range, p->series[i].y[k], p->log_y);
    axis_include(&range, p->threshold, p->log_y);
    if ((histogram || p->y_from_zero) && !p->log_y) {
        axis_include(&range, 0, false);
        if (range.high <= 0 && range.low >= 0) range.high = 1;
    }
    /* The smallest bar of a logarithm must not vanish into the axis. */
    if (histogram && p->log_y && range.low <= range.high) range.low /= 2;
    d->y = axis_make(
        range, (axis_options){.log = p->log_y, .round = !(histogram && p->log_y), .ticks = 5});
    d->y.from = d->bottom;
    d->y.to = d->top;
}

/* The field between the axes: what ticks, labels and legend leave of the drawing. */
static void set_field(plot_drawing *d)
{
    const plot *p = d->plot;
    double legend = plot_legend_height(p), widest = 0;
    char text[AXIS_TEXT];
    d->height = HEIGHT + (int)legend;
    d->top = PLOT_MARGIN + legend;
    d->bottom = d->height - 12 - PLOT_LINE - (p->x_label ? PLOT_LINE : 0);
    d->right = PLOT_WIDTH - PLOT_MARGIN;
    make_y(d);
    for (int i = 0; i < d->y.n_ticks; i++) {
        axis_tick_text(&d->y, i, text);
        widest = fmax(widest, svg_width(text));
    }
    d->left = PLOT_MARGIN + (p->y_label ? PLOT_LINE : 0) + widest + 8;
    make_x(d);
}

static void draw_axes(plot_drawing *d)
{
    const plot *p = d->plot;
    char text[AXIS_TEXT];
    for (int i = 0; i < d->y.n_ticks; i++) {
        double y = axis_at(&d->y, d->y.ticks[i]);
        axis_tick_text(&d->y, i, text);
        svg_line(d->m, "grid", d->left, y, d->right, y);
        svg_text(d->m, "tick", d->left - 8, y, SVG_END, text);
    }
    for (int i = 0; i < d->x.n_ticks; i++) {
        double x = axis_at(&d->x, d->x.ticks[i]);
        axis_tick_text(&d->x, i, text);
        svg_line(d->m, "axis", x, d->bottom, x, d->bottom + 5);
        svg_text(d->m, "tick", x, d->bottom + 16, SVG_MIDDLE, text);
    }
    svg_line(d->m, "axis", d->left, d->bottom, d->right, d->bottom);
    double middle = (d->left + d->right) / 2;
    if (p->x_label) svg_text(d->m, "name", middle, d->height - 14, SVG_MIDDLE, p->x_label);
    if (p->y_label)
        svg_text_upwards(d->m, "name", PLOT_MARGIN, (d->top + d->bottom) / 2, p->y_label);
}

static void draw_threshold(plot_drawing *d)
{
    if (!axis_shows(d->plot->threshold, d->plot->log_y)) return;
    double y = axis_at(&d->y, d->plot->threshold);
    svg_line(d->m, "limit", d->left, y, d->right, y);
}

void plot_draw_fields(plot_drawing *d)
{
    const plot *p = d->plot;
    set_field(d);
    plot_begin(d);
    plot_legend(d);
    draw_axes(d);
    bool any = false;
    for (int i = 0; i < p->n_series && !any; i++)
        for (int k = 0; k < p->series[i].count && !any; k++)
            any = shown(d, &p->series[i], k);
    if (!any)
        svg_text(d->m, "name", (d->left + d->right) / 2, (d->top + d->bottom) / 2, SVG_MIDDLE,
                 "no values");
    else if (p->kind == PLOT_HISTOGRAM)
        plot_draw_histogram(d);
    else
        plot_draw_lines(d);
    draw_threshold(d);
}
