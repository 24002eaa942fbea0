/* engine/layer.c - finds what follows a convolution and folds it in. Batch norm is folded in double:
 * the weights are rounded once.
 *
 *   y = (conv(x) + b - mean) / sqrt(var + eps) * scale + shift
 *     = conv(x) * f + (b - mean) * f + shift,   f = scale / sqrt(var + eps)
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* While a layer grows, its factors and biases are doubles. */
typedef struct folding {
    double *factor, *bias; /* [outputs] */
} folding;

int lowering_only_reader(const lowering *l, int value)
{
    return l->readers[value] == 1 ? l->reader[value] : -1;
}

static const float *constant_floats(const lowering *l, const graph_node *node, int i, int64_t count)
{
    const tensor *t = node_constant(l->g, node, i);
    if (!t || t->dtype != TENSOR_F32 || tensor_count(t) != count) return NULL;
    return tensor_f32(t);
}

static bool fold_batch_norm(const lowering *l, const graph_node *node, int64_t channels, folding *f)
{
    const float *scale = constant_floats(l, node, 1, channels);
    const float *shift = constant_floats(l, node, 2, channels);
    const float *mean = constant_floats(l, node, 3, channels);
    const float *var = constant_floats(l, node, 4, channels);
    if (!scale || !shift || !mean || !var) return false;
    for (int64_t c = 0; c < channels; c++) {
        double by = (double)scale[c] / sqrt((double)var[c] + (double)node->attr.batch_norm.epsilon);
        f->factor[c] *= by;
        f->bias[c] = (f->bias[c] - (double)mean[c]) * by + (double)shift[c];
    }
    return true;
}

/* The value that `node` adds to `value`, when it is another one of the same shape that exists. */
static int other_summand(const lowering *l, const graph_node *node, int value)
{
    int other = node->input[0] == value ? node->input[1] : node->input[0];
    if (other < 0 || other == value || l->g->value[other].constant) return -1;
    if (l->plain[other] < 0 && l->nhwc[other] < 0) return -1;
    graph_shape a = lowering_shape(l, value), b = lowering_shape(l, other);
    if (a.rank != b.rank || memcmp(a.dim, b.dim, (size_t)a.rank * sizeof *a.dim) != 0) return -1;
    return other;
}

static bool fold_slopes(conv_layer *layer, const float *slopes, int64_t count)
{
    layer->slope = malloc((size_t)layer->outputs * sizeof *layer->slope);
    if (!layer->slope) return false;
    for (int64_t c = 0; c < layer->outputs; c++)
        layer->slope[c] = slopes[count == 1 ? 0 : c];
    layer->activation.kind = NN_ACTIVATION_SLOPE;
    return true;
}

/* Takes the node as the layer's activation, if it is one that the kernels know. */
static bool fold_activation(const lowering *l, const graph_node *node, bool may_sigmoid,
                            conv_layer *layer)
{
    nn_activation *act = &layer->activation;
    const float *low, *high;
    switch (node->op) {
    case OP_RELU:
        act->kind = NN_ACTIVATION_RELU;
        return true;
    case OP_CLIP:
        low = constant_floats(l, node, 1, 1);
        high = constant_floats(l, node, 2, 1);
        if ((!low && node_has_input(node, 1)) || (!high && node_has_input(node, 2))) return false;
        act->kind = NN_ACTIVATION_CLIP;
        act->low = low ? *low : -INFINITY;
        act->high = high ? *high : INFINITY;
        return true;
    case OP_LEAKY_RELU:
        return fold_slopes(layer, &node->attr.alpha, 1);
    case OP_PRELU: {
        const tensor *t = node_constant(l->g, node, 1);
        bool each = t && t->dtype == TENSOR_F32 && tensor_count(t) == layer->outputs &&
                    t->rank >= 3 && t->dim[t->rank - 3] == layer->outputs; /* [.., C, 1, 1] */
        bool one = t && t->dtype == TENSOR_F32 && tensor_count(t) == 1;
        return (each || one) && fold_slopes(layer, tensor_f32(t), tensor_count(t));
    }
    case OP_SIGMOID:
        layer->sigmoid =
            may_sigmoid && l->readers[node->output[0]] == 1 && l->is_output[node->output[0]];
        return layer->sigmoid;
    default:
        return false;
    }
}

