/* graph/infer_shape.h - the type and shape of a node's result, given its inputs.
 *
 * The rules are those of the ONNX operator specification, opset 18
 * (https://onnx.ai/onnx/operators/). Shapes here are always concrete: every input's is known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef GRAPH_INFER_SHAPE_H
#define GRAPH_INFER_SHAPE_H

#include "graph/value_fact.h"

/* Fills *out (all but `constant`). in[i] is NULL for an optional input that is not given. Refuses,
 * naming the node: inputs that do not fit the operator or each other (VIS_ERR_FORMAT), forms that
 * viseme does not run and shapes that depend on the data (VIS_ERR_UNSUPPORTED), sizes that overflow
 * (VIS_ERR_LIMIT). */
vis_status infer_shape(const graph_node *node, const value_fact *const *in, value_fact *out,
                       vis_error *err);

#endif
