/* audio/spectrum.c - 800 points as 5 transforms of 160, which libavutil has fast code for (its own
 * transform of 800 points is the naive sum: 3 ms against 7 us).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Decimation in time (Cooley and Tukey 1965): with Y_r the transform of x[5 m + r], m = 0 ... 159,
 *   X[k] = sum over r of exp(-2 pi i r k / 800) Y_r[k mod 160],
 * and, x being real, Y_r[160 - j] is the conjugate of Y_r[j].
 */
#include "audio/spectrum.h"

#include "base/memory.h"

#include <libavutil/tx.h>
#include <math.h>
#include <stdlib.h>

#define PARTS 5
#define PART_POINTS (SPECTRUM_POINTS / PARTS)
#define PART_BINS (PART_POINTS / 2 + 1)

struct spectrum {
    AVTXContext *context;
    av_tx_fn run;
    double *input;              /* [PART_POINTS] */
    AVComplexDouble *part;      /* [PART_BINS] */
    AVComplexDouble *sum;       /* [SPECTRUM_BINS] */
    AVComplexDouble *unit_root; /* [SPECTRUM_POINTS]: exp(-2 pi i k / 800) */
};

vis_status spectrum_create(spectrum **out, vis_error *err)
{
    *out = NULL;
    spectrum *s = calloc(1, sizeof *s);
    if (s == NULL) return vis_fail_memory(err, "a Fourier transform");
    s->input = aligned_calloc(PART_POINTS, sizeof *s->input);
    s->part = aligned_calloc(PART_POINTS, sizeof *s->part);
    s->sum = aligned_calloc(SPECTRUM_BINS, sizeof *s->sum);
    s->unit_root = aligned_calloc(SPECTRUM_POINTS, sizeof *s->unit_root);
    double scale = 1;
    if (s->input == NULL || s->part == NULL || s->sum == NULL || s->unit_root == NULL ||
        av_tx_init(&s->context, &s->run, AV_TX_DOUBLE_RDFT, 0, PART_POINTS, &scale, 0) < 0) {
        spectrum_free(s);
        return vis_fail_memory(err, "a Fourier transform");
    }
    for (int k = 0; k < SPECTRUM_POINTS; k++) {
        s->unit_root[k].re = cos(2 * M_PI * k / SPECTRUM_POINTS);
        s->unit_root[k].im = -sin(2 * M_PI * k / SPECTRUM_POINTS);
    }
    *out = s;
    return VIS_OK;
}

void spectrum_free(spectrum *s)
{
    if (s == NULL) return;
    av_tx_uninit(&s->context);
    aligned_free(s->input);
    aligned_free(s->part);
    aligned_free(s->sum);
    aligned_free(s->unit_root);
    free(s);
}

/* Adds the part that the samples r, r + 5, r + 10, ... have in the whole transform. */
static void add_part(spectrum *s, int r)
{
    int turn = 0; /* r k mod 800 */
    for (int k = 0; k < SPECTRUM_BINS; k++) {
        int j = k % PART_POINTS;
        AVComplexDouble y = s->part[j < PART_BINS ? j : PART_POINTS - j];
        if (j >= PART_BINS) y.im = -y.im;
        AVComplexDouble w = s->unit_root[turn];
        s->sum[k].re += w.re * y.re - w.im * y.im;
        s->sum[k].im += w.re * y.im + w.im * y.re;
        turn += r;
        if (turn >= SPECTRUM_POINTS) turn -= SPECTRUM_POINTS;
    }
}

void spectrum_magnitude(spectrum *s, const double *samples, const double *weight, double *magnitude)
{
    for (int k = 0; k < SPECTRUM_BINS; k++)
        s->sum[k] = (AVComplexDouble){0, 0};
    for (int r = 0; r < PARTS; r++) {
        for (int m = 0; m < PART_POINTS; m++)
            s->input[m] = samples[PARTS * m + r] * weight[PARTS * m + r];
        s->run(s->context, s->part, s->input, sizeof(double));
        add_part(s, r);
    }
    for (int k = 0; k < SPECTRUM_BINS; k++)
        magnitude[k] = sqrt(s->sum[k].re * s->sum[k].re + s->sum[k].im * s->sum[k].im);
}
