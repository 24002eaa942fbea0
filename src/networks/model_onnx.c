/* networks/model_onnx.c - what an ONNX network is, told from its inputs, outputs and convolutions.
 *
 * Nothing here depends on names. A lip-sync U-Net takes a picture of six channels and an audio
 * window, and gives a picture of three channels as large. Its image encoder, the part that sees
 * only the picture, is a chain in which each level begins with a depthwise convolution of stride 2
 * behind a 1x1 convolution from c to 2c channels: that gives the number of levels and the widths.
 * Between ave, hubert and wenet the audio input's height and width decide; where those are dynamic
 * axes, the stride of the audio branch's first convolution that strides does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_read.h"
#include "graph/resolve.h"
#include "networks/audio_input.h"
#include "networks/model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value's ancestry among the inputs: bit i is set when it depends on input i. */
typedef struct ancestry {
    const graph *g;
    uint32_t *of; /* per value; owned */
} ancestry;

static vis_status trace(const graph *g, ancestry *a, vis_error *err)
{
    *a = (ancestry){.g = g, .of = calloc((size_t)g->n_values + 1, sizeof(*a->of))};
    if (!a->of) return vis_fail_memory(err, "a graph");
    for (int i = 0; i < g->n_inputs; i++) {
        a->of[g->input[i]] = 1u << i;
    }
    for (int i = 0; i < g->n_nodes; i++) {
        const graph_node *node = &g->node[i];
        for (int k = 0; k < node->n_inputs; k++) {
            if (node->input[k] != GRAPH_NONE) a->of[node->output[0]] |= a->of[node->input[k]];
        }
    }
    return VIS_OK;
}

/* Is this a convolution of data that depends on exactly the one input? */
static bool is_branch_conv(const ancestry *a, const graph_node *node, int input)
{
    return node->op == OP_CONV && a->of[node->output[0]] == 1u << input;
}

/* Levels and widths of the image encoder of a resolved graph; levels 0 when it is not one. */
static int read_levels(const ancestry *a, int visual, int width[5])
{
    int levels = 0, from[5] = {0};
    const graph_value *previous = NULL, *last = NULL;
    for (int i = 0; i < a->g->n_nodes; i++) {
        const graph_node *node = &a->g->node[i];
        if (!is_branch_conv(a, node, visual)) continue;
        const graph_value *w = &a->g->value[node->input[1]];
        if (node->attr.window.stride[0] == 2) {
            if (levels == 5 || !previous) return 0;
            from[levels++] = (int)previous->dim[1];
        }
        previous = last = w;
    }
    if (levels != 5 && levels != 4) return 0;
    /* 328: its levels begin at c0 c0 c1 c2 c3; 160: at c0 c1 c2 c3. Both end in c4. */
    for (int i = 0; i < 4; i++) {
        width[i] = from[levels == 5 ? i + 1 : i];
    }
    width[4] = (int)last->dim[0];
    return levels;
}

/* The mode by the first convolution of the audio branch that strides: conv3, or for ave conv5,
 * which is the one with pads of 3. Works on a graph that is not resolved. */
static vis_status mode_by_stride(const graph *g, int audio, audio_mode *found, vis_error *err)
{
    ancestry a;
    audio_mode mode = AUDIO_NONE;
    VIS_TRY(trace(g, &a, err));
    for (int i = 0; i < g->n_nodes && mode == AUDIO_NONE; i++) {
        const graph_node *node = &g->node[i];
        if (!is_branch_conv(&a, node, audio)) continue;
        const int64_t *stride = node->attr.window.stride;
        if (stride[0] == 2 && stride[1] == 2) {
            mode = node->attr.window.pad[0] == 3 ? AUDIO_AVE : AUDIO_HUBERT;
        } else if (stride[0] == 1 && stride[1] == 2) {
            mode = AUDIO_WENET;
        }
    }
    free(a.of);
    *found = mode;
    return VIS_OK;
}

/* Resolves to see whether the shapes fit: when they do not, *resolved is NULL and that is an
 * answer. */
static vis_status try_shapes(const graph *g, const graph_shape *shape, int n,
                             resolved_graph **resolved, vis_error *err)
{
    vis_error why;
    vis_status status = graph_resolve(g, shape, n, resolved, &why);
    if (status != VIS_ERR_MEMORY) return VIS_OK;
    if (err) *err = why;
    return status;
}

static int64_t channels_of(const graph *g, int input)
{
    const graph_value *value = &g->value[g->input[input]];
    return value->rank == 4 ? value->dim[1] : 0;
}

