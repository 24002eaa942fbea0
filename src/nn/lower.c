/* nn/lower.c - which tensor holds which value, and what node inputs say.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/lower.h"

#include "nn/steps/steps.h"

#include <stdlib.h>
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
    l->p->tensor[*id].place = NN_IN_CONSTANT;
    l->p->tensor[*id].constant = memory;
    return VIS_OK;
}

vis_status lowering_read(lowering *l, nn_layout layout, int value, int *id, vis_error *err)
{
    int *slot = layout == NN_PLAIN ? &l->plain[value] : &l->nhwc[value];
    const graph_value *v = &l->g->value[value];
    if (*slot < 0) {
        if (l->compose[value].layer) {
            conv_layer *layer = l->compose[value].layer;
            l->compose[value].layer = NULL;
            vis_status status = lower_conv_of(l, layer, l->compose[value].from, err);
            conv_layer_free(layer);
            free(layer);
            VIS_TRY(status);
        }
        if (l->plain[value] < 0 && v->constant)
            VIS_TRY(add_constant(l, value, &l->plain[value], err));
        int other = layout == NN_PLAIN ? l->nhwc[value] : l->plain[value];
        if (*slot < 0 && other < 0 && l->writer[value] >= 0 && !l->done[l->writer[value]]) {
            /* put off in the hope that nobody would need it in memory */
            l->done[l->writer[value]] = true;
            VIS_TRY(lower_reference(l, &l->g->node[l->writer[value]], err));
            other = layout == NN_PLAIN ? l->nhwc[value] : l->plain[value];
        }
        if (*slot < 0 && other < 0)
            return vis_fail(err, VIS_ERR_INTERNAL, "value '%s' is read before it is written",
                            v->name);
        if (*slot < 0) {
            int made;
            VIS_TRY(lowering_write(l, layout, value, &made, err));
            VIS_TRY(lower_convert(l, v->name, other, made, err));
        }
    }
    *id = *slot;
    return VIS_OK;
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
