/* media/pixel_rows_tmpl.h - the loops in plain C, for the compiler to make vectors of. A file for each
 * instruction set includes this after defining NAME, and SHUFFLED where it has some of its own.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/pixel_rows.h"
#include "media/rounding.h"

#include <string.h>

static inline void cubic_pixels(const uint8_t *restrict src, const int *restrict start,
                                const int16_t *restrict weights, int from, int to,
                                float *restrict out)
{
    for (int x = from; x < to; x++) {
        const uint8_t *s = src + (ptrdiff_t)3 * start[x];
        const int16_t *w = weights + (ptrdiff_t)4 * x;
        for (int c = 0; c < 3; c++)
            out[3 * x + c] =
                (float)(s[c] * w[0] + s[3 + c] * w[1] + s[6 + c] * w[2] + s[9 + c] * w[3]);
    }
}

/* Division, as NumPy does it: a product with 1 / 255 would differ in the last bit. */
static inline void plane_numbers(const uint8_t *restrict row, int from, int width,
                                 float *restrict out, size_t plane)
{
    for (int x = from; x < width; x++) {
        out[x] = (float)row[3 * x] / 255.0f;
        out[plane + (size_t)x] = (float)row[3 * x + 1] / 255.0f;
        out[2 * plane + (size_t)x] = (float)row[3 * x + 2] / 255.0f;
    }
}

static inline uint8_t to_pixel(float value)
{
    value *= 255.0f;
    value = value > 0.0f ? value : 0.0f;
    value = value < 255.0f ? value : 255.0f;
    return (uint8_t)(int)value;
}

static inline void pixel_numbers(const float *restrict in, size_t plane, int from, int width,
                                 uint8_t *restrict row)
{
    for (int x = from; x < width; x++) {
        row[3 * x] = to_pixel(in[x]);
        row[3 * x + 1] = to_pixel(in[plane + (size_t)x]);
        row[3 * x + 2] = to_pixel(in[2 * plane + (size_t)x]);
    }
}

#define LUMA_BIAS ((16 << 15) + (1 << 14)) /* black, and half of what the shift takes away */
#define CHROMA_BIAS ((128 << 18) + (1 << 17))

static inline int32_t yuv_sum(const int16_t weights[3], int b, int g, int r)
{
    return weights[0] * b + weights[1] * g + weights[2] * r;
}

static inline void luma_numbers(const uint8_t *restrict row, int from, int to, const pixel_yuv *m,
                                uint8_t *restrict luma)
{
    for (int x = from; x < to; x++) {
        const uint8_t *p = row + (ptrdiff_t)3 * x;
        luma[x] = (uint8_t)((yuv_sum(m->y, p[0], p[1], p[2]) + LUMA_BIAS) >> 15);
    }
}

/* Of one channel and row: what the pixels around column 2 i add up to, of weights that are 4. */
static inline int chroma_taps(const uint8_t *row, int i)
{
    const uint8_t *at = row + (ptrdiff_t)6 * i;
    return at[i ? -3 : 0] + 2 * at[0] + at[3];
}

static inline void chroma_numbers(const uint8_t *upper, const uint8_t *lower, int from, int to,
                                  const pixel_yuv *m, uint8_t *u, uint8_t *v)
{
    for (int i = from; i < to; i++) {
        int sum[3];
        for (int c = 0; c < 3; c++)
            sum[c] = chroma_taps(upper + c, i) + chroma_taps(lower + c, i);
        u[i] = (uint8_t)((yuv_sum(m->u, sum[0], sum[1], sum[2]) + CHROMA_BIAS) >> 18);
        v[i] = (uint8_t)((yuv_sum(m->v, sum[0], sum[1], sum[2]) + CHROMA_BIAS) >> 18);
    }
}

static void cubic_along(const uint8_t *src, int bytes, const int *start, const int16_t *weights,
                        int from, int to, float *out);
static void to_luma(const uint8_t *row, int width, const pixel_yuv *m, uint8_t *luma);
static void to_chroma(const uint8_t *upper, const uint8_t *lower, int width, const pixel_yuv *m,
                      uint8_t *u, uint8_t *v);
static void to_planes(const uint8_t *row, int width, float *out, size_t plane);
static void to_pixels(const float *in, size_t plane, int width, uint8_t *row);

#ifndef SHUFFLED
static void cubic_along(const uint8_t *src, int bytes, const int *start, const int16_t *weights,
                        int from, int to, float *out)
{
    (void)bytes;
    cubic_pixels(src, start, weights, from, to, out);
}

static void to_planes(const uint8_t *row, int width, float *out, size_t plane)
{
    plane_numbers(row, 0, width, out, plane);
}

static void to_pixels(const float *in, size_t plane, int width, uint8_t *row)
{
    pixel_numbers(in, plane, 0, width, row);
}

static void to_luma(const uint8_t *row, int width, const pixel_yuv *m, uint8_t *luma)
{
    luma_numbers(row, 0, width, m, luma);
}

