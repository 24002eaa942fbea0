/* compare/compare_page.c - the verdict, tables and plots of report.html.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/compare_page.h"
#include "compare/compare_output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL 96
#define FRAME_COLUMNS 11
#define NBSP "\xc2\xa0" /* a space where no line ends */

static page_tone tone_of(verdict v)
{
    return v >= VERDICT_NUMERIC ? PAGE_GOOD : v == VERDICT_VISUAL ? PAGE_FAIR : PAGE_BAD;
}

/* One row of the table over all: a name and up to three texts. */
static void row(page *p, const char *name, const char *a, const char *b, const char *off)
{
    const char *cells[] = {name, a, b, off};
    page_row(p, PAGE_PLAIN, cells);
}

static void number_row(page *p, const char *name, double a, double b)
{
    char x[CELL], y[CELL], off[CELL];
    snprintf(x, sizeof x, "%.6f", a);
    snprintf(y, sizeof y, "%.6f", b);
    snprintf(off, sizeof off, "%+.4f %%", relative_percent(a, b));
    row(p, name, x, y, off);
}

static void differences(page *p, const compare_result *r)
{
    const compare_totals *t = &r->totals;
    char x[CELL], y[CELL];
    static const char *const columns[] = {"Between them", "largest", "mean", "identical"};
    page_table(p, NULL, columns, 4);
    if (r->values) {
        char same[CELL];
        snprintf(x, sizeof x, "%.3g", t->values.max);
        snprintf(y, sizeof y, "%.3g", t->values.sum / (double)t->values.count);
        snprintf(same, sizeof same, "%.4f %%",
                 100 * (double)t->values.same / (double)t->values.count);
        row(p, "numbers |A - B|", x, y, same);
    }
    if (r->pixels) {
        char same[CELL];
        snprintf(x, sizeof x, "%d/255", t->pixels.max);
        snprintf(y, sizeof y, "%.4f/255", t->pixels.sum / (double)t->pixels.values);
        snprintf(same, sizeof same, "%.4f %%",
                 100 * (double)t->pixels.same_pixels / (double)t->pixels.pixels);
        row(p, "pixels |A - B|", x, y, same);
    }
    page_table_end(p);
    if (r->pixels)
        page_text(p, "PSNR %.2f dB, SSIM %.6f over all frames.", compare_psnr(r), compare_ssim(r));
}

static void overall(page *p, const compare_result *r)
{
    static const char *const columns[] = {"Over all frames", "A", "B", "off by"};
    const compare_totals *t = &r->totals;
    page_table(p, NULL, columns, 4);
    row(p, "result", r->label_a + 2, r->label_b + 2, "");
    number_row(p, "smallest value", t->a.min, t->b.min);
    number_row(p, "largest value", t->a.max, t->b.max);
    number_row(p, "mean", t->a.mean, t->b.mean);
    number_row(p, "standard deviation", statistics_std(&t->a), statistics_std(&t->b));
    page_table_end(p);
    differences(p, r);
}

void compare_page_head(page *p, const compare_result *r, verdict required)
{
    char title[64], reason[256], body[768];
    snprintf(title, sizeof title, "%s", verdict_name(r->verdict));
    title[0] = (char)(title[0] - 'a' + 'A'); /* the names begin with small letters */
    compare_reason(r, reason, sizeof reason);
    if (reason[0]) reason[0] = (char)(reason[0] - 'a' + 'A');
    int used = snprintf(body, sizeof body, "%s %s%s", verdict_meaning(r->verdict), reason,
                        reason[0] ? "." : "");
    snprintf(body + used, sizeof body - (size_t)used, " Asked for: %s; that is %s.",
             verdict_name(required),
             r->verdict >= required && !r->called_out ? "reached" : "not reached");
    page_verdict(p, r->called_out ? PAGE_BAD : tone_of(r->verdict), title, body);
    for (int i = 0; i < r->notes; i++)
        page_text(p, "Note: %s.", r->note[i]);
    overall(p, r);
}

