/* engine/ops/conv.h - parameters that the three ways of running a dense convolution share.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_CONV_H
#define ENGINE_OPS_CONV_H

#include "engine/ops/steps.h"
#include "engine/pack.h"

#define CONV_K_BLOCK 256 /* length of one partial sum: a panel of B stays in L1 */

typedef struct conv_step {
    int n_parts;
    struct {
        int64_t k; /* taps x channels */
        const float *weights;
    } part[SOURCE_MAX_PARTS]; /* the step's input i is part i */
    bool gathers;             /* not 1x1 with stride 1 and no padding */
    bool plain_input;         /* gathers from NN_PLAIN: few channels, all taps one partial sum */
    int64_t images, height, width, channels, out_height, out_width; /* channels: of one tap */
    int64_t kernel[2], stride[2], dilation[2], pad[2];
    int64_t pixels, outputs, padded; /* M, O, O rounded up */
    int lanes;
    const float *bias;
    nn_activation activation;
    bool sigmoid, plain_output;
    int residual; /* index among the step's inputs, or -1 */
    /* conv_winograd.c */
    int positions;                /* 16: both ways, 4: along rows, 0: not after Winograd */
    int64_t pitch, depth;         /* of an input pixel; of the sum at a position */
    const float *zeros, *no_bias; /* [pitch], [padded] */
} conv_step;

extern const nn_step_class conv_class, conv_taps_class, conv_winograd_class;

/* How many positions Winograd's form of the step would have, 0 when it would not be faster, or does
 * not exist. */
int winograd_positions(const conv_step *q);

/* How a product is cut into tasks: blocks of an image's pixels x blocks of channels. */
typedef struct gemm_tiling {
    int64_t block, blocks;  /* pixels in a block, how many */
    int64_t width, columns; /* channels in a block (whole panels), how many */
} gemm_tiling;

/* For `images` times `pixels` sums of `depth` products for each of n channels, blocks being of at
 * most `block` pixels, on so many threads. */
void gemm_tiling_for(int64_t images, int64_t pixels, int64_t depth, int64_t n, int64_t panel,
                     int64_t block, int threads, gemm_tiling *cut);

/* Weights for q->positions, and zeros to read where there is no pixel. */
vis_status winograd_prepare(lowering *l, const conv_layer *layer, conv_step *q, vis_error *err);

/* The range of output positions along one dimension whose input position under a tap exists. */
void conv_tap_range(const conv_step *q, int axis, int64_t tap, int64_t *first, int64_t *end);

/* The output pixels [y0, y1) x [x0, x1) whose input pixel under a tap exists, and the first one's
 * input pixel; false when there are none. */
typedef struct conv_rectangle {
    int64_t y0, y1, x0, x1, y_in, x_in;
} conv_rectangle;
bool conv_tap_rectangle(const conv_step *q, int64_t tap, conv_rectangle *r);

/* Makes `g` finish the sums from output pixel `pixel` and channel `column` on: residual,
 * activation. */
void conv_finish(const conv_step *q, const nn_step *step, const struct nn_session *s, int64_t pixel,
                 int64_t column, nn_gemm *g);

/* c[i, o] -> y[o, i] for `count` pixels, planes of y being `area` apart; then the sigmoid. */
void scatter_planes(const nn_kernels *kernels, const float *c, int64_t pitch, int64_t count,
                    int64_t channels, bool sigmoid, float *y, int64_t area);

#endif
