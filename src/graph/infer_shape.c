/* graph/infer_shape.c - shape rules: element-wise operators, and the way to all others. Those on
 * pictures (Conv, MaxPool, Resize, ...) are in infer_window.c, those that move numbers about in
 * infer_move.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/infer_shape.h"

#include "base/memory.h"
#include "graph/infer_rules.h"

#include <math.h>
#include <string.h>

static void copy_shape(value_fact *out, const value_fact *from)
{
    out->rank = from->rank;
    memcpy(out->dim, from->dim, sizeof(out->dim));
}

static vis_status infer_range(const graph_node *node, const value_fact *const *in, value_fact *out,
                              vis_error *err)
{
    double v[3];
    for (int i = 0; i < 3; i++) {
        const tensor *t = in[i]->constant;
        if (!t || tensor_count(t) != 1 || in[i]->dtype == TENSOR_BOOL) {
            return node_fail(node, VIS_ERR_UNSUPPORTED, "a range that depends on the input data",
                             err);
        }
        v[i] = t->dtype == TENSOR_F32 ? (double)tensor_f32(t)[0] : (double)tensor_i64(t)[0];
    }
    double count = v[2] != 0 ? ceil((v[1] - v[0]) / v[2]) : NAN;
    if (!(count < 1e6)) return node_fail(node, VIS_ERR_LIMIT, "a range beyond bounds", err);
    out->dtype = in[0]->dtype;
    out->rank = 1;
    out->dim[0] = count > 0 ? (int64_t)count : 0;
    return VIS_OK;
}

static vis_status infer_elementwise(const graph_node *node, const value_fact *const *in,
                                    value_fact *out, vis_error *err)
{
    int first = node->op == OP_WHERE ? 1 : 0;
    value_fact sum = *in[first];
    for (int i = first + 1; i < node->n_inputs; i++) {
        if (!in[i]) return node_fail(node, VIS_ERR_FORMAT, "an input is missing", err);
        if (in[i]->dtype != in[first]->dtype) {
            return node_fail(node, VIS_ERR_FORMAT, "inputs of different types", err);
        }
        value_fact previous = sum;
        VIS_TRY(infer_broadcast(node, &previous, in[i], &sum, err));
    }
    if (node->op == OP_WHERE) {
        value_fact previous = sum;
        if (in[0]->dtype != TENSOR_BOOL) {
            return node_fail(node, VIS_ERR_FORMAT, "a condition that is not boolean", err);
        }
        VIS_TRY(infer_broadcast(node, &previous, in[0], &sum, err));
    }
    copy_shape(out, &sum);
    out->dtype = in[first]->dtype;
    if (is_comparison(node->op)) out->dtype = TENSOR_BOOL;
    return VIS_OK;
}

/* How many inputs an operator takes, and needs; Concat, Min and Max take any number from one. */
static const struct arity {
    int8_t min, max;
} arities[OP_COUNT] = {[OP_RELU] = {1, 1},
                       [OP_LEAKY_RELU] = {1, 1},
                       [OP_SIGMOID] = {1, 1},
                       [OP_FLATTEN] = {1, 1},
                       [OP_TRANSPOSE] = {1, 1},
                       [OP_MAX_POOL] = {1, 1},
                       [OP_AVERAGE_POOL] = {1, 1},
                       [OP_GLOBAL_AVERAGE_POOL] = {1, 1},
                       [OP_GLOBAL_MAX_POOL] = {1, 1},
                       [OP_SOFTMAX] = {1, 1},
                       [OP_NEG] = {1, 1},
                       [OP_ABS] = {1, 1},
                       [OP_FLOOR] = {1, 1},
                       [OP_CEIL] = {1, 1},
                       [OP_SQRT] = {1, 1},
                       [OP_EXP] = {1, 1},
                       [OP_TANH] = {1, 1},
                       [OP_HARD_SIGMOID] = {1, 1},
                       [OP_HARD_SWISH] = {1, 1},
                       [OP_SHAPE] = {1, 1},
                       [OP_SIZE] = {1, 1},
                       [OP_CAST] = {1, 1},
                       [OP_CONSTANT_OF_SHAPE] = {1, 1},
                       [OP_IDENTITY] = {1, 1},
                       [OP_NOT] = {1, 1},
                       [OP_PRELU] = {2, 2},
                       [OP_ADD] = {2, 2},
                       [OP_SUB] = {2, 2},
                       [OP_MUL] = {2, 2},
                       [OP_DIV] = {2, 2},
                       [OP_GATHER] = {2, 2},
                       [OP_RESHAPE] = {2, 2},
                       [OP_UNSQUEEZE] = {2, 2},
                       [OP_EXPAND] = {2, 2},
                       [OP_MATMUL] = {2, 2},
                       [OP_POW] = {2, 2},
                       [OP_EQUAL] = {2, 2},
                       [OP_LESS] = {2, 2},
                       [OP_GREATER] = {2, 2},
                       [OP_LESS_OR_EQUAL] = {2, 2},
                       [OP_GREATER_OR_EQUAL] = {2, 2},
                       [OP_AND] = {2, 2},
                       [OP_OR] = {2, 2},
                       [OP_XOR] = {2, 2},
                       [OP_MOD] = {2, 2},
                       [OP_CONV] = {2, 3},
                       [OP_BATCH_NORM] = {5, 5},
                       [OP_CLIP] = {1, 3},
                       [OP_CONCAT] = {1, 0},
                       [OP_RESIZE] = {1, 4},
                       [OP_PAD] = {2, 4},
                       [OP_SLICE] = {3, 5},
                       [OP_SQUEEZE] = {1, 2},
                       [OP_SPLIT] = {1, 2},
                       [OP_GEMM] = {2, 3},
                       [OP_REDUCE_MEAN] = {1, 2},
                       [OP_REDUCE_SUM] = {1, 2},
                       [OP_REDUCE_MAX] = {1, 2},
                       [OP_REDUCE_MIN] = {1, 2},
                       [OP_REDUCE_PROD] = {1, 2},
                       [OP_MIN] = {1, 0},
                       [OP_MAX] = {1, 0},
                       [OP_WHERE] = {3, 3},
                       [OP_RANGE] = {3, 3}};

