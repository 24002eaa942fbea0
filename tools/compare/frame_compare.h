/* compare/frame_compare.h - one frame of A against the same frame of B: every figure of the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_FRAME_COMPARE_H
#define COMPARE_FRAME_COMPARE_H

#include "compare/verdict.h"
#include "measure/metrics.h"
#include "measure/statistics.h"
#include "sides/side.h"

/* Differences of tensors are counted by powers of ten: bin 0 holds the equal ones, bin 1 those
 * below 1e-8, bin k those from 10^(k-10) up to 10^(k-9), the last those of 1 and more (and what is
 * not finite). */
#define VALUE_BINS 11

/* The part that differs is judged as if it were no smaller than this, in pixels. */
#define PART_SIDE 64

/* Differences of float32 values. Zero-initialised is empty. */
typedef struct value_difference {
    int64_t count, same;
    double max, sum; /* of |a - b|; infinite where one side alone is not finite */
    int64_t histogram[VALUE_BINS];
} value_difference;

typedef struct compared_frame {
    char *name; /* owned; of the file on the side that has files; NULL: neither has */
    int64_t number;
    statistics a, b;     /* of the values; of pictures: bytes / 255 */
    bool values, pixels; /* what was compared */
    double value_max, value_mean;
    int max;     /* of |a - b| of bytes */
    double mean; /* the same, mean */
    double same; /* share of pixels whose three bytes are equal */
    double same_bytes;
    double mse, psnr, ssim; /* of the whole picture; psnr INFINITY, ssim 1 where equal */
    region part;            /* what differs, enlarged to PART_SIDE; empty where nothing does */
    double part_psnr, part_ssim;
    verdict verdict;
} compared_frame;

/* Running sums over all frames. Zero-initialised is empty. */
typedef struct compare_totals {
    statistics a, b;
    value_difference values;
    difference pixels;
    double mse_sum, ssim_sum; /* over frames */
    int64_t ssim_frames;
} compare_totals;

/* Fills `out` (but its name) and adds to `totals`. VIS_ERR_MISMATCH where the two have nothing to
 * compare or other sizes; VIS_ERR_MEMORY. */
vis_status frame_compare(const side_frame *a, const side_frame *b, compared_frame *out,
                         compare_totals *totals, vis_error *err);

/* Relative difference of b to a in %, signed; INFINITY where a is 0 and b is not. */
double relative_percent(double a, double b);

#endif
