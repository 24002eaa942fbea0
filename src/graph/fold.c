/* graph/fold.c - computing constant nodes: arithmetic, comparison and the way in.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/fold.h"

#include "base/memory.h"
#include "graph/fold_internal.h"

#include <math.h>
#include <string.h>

bool fold_possible(const graph_node *node, const value_fact *const *in)
{
    switch (node->op) {
    case OP_SHAPE:
    case OP_SIZE:
        return true;
    case OP_CONV:
    case OP_BATCH_NORM:
    case OP_PRELU:
    case OP_MAX_POOL:
    case OP_AVERAGE_POOL:
    case OP_GLOBAL_AVERAGE_POOL:
    case OP_GLOBAL_MAX_POOL:
    case OP_GEMM:
    case OP_MATMUL:
    case OP_SOFTMAX:
    case OP_RESIZE:
        return false;
    default:
        break;
    }
    for (int i = 0; i < node->n_inputs; i++) {
        if (in[i] && !in[i]->constant) return false;
    }
    return true;
}

static vis_status float_binary(const graph_node *node, float a, float b, float *out, vis_error *err)
{
    switch (node->op) {
    case OP_ADD:
        *out = a + b;
        return VIS_OK;
    case OP_SUB:
        *out = a - b;
        return VIS_OK;
    case OP_MUL:
        *out = a * b;
        return VIS_OK;
    case OP_DIV:
        *out = a / b;
        return VIS_OK;
    case OP_MIN:
        *out = a < b || isnan(a) ? a : b;
        return VIS_OK;
    case OP_MAX:
        *out = a > b || isnan(a) ? a : b;
        return VIS_OK;
    case OP_MOD:
        *out = fmodf(a, b);
        return VIS_OK;
    case OP_POW:
        *out = powf(a, b);
        return VIS_OK;
    default:
        return node_fail(node, VIS_ERR_UNSUPPORTED, "not defined for floating point", err);
    }
}

/* Two's complement wraps silently here, as in the runtimes. */
static vis_status int_binary(const graph_node *node, int64_t a, int64_t b, int64_t *out,
                             vis_error *err)
{
    switch (node->op) {
    case OP_ADD:
        *out = (int64_t)((uint64_t)a + (uint64_t)b);
        return VIS_OK;
    case OP_SUB:
        *out = (int64_t)((uint64_t)a - (uint64_t)b);
        return VIS_OK;
    case OP_MUL:
        *out = (int64_t)((uint64_t)a * (uint64_t)b);
        return VIS_OK;
    case OP_MIN:
        *out = a < b ? a : b;
        return VIS_OK;
    case OP_MAX:
        *out = a > b ? a : b;
        return VIS_OK;
    case OP_DIV: /* truncates towards zero */
    case OP_MOD:
        if (b == 0 || (a == INT64_MIN && b == -1)) {
            return node_fail(node, VIS_ERR_FORMAT, "an integer division by zero", err);
        }
        *out = node->op == OP_DIV ? a / b : a % b;
        /* Python's remainder unless fmod: its sign is the divisor's. */
        if (node->op == OP_MOD && !node->attr.fmod && *out != 0 && (*out < 0) != (b < 0)) *out += b;
        return VIS_OK;
    default:
        return node_fail(node, VIS_ERR_UNSUPPORTED, "not defined for integers", err);
    }
}

static vis_status bool_binary(const graph_node *node, bool a, bool b, bool *out, vis_error *err)
{
    switch (node->op) {
    case OP_AND:
        *out = a && b;
        return VIS_OK;
    case OP_OR:
        *out = a || b;
        return VIS_OK;
    case OP_XOR:
        *out = a != b;
        return VIS_OK;
    case OP_EQUAL:
        *out = a == b;
        return VIS_OK;
    default:
        return node_fail(node, VIS_ERR_UNSUPPORTED, "not defined for booleans", err);
    }
}

