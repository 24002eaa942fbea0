/* paint/detail.c - a difference of Gaussians, and its energy.
 * SPDX-License-Identifier: Apache-2.0 */
#include "paint/detail.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

#define RADIUS                                                                                     \
    6 /* three sigma of the wider Gaussian; the narrower one has 0 beyond its own three */
#define WIDEST 50.0 /* pixels of blur; nothing sensible lies beyond */

enum { FINE, COARSE, SCALES };

struct detail {
    int width, height;
    float weight[SCALES][RADIUS + 1]; /* by distance from the centre */
    float *luma;                      /* [height][width] */
    float *smooth;                    /* [SCALES][height][width - 2 RADIUS], along rows only */
    float *band[2];                   /* filmed, painted: [height - 2 RADIUS][width - 2 RADIUS] */
    double energy[2];
};

static void make_weights(float *weight, int sigma)
{
    float sum = 0;
    for (int i = 0; i <= RADIUS; i++) {
        weight[i] = i <= 3 * sigma ? expf(-(float)(i * i) / (float)(2 * sigma * sigma)) : 0;
        sum += i ? 2 * weight[i] : weight[i];
    }
    for (int i = 0; i <= RADIUS; i++)
        weight[i] /= sum;
}

vis_status detail_create(int width, int height, detail **out, vis_error *err)
{
    *out = NULL;
    detail *d = calloc(1, sizeof *d);
    if (!d) return vis_fail_memory(err, "measuring detail");
    d->width = width;
    d->height = height;
    make_weights(d->weight[FINE], 1);
    make_weights(d->weight[COARSE], 2);
    size_t inner = (size_t)(width - 2 * RADIUS), rows = (size_t)height;
    d->luma = aligned_calloc(rows * (size_t)width, sizeof *d->luma);
    d->smooth = aligned_calloc(SCALES * rows * inner, sizeof *d->smooth);
    for (int i = 0; i < 2; i++)
        d->band[i] = aligned_calloc((rows - 2 * RADIUS) * inner, sizeof *d->band[i]);
    if (!d->luma || !d->smooth || !d->band[0] || !d->band[1]) {
        detail_free(d);
        return vis_fail_memory(err, "measuring detail");
    }
    *out = d;
    return VIS_OK;
}

void detail_free(detail *d)
{
    if (!d) return;
    aligned_free(d->luma);
    aligned_free(d->smooth);
    aligned_free(d->band[0]);
    aligned_free(d->band[1]);
    free(d);
}

static void read_luma(const picture *p, region r, float *luma)
{
    for (int y = 0; y < r.height; y++) {
        const uint8_t *row = p->data + (ptrdiff_t)(r.y + y) * p->stride + (ptrdiff_t)r.x * 3;
        for (int x = 0; x < r.width; x++, row += 3)
            *luma++ = 0.114f * (float)row[0] + 0.587f * (float)row[1] + 0.299f * (float)row[2];
    }
}

/* out[i] = 2 RADIUS + 1 values, `step` apart around in[i], weighted. */
static void smooth_line(const float *weight, const float *restrict in, ptrdiff_t step,
                        float *restrict out, int count)
{
    for (int i = 0; i < count; i++) {
        float sum = weight[0] * in[i];
        for (int k = 1; k <= RADIUS; k++)
            sum += weight[k] * (in[i - k * step] + in[i + k * step]);
        out[i] = sum;
    }
}

/* fine - coarse, down the columns of what is already smooth along the rows */
static void make_band(const detail *d, float *band)
{
    int inner = d->width - 2 * RADIUS;
    size_t plane = (size_t)d->height * (size_t)inner;
    float *coarse = d->luma; /* no longer needed: room for a row */
    for (int y = RADIUS; y < d->height - RADIUS; y++, band += inner) {
        const float *row = d->smooth + (size_t)y * (size_t)inner;
        smooth_line(d->weight[FINE], row, inner, band, inner);
        smooth_line(d->weight[COARSE], row + plane, inner, coarse, inner);
        for (int x = 0; x < inner; x++)
            band[x] -= coarse[x];
    }
}

static void filter(const detail *d, const picture *p, region r, float *band)
{
    int inner = d->width - 2 * RADIUS;
    read_luma(p, r, d->luma);
    float *out = d->smooth;
    for (int scale = 0; scale < SCALES; scale++)
        for (int y = 0; y < d->height; y++, out += inner)
            smooth_line(d->weight[scale], d->luma + (ptrdiff_t)y * d->width + RADIUS, 1, out,
                        inner);
    make_band(d, band);
}

void detail_add(detail *d, const picture *filmed, const picture *painted, region r)
{
    filter(d, filmed, r, d->band[0]);
    filter(d, painted, r, d->band[1]);
    int inner = d->width - 2 * RADIUS;
    for (int y = 0; y < d->height - 2 * RADIUS; y++) {
        const float *one = d->band[0] + (ptrdiff_t)y * inner,
                    *other = d->band[1] + (ptrdiff_t)y * inner;
        float sum[2] = {0, 0};
        for (int x = 0; x < inner; x++) {
            float f = fabsf(one[x]), p = fabsf(other[x]);
            float counts = (f > p ? f : p) > DETAIL_FLOOR ? 1.0f : 0.0f;
            sum[0] += counts * f * f;
            sum[1] += counts * p * p;
        }
        d->energy[0] += (double)sum[0];
        d->energy[1] += (double)sum[1];
    }
}

double detail_sharpness(const detail *d)
{
    return d->energy[0] > 0 ? d->energy[1] / d->energy[0] : (double)NAN;
}

static double edge_energy(double sigma)
{
    double s = sigma * sigma;
    return sqrt(2 * s + 5) - (sqrt(s + 1) + sqrt(s + 4)) / sqrt(2);
}

double detail_blur(double sharpness)
{
    double low = 0, high = WIDEST;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (edge_energy(middle) / edge_energy(0) > sharpness)
            low = middle;
        else
            high = middle;
    }
    return sharpness < 1 ? low : 0;
}