/* The largest and the mean difference of each frame. */
static vis_status plot_frames(page *p, const compare_result *r, vis_error *err)
{
    double *max = malloc(sizeof *max * 3 * (size_t)r->count);
    if (!max) return vis_fail_memory(err, "a plot");
    double *mean = max + r->count, *psnr = mean + r->count;
    for (int64_t i = 0; i < r->count; i++) {
        max[i] = r->frame[i].pixels ? r->frame[i].max : r->frame[i].value_max;
        mean[i] = r->frame[i].pixels ? r->frame[i].mean : r->frame[i].value_mean;
        psnr[i] = r->frame[i].psnr;
    }
    plot d = plot_defaults();
    d.title = "Difference of each frame";
    d.x_label = "frame";
    d.y_label = r->pixels ? "|A - B| in /255" : "|A - B|";
    d.y_from_zero = true;
    d.n_series = 2;
    d.series[0] = (plot_series){.name = "largest", .y = max, .count = (int)r->count};
    d.series[1] = (plot_series){.name = "mean", .y = mean, .count = (int)r->count};
    d.series[0].points = d.series[1].points = r->count < 3;
    page_plot(p, &d, "Largest and mean difference of each frame.");
    plot q = plot_defaults();
    q.title = "PSNR of each frame";
    q.x_label = "frame";
    q.y_label = "PSNR in dB";
    q.n_series = 1;
    q.series[0] = (plot_series){.y = psnr, .count = (int)r->count, .points = r->count < 3};
    q.threshold = VERDICT_PSNR;
    q.threshold_label = "visually equal";
    if (r->pixels && r->totals.pixels.max > 0) page_plot(p, &q, "PSNR; higher is closer.");
    free(max);
    return VIS_OK;
}

static void plot_histogram(page *p, const compare_result *r)
{
    double left[256], share[256];
    int bins = r->totals.pixels.max + 1;
    for (int v = 0; v < bins; v++) {
        left[v] = v;
        share[v] = 100 * (double)r->totals.pixels.histogram[v] / (double)r->totals.pixels.values;
    }
    plot h = plot_defaults();
    h.kind = PLOT_HISTOGRAM;
    h.title = "How many values differ by how much";
    h.x_label = "|A - B| in /255";
    h.y_label = "share of values in %";
    h.log_y = true;
    h.n_series = 1;
    h.series[0] = (plot_series){.x = left, .y = share, .count = bins};
    page_plot(p, &h, "Histogram of the differences, logarithmic.");
}

static void plot_decades(page *p, const compare_result *r)
{
    static const char *const labels[VALUE_BINS] = {
        "the same",   "below 1e-8", "below 1e-7", "below 1e-6", "below 1e-5", "below 1e-4",
        "below 1e-3", "below 0.01", "below 0.1",  "below 1",    "1 and more"};
    double share[VALUE_BINS];
    for (int i = 0; i < VALUE_BINS; i++)
        share[i] = 100 * (double)r->totals.values.histogram[i] / (double)r->totals.values.count;
    plot b = plot_defaults();
    b.kind = PLOT_BARS;
    b.title = "How many numbers differ by how much";
    b.x_label = "share of numbers in %";
    b.labels = labels;
    b.n_series = 1;
    b.series[0] = (plot_series){.y = share, .count = VALUE_BINS};
    page_plot(p, &b, "Differences of the floating-point numbers, by powers of ten.");
}

vis_status compare_page_plots(page *p, const compare_result *r, vis_error *err)
{
    if (!r->values && r->totals.pixels.max == 0) return VIS_OK; /* nothing to see */
    page_heading(p, "Differences");
    if (r->count > 1) VIS_TRY(plot_frames(p, r, err));
    if (r->pixels && r->totals.pixels.max > 0) plot_histogram(p, r);
    if (r->values && r->totals.values.max > 0) plot_decades(p, r);
    return VIS_OK;
}

