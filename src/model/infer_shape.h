/* model/infer_shape.h - the type and shape of a node's result, given its inputs.
 *
 * The rules are those of the ONNX operator specification, opset 18
 * (https://onnx.ai/onnx/operators/). Shapes here are always concrete: every input's is known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_INFER_SHAPE_H
#define MODEL_INFER_SHAPE_H

#include "model/value_fact.h"

/* Fills *out (all but `constant`). in[i] is NULL for an optional input that is not given. Refuses,
 * naming the node: inputs that do not fit the operator or each other (VIS_ERR_FORMAT), forms that
 * viseme does not run and shapes that depend on the data (VIS_ERR_UNSUPPORTED), sizes that overflow
 * (VIS_ERR_LIMIT). */
vis_status infer_shape(const graph_node *node, const value_fact *const *in, value_fact *out,
                       vis_error *err);

/* The attributes of a Conv or pool with what they leave to the shapes as numbers: the kernel that
 * is the weights', the pads that make the output as large as the input. `in` has passed
 * infer_shape. */
vis_status settle_window(const graph_node *node, const value_fact *const *in,
                         graph_attributes *attr, vis_error *err);

/* Slice made plain: per axis of the data where it starts, how it steps and how many it takes. */
typedef struct slice_range {
    int64_t start, step, count;
} slice_range;
vis_status slice_ranges(const graph_node *node, const value_fact *const *in,
                        slice_range range[TENSOR_MAX_RANK], vis_error *err);

/* Pad made plain: per axis of the data how many are put before and after (negative: taken away). */
vis_status pad_amounts(const graph_node *node, const value_fact *const *in,
                       int64_t before[TENSOR_MAX_RANK], int64_t after[TENSOR_MAX_RANK],
                       vis_error *err);

/* Split made plain: where along its axis an output begins and how many it takes. */
vis_status split_range(const graph_node *node, const value_fact *const *in, int *axis,
                       int64_t *start, int64_t *count, vis_error *err);

#endif
