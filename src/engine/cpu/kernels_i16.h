/* engine/cpu/kernels_i16.h - the inner loops of the fast precision: whole numbers of 16 bits.
 *
 * A number x is kept as q = round(x / unit); who owns the units is said in ops/i16.h. Products
 * of two such numbers are added up in 32 bits modulo 2^32, two at a time (x86: VPMADDWD, or
 * VPDPWSSD): right wherever the whole of start + A B lies within 32 bits. Sums of 16 bits are taken
 * modulo 2^16 as well; the units see to it that none leaves the range. The depthwise convolution's
 * results alone are cut off where 16 bits end.
 *
 * Channels lie side by side, NN_I16_LANES to a vector, padding channels included; there is at least
 * one row and one pixel. No kernel reads or
 * writes outside of what its comment names. Every table gives the same numbers, to the bit.
 *
 * generic/c_i16.c holds the same functions in plain C.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CPU_KERNELS_I16_H
#define ENGINE_CPU_KERNELS_I16_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NN_I16_LANES 16    /* channels in a vector of 16-bit numbers, and in a panel of weights */
#define NN_I16_INPUT 32767 /* quantise: largest magnitude */
#define NN_I16_HALF 32768  /* half a unit of the upper half of a sum */
#define NN_I16_ONE 32768.0 /* factors of gemm, blend, taps: what stands for 1; -32767 to 32767 */

/* (a * b + 2^14) >> 15, as VPMULHRSW; every product with a factor of NN_I16_ONE is this one. SQRDMULH
 * differs for -32768 times itself, and no factor is -32768. */
static inline int16_t nn_i16_scale(int16_t a, int16_t b)
{
    return (int16_t)(((int32_t)a * b + 16384) >> 15);
}

/* The larger of two that are not negative; NaN, whatever its sign, is larger than any number. */
static inline float nn_i16_larger(float a, float b)
{
    uint32_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return y > x ? b : a;
}

/* A column of a linear interpolation, as nn_tap. Each weight is there twice: a pair, which kernels
 * broadcast as they do pairs of channels. */
typedef struct nn_tap_i16 {
    int32_t at[2];
    int16_t weight[2][2];
} nn_tap_i16;

/* Pixels down, channels across: A [rows, m, pairs * 2] times B, which lies in panels of
 * NN_I16_LANES channels, [pairs, 2 vectors, 8 channels, 2]. There are two ways to end.
 *
 * `c` given: the upper half of start + A B, times `factor` if it `scales`, then + ready *
 * ready_factor, then + what is interpolated, low[at[0]] * weight[0] + low[at[1]] * weight[1], each
 * rounded; negatives to 0 when `relu`. The vectors of a panel hold its even and its odd channels.
 *
 * `f` given: scale * (start + A B) + bias + residual, in float32; negatives to 0 when `relu`.
 * Vector v of a panel holds channels 8 v to 8 v + 7; only the first `floats` channels are written
 * and read. */
typedef struct nn_gemm_i16 {
    int rows, m, n, pairs; /* n channels, a multiple of NN_I16_LANES */
    bool scales, relu;
    int16_t factor;
    const int16_t *a;
    ptrdiff_t a_stride, a_row; /* in numbers, from pixel to pixel and from row to row */
    const int16_t *b;
    const int32_t *start; /* [n], in the order of the panels */
    const void *next;     /* not NULL: B comes from memory; fetch panels ahead, at the end this */
    const void *prefetch; /* not NULL, and no `next`: a later call reads this; fetch it little by */
    int prefetch_lines;   /* little: lines of 64 bytes */
    int16_t *c;
    ptrdiff_t c_stride, c_row;
    const int16_t *ready; /* laid out like C, or NULL */
    ptrdiff_t ready_stride, ready_row;
    int16_t ready_factor;
    const nn_tap_i16 *tap; /* [m], or NULL: nothing interpolated */
    const int16_t *low;    /* [rows, any, n] pixels that the taps select from */
    ptrdiff_t low_stride, low_row;
    float *f;
    int floats; /* a multiple of 8, at most n */
    int weighed; /* from here on the floats' channels have zeros in B and start, and need no products */
    ptrdiff_t f_stride, f_row;
    const float *scale, *bias; /* [floats], in the order of the channels */
    const float *residual;     /* laid out like F, or NULL */
    ptrdiff_t residual_stride, residual_row;
} nn_gemm_i16;

#define NN_I16_TAPS 10     /* numbers of a channel's nine taps, in pairs */
#define NN_I16_TAP_BITS 13 /* a tap of 1, in bits */

/* A row of a 3x3 depthwise convolution with a ReLU behind: bias + sum of in * weight in 32 bits,
 * modulo 2^32, of which the upper ones, from NN_I16_TAP_BITS on, are cut off to 0 .. 32767. row[i]
 * and `step` as in nn_depthwise. */
