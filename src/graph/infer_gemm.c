/* graph/infer_gemm.c - shape rules of products of matrices, Softmax and reductions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/infer_rules.h"

#include <string.h>

static vis_status need_floats(const graph_node *node, const value_fact *const *in, vis_error *err)
{
    for (int i = 0; i < node->n_inputs; i++) {
        if (in[i] && in[i]->dtype != TENSOR_F32) {
            return node_fail(node, VIS_ERR_UNSUPPORTED, "data that is not floating point", err);
        }
    }
    return VIS_OK;
}

static vis_status misfit(const graph_node *node, const value_fact *const *in, vis_error *err)
{
    char a[128], b[128];
    return vis_fail(err, VIS_ERR_FORMAT, "node %s (%s): %s cannot be multiplied by %s", node->name,
                    graph_op_name(node->op), shape_text(in[0]->dim, in[0]->rank, a, sizeof(a)),
                    shape_text(in[1]->dim, in[1]->rank, b, sizeof(b)));
}

/* Y [M, N] = alpha * A' B' + beta * C, C stretched to [M, N]. */
vis_status infer_gemm(const graph_node *node, const value_fact *const *in, value_fact *out,
                      vis_error *err)
{
    VIS_TRY(need_floats(node, in, err));
    if (in[0]->rank != 2 || in[1]->rank != 2) return misfit(node, in, err);
    int ta = node->attr.gemm.transpose_a, tb = node->attr.gemm.transpose_b;
    if (in[0]->dim[1 - ta] != in[1]->dim[tb]) return misfit(node, in, err);
    out->dim[0] = in[0]->dim[ta];
    out->dim[1] = in[1]->dim[1 - tb];
    if (node->n_inputs < 3 || !in[2]) return VIS_OK;
    value_fact sum = *out;
    VIS_TRY(infer_broadcast(node, out, in[2], &sum, err));
    if (sum.rank != 2 || memcmp(sum.dim, out->dim, 2 * sizeof(int64_t)) != 0) {
        return node_fail(node, VIS_ERR_FORMAT, "a sum C that is larger than the product", err);
    }
    return VIS_OK;
}

/* NumPy's matmul: [..., M, K] by [..., K, N], leading axes broadcast; a vector is a row at the
 * left, a column at the right, and its axis goes away. */
vis_status infer_matmul(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err)
{
    VIS_TRY(need_floats(node, in, err));
    const value_fact *a = in[0], *b = in[1];
    if (a->rank < 1 || b->rank < 1) return misfit(node, in, err);
    int64_t inner = b->rank == 1 ? b->dim[0] : b->dim[b->rank - 2];
    if (a->dim[a->rank - 1] != inner) return misfit(node, in, err);
    value_fact left = *a, right = *b, lead = {0};
    left.rank = a->rank > 2 ? a->rank - 2 : 0;
    right.rank = b->rank > 2 ? b->rank - 2 : 0;
    VIS_TRY(infer_broadcast(node, &left, &right, &lead, err));
    int n = lead.rank;
    memcpy(out->dim, lead.dim, sizeof(out->dim));
    if (a->rank > 1) out->dim[n++] = a->dim[a->rank - 2];
    if (b->rank > 1) out->dim[n++] = b->dim[b->rank - 1];
    out->rank = n;
    return VIS_OK;
}

vis_status infer_softmax(const graph_node *node, const value_fact *const *in, value_fact *out,
                         vis_error *err)
{
    int axis, rank = out->rank;
    VIS_TRY(need_floats(node, in, err));
    bool all = node->attr.softmax.flat && node->attr.softmax.axis == rank;
    return all ? VIS_OK : node_axis(node, node->attr.softmax.axis, rank, &axis, err);
}

vis_status infer_reduce(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err)
{
    unsigned mask;
    int n = 0;
    VIS_TRY(reduced_axes(node, in, &mask, err));
    for (int a = 0; a < in[0]->rank; a++) {
        bool reduced = mask >> a & 1u;
        bool empty = in[0]->dim[a] == 0 && node->op != OP_REDUCE_SUM && node->op != OP_REDUCE_PROD;
        if (reduced && empty) {
            return node_fail(node, VIS_ERR_UNSUPPORTED, "reduces nothing to a number", err);
        }
        if (!reduced) out->dim[n++] = in[0]->dim[a];
        if (reduced && node->attr.reduce.keep) out->dim[n++] = 1;
    }
    out->rank = n;
    return VIS_OK;
}
