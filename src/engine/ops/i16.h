/* engine/ops/i16.h - the inverted residual in whole numbers of 16 bits (the fast precision).
 *
 * Tensors between steps stay float32. Inside a step a number is q * unit. The input of a step, all
 * its parts side by side, is equalised: channel c of a tensor times equaliser[c], times the `gain`
 * that the step has for the tensor, powers of two both, so that no channel drowns another. Of that
 *
 *   P   is what the length (Euclidean norm) of a pixel cannot exceed in this very image, but at
 *       least `min`: the squares that were measured, added up (program.h);
 *
 *   what the expansion reads  unit P / NN_I16_INPUT: no channel is longer than its pixel;
 *   expanded channel c        unit P u[c], so wide that no pixel within P can exceed 16 bits:
 *                             u[c] 2^15 >= |weights| + |bias| / min, where |weights| is the
 *                             length of a row of weights (Cauchy and Schwarz);
 *   depthwise channel c       unit P v[c]: as wide as its nine taps may need, or as some times what
 *                             was seen of it in calibration (engine/calibrate.h), if that is less. Sums
 *                             are cut off there.
 *
 * The weights are whole numbers for good: u and v are folded into them, and of P only the biases
 * and the last scale depend. So nothing overflows whatever the input, and each frame brings its own
 * range. Sums over channels are kept in 32 bits. Where an input is not finite, P is NaN and so is
 * the whole result of that image.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_I16_H
#define ENGINE_OPS_I16_H

#include "engine/cpu/kernels_i16.h"
#include "engine/ops/conv.h"
#include "engine/ops/inverted_residual.h"

#define I16_INPUTS (SOURCE_MAX_PARTS + 3)

/* Of a tensor that is read: which input of the step, its gain, and where its channels begin in a
 * row of A. */
typedef struct i16_part {
    int input;
    float gain;
    int64_t k, slot;
} i16_part;

/* What P follows from: the first n inputs of a step with their gains. */
typedef struct i16_range {
    int n;
    float gain[I16_INPUTS];
    float min;
} i16_range;

/* 1x1 and depthwise convolution, with all that is common to the ways of running them. */
typedef struct i16_front {
    const ir_step *q;                     /* sizes, interpolation, where the inputs are */
    int n_parts;                          /* of floats that are expanded at full resolution */
    i16_part part[SOURCE_MAX_PARTS], low; /* of ir_rows_i16_class, which quantises them */
    bool quantised;                       /* but not the only part: stored as NN_NHWC_I16 */
    int a_input, low_input, ready_input;  /* of ir_channels_i16_class: NN_NHWC_I16; or -1 */
    int64_t pairs, low_pairs;             /* of the products */
    int64_t a_pitch, low_pitch;           /* of A rows that the parts are quantised into */
    int64_t hidden, pitch;                /* E rounded up to NN_I16_LANES; of pixels in scratch */
    i16_range range;                      /* of the step's inputs up to the residual */
    const int16_t *expand, *low_weights, *depthwise; /* packed */
    const int32_t *half;         /* [hidden]: half a unit, for rounding sums without a bias */
    const float *expand_bias;    /* [hidden] in the order of panels, for P = 1, in sums */
    const float *depthwise_bias; /* [hidden], at nn_i16_bias, for P = 1, in sums */
    const nn_tap_i16 *column_tap, *row_tap;
    const float *v; /* [hidden] */
} i16_front;

/* 1x1 of 16-bit numbers: to floats, or to expanded channels that a later step adds (`halves`). */
typedef struct i16_gemm {
    int64_t pairs, n;            /* channels, rounded up to NN_I16_LANES */
    int64_t blocks, block_pairs; /* A's channels are added up in so many sums of their own */
    const int16_t *weights;      /* a packed B for each block */
    const int32_t *start;        /* [n] */
    const float *scale;          /* [blocks, floats] for P = 1; NULL: halves, one block */
    const float *bias, *zeros;   /* [floats]; zeros: where there are blocks */
    int64_t floats;              /* channels as float32 pads them (nn_padded); to 8 for a picture */
    bool relu;
    int residual; /* index among the step's inputs, or -1 */
    /* of ir_rows_i16_class */
    int64_t a_pitch; /* of the depthwise results, and of the next beside them: */
    i16_part direct; /* an input that is multiplied as well; k = 0: none */
    /* of gemm_i16_class */
    int64_t images, pixels; /* pixels: of an image */
} i16_gemm;

/* Some of its inputs to NN_NHWC_I16, side by side; the range is that of all of them. */
typedef struct i16_quantise {
    int n_parts;
    i16_part part[SOURCE_MAX_PARTS];
    int64_t images, pixels; /* of the result; of an image */
    i16_range range;
} i16_quantise;

/* Strips of rows with the projection, as ir_rows_class. ir_channels_i16_class, like
 * ir_channels_class, runs a front alone, over inputs that were quantised before. */
typedef struct ir_rows_i16_step {
    i16_front front;
    i16_gemm project;
} ir_rows_i16_step;

/* A dense convolution of quantised pixels, as conv_taps_class. */
typedef struct conv_taps_i16_step {
    const conv_step *q;
    int64_t pairs, n;       /* pairs of channels of a tap; outputs, rounded up to NN_I16_LANES */
    const int16_t *weights; /* a packed B for each tap */
    const int32_t *start;   /* [n] zeros */
    const float *scale;     /* [padded] for P = 1 */
} conv_taps_i16_step;

extern const nn_step_class ir_rows_i16_class, ir_channels_i16_class, gemm_i16_class,
    quantise_i16_class, conv_taps_i16_class;

/* P of an image in a step. */
float i16_norm(const struct nn_session *s, const nn_step *step, const i16_range *range,
               int64_t image);

/* Nothing measured behind a tensor yet, if it is wanted at all. */
void i16_clear_squares(const struct nn_session *s, int id);

/* Raises the squares of an image, if they are wanted, to those of pixels that a task has written,
 * all channels of them. */
void i16_raise_squares(const struct nn_session *s, int id, int64_t image, const float *pixels,
                       int64_t count);

/* Measures a tensor of floats that another step has written. */
void i16_measure(const struct nn_session *s, int id);

/* `count` pixels -> 16 bits, channels of `part` from its slot of A on; the tensor is `id`. */
void i16_quantise_pixels(const struct nn_session *s, int id, const i16_part *part, float norm,
                         const float *x, int64_t count, int16_t *a, int64_t pitch);

/* Biases of channels [c, c + n), whole vectors, for P, with half a unit for rounding. */
void i16_expand_bias(const i16_front *f, float norm, int64_t c, int64_t n, int32_t *start);
void i16_depthwise_bias(const i16_front *f, float norm, int64_t c, int64_t n, int32_t *bias);

/* Products to floats from `column` on, block by block: `g` is to have all but pairs, B, scale and
 * bias. scale [blocks, stride] is that of these columns, P in it. `streams`: B comes from memory.
 */
void i16_multiply(const nn_kernels_i16 *kernels, const i16_gemm *w, int64_t column,
                  const float *scale, int64_t stride, bool streams, const nn_gemm_i16 *g);

/* A weight of at most 1 in magnitude as a multiple of 1 / NN_I16_ONE; NaN is 0. */
int16_t i16_weight(double weight);

#endif