static void to_chroma(const uint8_t *upper, const uint8_t *lower, int width, const pixel_yuv *m,
                      uint8_t *u, uint8_t *v)
{
    chroma_numbers(upper, lower, 0, width / 2, m, u, v);
}
#endif

/* Not inlined: GCC 12 forgets, where it is, that rows do not overlap. */
__attribute__((noinline)) static void
cubic_down4(const float *restrict r0, const float *restrict r1, const float *restrict r2,
            const float *restrict r3, const float *w, int from, int to, uint8_t *restrict out)
{
    float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    for (int i = from; i < to; i++) {
        float v = r0[i] * w0 + (r1[i] * w1 + (r2[i] * w2 + r3[i] * w3));
        out[i] = saturate_u8(round_even(v));
    }
}

static void cubic_down(const float *const rows[4], const float w[4], int from, int to, uint8_t *out)
{
    cubic_down4(rows[0], rows[1], rows[2], rows[3], w, from, to, out);
}

/* Each product loses its low bits on its own before the sum, as OpenCV's vector code does. */
static void linear_down(const int16_t *restrict a, const int16_t *restrict b, int wa, int wb,
                        int from, int to, uint8_t *restrict out)
{
    for (int i = from; i < to; i++)
        out[i] = (uint8_t)((((a[i] * wa) >> 16) + ((b[i] * wb) >> 16) + 2) >> 2);
}

static void fade_sums(const uint8_t *restrict filmed, const uint8_t *restrict painted,
                      const uint8_t *restrict shown, int from, int to, int32_t *restrict sums)
{
    for (int i = from; i < to; i++)
        sums[i] += (int16_t)(shown[i] * (255 - shown[i])) * (int16_t)(painted[i] - filmed[i]);
}

static void spread(const float *restrict cells, const int32_t *restrict cell,
                   const float *restrict share, int count, int16_t *restrict line)
{
    for (int i = 0; i < count; i++) {
        float from = cells[cell[i]], rise = cells[cell[i] + 3] - from;
        line[i] = (int16_t)round_even(from + rise * share[i]);
    }
}

/* The high half of a product, for which every processor has an instruction. */
static inline int16_t high(int16_t a, int16_t b)
{
    return (int16_t)((a * b) >> 16);
}

/* What is shown counts in 1 / 256: as a negative number, since compilers know high halves only of
 * two that may be negative. */
static void blend(const uint8_t *restrict filmed, const uint8_t *restrict shown,
                  const int16_t *restrict above, const int16_t *restrict below, int16_t share,
                  int from, int to, uint8_t *restrict painted)
{
    for (int i = from; i < to; i++) {
        int16_t rise = (int16_t)(2 * (below[i] - above[i]));
        int16_t tone = (int16_t)(above[i] + high(rise, share));
        int16_t difference = (int16_t)(tone - PIXEL_TONE * (painted[i] - filmed[i]));
        int16_t part = (int16_t)((shown[i] + (shown[i] >> 7)) * -64);
        int16_t add = high((int16_t)(4 * difference), part);
        int16_t value = (int16_t)(filmed[i] + ((add + PIXEL_TONE / 2) >> 4));
        value = (int16_t)(value > 0 ? value : 0);
        painted[i] = (uint8_t)(value < 255 ? value : 255);
    }
}

static void mix(const uint8_t *restrict other, int share, int count, uint8_t *restrict into)
{
    for (int i = 0; i < count; i++) {
        uint16_t both = (uint16_t)(other[i] * share + into[i] * (256 - share) + 128);
        into[i] = (uint8_t)(both >> 8);
    }
}

/* Whole numbers in the order of the floats, infinities and NaN at both ends; and back. */
static inline int32_t ordered(int32_t bits)
{
    return bits < 0 ? bits ^ INT32_MAX : bits;
}

/* Compilers make vectors of the least of whole numbers, not of floats. */
static bool range(const float *values, int64_t count, float *least, float *greatest)
{
    const int32_t infinity = 0x7f800000;
    int32_t min = INT32_MAX, max = INT32_MIN;
    for (int64_t i = 0; i < count; i++) {
        int32_t number;
        memcpy(&number, &values[i], sizeof number);
        number = ordered(number);
        min = number < min ? number : min;
        max = number > max ? number : max;
    }
    bool finite = max < infinity && min > ordered(infinity | INT32_MIN);
    min = ordered(min), max = ordered(max);
    memcpy(least, &min, sizeof min);
    memcpy(greatest, &max, sizeof max);
    return finite;
}

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)
#define TABLE_OF(name) pixel_rows_##name
#define TABLE(name) TABLE_OF(name)

const pixel_rows TABLE(NAME) = {TEXT(NAME), cubic_along, cubic_down, linear_down, fade_sums,
                                spread,     blend,       mix,        to_planes,   to_pixels,
                                to_luma,    to_chroma,   range};