typedef struct nn_depthwise_i16 {
    int m, n;
    int step;
    const int16_t *row[3];
    ptrdiff_t stride;
    const int16_t
        *weights;        /* [NN_I16_TAPS n], a tap at nn_i16_tap; the tenth of each channel is 0 */
    const int32_t *bias; /* [n] with half a unit for rounding, a channel's at nn_i16_bias */
    int16_t *out;
    ptrdiff_t out_stride;
} nn_depthwise_i16;

typedef struct nn_kernels_i16 {
    const char *name;
    void (*gemm)(const nn_gemm_i16 *g);
    void (*depthwise)(const nn_depthwise_i16 *d);
    /* out[i, c] = a[i, c] * wa + b[i, c] * wb, each rounded; m pixels of n
     * channels (a multiple of lanes), those of a and b `stride` apart */
    void (*blend)(int16_t *out, const int16_t *a, const int16_t *b, int16_t wa, int16_t wb, int m,
                  int n, ptrdiff_t stride);
    /* out[i, c] = x[i, c] * (equaliser[c] * factor), to the nearest whole number (halves to even)
     * within -NN_I16_INPUT .. NN_I16_INPUT; NaN, and what lies beyond 2^31, to -NN_I16_INPUT. m
     * pixels of n channels, a multiple of 8; equaliser [n] */
    void (*quantise)(int16_t *out, ptrdiff_t out_stride, const float *x, ptrdiff_t x_stride, int m,
                     int n, const float *equaliser, float factor);
    /* The squares of a pixel's channels x[i, c] * equaliser[c] are added up lane by lane, c mod
     * NN_I16_LANES, by fused multiply-adds in the order of the channels; squares[lane] becomes the
     * largest such sum of the m pixels, if it is not larger before. NaN is the largest of all.
     * Whole vectors are read of x and equaliser: n channels, a multiple of 8. */
    void (*measure)(float squares[NN_I16_LANES], const float *x, ptrdiff_t x_stride, int m, int n,
                    const float *equaliser);
} nn_kernels_i16;

extern const nn_kernels_i16 nn_kernels_i16_c;
#if defined(__x86_64__)
extern const nn_kernels_i16 nn_kernels_i16_avx2, nn_kernels_i16_avxvnni, nn_kernels_i16_avx512vnni;
#elif defined(__aarch64__)
extern const nn_kernels_i16 nn_kernels_i16_neon;
#endif

/* The table for an instruction set, and for cpu_best(); NULL: there is none. AVX-VNNI's becomes the
 * best only where it agrees with AVX2's, which is tried the first time (trial_i16.h). */
const nn_kernels_i16 *nn_kernels_i16_for(cpu_isa isa);
const nn_kernels_i16 *nn_kernels_i16_best(void);

/* Has nn_kernels_i16_best passed over a table that did not agree? */
bool nn_kernels_i16_passed_over(void);

/* Numbers of a packed B. n: a multiple of NN_I16_LANES. */
static inline size_t nn_i16_packed(int64_t pairs, int64_t n)
{
    return (size_t)(2 * pairs * n);
}

/* Of the sums of a depthwise convolution: channels 0-3 and 8-11 of a vector lie before 4-7 and
 * 12-15, as interleaving two vectors leaves them. */
static inline size_t nn_i16_bias(int64_t channel)
{
    int64_t in = channel % NN_I16_LANES;
    return (size_t)(channel / NN_I16_LANES * NN_I16_LANES + in / 4 % 2 * 8 + in / 8 * 4 + in % 4);
}

/* Tap `t`, row-major, of a channel. Pairs of a vector one after another: the upper two of a column,
 * for each column; the lower two on the left; the last one. */
static inline size_t nn_i16_tap(int64_t channel, int t)
{
    int64_t pair = t < 6 ? t % 3 : t < 8 ? 3 : 4, second = t < 6 ? t / 3 : t == 7;
    int64_t sum = (int64_t)nn_i16_bias(channel % NN_I16_LANES);
    return (size_t)((channel / NN_I16_LANES * NN_I16_TAPS + 2 * pair) * NN_I16_LANES + 2 * sum +
                    second);
}

/* Where B[k, channel] lies in a packed B. `halves`: for results of 16 bits. */
static inline size_t nn_i16_packed_index(int64_t pairs, bool halves, int64_t k, int64_t channel)
{
    int64_t in = channel % NN_I16_LANES, vector = halves ? in % 2 : in / 8,
            lane = halves ? in / 2 : in % 8;
    return (size_t)(channel / NN_I16_LANES * NN_I16_LANES * 2 * pairs + k / 2 * NN_I16_LANES * 2 +
                    vector * NN_I16_LANES + lane * 2 + k % 2);
}

#endif
