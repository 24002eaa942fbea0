/* model/infer_rules.h - the shape rules of operators, file by file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_INFER_RULES_H
#define MODEL_INFER_RULES_H

#include "model/value_fact.h"

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
