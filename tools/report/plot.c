/* report/plot.c - a plot from its description to SVG.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/plot.h"

#include "base/file.h"
#include "report/plot_parts.h"
#include "report/style.h"

#include <math.h>

#define SVG_MAX_BYTES (64u << 20)
#define SWATCH 24 /* pixels, the piece of line in the legend */

plot plot_defaults(void)
{
    return (plot){.kind = PLOT_LINES, .highlight = -1, .threshold = (double)NAN};
}

double plot_x(const plot_series *s, int i)
{
    return s->x ? s->x[i] : i;
}

double plot_bar_width(const plot_series *s)
{
    return s->count > 1 ? plot_x(s, 1) - plot_x(s, 0) : 1;
}

void plot_begin(plot_drawing *d)
{
    markup *m = d->m;
    markup_raw(m, "<svg class=\"plot\" role=\"img\"");
    if (d->alone)
        markup_print(m, " xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"",
                     PLOT_WIDTH, d->height);
    markup_print(m, " viewBox=\"0 0 %d %d\"><title>", PLOT_WIDTH, d->height);
    markup_text(m, d->plot->title);
    markup_raw(m, "</title>\n");
    if (!d->alone) return;
    markup_raw(m, "<style>\n");
    style_light(m, style_of_plots);
    markup_raw(m, "</style>\n");
    markup_print(m, "<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n", PLOT_WIDTH, d->height);
}

/* One entry of the legend at `x`, or on the next line where it would not fit. */
static void place_entry(const char *name, double *x, double *y)
{
    double width = SWATCH + 6 + svg_width(name);
    if (*x > PLOT_MARGIN && *x + width > PLOT_WIDTH - PLOT_MARGIN) {
        *x = PLOT_MARGIN;
        *y += PLOT_LINE;
    }
    *x += width + PLOT_MARGIN;
}

/* The entries: named series where there is more than one, then the threshold (number n_series).
 * NULL: series `i` has no entry. */
static const char *entry(const plot *p, int i)
{
    int named = 0;
    for (int k = 0; k < p->n_series; k++)
        named += p->series[k].name != NULL;
    if (i == p->n_series) return axis_shows(p->threshold, p->log_y) ? p->threshold_label : NULL;
    return p->kind == PLOT_LINES && named > 1 ? p->series[i].name : NULL;
}

double plot_legend_height(const plot *p)
{
    double x = PLOT_MARGIN, y = PLOT_LINE;
    bool any = false;
    for (int i = 0; i <= p->n_series; i++) {
        const char *name = entry(p, i);
        if (name) place_entry(name, &x, &y);
        any = any || name;
    }
    return any ? y : 0;
}

static void draw_swatch(plot_drawing *d, int i, double x, double y)
{
    bool limit = i == d->plot->n_series, dots = !limit && d->plot->series[i].points;
    if (limit) {
        svg_line(d->m, "limit", x, y, x + SWATCH, y);
        return;
    }
    svg_path(d->m, dots ? "dots" : "line", i);
    if (dots) {
        svg_dot(d->m, x + SWATCH / 2.0, y);
    } else {
        svg_move(d->m, x, y);
        svg_draw(d->m, x + SWATCH, y);
    }
    svg_path_end(d->m);
}

void plot_legend(plot_drawing *d)
{
    double next = PLOT_MARGIN, y = PLOT_MARGIN;
    for (int i = 0; i <= d->plot->n_series; i++) {
        const char *name = entry(d->plot, i);
        if (!name) continue;
        double x = next, line = y;
        place_entry(name, &next, &y);
        if (y > line) x = PLOT_MARGIN;
        draw_swatch(d, i, x, y);
        svg_text(d->m, i == d->plot->n_series ? "limit-text" : "name", x + SWATCH + 6, y, SVG_START,
                 name);
    }
}

static vis_status check(const plot *p, vis_error *err)
{
    if (!p->title || p->n_series < 0 || p->n_series > PLOT_MAX_SERIES)
        return vis_fail(err, VIS_ERR_USAGE, "a plot needs a title and at most %d series",
                        PLOT_MAX_SERIES);
    for (int i = 0; i < p->n_series; i++)
        if (p->series[i].count < 0 || (p->series[i].count > 0 && !p->series[i].y))
            return vis_fail(err, VIS_ERR_USAGE, "%s: series %d has no values", p->title, i);
    if (p->kind == PLOT_BARS && p->n_series > 0 && p->series[0].count > 0 && !p->labels)
        return vis_fail(err, VIS_ERR_USAGE, "%s: bars need labels", p->title);
    return VIS_OK;
}

static vis_status draw(const plot *p, bool alone, buffer *out, vis_error *err)
{
    VIS_TRY(check(p, err));
    markup m = markup_begin(out);
    plot_drawing d = {.m = &m, .plot = p, .alone = alone};
    if (p->kind == PLOT_BARS)
        plot_draw_bars(&d);
    else
        plot_draw_fields(&d);
    markup_raw(&m, "</svg>\n");
    return markup_end(&m, err);
}

vis_status plot_svg(const plot *p, buffer *out, vis_error *err)
{
    return draw(p, false, out, err);
}

vis_status plot_save(const plot *p, const char *path, vis_error *err)
{
    buffer out;
    buffer_init(&out, SVG_MAX_BYTES);
    vis_status status = draw(p, true, &out, err);
    if (status == VIS_OK)
        status = file_write(path, out.data, out.size, err);
    else
        vis_prefix(err, status, path);
    buffer_free(&out);
    return status;
}
