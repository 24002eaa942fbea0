/* graph/fold_reduce.c - constant folding of sums, means, products and extremes along axes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/fold_internal.h"

#include <math.h>

typedef struct reduction {
    graph_op op;
    int64_t each; /* numbers that become one */
    walker inner; /* over them */
} reduction;

static double reduce_floats(const reduction *r, const float *x, int64_t base)
{
    walker w = r->inner;
    double sum = r->op == OP_REDUCE_PROD ? 1 : 0;
    for (int64_t i = 0; i < r->each; i++, walker_next(&w)) {
        double v = (double)x[base + w.offset];
        bool first = i == 0;
        if (r->op == OP_REDUCE_PROD) {
            sum *= v;
        } else if (r->op == OP_REDUCE_MAX) {
            sum = first || v > sum || isnan(v) ? v : sum;
        } else if (r->op == OP_REDUCE_MIN) {
            sum = first || v < sum || isnan(v) ? v : sum;
        } else {
            sum += v;
        }
    }
    return r->op == OP_REDUCE_MEAN ? sum / (double)r->each : sum;
}

/* Wraps silently, as in the runtimes. */
static int64_t reduce_integers(const reduction *r, const int64_t *x, int64_t base)
{
    walker w = r->inner;
    uint64_t sum = r->op == OP_REDUCE_PROD ? 1 : 0;
    for (int64_t i = 0; i < r->each; i++, walker_next(&w)) {
        int64_t v = x[base + w.offset], so_far = (int64_t)sum;
        if (r->op == OP_REDUCE_PROD) {
            sum *= (uint64_t)v;
        } else if (r->op == OP_REDUCE_MAX) {
            sum = i == 0 || v > so_far ? (uint64_t)v : sum;
        } else if (r->op == OP_REDUCE_MIN) {
            sum = i == 0 || v < so_far ? (uint64_t)v : sum;
        } else {
            sum += (uint64_t)v;
        }
    }
    return r->op == OP_REDUCE_MEAN ? (int64_t)sum / r->each : (int64_t)sum;
}

vis_status fold_reduce(const graph_node *node, const value_fact *const *in, tensor *result,
                       vis_error *err)
{
    int64_t own[TENSOR_MAX_RANK], kept[2][TENSOR_MAX_RANK], gone[2][TENSOR_MAX_RANK];
    int n_kept = 0, n_gone = 0;
    unsigned mask;
    const tensor *x = in[0]->constant;
    reduction r = {.op = node->op, .each = 1};
    VIS_TRY(reduced_axes(node, in, &mask, err));
    if (x->dtype == TENSOR_BOOL) {
        return node_fail(node, VIS_ERR_UNSUPPORTED, "not defined for booleans", err);
    }
    shape_strides(in[0]->dim, in[0]->rank, own);
    for (int a = 0; a < in[0]->rank; a++) {
        bool away = mask >> a & 1u;
        int64_t(*list)[TENSOR_MAX_RANK] = away ? gone : kept;
        int *n = away ? &n_gone : &n_kept;
        list[0][*n] = in[0]->dim[a];
        list[1][(*n)++] = own[a];
        if (away) r.each *= in[0]->dim[a];
    }
    r.inner = walker_start(n_gone, gone[0], gone[1], 0);
    walker outer = walker_start(n_kept, kept[0], kept[1], 0);
    int64_t count = tensor_count(result);
    for (int64_t i = 0; i < count; i++, walker_next(&outer)) {
        if (x->dtype == TENSOR_F32) {
            tensor_f32(result)[i] = (float)reduce_floats(&r, tensor_f32(x), outer.offset);
        } else {
            tensor_i64(result)[i] = reduce_integers(&r, tensor_i64(x), outer.offset);
        }
    }
    return VIS_OK;
}
