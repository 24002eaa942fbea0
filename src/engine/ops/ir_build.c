/* engine/ops/ir_build.c - makes the step of an inverted residual.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/inverted_residual.h"

#include "engine/reference/reference.h"

#include <stdlib.h>
#include <string.h>

#define CHANNELS_MIN_WEIGHTS                                                                       \
    65536                     /* floats of expansion and projection: beyond, blocks of channels */
#define CACHE_MIN_CHANNELS 64 /* below, reading a sum from memory takes as long as making it */
#define CACHE_MIN_CHANNELS_I16 32 /* the same in 16 bits */
#define PLAIN_MAX_CHANNELS 16     /* of the caller's layout: more are converted once */

static vis_status make_taps(lowering *l, const graph_node *resize, int axis, const nn_tap **out,
                            vis_error *err)
{
    const graph *g = l->g;
    int64_t in = g->value[resize->input[0]].dim[axis], size = g->value[resize->output[0]].dim[axis];
    double scale[TENSOR_MAX_RANK];
    VIS_TRY(resize_scales(g, resize, scale, err));
    void *memory;
    VIS_TRY(program_alloc(l->p, (size_t)size, sizeof(resize_tap), &memory, err));
    resize_tap *taps = memory;
    resize_linear_taps(resize->attr.resize.coordinates, in, size, scale[axis], taps);
    VIS_TRY(program_alloc(l->p, (size_t)size, sizeof(nn_tap), &memory, err));
    nn_tap *tap = memory;
    for (int64_t i = 0; i < size; i++)
        tap[i] = (nn_tap){{(int32_t)taps[i].lo, (int32_t)taps[i].hi}, {1 - taps[i].w, taps[i].w}};
    *out = tap;
    return VIS_OK;
}

/* Is it better to expand this part once and read the sums again than to expand it each time? It
 * must come again where the whole does not, and each sum must have been worth its 4 bytes. */
static bool worth_caching(const lowering *l, const source *from, const gemm_term *part)
{
    if (!l->cache_inputs || part->k < (l->i16 ? CACHE_MIN_CHANNELS_I16 : CACHE_MIN_CHANNELS))
        return false;
    if (l->p->tensor[part->tensor].depends & ~l->cache_inputs) return false;
    return from->low >= 0 || from->n_parts > 1;
}

/* Part `part` of the expansion, made here and now or (at most one) by a step before. */
static vis_status place_part(lowering *l, ir_step *q, const source *from, const conv_layer *expand,
                             const gemm_term *part, int *inputs, int *n, vis_error *err)
{
    int expanded;
    if (q->ready >= 0 || !worth_caching(l, from, part)) {
        q->part[q->n_parts++] = (ir_gemm){*n, part->k, part->weights};
        inputs[(*n)++] = part->tensor;
        return VIS_OK;
    }
    const char *name = l->g->node[expand->node[0]].name;
    VIS_TRY(lower_gemm(l, name, part, expand->outputs, &expanded, err));
    q->ready = *n;
    inputs[(*n)++] = expanded;
    return VIS_OK;
}

/* What the expansion reads; inputs[*n] and on are filled. */
static vis_status make_parts(lowering *l, ir_step *q, const source *from, const conv_layer *expand,
                             int *inputs, int *n, vis_error *err)
{
    int first = from->value[0];
    q->plain_input = from->n_parts == 1 && l->nhwc[first] < 0 && l->plain[first] >= 0 &&
                     lowering_shape(l, first).dim[1] <= PLAIN_MAX_CHANNELS;
    for (int i = 0; i < from->n_parts; i++) {
        gemm_term part;
        if (q->plain_input) {
            part.tensor = l->plain[first];
            part.k = lowering_shape(l, first).dim[1];
            VIS_TRY(pack_gemm(l->p, expand->weights + from->first[0], expand->group_inputs, part.k,
                              expand->outputs, &part.weights, err));
        } else {
            VIS_TRY(make_gemm_term(l, expand, from->value[i], from->first[i], expand->bias, &part,
                                   err));
        }
        VIS_TRY(place_part(l, q, from, expand, &part, inputs, n, err));
    }
    if (from->low < 0) return VIS_OK;
    gemm_term part;
    VIS_TRY(make_gemm_term(l, expand, from->low, from->low_first, expand->bias, &part, err));
    q->low = (ir_gemm){*n, part.k, part.weights};
    inputs[(*n)++] = part.tensor;
    graph_shape low = lowering_shape(l, from->low);
    q->low_height = low.dim[2];
    q->low_width = low.dim[3];
    VIS_TRY(make_taps(l, &l->g->node[from->resize], 2, &q->row_tap, err));
    return make_taps(l, &l->g->node[from->resize], 3, &q->column_tap, err);
}

