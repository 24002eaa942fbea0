/* graph/resolve.h - a graph for inputs of known shape.
 *
 * Exporters leave arithmetic on shapes in a graph (Shape, Gather, Concat, Slice, ... around Resize
 * and Pad). Once the input shapes are known all of that is constant.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef GRAPH_RESOLVE_H
#define GRAPH_RESOLVE_H

#include "graph/graph.h"

typedef struct graph_shape {
    int rank;
    int64_t dim[TENSOR_MAX_RANK];
} graph_shape;

typedef struct resolved_graph resolved_graph;

/* Makes *out from `g`: the inputs have the shapes given (in the order of g->input, each agreeing
 * with what g declares), every value has a concrete shape and type, every node whose result does
 * not depend on the inputs has become a constant, Identity and whatever changes neither shape nor
 * numbers (Pad by nothing, Slice of everything, Cast to the same type, Concat of one, ...) are
 * gone, and nodes and values that nobody reads are dropped; the inputs always stay, in their order.
 * Values are renumbered. An output may be one of the inputs, a constant, or the same value as
 * another output. Constant tensors are shared with `g`, which must outlive *out. What is left:
 * operators before OP_EQUAL in GRAPH_OP_MAP, on float32 data, where Conv, BatchNorm and Resize may
 * still have parameters that are not constant, and Slice, Pad, Reshape, Squeeze, Unsqueeze, Expand
 * and Resize have theirs as constants. Refuses by node name what cannot be (VIS_ERR_UNSUPPORTED,
 * VIS_ERR_FORMAT); VIS_ERR_MISMATCH for input shapes that are not the graph's. */
vis_status graph_resolve(const graph *g, const graph_shape *inputs, int n_inputs,
                         resolved_graph **out, vis_error *err);
void resolved_graph_free(resolved_graph *r);

/* The resolved graph itself; valid while `r` lives. */
const graph *resolved_graph_get(const resolved_graph *r);

/* Multiply-accumulate operations of one run: Conv only, as the field counts them. */
int64_t graph_macs(const graph *resolved);

#endif
