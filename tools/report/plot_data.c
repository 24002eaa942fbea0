/* report/plot_data.c - lines, dots and the bars of histograms, between their axes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/plot_parts.h"

#include <math.h>

#define FEW 32                /* points of a line that are shown as dots too */
#define MOST (2 * PLOT_WIDTH) /* points of a line that are drawn: two a pixel */

typedef struct point {
    double x, y; /* pixels; y is NAN in a gap */
} point;

static point point_at(const plot_drawing *d, const plot_series *s, int i)
{
    double x = plot_x(s, i);
    if (!axis_shows(x, false) || !axis_shows(s->y[i], d->plot->log_y))
        return (point){0, (double)NAN};
    return (point){axis_at(&d->x, x), axis_at(&d->y, s->y[i])};
}

/* The lowest and the highest of points first ... end - 1, in their order; a gap when none shows. */
static void extremes(const plot_drawing *d, const plot_series *s, int first, int end, point out[2])
{
    int low = -1, high = -1;
    for (int i = first; i < end; i++) {
        if (isnan(point_at(d, s, i).y)) continue;
        if (low < 0 || s->y[i] < s->y[low]) low = i;
        if (high < 0 || s->y[i] > s->y[high]) high = i;
    }
    out[0] = (point){0, (double)NAN};
    out[1] = out[0];
    if (low < 0) return;
    out[0] = point_at(d, s, low < high ? low : high);
    out[1] = point_at(d, s, low < high ? high : low);
}

/* The points to draw: all, or of long series the extremes of every pixel, which look the same. */
static int choose_points(const plot_drawing *d, const plot_series *s, point *out)
{
    if (s->count <= MOST) {
        for (int i = 0; i < s->count; i++)
            out[i] = point_at(d, s, i);
        return s->count;
    }
    for (int i = 0; i < PLOT_WIDTH; i++)
        extremes(d, s, (int)((int64_t)s->count * i / PLOT_WIDTH),
                 (int)((int64_t)s->count * (i + 1) / PLOT_WIDTH), out + 2 * (ptrdiff_t)i);
    return MOST;
}

static void draw_line(plot_drawing *d, int series, const point *points, int count)
{
    svg_path(d->m, "line", series);
    for (int i = 0; i < count; i++) {
        if (isnan(points[i].y)) continue;
        if (i == 0 || isnan(points[i - 1].y))
            svg_move(d->m, points[i].x, points[i].y);
        else
            svg_draw(d->m, points[i].x, points[i].y);
    }
    svg_path_end(d->m);
}

/* All points, or only those that no line reaches. */
static void draw_dots(plot_drawing *d, int series, const point *points, int count, bool all)
{
    svg_path(d->m, "dots", series);
    for (int i = 0; i < count; i++) {
        bool before = i > 0 && !isnan(points[i - 1].y);
        bool after = i + 1 < count && !isnan(points[i + 1].y);
        if (!isnan(points[i].y) && (all || (!before && !after)))
            svg_dot(d->m, points[i].x, points[i].y);
    }
    svg_path_end(d->m);
}

void plot_draw_lines(plot_drawing *d)
{
    point points[MOST];
    for (int i = 0; i < d->plot->n_series; i++) {
        const plot_series *s = &d->plot->series[i];
        int count = choose_points(d, s, points);
        if (!s->points) draw_line(d, i, points, count);
        draw_dots(d, i, points, count, s->points || count <= FEW);
    }
}

void plot_draw_histogram(plot_drawing *d)
{
    const plot_series *s = &d->plot->series[0];
    double width = plot_bar_width(s), base = d->plot->log_y ? d->bottom : axis_at(&d->y, 0);
    double gap = (d->right - d->left) / s->count > 5 ? 0.5 : 0; /* bars wide enough to be counted */
    svg_path(d->m, "bar", -1);
    for (int i = 0; i < s->count; i++) {
        point at = point_at(d, s, i);
        if (isnan(at.y) || at.y == base) continue;
        svg_box(d->m, at.x + gap, at.y, axis_at(&d->x, plot_x(s, i) + width) - gap, base);
    }
    svg_path_end(d->m);
}
