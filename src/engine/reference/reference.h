/* engine/reference/reference.h - one operator a step, plain C, row-major tensors: what every faster
 * path is checked against. Sums are kept in double and rounded once.
 *
 * Each function below lowers one operator: it checks what it can run and adds the step.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_REFERENCE_REFERENCE_H
#define ENGINE_REFERENCE_REFERENCE_H

#include "engine/lower.h"

typedef vis_status (*reference_lower_fn)(lowering *l, const graph_node *node, vis_error *err);

vis_status reference_conv(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_pool(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_global_pool(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_gemm(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_matmul(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_softmax(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_reduce(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_batch_norm(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_unary(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_binary(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_resize(lowering *l, const graph_node *node, vis_error *err); /* linear */
vis_status reference_concat(lowering *l, const graph_node *node, vis_error *err);
vis_status reference_rearrange(lowering *l, const graph_node *node,
                               vis_error *err); /* and Resize to the nearest */

/* Where an output position along one axis of a Resize lies in the input, in input pixels
 * (onnx/docs/Operators.md, Resize, coordinate_transformation_mode). In double, which PyTorch and
 * ONNX Runtime round to float. */
double resize_coordinate(resize_coordinates mode, int64_t x, int64_t in, int64_t out, double scale);

/* A Resize along one axis as two taps: input[lo] * (1 - w) + input[hi] * w. */
typedef struct resize_tap {
    int64_t lo, hi;
    float w;
} resize_tap;
void resize_linear_taps(resize_coordinates mode, int64_t in, int64_t out, double scale,
                        resize_tap *tap);

/* The scale of each axis of a Resize node: given, or out / in. */
vis_status resize_scales(const graph *g, const graph_node *node, double *scale, vis_error *err);

/* Strides of `in` seen through the axes of `out`, aligned at the right: 0 where it is stretched.
 * False when it does not stretch to `out`. */
bool stretched_strides(const graph_shape *in, const graph_shape *out, int64_t *stride);

#endif
