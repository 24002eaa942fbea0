/* engine/cpu/kernels.h - the inner loops of the fast path: a table that instruction sets fill.
 *
 * All work on NN_NHWC data: the channels of a pixel lie side by side, and "n channels" is always a
 * multiple of the table's lanes, the padding lanes included (but see nn_gemm.n). There is at least
 * one row and one pixel. Pointers to floats need no alignment
 * beyond a float's. No kernel reads or writes outside of what its comment names; reading padding
 * lanes is fine. Results do not depend on how the pixels of a call are divided among calls.
 *
 * generic/c.c holds the same functions in plain C for any number of lanes: the twin that tests
 * compare every table with.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CPU_KERNELS_H
#define ENGINE_CPU_KERNELS_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum nn_activation_kind {
    NN_ACTIVATION_NONE,
    NN_ACTIVATION_RELU,  /* v < 0 ? 0 : v; NaN stays */
    NN_ACTIVATION_CLIP,  /* to [low, high] */
    NN_ACTIVATION_SLOPE, /* v < 0 ? v * slope[c] : v; LeakyRelu and PRelu */
} nn_activation_kind;

typedef struct nn_activation {
    nn_activation_kind kind;
    float low, high;
    const float *slope; /* [n] */
} nn_activation;

/* A column of a linear interpolation: weight[0] * in[at[0]] + weight[1] * in[at[1]], in pixels. */
typedef struct nn_tap {
    int32_t at[2];
    float weight[2];
} nn_tap;

/* C = activation(bias + A B + interpolated + residual), pixels down, channels across.
 *
 * A [rows, m, k], B [k, n], C [rows, m, n]; a row of pixels is contiguous but for the strides.
 * B is packed in panels of 2 * lanes channels, each [k, 2 * lanes]; when n is an odd number of
 * vectors the last panel is [k, lanes]. panel_stride is the floats of a full panel, k * 2 * lanes
 * unless the sum runs over a slice of B. Without bias, the sum goes on from what C holds.
 *
 * n is a multiple of lanes or, as nn_gemm_width has it, 8 less: then the last 8 results of a pixel
 * are not wanted, and C may hold anything there; all arrays are as for whole vectors. */
typedef struct nn_gemm {
    int rows, m, n, k;
    int first; /* rows of each panel to pass over: the sum runs over B[first .. first + k) */
    int lanes; /* of the packing: the table's own */
    const float *a;
    ptrdiff_t a_stride, a_row; /* floats from pixel to pixel, from row to row */
    const float *b;
    ptrdiff_t panel_stride;
    const float *next; /* not NULL: B comes from memory; fetch a panel ahead, at the end this */
    const float *bias; /* [n] or NULL */
    float *c;
    ptrdiff_t c_stride, c_row;
    const float *residual; /* laid out like C, or NULL */
    ptrdiff_t residual_stride, residual_row;
    const nn_tap *tap; /* [m], or NULL: nothing interpolated */
    const float *low;  /* [rows, any, n] pixels that the taps select from */
    ptrdiff_t low_stride, low_row;
    nn_activation activation;
} nn_gemm;

/* A row of a 3x3 depthwise convolution.
 * row[i] points at the pixel under tap (i, 0) of the first output pixel; the next output pixel lies
 * `step` (1 or 2) pixels on. Weights: for each vector of channels 9 tap vectors (row-major taps),
 * then the bias. */
typedef struct nn_depthwise {
    int m, n; /* output pixels, channels */
    int step;
    int lanes; /* of the packing: the table's own */
    const float *row[3];
    ptrdiff_t stride; /* floats from pixel to pixel of the input */
    const float *weights;
    float *out;
    ptrdiff_t out_stride;
    nn_activation activation;
} nn_depthwise;