/* Everything up to the depthwise result. */
static vis_status make_front(lowering *l, const source *from, const conv_layer *expand,
                             const conv_layer *depthwise, ir_step **out, int *inputs, int *n,
                             vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(ir_step), &memory, err));
    ir_step *q = memory;
    graph_shape x = lowering_shape(l, expand->output), y = lowering_shape(l, depthwise->output);
    int lanes = l->p->kernels->lanes;
    *q = (ir_step){.ready = -1,
                   .low.input = -1,
                   .project.input = -1,
                   .direct.input = -1,
                   .residual = -1,
                   .images = x.dim[0],
                   .height = x.dim[2],
                   .width = x.dim[3],
                   .out_height = y.dim[2],
                   .out_width = y.dim[3],
                   .stride = {depthwise->stride[0], depthwise->stride[1]},
                   .hidden = nn_padded(expand->outputs, lanes),
                   .lanes = lanes};
    /* Neighbouring pixels a multiple of 1 KiB apart would fall into the same few sets of L1. */
    q->pitch = q->hidden % 256 == 0 ? q->hidden + 16 : q->hidden;
    *n = 0;
    VIS_TRY(make_parts(l, q, from, expand, inputs, n, err));
    VIS_TRY(program_alloc(l->p, (size_t)q->hidden, sizeof(float), &memory, err));
    q->no_bias = memory;
    VIS_TRY(pack_doubles(l->p, expand->bias, expand->outputs, &q->expand_bias, err));
    VIS_TRY(pack_activation(l->p, expand, &q->expand_activation, err));
    VIS_TRY(pack_depthwise(l->p, depthwise, &q->depthwise_weights, err));
    VIS_TRY(pack_activation(l->p, depthwise, &q->depthwise_activation, err));
    *out = q;
    return VIS_OK;
}

static int64_t front_macs(const ir_step *q, const conv_layer *expand)
{
    int64_t macs = q->images * q->low_height * q->low_width * q->low.k * expand->outputs;
    for (int i = 0; i < q->n_parts; i++)
        macs += q->images * q->height * q->width * q->part[i].k * expand->outputs;
    return macs + q->images * q->out_height * q->out_width * 9 * expand->outputs;
}

static const char *end_name(const lowering *l, const conv_layer *layer)
{
    return l->g->node[layer->node[layer->n_nodes - 1]].name;
}

/* Adds the step that ends with the depthwise result in a new tensor. */
static vis_status add_front(lowering *l, const ir_step *q, const nn_step_class *kind,
                            const conv_layer *expand, const conv_layer *depthwise,
                            const int *inputs, int n, int *out, vis_error *err)
{
    graph_shape shape = lowering_shape(l, depthwise->output);
    VIS_TRY(program_add_tensor(l->p, NN_NHWC, &shape, q->lanes, out, err));
    VIS_TRY(program_add_step(l->p, kind, end_name(l, depthwise), inputs, n, *out, (void *)q, err));
    l->p->step[l->p->n_steps - 1].macs = front_macs(q, expand);
    return VIS_OK;
}

