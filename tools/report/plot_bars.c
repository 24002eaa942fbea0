/* report/plot_bars.c - horizontal bars, one a label, their values beside them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/plot_parts.h"

#include <math.h>

#define ROW 26         /* pixels from one bar to the next */
#define BAR 16         /* pixels, a bar's thickness */
#define LONGEST 52     /* characters of a label */
#define TICK_SPACE 110 /* pixels */

/* Widths that texts need: of labels, and of the values of bars to the right and to the left. */
typedef struct text_widths {
    double label, right, left;
} text_widths;

static text_widths measure(const plot *p, const plot_series *s)
{
    text_widths w = {0};
    char text[AXIS_TEXT];
    for (int i = 0; i < s->count; i++) {
        double most = svg_width("x") * LONGEST;
        w.label = fmax(w.label, fmin(most, svg_width(p->labels[i])));
        axis_number_text(s->y[i], text);
        double *side = s->y[i] < 0 ? &w.left : &w.right;
        *side = fmax(*side, svg_width(text) + 8);
    }
    return w;
}

static void set_field(plot_drawing *d, const plot_series *s)
{
    const plot *p = d->plot;
    text_widths w = measure(p, s);
    bool limit = axis_shows(p->threshold, false);
    axis_range range = axis_no_range();
    axis_include(&range, 0, false);
    axis_include(&range, p->threshold, false);
    for (int i = 0; i < s->count; i++)
        axis_include(&range, s->y[i], false);
    if (range.low == range.high) range.high = 1;
    d->top = PLOT_MARGIN + (limit && p->threshold_label ? PLOT_LINE : 0);
    d->bottom = d->top + (s->count ? s->count : 1) * ROW;
    d->height = (int)d->bottom + 12 + PLOT_LINE + (p->y_label || p->x_label ? PLOT_LINE : 0);
    d->left = PLOT_MARGIN + w.label + 12;
    d->right = PLOT_WIDTH - PLOT_MARGIN;
    double from = d->left + w.left, to = d->right - w.right;
    d->x = axis_make(range, (axis_options){.ticks = (int)fmax(2, (to - from) / TICK_SPACE)});
    d->x.from = from;
    d->x.to = to;
}

static void draw_axis(plot_drawing *d)
{
    const plot *p = d->plot;
    const char *label = p->y_label ? p->y_label : p->x_label;
    char text[AXIS_TEXT];
    for (int i = 0; i < d->x.n_ticks; i++) {
        double x = axis_at(&d->x, d->x.ticks[i]);
        axis_tick_text(&d->x, i, text);
        svg_line(d->m, "grid", x, d->top, x, d->bottom);
        svg_text(d->m, "tick", x, d->bottom + 14, SVG_MIDDLE, text);
    }
    if (label) svg_text(d->m, "name", (d->x.from + d->x.to) / 2, d->height - 14, SVG_MIDDLE, label);
}

/* Where one is meant, the others step back. */
static void draw_bar(plot_drawing *d, const plot_series *s, int i)
{
    const plot *p = d->plot;
    bool meant = i == p->highlight, others = p->highlight >= 0 && !meant;
    double middle = d->top + (i + 0.5) * ROW, zero = axis_at(&d->x, 0), end = zero;
    char text[AXIS_TEXT];
    svg_text_cut(d->m, meant ? "meant" : "name", d->left - 12, middle, LONGEST, p->labels[i]);
    if (axis_shows(s->y[i], false)) {
        end = axis_at(&d->x, s->y[i]);
        svg_path(d->m, others ? "others" : "bar", -1);
        svg_box(d->m, zero, middle - BAR / 2.0, end, middle + BAR / 2.0);
        svg_path_end(d->m);
    }
    axis_number_text(s->y[i], text);
    bool leftwards = s->y[i] < 0;
    svg_text(d->m, meant ? "meant" : "name", leftwards ? end - 6 : end + 6, middle,
             leftwards ? SVG_END : SVG_START, text);
}

static void draw_threshold(plot_drawing *d)
{
    const plot *p = d->plot;
    if (!axis_shows(p->threshold, false)) return;
    double x = axis_at(&d->x, p->threshold);
    svg_line(d->m, "limit", x, d->top - 4, x, d->bottom);
    bool at_right = x > (d->left + d->right) / 2;
    if (p->threshold_label)
        svg_text(d->m, "limit-text", at_right ? x + 4 : x - 4, d->top - 12,
                 at_right ? SVG_END : SVG_START, p->threshold_label);
}

void plot_draw_bars(plot_drawing *d)
{
    static const plot_series none = {0};
    const plot_series *s = d->plot->n_series > 0 ? &d->plot->series[0] : &none;
    set_field(d, s);
    plot_begin(d);
    draw_axis(d);
    for (int i = 0; i < s->count; i++)
        draw_bar(d, s, i);
    if (s->count == 0)
        svg_text(d->m, "name", (d->left + d->right) / 2, (d->top + d->bottom) / 2, SVG_MIDDLE,
                 "no values");
    double zero = axis_at(&d->x, 0);
    svg_line(d->m, "axis", zero, d->top, zero, d->bottom);
    draw_threshold(d);
}
