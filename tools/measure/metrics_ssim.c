/* measure/metrics_ssim.c - structural similarity, one pass over the rows.
 *
 * Each row of moments is smoothed along the row once and kept; eleven kept rows, weighted, give a
 * row of windows. Channels stay interleaved: a neighbour is three values away. In double, since a
 * variance is a small difference of large numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/metrics.h"

#include "base/memory.h"

#include <math.h>

#define CHANNELS 3
#define RADIUS (SSIM_WINDOW / 2)
#define SIGMA 1.5
#define C1 (0.01 * 255 * 0.01 * 255)
#define C2 (0.03 * 255 * 0.03 * 255)

/* What the formula needs of a window: means of a and b, of a a + b b, and of a b. */
enum { MEAN_A, MEAN_B, SQUARES, PRODUCT, MOMENTS };

typedef struct ssim_rows {
    double weight[RADIUS + 1]; /* by distance from the centre */
    size_t values;             /* of a row of pixels */
    size_t windows;            /* of a row of windows, channels counted */
    double *raw;               /* [MOMENTS][values] of one row of pixels */
    double *smooth;            /* [SSIM_WINDOW][MOMENTS][windows], row y at y % SSIM_WINDOW */
    double *window;            /* [MOMENTS][windows] */
} ssim_rows;

static void make_weights(double *weight)
{
    double sum = 0;
    for (int i = 0; i <= RADIUS; i++) {
        weight[i] = exp(-(double)(i * i) / (2 * SIGMA * SIGMA));
        sum += i ? 2 * weight[i] : weight[i];
    }
    for (int i = 0; i <= RADIUS; i++)
        weight[i] /= sum;
}

static void read_row(const ssim_rows *s, const uint8_t *a, const uint8_t *b)
{
    size_t n = s->values;
    double *restrict mean_a = s->raw + MEAN_A * n, *restrict mean_b = s->raw + MEAN_B * n;
    double *restrict squares = s->raw + SQUARES * n, *restrict product = s->raw + PRODUCT * n;
    for (size_t i = 0; i < n; i++) {
        int one = a[i], other = b[i];
        mean_a[i] = one;
        mean_b[i] = other;
        squares[i] = one * one + other * other;
        product[i] = one * other;
    }
}

/* out[i] = the sum of eleven values `step` apart, weighted; the first of them is in[i]. */
static void smooth_line(const double *weight, const double *restrict in, size_t step,
                        double *restrict out, size_t count)
{
    const double *centre = in + RADIUS * step;
    for (size_t i = 0; i < count; i++) {
        const double *at = centre + i;
        double sum = weight[0] * at[0];
        for (size_t k = 1; k <= RADIUS; k++)
            sum += weight[k] * (at[-(ptrdiff_t)(k * step)] + at[k * step]);
        out[i] = sum;
    }
}

static double *smooth_row(const ssim_rows *s, int row)
{
    return s->smooth + (size_t)(row % SSIM_WINDOW) * MOMENTS * s->windows;
}

static void keep_row(const ssim_rows *s, int row)
{
    for (size_t m = 0; m < MOMENTS; m++)
        smooth_line(s->weight, s->raw + m * s->values, CHANNELS,
                    smooth_row(s, row) + m * s->windows, s->windows);
}

/* Smooths down the kept rows: the windows whose last row is `last`. */
static void make_windows(const ssim_rows *s, int last)
{
    const double *rows[SSIM_WINDOW];
    for (int k = 0; k < SSIM_WINDOW; k++)
        rows[k] = smooth_row(s, last - (SSIM_WINDOW - 1) + k);
    double *restrict out = s->window;
    for (size_t i = 0; i < MOMENTS * s->windows; i++) {
        double sum = s->weight[0] * rows[RADIUS][i];
        for (int k = 1; k <= RADIUS; k++)
            sum += s->weight[k] * (rows[RADIUS - k][i] + rows[RADIUS + k][i]);
        out[i] = sum;
    }
}

static double sum_of_windows(const ssim_rows *s)
{
    size_t n = s->windows;
    const double *a = s->window + MEAN_A * n, *b = s->window + MEAN_B * n;
    const double *squares = s->window + SQUARES * n, *product = s->window + PRODUCT * n;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double ab = a[i] * b[i], aabb = a[i] * a[i] + b[i] * b[i];
        sum +=
            (2 * ab + C1) * (2 * (product[i] - ab) + C2) / ((aabb + C1) * (squares[i] - aabb + C2));
    }
    return sum;
}

static const uint8_t *pixels(const picture *p, region r, int row)
{
    return p->data + (ptrdiff_t)(r.y + row) * p->stride + (ptrdiff_t)r.x * CHANNELS;
}

vis_status metric_ssim(const picture *a, const picture *b, region r, double *ssim, vis_error *err)
{
    *ssim = (double)NAN;
    if (r.width < SSIM_WINDOW || r.height < SSIM_WINDOW) return VIS_OK;
    ssim_rows s = {.values = (size_t)r.width * CHANNELS};
    s.windows = s.values - (SSIM_WINDOW - 1) * CHANNELS;
    s.raw = aligned_calloc(MOMENTS * (s.values + (SSIM_WINDOW + 1) * s.windows), sizeof *s.raw);
    if (!s.raw) return vis_fail_memory(err, "the windows of SSIM");
    s.smooth = s.raw + MOMENTS * s.values;
    s.window = s.smooth + SSIM_WINDOW * MOMENTS * s.windows;
    make_weights(s.weight);
    double sum = 0;
    for (int y = 0; y < r.height; y++) {
        read_row(&s, pixels(a, r, y), pixels(b, r, y));
        keep_row(&s, y);
        if (y < SSIM_WINDOW - 1) continue;
        make_windows(&s, y);
        sum += sum_of_windows(&s);
    }
    aligned_free(s.raw);
    *ssim = sum / ((double)s.windows * (r.height - (SSIM_WINDOW - 1)));
    return VIS_OK;
}
