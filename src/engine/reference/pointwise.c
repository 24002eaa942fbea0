/* engine/reference/pointwise.c - operators that treat each element by itself: activations, batch norm,
 * and arithmetic of two tensors with NumPy's broadcasting.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

#include <math.h>
#include <string.h>

typedef struct unary_params {
    graph_op op;
    float alpha, beta; /* LeakyRelu, HardSigmoid */
    float low, high;   /* Clip */
} unary_params;

static float hard_sigmoid(float v, float alpha, float beta)
{
    v = alpha * v + beta;
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static float unary(const unary_params *q, float v)
{
    switch (q->op) {
    case OP_RELU:
        return v > 0 || v != v ? v : 0;
    case OP_LEAKY_RELU:
        return v >= 0 ? v : v * q->alpha;
    case OP_SIGMOID:
        return (float)(1 / (1 + exp(-(double)v)));
    case OP_CLIP:
        v = v < q->low ? q->low : v;
        return v > q->high ? q->high : v;
    case OP_NEG:
        return -v;
    case OP_ABS:
        return fabsf(v);
    case OP_FLOOR:
        return floorf(v);
    case OP_CEIL:
        return ceilf(v);
    case OP_SQRT:
        return sqrtf(v);
    case OP_EXP:
        return (float)exp((double)v);
    case OP_TANH:
        return (float)tanh((double)v);
    case OP_HARD_SIGMOID:
        return hard_sigmoid(v, q->alpha, q->beta);
    case OP_HARD_SWISH:
        return v * hard_sigmoid(v, 1.0f / 6, 0.5f);
    default: /* Identity, Cast between equal types */
        return v;
    }
}

static void unary_run(const nn_step *step, struct nn_session *s)
{
    const unary_params *q = step->data;
    const float *x = session_data(s, step->input[0]);
    float *y = session_data(s, step->output);
    int64_t n = s->program->tensor[step->output].floats;
    for (int64_t i = 0; i < n; i++)
        y[i] = unary(q, x[i]);
}

static const nn_step_class unary_class = {"reference unary", unary_run, NULL};

static vis_status clip_bound(const lowering *l, const graph_node *node, int i, float *bound,
                             vis_error *err)
{
    if (!node_has_input(node, i)) return VIS_OK;
    const tensor *t = node_constant(l->g, node, i);
    if (!t || t->dtype != TENSOR_F32 || tensor_count(t) != 1)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "node '%s' (Clip): bound is not a constant number", node->name);
    *bound = tensor_f32(t)[0];
    return VIS_OK;
}

vis_status reference_unary(lowering *l, const graph_node *node, vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(unary_params), &memory, err));
    unary_params *q = memory;
    *q = (unary_params){.op = node->op, .low = -INFINITY, .high = INFINITY};
    if (node->op == OP_LEAKY_RELU) q->alpha = node->attr.alpha;
    if (node->op == OP_HARD_SIGMOID) {
        q->alpha = node->attr.hard_sigmoid.alpha;
        q->beta = node->attr.hard_sigmoid.beta;
    }
    if (node->op == OP_CAST && node->attr.to != TENSOR_F32)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "node '%s' (Cast): the network computes with integers", node->name);
    if (node->op == OP_CLIP) {
        VIS_TRY(clip_bound(l, node, 1, &q->low, err));
        VIS_TRY(clip_bound(l, node, 2, &q->high, err));
    }
    int input, output;
    VIS_TRY(lowering_read(l, NN_PLAIN, node->input[0], &input, err));
    VIS_TRY(lowering_write(l, NN_PLAIN, node->output[0], &output, err));
    return program_add_step(l->p, &unary_class, node->name, &input, 1, output, q, err);
}

typedef struct batch_norm_params {
    int64_t channels, area;
    double epsilon;
} batch_norm_params;

/* Y = (X - mean) / sqrt(var + epsilon) * scale + B, per channel. Inputs X, scale, B, mean, var. */
static void batch_norm_run(const nn_step *step, struct nn_session *s)
{
    const batch_norm_params *q = step->data;
    const float *x = session_data(s, step->input[0]);
    const float *scale = session_data(s, step->input[1]), *shift = session_data(s, step->input[2]);
    const float *mean = session_data(s, step->input[3]), *var = session_data(s, step->input[4]);
    float *y = session_data(s, step->output);
    int64_t planes = q->area ? s->program->tensor[step->output].floats / q->area : 0;
    for (int64_t p = 0; p < planes; p++) {
        int64_t c = p % q->channels;
        double factor = (double)scale[c] / sqrt((double)var[c] + q->epsilon);
        for (int64_t i = p * q->area; i < (p + 1) * q->area; i++)
            y[i] = (float)(((double)x[i] - (double)mean[c]) * factor + (double)shift[c]);
    }
}

static const nn_step_class batch_norm_class = {"reference batch norm", batch_norm_run, NULL};