/* Is -1 (less), 0 (equal), 1 (greater) or 2 (neither: a NaN) what the operator asks for? */
static bool is_order(graph_op op, int order)
{
    switch (op) {
    case OP_EQUAL:
        return order == 0;
    case OP_LESS:
        return order == -1;
    case OP_GREATER:
        return order == 1;
    case OP_LESS_OR_EQUAL:
        return order == -1 || order == 0;
    default:
        return order == 1 || order == 0;
    }
}

static bool compare(graph_op op, const tensor *x, int64_t xi, const tensor *y, int64_t yi)
{
    if (x->dtype == TENSOR_F32) {
        float a = tensor_f32(x)[xi], b = tensor_f32(y)[yi];
        return is_order(op, a < b ? -1 : a > b ? 1 : a == b ? 0 : 2);
    }
    int64_t a = tensor_i64(x)[xi], b = tensor_i64(y)[yi];
    return is_order(op, a < b ? -1 : a > b);
}

/* out[i] = a[i] op b[i] over a result of which `a` may be a part already computed (Min, Max). */
static vis_status fold_binary(const graph_node *node, const value_fact *a, const value_fact *b,
                              const value_fact *out, tensor *result, vis_error *err)
{
    int64_t sa[TENSOR_MAX_RANK] = {0}, sb[TENSOR_MAX_RANK] = {0}, count = tensor_count(result);
    broadcast_strides(a, out, sa);
    broadcast_strides(b, out, sb);
    walker wa = walker_start(out->rank, out->dim, sa, 0);
    walker wb = walker_start(out->rank, out->dim, sb, 0);
    const tensor *x = a->constant, *y = b->constant;
    bool compares = is_comparison(node->op);
    for (int64_t i = 0; i < count; i++, walker_next(&wa), walker_next(&wb)) {
        if (compares && x->dtype != TENSOR_BOOL) {
            ((bool *)result->data)[i] = compare(node->op, x, wa.offset, y, wb.offset);
        } else if (x->dtype == TENSOR_F32) {
            VIS_TRY(float_binary(node, tensor_f32(x)[wa.offset], tensor_f32(y)[wb.offset],
                                 &tensor_f32(result)[i], err));
        } else if (x->dtype == TENSOR_I64) {
            VIS_TRY(int_binary(node, tensor_i64(x)[wa.offset], tensor_i64(y)[wb.offset],
                               &tensor_i64(result)[i], err));
        } else {
            VIS_TRY(bool_binary(node, ((bool *)x->data)[wa.offset], ((bool *)y->data)[wb.offset],
                                &((bool *)result->data)[i], err));
        }
    }
    return VIS_OK;
}

/* Min and Max of any number of inputs: each is folded onto what is there. */
static vis_status fold_extreme(const graph_node *node, const value_fact *const *in,
                               const value_fact *out, tensor *result, vis_error *err)
{
    VIS_TRY(fold_binary(node, in[0], in[0], out, result, err));
    value_fact so_far = *out;
    so_far.constant = result;
    for (int i = 1; i < node->n_inputs; i++) {
        VIS_TRY(fold_binary(node, &so_far, in[i], out, result, err));
    }
    return VIS_OK;
}

static float clip(const graph_node *node, const value_fact *const *in, float v)
{
    if (node->n_inputs > 1 && in[1] && tensor_count(in[1]->constant) == 1) {
        v = fmaxf(v, tensor_f32(in[1]->constant)[0]);
    }
    if (node->n_inputs > 2 && in[2] && tensor_count(in[2]->constant) == 1) {
        v = fminf(v, tensor_f32(in[2]->constant)[0]);
    }
    return v;
}

