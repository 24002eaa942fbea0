/* sweep/sweep_plot.c - at most three lines over the checkpoints, on a light ground. Numbers are
 * written in whole pixels and decibels, so that no locale puts its comma into them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep_plot.h"

#include "base/buffer.h"
#include "base/file.h"
#include "sweep/sweep_rank.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH 1016
#define HEIGHT 340
#define LEFT 66 /* of the field between the axes, in pixels */
#define RIGHT 998
#define TOP 56
#define BOTTOM 288
#define MAX_BYTES (1u << 20)
#define SERIES 3
#define LABELS 16 /* checkpoints named along x, at most */
#define LINES 6   /* of the grid */

static const char style[] =
    "text{font:12px system-ui,sans-serif;fill:#22252a}.tick{fill:#666b73}"
    ".grid{stroke:#e9e6e1}.axis{stroke:#d9d6d0}"
    ".line{fill:none;stroke-width:1.75}.dots{fill:none;stroke-width:5;stroke-linecap:round}"
    ".s0{stroke:#0072b2}.s1{stroke:#d55e00}.s2{stroke:#008a65}";

typedef struct curves {
    int64_t x[SWEEP_MAX];
    double y[SERIES][SWEEP_MAX]; /* dB; NAN: none */
    int count;
    bool numbered, held;
    int low, high, step; /* dB at the ends of y, and between the lines of its grid */
} curves;

static double value_of(const sweep_row *row, int series)
{
    return series == 0   ? row->trained.psnr
           : series == 1 ? row->held.psnr
                         : sweep_deciding(row)->mouth;
}

static void collect(const sweep_result *r, curves *c)
{
    int64_t last = -1;
    c->numbered = true;
    c->held = r->held_frames > 0;
    for (int i = 0; i < r->rows; i++) {
        const sweep_row *row = &r->row[i];
        if (row->status != VIS_OK) continue;
        c->numbered = c->numbered && row->number > last;
        last = c->x[c->count] = row->number;
        for (int k = 0; k < SERIES; k++)
            c->y[k][c->count] = value_of(row, k);
        c->count++;
    }
    for (int i = 0; i < c->count && !c->numbered; i++)
        c->x[i] = i + 1;
}

static bool is_shown(const curves *c, int series, int i)
{
    return (series != 1 || c->held) && isfinite(c->y[series][i]);
}

/* Whole decibels around all values, in steps of which few lines are enough. */
static void set_range(curves *c)
{
    double low = INFINITY, high = -INFINITY;
    for (int k = 0; k < SERIES; k++)
        for (int i = 0; i < c->count; i++) {
            if (!is_shown(c, k, i)) continue;
            low = fmin(low, c->y[k][i]);
            high = fmax(high, c->y[k][i]);
        }
    if (low > high) low = 0, high = 1;
    c->step = 1;
    while ((high - low) / c->step > LINES)
        c->step *= 2;
    c->low = (int)floor(low / c->step) * c->step;
    c->high = (int)fmax(c->low + c->step, ceil(high / c->step) * c->step);
}

static int x_at(const curves *c, int i)
{
    double first = (double)c->x[0], span = (double)c->x[c->count - 1] - first;
    double share = span > 0 ? ((double)c->x[i] - first) / span : 0.5;
    return (int)lround(LEFT + 20 + share * (RIGHT - LEFT - 40));
}

static int y_at(const curves *c, double value)
{
    return (int)lround(BOTTOM - (value - c->low) / (c->high - c->low) * (BOTTOM - TOP));
}

static vis_status put_axes(const curves *c, buffer *out, vis_error *err)
{
    for (int dB = c->low; dB <= c->high; dB += c->step) {
        int y = y_at(c, dB);
        VIS_TRY(
            buffer_print(out, err,
                         "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n"
                         "<text class=\"tick\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%d</text>\n",
                         LEFT, y, RIGHT, y, LEFT - 8, y + 4, dB));
    }
    int every = (c->count + LABELS - 1) / LABELS, next = 0;
    for (int i = 0; i < c->count; i += every) {
        if (x_at(c, i) < next) continue; /* it would stand on the one before it */
        next = x_at(c, i) + (RIGHT - LEFT) / (2 * LABELS);
        VIS_TRY(buffer_print(
            out, err, "<text class=\"tick\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">%lld</text>\n",
            x_at(c, i), BOTTOM + 20, (long long)c->x[i]));
    }
    return buffer_print(out, err,
                        "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n"
                        "<text text-anchor=\"middle\" x=\"%d\" y=\"%d\">%s</text>\n"
                        "<text x=\"18\" y=\"%d\">dB</text>\n",
                        LEFT, BOTTOM, RIGHT, BOTTOM, (LEFT + RIGHT) / 2, HEIGHT - 10,
                        c->numbered ? "checkpoint" : "checkpoint, in the order of their names",
                        (TOP + BOTTOM) / 2);
}

/* A line, or the dots on it; its name above the field. */
static vis_status put_path(const curves *c, int series, bool dots, buffer *out, vis_error *err)
{
    bool gap = true;
    VIS_TRY(buffer_print(out, err, "<path class=\"%s s%d\" d=\"", dots ? "dots" : "line", series));
    for (int i = 0; i < c->count; i++) {
        bool shown = is_shown(c, series, i);
        if (shown)
            VIS_TRY(buffer_print(out, err, "%s%d %d%s", gap || dots ? "M" : "L", x_at(c, i),
                                 y_at(c, c->y[series][i]), dots ? "h0" : ""));
        gap = !shown;
    }
    return buffer_print(out, err, "\"/>\n");
}

static vis_status put_series(const curves *c, int series, buffer *out, vis_error *err)
{
    static const char *const names[2][SERIES] = {
        {"mask", "", "mouth"},
        {"mask, trained frames", "mask, held-out frames", "mouth, held-out frames"}};
    int x = 18 + 220 * (c->held || series == 0 ? series : 1);
    VIS_TRY(put_path(c, series, false, out, err));
    VIS_TRY(put_path(c, series, true, out, err));
    return buffer_print(out, err,
                        "<line class=\"line s%d\" x1=\"%d\" y1=\"20\" x2=\"%d\" y2=\"20\"/>\n"
                        "<text x=\"%d\" y=\"24\">%s</text>\n",
                        series, x, x + 24, x + 30, names[c->held][series]);
}

static vis_status draw(const curves *c, buffer *out, vis_error *err)
{
    VIS_TRY(buffer_print(out, err,
                         "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" "
                         "height=\"%d\" viewBox=\"0 0 %d %d\"><title>PSNR by checkpoint</title>\n"
                         "<style>%s</style>\n<rect fill=\"#ffffff\" width=\"%d\" height=\"%d\"/>\n",
                         WIDTH, HEIGHT, WIDTH, HEIGHT, style, WIDTH, HEIGHT));
    VIS_TRY(put_axes(c, out, err));
    for (int k = 0; k < SERIES; k++)
        if (k != 1 || c->held) VIS_TRY(put_series(c, k, out, err));
    return buffer_print(out, err, "</svg>\n");
}

vis_status sweep_plot_save(const sweep_result *r, const char *path, vis_error *err)
{
    buffer out;
    buffer_init(&out, MAX_BYTES);
    curves *c = calloc(1, sizeof *c);
    vis_status status = c ? VIS_OK : vis_fail_memory(err, "a plot");
    if (c) {
        collect(r, c);
        set_range(c);
        status = draw(c, &out, err);
    }
    if (status == VIS_OK) status = file_write(path, out.data, out.size, err);
    buffer_free(&out);
    free(c);
    return status;
}