vis_status reference_batch_norm(lowering *l, const graph_node *node, vis_error *err)
{
    int inputs[GRAPH_MAX_INPUTS], n, output;
    VIS_TRY(lowering_tensors(l, node, inputs, &n, &output, err));
    const graph_shape x = l->p->tensor[inputs[0]].shape;
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(batch_norm_params), &memory, err));
    batch_norm_params *q = memory;
    if (n != 5 || x.rank < 2)
        return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (BatchNormalization): wants five inputs",
                        node->name);
    for (int i = 1; i < 5; i++)
        if (l->p->tensor[inputs[i]].floats != x.dim[1])
            return vis_fail(err, VIS_ERR_FORMAT,
                            "node '%s' (BatchNormalization): parameters do not fit the channels",
                            node->name);
    q->channels = x.dim[1];
    q->epsilon = (double)node->attr.batch_norm.epsilon;
    q->area = 1;
    for (int d = 2; d < x.rank; d++)
        q->area *= x.dim[d];
    return program_add_step(l->p, &batch_norm_class, node->name, inputs, n, output, q, err);
}

typedef struct binary_params {
    graph_op op; /* Add, Sub, Mul, Div, Pow, Min, Max, PRelu */
    int rank;
    int64_t size[TENSOR_MAX_RANK];
    int64_t a[TENSOR_MAX_RANK], b[TENSOR_MAX_RANK]; /* strides, 0 along broadcast axes */
} binary_params;

static float binary(graph_op op, float a, float b)
{
    switch (op) {
    case OP_ADD:
        return a + b;
    case OP_SUB:
        return a - b;
    case OP_MUL:
        return a * b;
    case OP_DIV:
        return a / b;
    case OP_POW:
        return (float)pow((double)a, (double)b);
    case OP_MIN:
        return a < b || a != a ? a : b;
    case OP_MAX:
        return a > b || a != a ? a : b;
    default: /* PRelu: b is the slope */
        return a >= 0 ? a : a * b;
    }
}

static void binary_run(const nn_step *step, struct nn_session *s)
{
    const binary_params *q = step->data;
    const float *a = session_data(s, step->input[0]), *b = session_data(s, step->input[1]);
    float *y = session_data(s, step->output);
    int64_t n = s->program->tensor[step->output].floats;
    int last = q->rank - 1;
    int64_t at[TENSOR_MAX_RANK] = {0};
    for (int64_t i = 0; i < n; i += q->size[last]) {
        int64_t ia = 0, ib = 0;
        for (int d = 0; d < last; d++) {
            ia += at[d] * q->a[d];
            ib += at[d] * q->b[d];
        }
        for (int64_t x = 0; x < q->size[last]; x++)
            y[i + x] = binary(q->op, a[ia + x * q->a[last]], b[ib + x * q->b[last]]);
        for (int d = last - 1; d >= 0 && ++at[d] == q->size[d]; d--)
            at[d] = 0;
    }
}

static const nn_step_class binary_class = {"reference binary", binary_run, NULL};

bool stretched_strides(const graph_shape *in, const graph_shape *out, int64_t *stride)
{
    int64_t own[TENSOR_MAX_RANK];
    shape_strides(in->dim, in->rank, own);
    for (int d = 0; d < out->rank; d++) {
        int from = d - (out->rank - in->rank);
        stride[d] = 0;
        if (from < 0) continue;
        if (in->dim[from] == out->dim[d])
            stride[d] = own[from];
        else if (in->dim[from] != 1)
            return false;
    }
    return in->rank <= out->rank;
}

/* One step: output = a op b. Where `a` is the output itself, it is worked on in place. */
static vis_status add_binary(lowering *l, const graph_node *node, int a, int b, int output,
                             vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(binary_params), &memory, err));
    binary_params *q = memory;
    graph_shape y = l->p->tensor[output].shape;
    q->op = node->op;
    if (!stretched_strides(&l->p->tensor[a].shape, &y, q->a) ||
        !stretched_strides(&l->p->tensor[b].shape, &y, q->b))
        return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (%s): shapes do not broadcast", node->name,
                        graph_op_name(node->op));
    q->rank = y.rank ? y.rank : 1;
    memcpy(q->size, y.dim, sizeof q->size);
    if (!y.rank) q->size[0] = 1;
    int inputs[] = {a, b};
    return program_add_step(l->p, &binary_class, node->name, inputs, 2, output, q, err);
}

/* Min and Max take any number of inputs: each is put onto what is there. */
vis_status reference_binary(lowering *l, const graph_node *node, vis_error *err)
{
    int inputs[GRAPH_MAX_INPUTS], n, output;
    VIS_TRY(lowering_tensors(l, node, inputs, &n, &output, err));
    if (n < 2)
        return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (%s): wants two inputs", node->name,
                        graph_op_name(node->op));
    for (int i = 1; i < n; i++)
        VIS_TRY(add_binary(l, node, i == 1 ? inputs[0] : output, inputs[i], output, err));
    return VIS_OK;
}
