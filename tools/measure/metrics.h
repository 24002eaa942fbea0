/* measure/metrics.h - how alike two pictures are, in the field's usual measures.
 *
 *   MSE, PSNR   of 8-bit values, all channels together, peak 255
 *   SSIM        Wang et al. 2004: 11 x 11 Gaussian window, sigma 1.5, K1 = 0.01, K2 = 0.03,
 *               population covariance, mean over channels and over all windows that lie wholly
 *               inside (scikit-image's structural_similarity with gaussian_weights=True,
 *               sigma=1.5, use_sample_covariance=False, data_range=255)
 *   Delta E     CIEDE2000 (Sharma et al. 2005, kL = kC = kH = 1) of sRGB colours under D65,
 *               2 degrees
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_METRICS_H
#define MEASURE_METRICS_H

#include "media/picture.h"

#include <stdint.h>

#define SSIM_WINDOW 11 /* pixels; smaller regions have no SSIM (NAN) */

/* Pixels x <= column < x + width, y <= row < y + height. */
typedef struct region {
    int x, y, width, height;
} region;

region region_of(const picture *p); /* all of it */

/* All below: `a` and `b` of equal size, `r` inside both. Means over nothing (an empty region, or
 * one smaller than a block) are NAN. */

/* Mean squared difference of the values in the region. */
double metric_mse(const picture *a, const picture *b, region r);

/* 10 log10(255^2 / mse) in dB; INFINITY for 0, NAN for NAN. */
double metric_psnr(double mse);

/* VIS_ERR_MEMORY; NAN for a region smaller than the window. */
vis_status metric_ssim(const picture *a, const picture *b, region r, double *ssim, vis_error *err);

/* CIE L*a*b* of an 8-bit sRGB colour. */
typedef struct lab {
    double l, a, b;
} lab;
lab metric_lab(double blue, double green, double red); /* 0 to 255 each, fractions allowed */
double metric_delta_e(lab one, lab other);

/* Mean CIEDE2000 over the pixels of the region, and over the mean colours of its blocks of
 * `block` x `block` pixels (1 or more; partial ones left out), which blur and fine detail do not
 * change. */
double metric_mean_delta_e(const picture *a, const picture *b, region r);
double metric_block_delta_e(const picture *a, const picture *b, region r, int block);

/* Differences of 8-bit values, counted. Zero-initialised is empty. */
typedef struct difference {
    int64_t values, pixels, same_pixels;
    int64_t histogram[256]; /* of |a - b| over values */
    double sum;             /* of |a - b| */
    int max;
} difference;
void difference_add(difference *d, const picture *a, const picture *b, region r);

#endif