/* Winograd's F(2, 3): two neighbouring sums of three products each take four products instead of
 * six. For inputs d0 .. d3 and weights g0 .. g2,
 *
 *   t = (d0 - d2, d1 + d2, d2 - d1, d1 - d3)                                     ("positions")
 *   u = (g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2)
 *   y0 = t0 u0 + t1 u1 + t2 u2,  y1 = t1 u1 - t2 u2 - t3 u3
 *
 * In two dimensions, F(2x2, 3x3), the same is done along rows and then along columns (A. Lavin, S.
 * Gray: Fast Algorithms for Convolutional Neural Networks, 2015). The products are gemms over the
 * channels, one for each position.
 *
 * Inputs to positions, along a row. Tile i begins at column 2 * i of the row a + sign * b, of which
 * the columns in [left, right) exist; all others are zeros. left >= 0. */
typedef struct nn_winograd_in {
    int m, n; /* tiles, channels */
    int left, right;
    const float *a, *b; /* column `left` */
    float sign;
    ptrdiff_t a_stride, b_stride; /* floats from pixel to pixel; 0: the same pixel everywhere */
    float *out;
    ptrdiff_t out_stride, position; /* from tile to tile, from position to position */
} nn_winograd_in;

/* Sums to outputs, along a row: activation(y + residual). Four by four positions make two rows of
 * output pixels, four positions one row. */
typedef struct nn_winograd_out {
    int m, n;        /* tiles, channels */
    int columns;     /* output pixels of a row: 2 * m, or one less */
    bool along_rows; /* four positions */
    const float *sums;
    ptrdiff_t stride, position; /* from tile to tile, from position to position, row-major */
    float *out[2];              /* out[1] NULL: of two rows only the first is wanted */
    ptrdiff_t out_stride;
    const float *residual[2]; /* or NULL; one that is not wanted is not looked at */
    ptrdiff_t residual_stride;
    nn_activation activation;
} nn_winograd_out;

typedef struct nn_kernels {
    const char *name;
    int lanes; /* floats in a vector; for pitches of channels see nn_padded */
    int tile;  /* pixels that gemm takes at once */
    void (*gemm)(const nn_gemm *g);
    void (*depthwise)(const nn_depthwise *d);
    /* out[i, c] = a[i, c] * wa + b[i, c] * wb, m pixels; those of a and b are `stride` apart */
    void (*blend)(float *out, const float *a, const float *b, float wa, float wb, int m, int n,
                  ptrdiff_t stride);
    /* x[i] = 1 / (1 + exp(-x[i])), i < n; within 4 units in the last place of the result */
    void (*sigmoid)(float *x, size_t n);
    void (*winograd_in)(const nn_winograd_in *w);
    void (*winograd_out)(const nn_winograd_out *w);
} nn_kernels;

extern const nn_kernels nn_kernels_c4, nn_kernels_c8, nn_kernels_c16; /* plain C, for tests */
extern const nn_kernels nn_kernels_portable;
#if defined(__x86_64__)
extern const nn_kernels nn_kernels_avx2, nn_kernels_avx512;
#elif defined(__aarch64__)
extern const nn_kernels nn_kernels_neon;
#endif

/* The table for an instruction set (portable when it is not built in), and for cpu_best(). */
const nn_kernels *nn_kernels_for(cpu_isa isa);
const nn_kernels *nn_kernels_best(void);

/* Channels with those that pad them: whole vectors, and whole groups of 8, as the kernels of 16 bits
 * take floats. */
static inline int64_t nn_padded(int64_t channels, int lanes)
{
    int64_t multiple = lanes > 8 ? lanes : 8;
    return (channels + multiple - 1) / multiple * multiple;
}

/* The n of a product of which the first `wanted` channels matter: half of a last vector of 16 is
 * left out where it lies in a panel alone. */
static inline int nn_gemm_width(int64_t wanted, int lanes)
{
    int n = (int)nn_padded(wanted, lanes);
    return lanes == 16 && n % 32 == 16 && wanted <= n - 8 ? n - 8 : n;
}

/* Floats of B as packed for `lanes`, for n channels rounded up to lanes. */
static inline size_t nn_packed_floats(int64_t k, int64_t n, int lanes)
{
    return (size_t)(k * ((n + lanes - 1) / lanes * lanes));
}

#endif