/* The projection, with `tail` multiplied in when there is one. */
static vis_status make_projection(lowering *l, ir_step *q, const conv_layer *project,
                                  const conv_layer *tail, int *inputs, int *n, vis_error *err)
{
    const conv_layer *last = tail ? tail : project;
    const float *rows = project->weights;
    float *composed_rows = NULL;
    vis_status status = VIS_OK;
    if (tail) {
        composed_rows = malloc((size_t)(tail->outputs * project->group_inputs + 1) * sizeof(float));
        if (!composed_rows) return vis_fail_memory(err, "network weights");
        compose_layers(tail, 0, project, composed_rows, tail->bias);
        rows = composed_rows;
    }
    q->project.k = project->group_inputs;
    status =
        pack_gemm(l->p, rows, q->project.k, q->project.k, last->outputs, &q->project.weights, err);
    free(composed_rows);
    VIS_TRY(status);
    VIS_TRY(pack_doubles(l->p, last->bias, last->outputs, &q->project_bias, err));
    VIS_TRY(pack_activation(l->p, last, &q->project_activation, err));
    q->outputs = last->outputs;
    q->padded = nn_padded(last->outputs, q->lanes);
    q->sigmoid = last->sigmoid;
    q->plain_output = l->is_output[last->output] && l->readers[last->output] == 1;
    if (project->residual < 0) return VIS_OK;
    int at = (*n)++;
    VIS_TRY(lowering_read(l, NN_NHWC, project->residual, &inputs[at], err));
    if (!tail) {
        q->residual = at;
        return VIS_OK;
    }
    q->direct = (ir_gemm){.input = at, .k = tail->group_inputs};
    return pack_gemm(l->p, tail->weights, q->direct.k, q->direct.k, tail->outputs,
                     &q->direct.weights, err);
}

/* Blocks of channels when the weights would not stay in L2 beside the strip. */
static bool prefers_channels(const ir_step *q, const conv_layer *expand, const conv_layer *project,
                             const conv_layer *tail)
{
    int64_t weights = expand->outputs * (expand->group_inputs + project->outputs);
    return !tail && !q->plain_input && weights >= CHANNELS_MIN_WEIGHTS && ir_channels_fit(q);
}

vis_status lower_inverted_residual(lowering *l, const source *from, const conv_layer *expand,
                                   const conv_layer *depthwise, const conv_layer *project,
                                   const conv_layer *tail, vis_error *err)
{
    ir_step *q;
    int inputs[SOURCE_MAX_PARTS + 2], n, output;
    VIS_TRY(make_front(l, from, expand, depthwise, &q, inputs, &n, err));
    if (prefers_channels(q, expand, project, tail)) {
        VIS_TRY(add_front(l, q, &ir_channels_class, expand, depthwise, inputs, n, &output, err));
        return lower_conv_of(l, project, output, err);
    }
    VIS_TRY(make_projection(l, q, project, tail, inputs, &n, err));
    const conv_layer *last = tail ? tail : project;
    VIS_TRY(lowering_write(l, q->plain_output ? NN_PLAIN : NN_NHWC, last->output, &output, err));
    VIS_TRY(program_add_step(l->p, &ir_rows_class, end_name(l, last), inputs, n, output, q, err));
    l->p->step[l->p->n_steps - 1].macs = front_macs(q, expand) + q->images * q->out_height *
                                                                     q->out_width * q->outputs *
                                                                     (q->project.k + q->direct.k);
    return VIS_OK;
}

/* A copy of a layer for later. */
static vis_status keep_layer(const conv_layer *layer, conv_layer **out, vis_error *err)
{
    size_t per = (size_t)(layer->group_inputs * layer->kernel[0] * layer->kernel[1]);
    size_t outputs = (size_t)layer->outputs;
    conv_layer *copy = malloc(sizeof *copy);
    if (!copy) return vis_fail_memory(err, "network weights");
    *copy = *layer;
    copy->slope = NULL;
    copy->weights = malloc((outputs * per + 1) * sizeof(float));
    copy->bias = malloc((outputs + 1) * sizeof(double));
    if (!copy->weights || !copy->bias) {
        conv_layer_free(copy);
        free(copy);
        return vis_fail_memory(err, "network weights");
    }
    memcpy(copy->weights, layer->weights, outputs * per * sizeof(float));
    memcpy(copy->bias, layer->bias, outputs * sizeof(double));
    *out = copy;
    return VIS_OK;
}

vis_status lower_composed(lowering *l, const source *from, const conv_layer *expand,
                          const conv_layer *depthwise, const conv_layer *project, vis_error *err)
{
    ir_step *q;
    int inputs[SOURCE_MAX_PARTS + 2], n, output;
    VIS_TRY(make_front(l, from, expand, depthwise, &q, inputs, &n, err));
    VIS_TRY(add_front(l, q, &ir_rows_class, expand, depthwise, inputs, n, &output, err));
    composed *c = &l->compose[project->output];
    c->from = output;
    return keep_layer(project, &c->layer, err);
}
