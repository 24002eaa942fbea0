/* engine/ops/i16_blocks.h - which steps of a float32 program can be blocks in 16 bits.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_I16_BLOCKS_H
#define ENGINE_OPS_I16_BLOCKS_H

#include "engine/ops/conv.h"
#include "engine/ops/inverted_residual.h"

typedef enum i16_kind {
    I16_ROWS,     /* [1x1 whose result is cached,] inverted residual over strips of rows */
    I16_CHANNELS, /* [the same,] its front over blocks of channels, 1x1 projection */
    I16_TAPS,     /* dense convolution tap by tap */
} i16_kind;

/* Steps first .. first + count - 1; `main` is the inverted residual or the convolution. What lies
 * between them is read by nobody else; the last one writes the result. */
typedef struct i16_block {
    i16_kind kind;
    int first, count, main;
} i16_block;

/* Fills at most p->n_steps blocks, in order; returns how many there are. */
int i16_find_blocks(const nn_program *p, i16_block *blocks);

/* The 1x1 convolution before the main step whose result that step adds, or NULL. */
const conv_step *i16_cached_conv(const nn_program *p, const i16_block *b);

/* A matrix of weights that a block multiplies a tensor with: [k, padded] in panels (engine/pack.h). */
typedef struct i16_matrix {
    int tensor; /* that is read */
    int64_t k, padded;
    const float *weights;
    int64_t taps; /* k is taps x channels; else 1 */
    bool expands; /* into the sums of the main step; else of the residual, into the result */
} i16_matrix;

#define I16_MATRICES (SOURCE_MAX_PARTS + 3)

/* The matrices that read tensors of floats; returns how many, at most I16_MATRICES. */
int i16_matrices(const nn_program *p, const i16_block *b, i16_matrix *out);

/* The name of a block's step whose weights or biases are not all finite; NULL: there is none. */
const char *i16_not_finite(const nn_program *p, const i16_block *b);

#endif
