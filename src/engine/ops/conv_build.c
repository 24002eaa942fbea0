/* engine/ops/conv_build.c - makes the step of a dense convolution.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/conv.h"

#include <stdlib.h>
#include <string.h>

#define TAPS_MIN_CHANNELS                                                                          \
    64 /* below, a tap's product is too short to load and store the sums for */

#define PLAIN_MAX_CHANNELS 4 /* of an input that is gathered from planes, not from pixels */

/* The parameters that do not depend on what is read. x: the input's shape. */
static vis_status conv_create(lowering *l, const conv_layer *layer, const graph_shape *x,
                              conv_step **out, vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(conv_step), &memory, err));
    conv_step *q = memory;
    graph_shape y = lowering_shape(l, layer->output);
    *q = (conv_step){.images = x->dim[0],
                     .height = x->dim[2],
                     .width = x->dim[3],
                     .residual = -1,
                     .out_height = y.dim[2],
                     .out_width = y.dim[3],
                     .outputs = layer->outputs,
                     .channels = layer->group_inputs,
                     .pixels = y.dim[0] * y.dim[2] * y.dim[3],
                     .padded = nn_padded(layer->outputs, l->p->kernels->lanes),
                     .lanes = l->p->kernels->lanes,
                     .sigmoid = layer->sigmoid,
                     .plain_output = l->is_output[layer->output] && l->readers[layer->output] == 1};
    for (int i = 0; i < 2; i++) {
        q->kernel[i] = layer->kernel[i];
        q->stride[i] = layer->stride[i];
        q->dilation[i] = layer->dilation[i];
        q->pad[i] = layer->pad[i];
        q->gathers = q->gathers || layer->kernel[i] != 1 || layer->stride[i] != 1 ||
                     layer->pad[i] || layer->pad[i + 2];
    }
    *out = q;
    return pack_activation(l->p, layer, &q->activation, err);
}

/* Weights [O, C, KH, KW] -> rows of K = (tap, channel) -> packed. */
static vis_status pack_taps(lowering *l, const conv_layer *layer, const float **out, vis_error *err)
{
    int64_t taps = layer->kernel[0] * layer->kernel[1], channels = layer->group_inputs,
            k = taps * channels;
    float *rows = malloc((size_t)(layer->outputs * k + 1) * sizeof *rows);
    if (!rows) return vis_fail_memory(err, "network weights");
    for (int64_t o = 0; o < layer->outputs; o++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t t = 0; t < taps; t++)
                rows[o * k + t * channels + c] = layer->weights[(o * channels + c) * taps + t];
    vis_status status = pack_gemm(l->p, rows, k, k, layer->outputs, out, err);
    free(rows);
    return status;
}

/* Residual, output and the step itself, once the parts are there. */
static vis_status conv_add(lowering *l, const conv_layer *layer, conv_step *q, int *inputs,
                           vis_error *err)
{
    int n = q->n_parts, output;
    if (layer->residual >= 0) {
        q->residual = n;
        VIS_TRY(lowering_read(l, NN_NHWC, layer->residual, &inputs[n++], err));
    }
    VIS_TRY(lowering_write(l, q->plain_output ? NN_PLAIN : NN_NHWC, layer->output, &output, err));
    const nn_step_class *kind = &conv_class;
    if (q->gathers && q->channels >= TAPS_MIN_CHANNELS && !q->plain_output) kind = &conv_taps_class;
    if (q->positions) kind = &conv_winograd_class;
    const char *name = l->g->node[layer->node[layer->n_nodes - 1]].name;
    VIS_TRY(program_add_step(l->p, kind, name, inputs, n, output, q, err));
    int64_t depth = q->kernel[0] * q->kernel[1] * q->channels;
    for (int i = 0; i < q->n_parts; i++)
        l->p->step[l->p->n_steps - 1].macs +=
            q->pixels * q->outputs * (q->gathers ? depth : q->part[i].k);
    return VIS_OK;
}

