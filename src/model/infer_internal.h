/* model/infer_internal.h - what the files of shape inference share among themselves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_INFER_INTERNAL_H
#define MODEL_INFER_INTERNAL_H

#include "model/infer_shape.h"

#define MAX_ELEMENTS ((int64_t)1 << 32) /* of one value: 16 GiB as float32 */

/* Fills err with "node NAME (Operator): what" and returns status. */
vis_status node_fail(const graph_node *node, vis_status status, const char *what, vis_error *err);

/* An axis that may count from the end, as one in [0, rank). */
vis_status node_axis(const graph_node *node, int64_t axis, int rank, int *out, vis_error *err);

/* The set of axes named by input 1, out of `rank`, as a bit mask. */
vis_status axes_mask(const graph_node *node, const value_fact *const *in, int rank, unsigned *mask,
                     vis_error *err);

/* Equal, Less and their like: two of a type in, booleans out. */
bool is_comparison(graph_op op);

/* ReduceMean and its like. */
bool is_reduction(graph_op op);

/* The common shape of two values by NumPy's broadcasting. */
vis_status infer_broadcast(const graph_node *node, const value_fact *a, const value_fact *b,
                           value_fact *out, vis_error *err);

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

/* infer_product.c. *out begins as a copy of in[0]. */
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
