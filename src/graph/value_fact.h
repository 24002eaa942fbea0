/* graph/value_fact.h - what is known of values while a graph is being resolved, and what the rules of
 * shapes (infer_*.c) and of folding (fold*.c) all ask of a node and its inputs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef GRAPH_VALUE_FACT_H
#define GRAPH_VALUE_FACT_H

#include "graph/graph.h"

#define MAX_ELEMENTS ((int64_t)1 << 32) /* of one value: 16 GiB as float32 */

/* What is known of a value while a graph is being resolved. */
typedef struct value_fact {
    tensor_dtype dtype;
    int rank;
    int64_t dim[TENSOR_MAX_RANK];
    const tensor
        *constant; /* its contents, when they do not depend on the graph's inputs; not owned */
} value_fact;

/* Fills err with "node NAME (Operator): what" and returns status. */
vis_status node_fail(const graph_node *node, vis_status status, const char *what, vis_error *err);

/* An axis that may count from the end, as one in [0, rank). */
vis_status node_axis(const graph_node *node, int64_t axis, int rank, int *out, vis_error *err);

/* The set of axes named by input 1, out of `rank`, as a bit mask. */
vis_status axes_mask(const graph_node *node, const value_fact *const *in, int rank, unsigned *mask,
                     vis_error *err);

/* The int64 list in input i, which must be a constant; `what` names it in messages. Not given: NULL,
 * of 0. */
vis_status constant_list(const graph_node *node, const value_fact *const *in, int i,
                         const char *what, const int64_t **list, int64_t *count, vis_error *err);

/* The axes that a reduction goes over, as a bit mask; 0: nothing is reduced. */
vis_status reduced_axes(const graph_node *node, const value_fact *const *in, unsigned *mask,
                        vis_error *err);

/* Equal, Less and their like: two of a type in, booleans out. */
bool is_comparison(graph_op op);

/* ReduceMean and its like. */
bool is_reduction(graph_op op);

/* The common shape of two values by NumPy's broadcasting. */
vis_status infer_broadcast(const graph_node *node, const value_fact *a, const value_fact *b,
                           value_fact *out, vis_error *err);

/* Strides of `x` stretched to the shape of `out` by broadcasting: 0 along a stretched axis. */
void broadcast_strides(const value_fact *x, const value_fact *out, int64_t stride[TENSOR_MAX_RANK]);

#endif