static void frame_row(page *p, const compare_result *r, const compared_frame *f)
{
    char text[FRAME_COLUMNS][CELL];
    const char *cells[FRAME_COLUMNS];
    double std_a = statistics_std(&f->a), std_b = statistics_std(&f->b);
    for (int i = 0; i < FRAME_COLUMNS; i++) {
        text[i][0] = '\0';
        cells[i] = text[i];
    }
    if (f->name && !r->pixels)
        snprintf(text[0], CELL, "%.90s", f->name);
    else
        snprintf(text[0], CELL, "%lld", (long long)f->number);
    snprintf(text[1], CELL, "%.3f" NBSP "to" NBSP "%.3f", f->a.min, f->a.max);
    snprintf(text[2], CELL, "%.3f" NBSP "to" NBSP "%.3f", f->b.min, f->b.max);
    snprintf(text[3], CELL, "%.6f", f->a.mean);
    snprintf(text[4], CELL, "%+.3f %%", relative_percent(f->a.mean, f->b.mean));
    snprintf(text[5], CELL, "%+.3f %%", relative_percent(std_a, std_b));
    if (f->pixels) {
        snprintf(text[6], CELL, "%d", f->max);
        snprintf(text[7], CELL, "%.4f", f->mean);
        snprintf(text[8], CELL, "%.2f", f->psnr);
        snprintf(text[9], CELL, "%.5f", f->ssim);
    } else {
        snprintf(text[6], CELL, "%.3g", f->value_max);
        snprintf(text[7], CELL, "%.3g", f->value_mean);
    }
    snprintf(text[10], CELL, "%s", verdict_name(f->verdict));
    page_row(p, f == &r->frame[r->worst] ? tone_of(f->verdict) : PAGE_PLAIN, cells);
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

vis_status compare_page_frames(page *p, const comparison *c, vis_error *err)
{
    static const char *const columns[FRAME_COLUMNS] = {"frame",    "range A", "range B", "mean A",
                                                       "mean off", "std off", "max",     "mean d",
                                                       "PSNR",     "SSIM",    "verdict"};
    const compare_result *r = comparison_result(c);
    int64_t worst[COMPARE_PAGE_ROWS];
    int shown = comparison_worst(c, worst, COMPARE_PAGE_ROWS);
    qsort(worst, (size_t)shown, sizeof *worst, ascending);
    page_heading(p, "Frame by frame");
    if (shown < r->count)
        page_text(p, "The %d frames furthest apart of %lld; compare.json has them all.", shown,
                  (long long)r->count);
    page_table(p, r->pixels ? "max and mean d: |A - B| in /255; PSNR in dB" : NULL, columns,
               FRAME_COLUMNS);
    for (int i = 0; i < shown; i++)
        frame_row(p, r, &r->frame[worst[i]]);
    page_table_end(p);
    return VIS_OK;
}

void compare_page_foot(page *p, const compare_result *r)
{
    char text[4096];
    snprintf(text, sizeof text,
             "A: %.900s (%s)\nB: %.900s (%s)\n%s%.450s%s"
             "Bit-identical: every value the same. Numerically equal: tensors at most %g and on "
             "average %g apart, or pictures at most %d/255 apart with %.1f %% of the bytes equal. "
             "Visually equal: PSNR at least %.0f dB and SSIM at least %.2f in every frame, over "
             "the whole picture and over the part that differs.\nviseme %s; docs/compare.md "
             "explains the figures.",
             r->path_a, r->what_a, r->path_b, r->what_b, r->inputs[0] ? "Fed with " : "", r->inputs,
             r->inputs[0] ? ".\n" : "", VERDICT_TENSOR_MAX, VERDICT_TENSOR_MEAN, VERDICT_PIXEL_MAX,
             100 * VERDICT_PIXEL_SAME, VERDICT_PSNR, VERDICT_SSIM, vis_version());
    page_footer(p, text);
}