/* Follows the chain of only readers for as long as nodes can be folded in. */
static void follow(const lowering *l, bool may_add, bool may_sigmoid, conv_layer *layer, folding *f)
{
    bool plain = true; /* nothing but batch norm so far */
    while (layer->n_nodes < LAYER_MAX_NODES) {
        int next = lowering_only_reader(l, layer->output);
        if (next < 0) return;
        const graph_node *node = &l->g->node[next];
        int other = -1;
        if (node->op == OP_BATCH_NORM && plain) {
            if (node->input[0] != layer->output || !fold_batch_norm(l, node, layer->outputs, f))
                return;
        } else if (node->op == OP_ADD && may_add && layer->residual < 0) {
            other = other_summand(l, node, layer->output);
            if (other < 0) return;
            layer->residual = other;
            plain = false;
        } else if (node->input[0] == layer->output &&
                   fold_activation(l, node, may_sigmoid, layer)) {
            layer->node[layer->n_nodes++] = next;
            layer->output = node->output[0];
            return;
        } else {
            return;
        }
        layer->node[layer->n_nodes++] = next;
        layer->output = node->output[0];
    }
}

static vis_status round_weights(conv_layer *layer, const float *weights, const folding *f,
                                vis_error *err)
{
    int64_t per = layer->group_inputs * layer->kernel[0] * layer->kernel[1];
    layer->weights = malloc((size_t)(layer->outputs * per + 1) * sizeof(float));
    layer->bias = malloc((size_t)(layer->outputs + 1) * sizeof(double));
    if (!layer->weights || !layer->bias) return vis_fail_memory(err, "network weights");
    for (int64_t o = 0; o < layer->outputs; o++) {
        for (int64_t i = o * per; i < (o + 1) * per; i++)
            layer->weights[i] = (float)((double)weights[i] * f->factor[o]);
        layer->bias[o] = f->bias[o];
    }
    return VIS_OK;
}

/* The Conv itself; false when its weights are computed or the ranks are not those of a 2-D one. */
static bool read_conv(const lowering *l, const graph_node *node, conv_layer *layer)
{
    const tensor *w = node_constant(l->g, node, 1), *b = node_constant(l->g, node, 2);
    if (node->op != OP_CONV || !w || w->dtype != TENSOR_F32 || w->rank != 4) return false;
    if (node_has_input(node, 2) && (!b || b->dtype != TENSOR_F32 || tensor_count(b) != w->dim[0]))
        return false;
    if (l->g->value[node->input[0]].rank != 4) return false;
    *layer = (conv_layer){.input = node->input[0],
                          .output = node->output[0],
                          .residual = -1,
                          .outputs = w->dim[0],
                          .group_inputs = w->dim[1],
                          .groups = node->attr.window.groups};
    for (int i = 0; i < 2; i++) {
        layer->kernel[i] = w->dim[2 + i];
        layer->stride[i] = node->attr.window.stride[i];
        layer->dilation[i] = node->attr.window.dilation[i];
    }
    memcpy(layer->pad, node->attr.window.pad, sizeof layer->pad);
    int64_t channels = l->g->value[node->input[0]].dim[1];
    return layer->groups >= 1 && layer->outputs % layer->groups == 0 &&
           layer->group_inputs * layer->groups == channels &&
           l->g->value[node->output[0]].dim[1] == layer->outputs;
}

vis_status conv_layer_read(const lowering *l, int index, bool may_add, bool may_sigmoid,
                           conv_layer *layer, bool *found, vis_error *err)
{
    const graph_node *node = &l->g->node[index];
    *found = read_conv(l, node, layer);
    if (!*found) return VIS_OK;
    layer->node[layer->n_nodes++] = index;
    folding f = {calloc((size_t)layer->outputs + 1, sizeof(double)),
                 calloc((size_t)layer->outputs + 1, sizeof(double))};
    vis_status status = VIS_OK;
    if (!f.factor || !f.bias) status = vis_fail_memory(err, "network weights");
    const tensor *bias = node_constant(l->g, node, 2);
    for (int64_t o = 0; status == VIS_OK && o < layer->outputs; o++) {
        f.factor[o] = 1;
        f.bias[o] = bias ? (double)tensor_f32(bias)[o] : 0;
    }
    if (status == VIS_OK) {
        follow(l, may_add, may_sigmoid, layer, &f);
        status = round_weights(layer, tensor_f32(node_constant(l->g, node, 1)), &f, err);
    }
    free(f.factor);
    free(f.bias);
    if (status != VIS_OK) conv_layer_free(layer);
    return status;
}

void conv_layer_free(conv_layer *layer)
{
    free(layer->weights);
    free(layer->bias);
    free(layer->slope);
    *layer = (conv_layer){.residual = -1};
}

void conv_layer_done(lowering *l, const conv_layer *layer)
{
    for (int i = 0; i < layer->n_nodes; i++)
        l->done[layer->node[i]] = true;
}