/* Which input is the picture, which the audio window? False when this is not a U-Net's pair. */
static bool match_inputs(const graph *g, int *visual, int *audio)
{
    if (g->n_inputs != 2) return false;
    *visual = channels_of(g, 0) == 6 ? 0 : 1;
    *audio = 1 - *visual;
    /* An audio window of six channels beside the picture is told by its smaller, known size. */
    if (channels_of(g, 0) == 6 && channels_of(g, 1) == 6) {
        const graph_value *first = &g->value[g->input[0]];
        *visual = first->dim[2] > 0 && first->dim[2] <= 32 ? 1 : 0;
        *audio = 1 - *visual;
    }
    return channels_of(g, *visual) == 6 && channels_of(g, *audio) > 0;
}

/* Shapes to look at the network with: declared ones, one frame where the batch is free, `size` and
 * the mode's where height and width are. */
static void choose_shapes(const graph *g, int visual, int size, const audio_input *form,
                          graph_shape shape[2])
{
    for (int i = 0; i < 2; i++) {
        const graph_value *value = &g->value[g->input[i]];
        int64_t other[4] = {1, 1, i == visual ? size : form->height,
                            i == visual ? size : form->width};
        shape[i].rank = 4;
        for (int a = 0; a < 4; a++) {
            shape[i].dim[a] = value->dim[a] > 0 ? value->dim[a] : other[a];
        }
    }
    /* One of the two batches fixed fixes both. */
    int64_t batch = shape[0].dim[0] > shape[1].dim[0] ? shape[0].dim[0] : shape[1].dim[0];
    for (int i = 0; i < 2; i++) {
        if (g->value[g->input[i]].dim[0] < 0) shape[i].dim[0] = batch;
    }
}

/* Learnable numbers: what convolutions, batch norms and PReLUs are fed with. */
static int64_t count_parameters(const graph *g)
{
    int64_t total = 0;
    for (int i = 0; i < g->n_nodes; i++) {
        const graph_node *node = &g->node[i];
        bool counts = node->op == OP_CONV || node->op == OP_BATCH_NORM || node->op == OP_PRELU;
        int most = node->op == OP_BATCH_NORM ? 3 : node->n_inputs; /* scale and bias only */
        for (int k = 1; counts && k < node->n_inputs && k < most; k++) {
            const tensor *t =
                node->input[k] == GRAPH_NONE ? NULL : g->value[node->input[k]].constant;
            if (t) total += tensor_count(t);
        }
    }
    return total;
}

/* Looks at the resolved network; fills the info when it is a U-Net. */
static vis_status judge_unet(model *m, const resolved_graph *resolved, int visual, int audio,
                             const audio_input *form, vis_error *err)
{
    const graph *g = resolved_graph_get(resolved);
    const graph_value *picture = &g->value[g->input[visual]], *out = &g->value[g->output[0]];
    ancestry a;
    int width[5] = {0};
    VIS_TRY(trace(g, &a, err));
    int levels = read_levels(&a, visual, width);
    bool whole = a.of[g->output[0]] == 3; /* both inputs matter */
    free(a.of);
    int64_t size = levels == 5 ? 320 : 160;
    if (levels == 0 || !whole || g->n_outputs != 1 || out->rank != 4 || out->dim[1] != 3 ||
        out->dim[2] != size || out->dim[3] != size || picture->dim[2] != size ||
        picture->dim[3] != size) {
        return VIS_OK;
    }
    m->info.kind = levels == 5 ? MODEL_UNET_328 : MODEL_UNET_160;
    m->info.image_size = (int)size;
    m->info.visual_input = visual;
    m->info.audio_input = audio;
    memcpy(m->info.width, width, sizeof(width));
    int64_t channels = g->value[g->input[audio]].dim[1];
    audio_input_describe(&m->info, form->mode, channels);
    m->info.fork = !audio_input_usual(form->mode, channels, width);
    return VIS_OK;
}

static vis_status recognise_unet(model *m, const model_options *options, vis_error *err)
{
    int visual, audio;
    if (!match_inputs(m->net, &visual, &audio)) return VIS_OK;
    const graph_value *a = &m->net->value[m->net->input[audio]];
    audio_mode mode = audio_input_find(a->dim[2], a->dim[3]);
    if (mode == AUDIO_NONE && (a->dim[2] < 0 || a->dim[3] < 0)) {
        VIS_TRY(mode_by_stride(m->net, audio, &mode, err));
        if (mode == AUDIO_NONE && options->mode != AUDIO_AVE_OR_HUBERT) mode = options->mode;
    }
    const audio_input *form = audio_input_of(mode);
    if (!form) return VIS_OK;
    for (int size = 320; size >= 160;
         size -= 160) { /* the second try only matters for dynamic sizes */
        graph_shape shape[2];
        resolved_graph *resolved;
        choose_shapes(m->net, visual, size, form, shape);
        VIS_TRY(try_shapes(m->net, shape, 2, &resolved, err));
        if (!resolved) continue;
        vis_status status = judge_unet(m, resolved, visual, audio, form, err);
        resolved_graph_free(resolved);
        if (status != VIS_OK || m->info.kind != MODEL_OTHER) return status;
    }
    return VIS_OK;
}