vis_status lower_conv(lowering *l, const conv_layer *layer, const source *from, vis_error *err)
{
    conv_step *q;
    int inputs[SOURCE_MAX_PARTS + 1];
    graph_shape x = lowering_shape(l, from->value[0]);
    VIS_TRY(conv_create(l, layer, &x, &q, err));
    q->n_parts = from->n_parts;
    if (q->gathers) {
        q->part[0].k = layer->kernel[0] * layer->kernel[1] * layer->group_inputs;
        q->plain_input = q->channels <= PLAIN_MAX_CHANNELS && q->part[0].k <= CONV_K_BLOCK &&
                         l->plain[from->value[0]] >= 0 && l->nhwc[from->value[0]] < 0;
        VIS_TRY(
            lowering_read(l, q->plain_input ? NN_PLAIN : NN_NHWC, from->value[0], &inputs[0], err));
        q->pitch = l->p->tensor[inputs[0]].pitch;
        q->positions = q->plain_input ? 0 : winograd_positions(q);
        if (q->positions)
            VIS_TRY(winograd_prepare(l, layer, q, err));
        else
            VIS_TRY(pack_taps(l, layer, &q->part[0].weights, err));
    } else {
        for (int i = 0; i < from->n_parts; i++) {
            gemm_term part;
            VIS_TRY(
                make_gemm_term(l, layer, from->value[i], from->first[i], layer->bias, &part, err));
            inputs[i] = part.tensor;
            q->part[i].k = part.k;
            q->part[i].weights = part.weights;
        }
    }
    VIS_TRY(pack_doubles(l->p, layer->bias, layer->outputs, &q->bias, err));
    return conv_add(l, layer, q, inputs, err);
}

vis_status lower_conv_of(lowering *l, const conv_layer *layer, int from, vis_error *err)
{
    conv_step *q;
    int inputs[2] = {from};
    graph_shape x = l->p->tensor[from].shape;
    VIS_TRY(conv_create(l, layer, &x, &q, err));
    q->n_parts = 1;
    q->part[0].k = layer->group_inputs;
    VIS_TRY(pack_gemm(l->p, layer->weights, q->part[0].k, q->part[0].k, layer->outputs,
                      &q->part[0].weights, err));
    VIS_TRY(pack_doubles(l->p, layer->bias, layer->outputs, &q->bias, err));
    return conv_add(l, layer, q, inputs, err);
}

vis_status lower_gemm(lowering *l, const char *name, const gemm_term *part, int64_t outputs,
                      int *output, vis_error *err)
{
    graph_shape shape = l->p->tensor[part->tensor].shape;
    int lanes = l->p->kernels->lanes;
    void *memory, *zeros;
    VIS_TRY(program_alloc(l->p, 1, sizeof(conv_step), &memory, err));
    VIS_TRY(program_alloc(l->p, (size_t)nn_padded(outputs, lanes), sizeof(float), &zeros, err));
    conv_step *q = memory;
    *q = (conv_step){.n_parts = 1,
                     .part = {{part->k, part->weights}},
                     .images = shape.dim[0],
                     .height = shape.dim[2],
                     .width = shape.dim[3],
                     .channels = part->k,
                     .out_height = shape.dim[2],
                     .out_width = shape.dim[3],
                     .kernel = {1, 1},
                     .stride = {1, 1},
                     .dilation = {1, 1},
                     .pixels = shape.dim[0] * shape.dim[2] * shape.dim[3],
                     .outputs = outputs,
                     .padded = nn_padded(outputs, lanes),
                     .lanes = lanes,
                     .bias = zeros,
                     .residual = -1};
    shape.dim[1] = outputs;
    VIS_TRY(program_add_tensor(l->p, NN_NHWC, &shape, lanes, output, err));
    VIS_TRY(program_add_step(l->p, &conv_class, name, &part->tensor, 1, *output, q, err));
    l->p->step[l->p->n_steps - 1].macs = q->pixels * outputs * part->k;
    return VIS_OK;
}
