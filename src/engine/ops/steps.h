/* engine/ops/steps.h - the steps of the fast path. Each lower_* function adds one step, or two.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_STEPS_H
#define ENGINE_OPS_STEPS_H

#include "engine/layer.h"

#define SOURCE_MAX_PARTS 4

/* What a 1x1 convolution reads: the channels of several values as if they were one (a Concat that
 * is never made), and at most one more that is enlarged on the way (a Resize that is never made
 * either). */
typedef struct source {
    int value[SOURCE_MAX_PARTS];     /* read as they are */
    int64_t first[SOURCE_MAX_PARTS]; /* their first channel in the concatenation */
    int n_parts;
    int low;           /* the value that is enlarged, or -1 */
    int64_t low_first; /* its first channel in the concatenation */
    int resize;        /* the Resize node */
} source;

/* One summand of a matrix product: the pixels of a tensor times packed weights [k, outputs]. */
typedef struct gemm_term {
    int tensor; /* NN_NHWC */
    int64_t k;
    const float *weights;
} gemm_term;

/* The summand that falls to channels [first, ..) of a 1x1 convolution's input, which are `value`.
 * A value that was never made because it is linear in another tensor (lowering_compose) is replaced
 * by that tensor, and the weights by their product; what its bias contributes is added to
 * bias[outputs]. */
vis_status make_gemm_term(lowering *l, const conv_layer *layer, int value, int64_t first,
                          double *bias, gemm_term *out, vis_error *err);

/* rows[o, k] = W[o, first + c] P[c, k] and bias[o] += W[o, first + c] b[c], where p computes P d +
 * b. */
void compose_layers(const conv_layer *w, int64_t first, const conv_layer *p, float *rows,
                    double *bias);

/* A dense convolution of any kernel size; `from` has more than one part for 1x1 kernels only. */
vis_status lower_conv(lowering *l, const conv_layer *layer, const source *from, vis_error *err);

/* The pixels of a product alone, neither biased nor activated, as a new tensor [N, outputs, H, W].
 */
vis_status lower_gemm(lowering *l, const char *name, const gemm_term *part, int64_t outputs,
                      int *output, vis_error *err);

/* A 1x1 convolution of a tensor that is no value of the graph. */
vis_status lower_conv_of(lowering *l, const conv_layer *layer, int from, vis_error *err);

/* 1x1 -> 3x3 depthwise -> 1x1, fused. `tail` (may be NULL) is a further 1x1 convolution that alone
 * reads the result and is multiplied into the last one. */
vis_status lower_inverted_residual(lowering *l, const source *from, const conv_layer *expand,
                                   const conv_layer *depthwise, const conv_layer *project,
                                   const conv_layer *tail, vis_error *err);

/* The same without the last convolution, whose result is put off: its readers, 1x1 convolutions
 * all, take it into their own weights. */
vis_status lower_composed(lowering *l, const source *from, const conv_layer *expand,
                          const conv_layer *depthwise, const conv_layer *project, vis_error *err);

#endif
