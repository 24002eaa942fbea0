/* graph/infer_rules.h - the shape rules of operators, file by file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef GRAPH_INFER_RULES_H
#define GRAPH_INFER_RULES_H

#include "graph/value_fact.h"

/* infer_window.c. *out begins as a copy of in[0]. */
vis_status infer_conv(const graph_node *node, const value_fact *const *in, value_fact *out,
                      vis_error *err);
vis_status infer_batch_norm(const graph_node *node, const value_fact *const *in, value_fact *out,
                            vis_error *err);
vis_status infer_pool(const graph_node *node, const value_fact *const *in, value_fact *out,
                      vis_error *err);
vis_status infer_global_pool(const graph_node *node, const value_fact *const *in, value_fact *out,
                             vis_error *err);
vis_status infer_resize(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err);

/* infer_move.c. *out begins as a copy of in[0]. */
vis_status infer_slice(const graph_node *node, const value_fact *const *in, value_fact *out,
                       vis_error *err);
vis_status infer_pad(const graph_node *node, const value_fact *const *in, value_fact *out,
                     vis_error *err);
vis_status infer_gather(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err);
vis_status infer_reshape(const graph_node *node, const value_fact *const *in, value_fact *out,
                         vis_error *err);
vis_status infer_flatten(const graph_node *node, const value_fact *const *in, value_fact *out,
                         vis_error *err);
vis_status infer_transpose(const graph_node *node, const value_fact *const *in, value_fact *out,
                           vis_error *err);
vis_status infer_squeeze(const graph_node *node, const value_fact *const *in, value_fact *out,
                         vis_error *err);
vis_status infer_unsqueeze(const graph_node *node, const value_fact *const *in, value_fact *out,
                           vis_error *err);
vis_status infer_expand(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err);
vis_status infer_concat(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err);

vis_status infer_split(const graph_node *node, const value_fact *const *in, value_fact *out,
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

/* infer_gemm.c. *out begins as a copy of in[0]. */
vis_status infer_gemm(const graph_node *node, const value_fact *const *in, value_fact *out,
                      vis_error *err);
vis_status infer_matmul(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err);
vis_status infer_softmax(const graph_node *node, const value_fact *const *in, value_fact *out,
                         vis_error *err);
vis_status infer_reduce(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err);

/* A shape handed over as the constant list in input i, as Expand and ConstantOfShape take it. */
vis_status infer_from_list(const graph_node *node, const value_fact *const *in, int i,
                           value_fact *out, vis_error *err);

#endif