static float hard_sigmoid(float v, float alpha, float beta)
{
    v = alpha * v + beta;
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static vis_status float_unary(const graph_node *node, const value_fact *const *in, float v,
                              float *out, vis_error *err)
{
    switch (node->op) {
    case OP_RELU:
        *out = v > 0 ? v : 0;
        return VIS_OK;
    case OP_LEAKY_RELU:
        *out = v < 0 ? v * node->attr.alpha : v;
        return VIS_OK;
    case OP_SIGMOID:
        *out = 1.0f / (1.0f + expf(-v));
        return VIS_OK;
    case OP_CLIP:
        *out = clip(node, in, v);
        return VIS_OK;
    case OP_FLOOR:
        *out = floorf(v);
        return VIS_OK;
    case OP_CEIL:
        *out = ceilf(v);
        return VIS_OK;
    case OP_SQRT:
        *out = sqrtf(v);
        return VIS_OK;
    case OP_NEG:
        *out = -v;
        return VIS_OK;
    case OP_ABS:
        *out = fabsf(v);
        return VIS_OK;
    case OP_EXP:
        *out = expf(v);
        return VIS_OK;
    case OP_TANH:
        *out = tanhf(v);
        return VIS_OK;
    case OP_HARD_SIGMOID:
        *out = hard_sigmoid(v, node->attr.hard_sigmoid.alpha, node->attr.hard_sigmoid.beta);
        return VIS_OK;
    case OP_HARD_SWISH:
        *out = v * hard_sigmoid(v, 1.0f / 6, 0.5f);
        return VIS_OK;
    default:
        return node_fail(node, VIS_ERR_UNSUPPORTED, "cannot be computed here", err);
    }
}

static vis_status fold_unary(const graph_node *node, const value_fact *const *in, tensor *result,
                             vis_error *err)
{
    int64_t count = tensor_count(result);
    const tensor *x = in[0]->constant;
    if (x->dtype == TENSOR_I64 && (node->op == OP_NEG || node->op == OP_ABS)) {
        for (int64_t i = 0; i < count; i++) {
            uint64_t v = (uint64_t)tensor_i64(x)[i];
            bool turn = node->op == OP_NEG || tensor_i64(x)[i] < 0;
            tensor_i64(result)[i] = (int64_t)(turn ? 0 - v : v);
        }
        return VIS_OK;
    }
    if (x->dtype == TENSOR_BOOL && node->op == OP_NOT) {
        for (int64_t i = 0; i < count; i++) {
            ((bool *)result->data)[i] = !((bool *)x->data)[i];
        }
        return VIS_OK;
    }
    if (x->dtype != TENSOR_F32) {
        return node_fail(node, VIS_ERR_UNSUPPORTED, "not defined for this type of data", err);
    }
    if (node->op == OP_CLIP && ((node->n_inputs > 1 && in[1] && in[1]->dtype != TENSOR_F32) ||
                                (node->n_inputs > 2 && in[2] && in[2]->dtype != TENSOR_F32))) {
        return node_fail(node, VIS_ERR_FORMAT, "limits that are not floating point", err);
    }
    for (int64_t i = 0; i < count; i++) {
        VIS_TRY(float_unary(node, in, tensor_f32(x)[i], &tensor_f32(result)[i], err));
    }
    return VIS_OK;
}

/* Float to integer truncates and, where C leaves it undefined, saturates. */
static int64_t to_integer(float v)
{
    if (!(v > -9.2233720e18f)) return v != v ? 0 : INT64_MIN;
    return v < 9.2233720e18f ? (int64_t)v : INT64_MAX;
}

static void fold_cast(const tensor *x, tensor *result)
{
    int64_t count = tensor_count(result);
    for (int64_t i = 0; i < count; i++) {
        bool truth = x->dtype == TENSOR_BOOL && ((bool *)x->data)[i];
        if (result->dtype == TENSOR_F32) {
            tensor_f32(result)[i] = x->dtype == TENSOR_I64   ? (float)tensor_i64(x)[i]
                                    : x->dtype == TENSOR_F32 ? tensor_f32(x)[i]
                                                             : (float)truth;
        } else if (result->dtype == TENSOR_I64) {
            tensor_i64(result)[i] = x->dtype == TENSOR_F32   ? to_integer(tensor_f32(x)[i])
                                    : x->dtype == TENSOR_I64 ? tensor_i64(x)[i]
                                                             : (int64_t)truth;
        } else {
            ((bool *)result->data)[i] = x->dtype == TENSOR_F32   ? tensor_f32(x)[i] != 0
                                        : x->dtype == TENSOR_I64 ? tensor_i64(x)[i] != 0
                                                                 : truth;
        }
    }
}

/* ConstantOfShape, and Range: start + i * step. */
static void fold_generate(const graph_node *node, const value_fact *const *in, tensor *result)
{
    int64_t count = tensor_count(result);
    bool range = node->op == OP_RANGE;
    for (int64_t i = 0; i < count; i++) {
        if (result->dtype == TENSOR_F32) {
            tensor_f32(result)[i] =
                range ? tensor_f32(in[0]->constant)[0] + (float)i * tensor_f32(in[2]->constant)[0]
                      : (float)node->attr.fill.value;
        } else if (result->dtype == TENSOR_I64) {
            tensor_i64(result)[i] =
                range ? (int64_t)((uint64_t)tensor_i64(in[0]->constant)[0] +
                                  (uint64_t)i * (uint64_t)tensor_i64(in[2]->constant)[0])
                      : (int64_t)node->attr.fill.value;
        } else {
            ((bool *)result->data)[i] = node->attr.fill.value != 0;
        }
    }
}

/* The dimensions from attr.shape.start on, as many as the result has room for. */
static void fold_shape_of(const graph_node *node, const value_fact *const *in, tensor *result)
{
    int64_t start = node->attr.shape.start;
    start = start < 0 ? start + in[0]->rank : start;
    start = start < 0 ? 0 : start;
    for (int64_t i = 0; i < result->dim[0]; i++) {
        tensor_i64(result)[i] = in[0]->dim[start + i];
    }
}

static vis_status fold_into(const graph_node *node, const value_fact *const *in,
                            const value_fact *out, tensor *result, vis_error *err)
{
    if (is_comparison(node->op)) return fold_binary(node, in[0], in[1], out, result, err);
    if (is_reduction(node->op)) return fold_reduce(node, in, result, err);
    switch (node->op) {
    case OP_SHAPE:
        fold_shape_of(node, in, result);
        return VIS_OK;
    case OP_SIZE:
        /* infer_shape has checked every shape's size */
        (void)shape_count(in[0]->dim, in[0]->rank, tensor_i64(result));
        return VIS_OK;
    case OP_CAST:
        fold_cast(in[0]->constant, result);
        return VIS_OK;
    case OP_RANGE:
        if (in[1]->dtype != out->dtype || in[2]->dtype != out->dtype) {
            return node_fail(node, VIS_ERR_FORMAT, "inputs of different types", err);
        }
        fold_generate(node, in, result);
        return VIS_OK;
    case OP_CONSTANT_OF_SHAPE:
        fold_generate(node, in, result);
        return VIS_OK;
    case OP_MIN:
    case OP_MAX:
        return fold_extreme(node, in, out, result, err);
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
    case OP_POW:
    case OP_AND:
    case OP_OR:
    case OP_XOR:
    case OP_MOD:
        return fold_binary(node, in[0], in[1], out, result, err);
    case OP_CONCAT:
    case OP_PAD:
    case OP_SLICE:
    case OP_SPLIT:
    case OP_GATHER:
    case OP_TRANSPOSE:
    case OP_EXPAND:
    case OP_WHERE:
    case OP_IDENTITY:
    case OP_RESHAPE:
    case OP_FLATTEN:
    case OP_SQUEEZE:
    case OP_UNSQUEEZE:
        return fold_move(node, in, out, result, err);
    default:
        return fold_unary(node, in, result, err);
    }
}

vis_status fold_node(const graph_node *node, const value_fact *const *in, const value_fact *out,
                     tensor *result, vis_error *err)
{
    VIS_TRY(tensor_create(result, out->dtype, out->rank, out->dim, err));
    vis_status status = fold_into(node, in, out, result, err);
    if (status != VIS_OK) tensor_free(result);
    return status;
}
