/* nn/steps/narrow_blocks.h - which steps of a float32 program can be blocks in 16 bits.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NN_STEPS_NARROW_BLOCKS_H
#define NN_STEPS_NARROW_BLOCKS_H

#include "nn/steps/conv.h"
#include "nn/steps/inverted_residual.h"

typedef enum narrow_kind {
    NARROW_ROWS,     /* [1x1 whose result is kept,] inverted residual over strips of rows */
    NARROW_CHANNELS, /* [the same,] its front over blocks of channels, 1x1 projection */
    NARROW_TAPS,     /* dense convolution tap by tap */
} narrow_kind;

/* Steps first .. first + count - 1; `main` is the inverted residual or the convolution. What lies
 * between them is read by nobody else; the last one writes the result. */
typedef struct narrow_block {
    narrow_kind kind;
    int first, count, main;
} narrow_block;

/* Fills at most p->n_steps blocks, in order; returns how many there are. */
int narrow_find_blocks(const nn_program *p, narrow_block *blocks);

/* The 1x1 convolution before the main step whose result that step adds, or NULL. */
const conv_step *narrow_kept_product(const nn_program *p, const narrow_block *b);

/* A matrix of weights that a block multiplies a tensor with: [k, padded] in panels (nn/pack.h). */
typedef struct narrow_matrix {
    int tensor; /* that is read */
    int64_t k, padded;
    const float *weights;
    int64_t taps; /* k is taps x channels; else 1 */
    bool expands; /* into the sums of the main step; else of the residual, into the result */
} narrow_matrix;

#define NARROW_MATRICES (SOURCE_MAX_PARTS + 3)

/* The matrices that read tensors of floats; returns how many, at most NARROW_MATRICES. */
int narrow_matrices(const nn_program *p, const narrow_block *b, narrow_matrix *out);

/* The name of a block's step whose weights or biases are not all finite; NULL: there is none. */
const char *narrow_not_finite(const nn_program *p, const narrow_block *b);

#endif