static vis_status check_inputs(const graph_node *node, const value_fact *const *in, vis_error *err)
{
    struct arity a = arities[node->op];
    bool fits = node->n_inputs >= a.min && (a.max == 0 || node->n_inputs <= a.max);
    for (int i = 0; fits && i < a.min; i++) {
        fits = in[i] != NULL;
    }
    return fits ? VIS_OK : node_fail(node, VIS_ERR_FORMAT, "the wrong number of inputs", err);
}

/* The dimensions themselves, or a range of them; Size: their product. */
static void infer_shape_of(const graph_node *node, const value_fact *const *in, value_fact *out)
{
    out->dtype = TENSOR_I64;
    out->rank = node->op == OP_SIZE ? 0 : 1;
    if (node->op == OP_SIZE) return;
    int64_t rank = in[0]->rank, start = node->attr.shape.start, end = node->attr.shape.end;
    start = start < 0 ? start + rank : start;
    end = end < 0 ? end + rank : end;
    start = start < 0 ? 0 : start > rank ? rank : start;
    end = end < 0 ? 0 : end > rank ? rank : end;
    out->dim[0] = end > start ? end - start : 0;
}

/* Operators of two inputs or more that broadcast. */
static bool is_elementwise(graph_op op)
{
    static const graph_op all[] = {OP_PRELU, OP_ADD, OP_SUB,   OP_MUL, OP_DIV, OP_POW, OP_AND,
                                   OP_OR,    OP_XOR, OP_WHERE, OP_MOD, OP_MIN, OP_MAX};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i] == op) return true;
    }
    return is_comparison(op);
}

static vis_status infer_by_operator(const graph_node *node, const value_fact *const *in,
                                    value_fact *out, vis_error *err)
{
    if (is_elementwise(node->op)) return infer_elementwise(node, in, out, err);
    if (is_reduction(node->op)) return infer_reduce(node, in, out, err);
    switch (node->op) {
    case OP_CONV:
        return infer_conv(node, in, out, err);
    case OP_BATCH_NORM:
        return infer_batch_norm(node, in, out, err);
    case OP_MAX_POOL:
    case OP_AVERAGE_POOL:
        return infer_pool(node, in, out, err);
    case OP_GLOBAL_AVERAGE_POOL:
    case OP_GLOBAL_MAX_POOL:
        return infer_global_pool(node, in, out, err);
    case OP_GEMM:
        return infer_gemm(node, in, out, err);
    case OP_MATMUL:
        return infer_matmul(node, in, out, err);
    case OP_SOFTMAX:
        return infer_softmax(node, in, out, err);
    case OP_SPLIT:
        return infer_split(node, in, out, err);
    case OP_RESIZE:
        return infer_resize(node, in, out, err);
    case OP_CONCAT:
        return infer_concat(node, in, out, err);
    case OP_PAD:
        return infer_pad(node, in, out, err);
    case OP_SLICE:
        return infer_slice(node, in, out, err);
    case OP_GATHER:
        return infer_gather(node, in, out, err);
    case OP_RESHAPE:
        return infer_reshape(node, in, out, err);
    case OP_FLATTEN:
        return infer_flatten(node, in, out, err);
    case OP_TRANSPOSE:
        return infer_transpose(node, in, out, err);
    case OP_SQUEEZE:
        return infer_squeeze(node, in, out, err);
    case OP_UNSQUEEZE:
        return infer_unsqueeze(node, in, out, err);
    case OP_EXPAND:
        return infer_expand(node, in, out, err);
    case OP_RANGE:
        return infer_range(node, in, out, err);
    case OP_CAST:
        out->dtype = node->attr.to;
        return VIS_OK;
    case OP_SHAPE:
    case OP_SIZE:
        infer_shape_of(node, in, out);
        return VIS_OK;
    case OP_CONSTANT_OF_SHAPE:
        out->dtype = node->attr.fill.dtype;
        return infer_from_list(node, in, 0, out, err);
    default:
        return VIS_OK; /* one value in, one of the same shape out */
    }
}

vis_status infer_shape(const graph_node *node, const value_fact *const *in, value_fact *out,
                       vis_error *err)
{
    VIS_TRY(check_inputs(node, in, err));
    *out = (value_fact){.dtype = in[0]->dtype};
    copy_shape(out, in[0]);
    VIS_TRY(infer_by_operator(node, in, out, err));
    out->constant = NULL;
    int64_t count;
    if (!shape_count(out->dim, out->rank, &count) || count > MAX_ELEMENTS) {
        char text[128];
        return vis_fail(err, VIS_ERR_LIMIT, "node %s (%s): a result of %s is beyond bounds",
                        node->name, graph_op_name(node->op),
                        shape_text(out->dim, out->rank, text, sizeof(text)));
    }
    return VIS_OK;
}
