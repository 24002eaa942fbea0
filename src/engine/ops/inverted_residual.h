/* engine/ops/inverted_residual.h - 1x1 -> 3x3 depthwise -> 1x1 as one step.
 *
 * The wide tensor between the convolutions (twice the input's channels) is never whole in memory.
 *
 *   x [N, H, W, I] -> expand -> [H, W, E] -> depthwise, stride s -> [OH, OW, E] -> project -> [OH,
 * OW, O]
 *
 * The input may be several tensors side by side (a Concat that is never made) plus one that is
 * enlarged (a Resize that is never made): a 1x1 convolution commutes with interpolation, so the
 * enlarged part is expanded at its own low resolution and interpolated, row by row, into the sums.
 *
 * A part of the input that depends only on what comes again (nn_options.cache_inputs) may be
 * expanded by a step of its own, whose result is cached.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_INVERTED_RESIDUAL_H
#define ENGINE_OPS_INVERTED_RESIDUAL_H

#include "engine/ops/steps.h"
#include "engine/pack.h"

typedef struct ir_gemm {
    int input; /* index among the step's inputs, or -1: none, or what the step itself has made */
    int64_t k;
    const float *weights;
} ir_gemm;

typedef struct ir_step {
    int n_parts;
    ir_gemm part[SOURCE_MAX_PARTS]; /* of the expansion */
    bool plain_input;               /* the only part is in the caller's layout */
    int ready;                      /* index among the inputs of [N, H, W, E]: what of the expansion
                             was made before and can be kept; or -1 */
    ir_gemm low;                    /* the part that is enlarged */
    const float *no_bias;           /* [E] zeros */
    int64_t images, height, width, out_height, out_width, low_height, low_width;
    int64_t stride[2];
    int64_t hidden;                     /* E rounded up: nn_padded */
    int64_t pitch;                      /* of hidden pixels in scratch */
    const nn_tap *row_tap, *column_tap; /* [height], [width]: of the interpolation */
    const float *expand_bias, *depthwise_weights, *project_bias;
    nn_activation expand_activation, depthwise_activation, project_activation;
    ir_gemm project; /* weights NULL: the depthwise result is the step's result */
    ir_gemm direct;  /* one more product that is added to the projection: of the residual, when a
                           further 1x1 convolution has been multiplied into the projection */
    int residual;    /* index among the inputs, or -1 */
    int64_t outputs, padded; /* O, O rounded up: nn_padded */
    bool plain_output, sigmoid;
    int lanes;
} ir_step;

/* Strips of rows, column tile by column tile: for images that are large beside the weights. */
extern const nn_step_class ir_rows_class;

/* Blocks of hidden channels, all rows at once, without the projection: for weights that are large
 * beside the image. ir_channels_fit says whether a block of an image fits into L2. */
extern const nn_step_class ir_channels_class;
bool ir_channels_fit(const ir_step *q);

/* Makes the pixels around [height + 2, width + 2], of `pixel` bytes each, zeros. */
void ir_clear_border(const ir_step *q, void *hidden, size_t pixel);

/* The first low-resolution column that input columns [left, right) are interpolated from, and the
 * end. */
static inline void ir_low_columns(const ir_step *q, int64_t left, int64_t right, int64_t *first,
                                  int64_t *end)
{
    *first = q->column_tap[left].at[0];
    *end = q->column_tap[right - 1].at[1] + 1;
}

#endif
