/* engine/lower.c - which tensor holds which value, and what node inputs say.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/lower.h"

#include "engine/cpu/kernels.h"

#include <string.h>

graph_shape lowering_shape(const lowering *l, int value)
{
    const graph_value *v = &l->g->value[value];
    graph_shape shape = {.rank = v->rank};
    memcpy(shape.dim, v->dim, sizeof shape.dim);
    return shape;
}

/* A constant of the graph as a tensor of the program. */
static vis_status add_constant(lowering *l, int value, int *id, vis_error *err)
{
    const graph_value *v = &l->g->value[value];
    if (v->constant->dtype != TENSOR_F32)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "constant '%s': the network computes with integers", v->name);
    graph_shape shape = {.rank = v->constant->rank};
    memcpy(shape.dim, v->constant->dim, sizeof shape.dim);
    VIS_TRY(program_add_tensor(l->p, NN_PLAIN, &shape, 1, id, err));
    int64_t floats = l->p->tensor[*id].floats;
    void *memory;
    VIS_TRY(program_alloc(l->p, (size_t)floats, sizeof(float), &memory, err));
    if (floats) memcpy(memory, v->constant->data, (size_t)floats * sizeof(float));
    l->p->tensor[*id].storage = NN_IN_CONSTANT;
    l->p->tensor[*id].constant = memory;
    return VIS_OK;
}

static void to_nhwc(const nn_tensor *in, const float *x, const nn_tensor *out, float *y)
{
    int64_t c = in->shape.dim[1], area = in->shape.dim[2] * in->shape.dim[3];
    for (int64_t n = 0; n < in->shape.dim[0]; n++, x += c * area)
        for (int64_t i = 0; i < area; i++, y += out->pitch) {
            for (int64_t k = 0; k < c; k++)
                y[k] = x[k * area + i];
            for (int64_t k = c; k < out->pitch; k++)
                y[k] = 0;
        }
}

static void to_plain(const nn_tensor *in, const float *x, float *y)
{
    int64_t c = in->shape.dim[1], area = in->shape.dim[2] * in->shape.dim[3];
    for (int64_t n = 0; n < in->shape.dim[0]; n++, x += area * in->pitch)
        for (int64_t k = 0; k < c; k++)
            for (int64_t i = 0; i < area; i++)
                *y++ = x[i * in->pitch + k];
}

static void convert_run(const nn_step *step, struct nn_session *s)
{
    const nn_tensor *in = &s->program->tensor[step->input[0]],
                    *out = &s->program->tensor[step->output];
    const float *x = session_data(s, step->input[0]);
    float *y = session_data(s, step->output);
    if (out->layout == NN_NHWC)
        to_nhwc(in, x, out, y);
    else
        to_plain(in, x, y);
}

static const nn_step_class convert_class = {"convert", convert_run, NULL};

/* Copies a rank-4 tensor from one layout to the other. */
static vis_status convert(lowering *l, const char *name, int from, int to, vis_error *err)
{
    return program_add_step(l->p, &convert_class, name, &from, 1, to, NULL, err);
}

vis_status lowering_write(lowering *l, nn_layout layout, int value, int *id, vis_error *err)
{
    int *slot = layout == NN_PLAIN ? &l->plain[value] : &l->nhwc[value];
    if (l->g->value[value].dtype != TENSOR_F32)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "value '%s': the network computes with integers",
                        l->g->value[value].name);
    if (*slot < 0) {
        graph_shape shape = lowering_shape(l, value);
        int lanes = l->p->kernels ? l->p->kernels->lanes : 1;
        VIS_TRY(program_add_tensor(l->p, layout, &shape, lanes, slot, err));
    }
    *id = *slot;
    return VIS_OK;
}

/* The tensor of a value in a layout, which it has not yet. */
static vis_status make_tensor(lowering *l, nn_layout layout, int value, vis_error *err)
{
    const graph_value *v = &l->g->value[value];
    const int *wanted = layout == NN_PLAIN ? &l->plain[value] : &l->nhwc[value];
    const int *other = layout == NN_PLAIN ? &l->nhwc[value] : &l->plain[value];
    if (l->plain[value] < 0 && v->constant)
        VIS_TRY(add_constant(l, value, &l->plain[value], err));
    else if (*other < 0)
        VIS_TRY(l->lower_late(l, value, err));
    if (*wanted >= 0) return VIS_OK;
    if (*other < 0)
        return vis_fail(err, VIS_ERR_INTERNAL, "value '%s' is read before it is written", v->name);
    int made;
    VIS_TRY(lowering_write(l, layout, value, &made, err));
    return convert(l, v->name, *other, made, err);
}

vis_status lowering_read(lowering *l, nn_layout layout, int value, int *id, vis_error *err)
{
    const int *slot = layout == NN_PLAIN ? &l->plain[value] : &l->nhwc[value];
    if (*slot < 0) VIS_TRY(make_tensor(l, layout, value, err));
    *id = *slot;
    return VIS_OK;
}

vis_status lowering_tensors(lowering *l, const graph_node *node, int *inputs, int *n_inputs,
                            int *output, vis_error *err)
{
    *n_inputs = 0;
    if (node->n_inputs > GRAPH_MAX_INPUTS)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "node '%s' (%s): too many inputs", node->name,
                        graph_op_name(node->op));
    for (int i = 0; i < node->n_inputs; i++) {
        if (node->input[i] == GRAPH_NONE) continue;
        VIS_TRY(lowering_read(l, NN_PLAIN, node->input[i], &inputs[(*n_inputs)++], err));
    }
    return lowering_write(l, NN_PLAIN, node->output[0], output, err);
}

bool node_has_input(const graph_node *node, int i)
{
    return i < node->n_inputs && node->input[i] != GRAPH_NONE;
}

const tensor *node_constant(const graph *g, const graph_node *node, int i)
{
    return node_has_input(node, i) ? g->value[node->input[i]].constant : NULL;
}

vis_status node_integers(const graph *g, const graph_node *node, int i, int64_t *values, int limit,
                         int *count, vis_error *err)
{
    *count = 0;
    if (!node_has_input(node, i)) return VIS_OK;
    const tensor *t = node_constant(g, node, i);
    if (!t || t->dtype != TENSOR_I64)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "node '%s' (%s): input %d is not a constant integer", node->name,
                        graph_op_name(node->op), i);
    if (tensor_count(t) > limit)
        return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (%s): input %d has too many elements",
                        node->name, graph_op_name(node->op), i);
    *count = (int)tensor_count(t);
    if (*count) memcpy(values, t->data, (size_t)*count * sizeof *values);
    return VIS_OK;
}
