/* graph/value_fact.c - see value_fact.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/value_fact.h"

#include <inttypes.h>

vis_status node_fail(const graph_node *node, vis_status status, const char *what, vis_error *err)
{
    return vis_fail(err, status, "node %s (%s): %s", node->name, graph_op_name(node->op), what);
}

vis_status node_axis(const graph_node *node, int64_t axis, int rank, int *out, vis_error *err)
{
    if (axis < -rank || axis >= rank) {
        return vis_fail(err, VIS_ERR_FORMAT,
                        "node %s (%s): axis %" PRId64 " of a value with %d axes", node->name,
                        graph_op_name(node->op), axis, rank);
    }
    *out = (int)(axis < 0 ? axis + rank : axis);
    return VIS_OK;
}

vis_status infer_broadcast(const graph_node *node, const value_fact *a, const value_fact *b,
                           value_fact *out, vis_error *err)
{
    int rank = a->rank > b->rank ? a->rank : b->rank;
    out->rank = rank;
    for (int i = 0; i < rank; i++) {
        int ai = i - (rank - a->rank), bi = i - (rank - b->rank);
        int64_t da = ai >= 0 ? a->dim[ai] : 1, db = bi >= 0 ? b->dim[bi] : 1;
        if (da != db && da != 1 && db != 1) {
            char ta[128], tb[128];
            return vis_fail(err, VIS_ERR_FORMAT,
                            "node %s (%s): shapes %s and %s do not fit together", node->name,
                            graph_op_name(node->op), shape_text(a->dim, a->rank, ta, sizeof(ta)),
                            shape_text(b->dim, b->rank, tb, sizeof(tb)));
        }
        out->dim[i] = da == 1 ? db : da;
    }
    return VIS_OK;
}

bool is_comparison(graph_op op)
{
    return op == OP_EQUAL || op == OP_LESS || op == OP_GREATER || op == OP_LESS_OR_EQUAL ||
           op == OP_GREATER_OR_EQUAL;
}

bool is_reduction(graph_op op)
{
    return op == OP_REDUCE_MEAN || op == OP_REDUCE_SUM || op == OP_REDUCE_MAX ||
           op == OP_REDUCE_MIN || op == OP_REDUCE_PROD;
}

vis_status constant_list(const graph_node *node, const value_fact *const *in, int i,
                         const char *what, const int64_t **list, int64_t *count, vis_error *err)
{
    *list = NULL;
    *count = 0;
    if (i >= node->n_inputs || !in[i]) return VIS_OK;
    if (!in[i]->constant) {
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "node %s (%s): its %s depend on the input data",
                        node->name, graph_op_name(node->op), what);
    }
    if (in[i]->dtype != TENSOR_I64 || in[i]->rank > 1) {
        return vis_fail(err, VIS_ERR_FORMAT, "node %s (%s): its %s are not a list of integers",
                        node->name, graph_op_name(node->op), what);
    }
    *list = tensor_i64(in[i]->constant);
    *count = tensor_count(in[i]->constant);
    return VIS_OK;
}

vis_status axes_mask(const graph_node *node, const value_fact *const *in, int rank, unsigned *mask,
                     vis_error *err)
{
    const int64_t *axes;
    int64_t n;
    *mask = 0;
    VIS_TRY(constant_list(node, in, 1, "axes", &axes, &n, err));
    for (int64_t i = 0; i < n; i++) {
        int axis = 0;
        VIS_TRY(node_axis(node, axes[i], rank, &axis, err));
        if (*mask & 1u << axis) return node_fail(node, VIS_ERR_FORMAT, "an axis named twice", err);
        *mask |= 1u << axis;
    }
    return VIS_OK;
}

vis_status reduced_axes(const graph_node *node, const value_fact *const *in, unsigned *mask,
                        vis_error *err)
{
    VIS_TRY(axes_mask(node, in, in[0]->rank, mask, err));
    bool named =
        node->n_inputs > 1 && in[1] && in[1]->constant && tensor_count(in[1]->constant) > 0;
    if (!named && !node->attr.reduce.identity) *mask = (1u << in[0]->rank) - 1;
    return VIS_OK;
}

void broadcast_strides(const value_fact *x, const value_fact *out, int64_t stride[TENSOR_MAX_RANK])
{
    int64_t own[TENSOR_MAX_RANK] = {0};
    shape_strides(x->dim, x->rank, own);
    for (int a = 0; a < out->rank; a++) {
        int from = a - (out->rank - x->rank);
        stride[a] = from >= 0 && x->dim[from] != 1 ? own[from] : 0;
    }
}
