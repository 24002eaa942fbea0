/* media/pixel_rows.h - what is done to rows of pixels in every frame, built for each instruction set
 * and chosen at run time. All sets give the same bytes.
 *
 * Pixels are B, G, R interleaved, 8 bits each; where a row is counted in numbers these are its
 * bytes. Rows of one call do not overlap. Nothing outside of what is described is read or written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_PIXEL_ROWS_H
#define MEDIA_PIXEL_ROWS_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIXEL_TONE 16 /* tones are counted in sixteenths of a level */

/* What makes video of pixels: luma = 16 + the sum of y[c] pixel[c], chroma = 128 + that of u or v, in
 * 1 / 2^15, for c = B, G, R. The sums of y reach 219 / 255, those of u and v are 0. */
typedef struct pixel_yuv {
    int16_t y[3], u[3], v[3];
} pixel_yuv;

typedef struct pixel_rows {
    const char *name;

    /* Pixels [from, to) of a row resized by four taps: out[3 x + c] = the sum over k < 4 of
     * weights[4 x + k] * src[3 (start[x] + k) + c], whole numbers below 2^24. All taps lie within
     * src [bytes]; starts do not fall. */
    void (*cubic_along)(const uint8_t *src, int bytes, const int *start, const int16_t *weights,
                        int from, int to, float *out);

    /* out[i] = rows[0][i] w[0] + (rows[1][i] w[1] + (rows[2][i] w[2] + rows[3][i] w[3])) in float32,
     * rounded to even and clamped, for i in [from, to). */
    void (*cubic_down)(const float *const rows[4], const float w[4], int from, int to,
                       uint8_t *out);

    /* out[i] = (a[i] wa / 2^16 + b[i] wb / 2^16 + 2) / 4, each rounded down, for i in [from, to). */
    void (*linear_down)(const int16_t *a, const int16_t *b, int wa, int wb, int from, int to,
                        uint8_t *out);

    /* sums[i] += s (255 - s) (painted[i] - filmed[i]), s = shown[i], for i in [from, to). */
    void (*fade_sums)(const uint8_t *filmed, const uint8_t *painted, const uint8_t *shown, int from,
                      int to, int32_t *sums);

    /* line[i] = cells[cell[i]] + share[i] (cells[cell[i] + 3] - cells[cell[i]]), rounded, for
     * i < count. */
    void (*spread)(const float *cells, const int32_t *cell, const float *share, int count,
                   int16_t *line);

    /* painted[i] = filmed[i] + shown[i] / 255 (painted[i] - filmed[i] - tone), the tone `share` of
     * 32768 parts of the way from above[i] to below[i], in 1 / PIXEL_TONE, for i in [from, to). */
    void (*blend)(const uint8_t *filmed, const uint8_t *shown, const int16_t *above,
                  const int16_t *below, int16_t share, int from, int to, uint8_t *painted);

    /* into[i] = `share` of 256 parts of other[i], the rest its own, for i < count. */
    void (*mix)(const uint8_t *other, int share, int count, uint8_t *into);

    /* out[x] = row[3 x] / 255, the other two `plane` numbers further each, for x < width. */
    void (*to_planes)(const uint8_t *row, int width, float *out, size_t plane);

    /* row[3 x] = in[x] x 255, truncated; what lies outside [0, 255] is clamped and NaN becomes 0. */
    void (*to_pixels)(const float *in, size_t plane, int width, uint8_t *row);

    /* luma[x] of row[3 x], rounded to nearest, for x < width. */
    void (*to_luma)(const uint8_t *row, int width, const pixel_yuv *m, uint8_t *luma);

    /* u[i] and v[i], rounded to nearest, of 2 rows' pixels 2 i - 1, 2 i and 2 i + 1 at weights 1, 2
     * and 1 (that of column -1 is column 0), for i < width / 2: `width` is even. */
    void (*to_chroma)(const uint8_t *upper, const uint8_t *lower, int width, const pixel_yuv *m,
                      uint8_t *u, uint8_t *v);

    /* Least and greatest of values [count > 0]; false where any is not finite, with *min and *max
     * unspecified. */
    bool (*range)(const float *values, int64_t count, float *min, float *max);
} pixel_rows;

extern const pixel_rows pixel_rows_portable, pixel_rows_avx2;

/* Of `isa`, or the best below it. */
const pixel_rows *pixel_rows_for(cpu_isa isa);

/* The best of this machine (cpu_best). */
const pixel_rows *pixel_rows_best(void);

#endif