/* The encoder: one input [N, 1, 80, 16], one output of 512 numbers a window. */
static vis_status recognise_encoder(model *m, vis_error *err)
{
    const graph *g = m->net;
    const graph_value *in = &g->value[g->input[0]];
    graph_shape shape = {.rank = 4, .dim = {1, 1, 80, 16}};
    resolved_graph *resolved;
    if (g->n_inputs != 1 || g->n_outputs != 1 || in->rank != 4) return VIS_OK;
    if (in->dim[0] > 0) shape.dim[0] = in->dim[0];
    VIS_TRY(try_shapes(g, &shape, 1, &resolved, err));
    if (!resolved) return VIS_OK;
    const graph *r = resolved_graph_get(resolved);
    const graph_value *out = &r->value[r->output[0]];
    bool fits =
        out->rank >= 2 && out->dim[0] == shape.dim[0] && out->dim[1] == 512 && r->n_nodes > 0;
    for (int i = 2; fits && i < out->rank; i++) {
        fits = out->dim[i] == 1;
    }
    resolved_graph_free(resolved);
    if (!fits) return VIS_OK;
    m->info.kind = MODEL_AVE_ENCODER;
    m->info.row_size = 512;
    m->info.default_fps = 25;
    return VIS_OK;
}

/* The batch that the declared inputs fix, -1 when it is free. */
static int fixed_batch(const graph *g)
{
    for (int i = 0; i < g->n_inputs; i++) {
        const graph_value *value = &g->value[g->input[i]];
        if (value->rank > 0 && value->dim[0] > 0 && value->dim[0] < 1 << 20)
            return (int)value->dim[0];
    }
    return -1;
}

static bool all_ranks_known(const graph *g)
{
    for (int i = 0; i < g->n_inputs; i++) {
        const graph_value *value = &g->value[g->input[i]];
        if (value->rank < 0) return false;
        /* Only the batch may be free for the size of the network to be known. */
        for (int a = 1; a < value->rank; a++) {
            if (value->dim[a] < 0) return false;
        }
    }
    return true;
}

/* Other networks may well hold infinities, as masks and bounds. */
static void warn_broken(const model *m, const vis_log *log)
{
    broken_weights broken = {0};
    for (int i = 0; i < m->net->n_values; i++) {
        const graph_value *v = &m->net->value[i];
        if (v->constant && tensor_count(v->constant) > 1)
            broken_weights_add(&broken, v->name, v->constant);
    }
    broken_weights_warn(&broken, m->info.path, log);
}

vis_status model_from_onnx(const uint8_t *data, size_t size, const model_options *options, model *m,
                           vis_error *err)
{
    onnx_facts facts;
    VIS_TRY(m->info.unfiled ? onnx_read_alone(data, size, m->info.path, &m->net, &facts, err)
                            : onnx_read(data, size, m->info.path, &m->net, &facts, err));
    snprintf(m->info.format, sizeof(m->info.format), "onnx");
    snprintf(m->info.weights_dtype, sizeof(m->info.weights_dtype), "%s", facts.weights_dtype);
    m->info.kind = MODEL_OTHER;
    m->info.mode = AUDIO_NONE;
    m->info.visual_input = m->info.audio_input = -1;
    m->info.batch = fixed_batch(m->net);
    m->info.parameters = count_parameters(m->net);
    if (m->net->n_inputs == 0) {
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: a network without inputs", m->info.path);
    }
    VIS_TRY(recognise_unet(m, options, err));
    if (m->info.kind == MODEL_OTHER) VIS_TRY(recognise_encoder(m, err));
    if (m->info.kind != MODEL_OTHER) warn_broken(m, options->log);
    bool asked =
        options->mode == AUDIO_AVE || options->mode == AUDIO_HUBERT || options->mode == AUDIO_WENET;
    if (asked) m->info.fork = false;
    if (asked && m->info.mode != AUDIO_NONE && m->info.mode != options->mode) {
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: not a model for %s features but for %s",
                        m->info.path, audio_mode_name(options->mode),
                        audio_mode_name(m->info.mode));
    }
    if (m->info.kind == MODEL_OTHER && !all_ranks_known(m->net)) {
        vis_warn(options->log, "%s: sizes depend on the inputs, MACs are not counted",
                 m->info.path);
        return VIS_OK;
    }
    return model_count_macs(m, err);
}
