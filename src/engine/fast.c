/* engine/fast.c - finds in the graph what the fast path has steps for.
 *
 * A Concat that only a 1x1 convolution reads is put off, and so is a linear Resize that only such a
 * Concat reads: mostly they are never made. Where the convolution needs them in memory after all,
 * lowering_read computes them, at most these two within one another, however long the graph.
 * Anything without a fast step runs on the plain C kernels.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/steps.h"

#include <stdlib.h>
#include <string.h>

static bool is_pointwise(const conv_layer *c)
{
    return c->groups == 1 && c->kernel[0] == 1 && c->kernel[1] == 1 && c->stride[0] == 1 &&
           c->stride[1] == 1 && !c->pad[0] && !c->pad[1] && !c->pad[2] && !c->pad[3];
}

static bool is_depthwise(const conv_layer *c)
{
    for (int i = 0; i < 4; i++)
        if (c->pad[i] != 1) return false;
    for (int i = 0; i < 2; i++)
        if (c->kernel[i] != 3 || c->dilation[i] != 1 || c->stride[i] < 1 || c->stride[i] > 2)
            return false;
    return c->groups == c->outputs && c->group_inputs == 1 && c->groups > 1;
}

/* Does the node enlarge height and width linearly, and nothing else? */
static bool is_enlarging(const graph *g, const graph_node *node)
{
    const graph_value *x = &g->value[node->input[0]], *y = &g->value[node->output[0]];
    return node->op == OP_RESIZE && node->attr.resize.mode == GRAPH_RESIZE_LINEAR && x->rank == 4 &&
           y->rank == 4 && x->dim[0] == y->dim[0] && x->dim[1] == y->dim[1] &&
           y->dim[2] >= x->dim[2] && y->dim[3] >= x->dim[3] && x->dim[2] > 0 && x->dim[3] > 0;
}

/* Is the node a Concat of channels that find_source can take apart? */
static bool is_channel_concat(const graph *g, const graph_node *node)
{
    return node->op == OP_CONCAT && g->value[node->output[0]].rank == 4 &&
           (node->attr.axis == 1 || node->attr.axis == -3) && node->n_inputs <= SOURCE_MAX_PARTS;
}

/* Is the node a 1x1 convolution of `value` that leaves height and width as they are? */
static bool is_pointwise_of(const graph *g, const graph_node *node, int value)
{
    const tensor *w = node->op == OP_CONV ? node_constant(g, node, 1) : NULL;
    if (!w || w->rank != 4 || w->dim[2] != 1 || w->dim[3] != 1) return false;
    for (int d = 0; d < 4; d++)
        if (node->attr.window.pad[d] || node->attr.window.stride[d % 2] != 1) return false;
    return node->attr.window.groups == 1 && node->input[0] == value;
}

/* The only node that reads what `node` makes; NULL where there are none or several, or the graph
 * gives it out. */
static const graph_node *only_reader(const lowering *l, const graph_node *node)
{
    int reader = lowering_only_reader(l, node->output[0]);
    return reader < 0 ? NULL : &l->g->node[reader];
}

static bool is_part_of_pointwise(const lowering *l, const graph_node *concat)
{
    if (!is_channel_concat(l->g, concat)) return false;
    const graph_node *conv = only_reader(l, concat);
    return conv && is_pointwise_of(l->g, conv, concat->output[0]);
}

/* Can a reader make use of the node's inputs, so that the node itself may never be needed? */
static bool worth_putting_off(const lowering *l, const graph_node *node)
{
    if (node->op == OP_CONCAT) return is_part_of_pointwise(l, node);
    if (!is_enlarging(l->g, node)) return false;
    const graph_node *concat = only_reader(l, node);
    return concat && is_part_of_pointwise(l, concat);
}

/* The node that writes `value`, when it has been put off and nobody else wants the value. */
static int put_off(const lowering *l, int value)
{
    int writer = l->writer[value];
    return writer >= 0 && !l->done[writer] && l->readers[value] == 1 ? writer : -1;
}

/* What a 1x1 convolution of `value` should read. Only inverted residuals can enlarge on the way. */
static void find_source(lowering *l, int value, bool may_enlarge, source *from)
{
    *from = (source){.value = {value}, .n_parts = 1, .low = -1};
    int concat = put_off(l, value);
    const graph_node *node = concat < 0 ? NULL : &l->g->node[concat];
    if (!node || !is_channel_concat(l->g, node)) return;
    source s = {.low = -1};
    int64_t channels = 0;
    for (int i = 0; i < node->n_inputs; i++) {
        int part = node->input[i], resize = put_off(l, part);
        if (may_enlarge && s.low < 0 && resize >= 0 && is_enlarging(l->g, &l->g->node[resize])) {
            s.low = l->g->node[resize].input[0];
            s.low_first = channels;
            s.resize = resize;
        } else {
            s.value[s.n_parts] = part;
            s.first[s.n_parts++] = channels;
        }
        channels += l->g->value[part].dim[1];
    }
    if (s.n_parts == 0) return; /* nothing to add the enlarged part to */
    l->done[concat] = true;
    if (s.low >= 0) l->done[s.resize] = true;
    *from = s;
}

/* The layer that alone reads what `layer` writes, when it is a convolution. */
static vis_status next_layer(const lowering *l, const conv_layer *layer, bool may_add,
                             bool may_sigmoid, conv_layer *next, bool *found, vis_error *err)
{
    int reader = lowering_only_reader(l, layer->output);
    *found = false;
    if (reader < 0 || l->g->node[reader].op != OP_CONV ||
        l->g->node[reader].input[0] != layer->output)
        return VIS_OK;
    return conv_layer_read(l, reader, may_add, may_sigmoid, next, found, err);
}

/* Does every reader of the value begin with a 1x1 convolution, directly or through a Concat that
 * only such a convolution reads? */
static bool feeds_pointwise(const lowering *l, int value)
{
    int readers = 0;
    for (int i = 0; i < l->g->n_nodes; i++) {
        const graph_node *node = &l->g->node[i];
        for (int k = 0; k < node->n_inputs; k++) {
            if (node->input[k] != value) continue;
            readers++;
            if (!is_pointwise_of(l->g, node, value) && !is_part_of_pointwise(l, node)) return false;
        }
    }
    return readers == l->readers[value];
}

/* Should the readers of `project` take it into their weights? It must be linear, and narrower
 * inside. */
static bool worth_composing(const lowering *l, const conv_layer *project)
{
    return project->residual < 0 && project->activation.kind == NN_ACTIVATION_NONE &&
           !project->sigmoid && project->group_inputs <= project->outputs &&
           feeds_pointwise(l, project->output);
}

/* Should `tail`, the only reader of `project`, be multiplied into it? Not if it begins a block. */
static bool worth_joining(const lowering *l, const conv_layer *project, const conv_layer *tail)
{
    if (!is_pointwise(tail) || tail->residual >= 0 ||
        project->activation.kind != NN_ACTIVATION_NONE)
        return false;
    int reader = lowering_only_reader(l, tail->output);
    if (reader >= 0 && l->g->node[reader].op == OP_CONV &&
        l->g->node[reader].attr.window.groups > 1)
        return false;
    int lanes = l->p->kernels->lanes;
    int64_t hidden = project->group_inputs, middle = project->outputs;
    int64_t padded = nn_padded(tail->outputs, lanes), direct = project->residual >= 0 ? middle : 0;
    return (hidden + direct) * padded <= hidden * nn_padded(middle, lanes) + middle * padded;
}

/* The three layers of an inverted residual, and what comes after. */
typedef struct block {
    conv_layer depthwise, project, tail;
    bool has_tail;
} block;

static vis_status read_block(const lowering *l, const conv_layer *expand, block *b, bool *found,
                             vis_error *err)
{
    VIS_TRY(next_layer(l, expand, false, false, &b->depthwise, found, err));
    if (!*found || !is_depthwise(&b->depthwise)) {
        *found = false;
        return VIS_OK;
    }
    VIS_TRY(next_layer(l, &b->depthwise, true, false, &b->project, found, err));
    if (!*found || !is_pointwise(&b->project)) {
        *found = false;
        return VIS_OK;
    }
    VIS_TRY(next_layer(l, &b->project, false, true, &b->tail, &b->has_tail, err));
    b->has_tail = b->has_tail && worth_joining(l, &b->project, &b->tail);
    return VIS_OK;
}

static vis_status lower_block(lowering *l, const conv_layer *expand, const block *b, vis_error *err)
{
    source from;
    find_source(l, expand->input, true, &from);
    conv_layer_done(l, expand);
    conv_layer_done(l, &b->depthwise);
    conv_layer_done(l, &b->project);
    if (b->has_tail) conv_layer_done(l, &b->tail);
    if (!b->has_tail && worth_composing(l, &b->project))
        return lower_composed(l, &from, expand, &b->depthwise, &b->project, err);
    return lower_inverted_residual(l, &from, expand, &b->depthwise, &b->project,
                                   b->has_tail ? &b->tail : NULL, err);
}

/* An inverted residual that begins with `expand`; *done says whether there was one. */
static vis_status try_inverted_residual(lowering *l, const conv_layer *expand, bool *done,
                                        vis_error *err)
{
    block b = {0};
    *done = false;
    if (expand->residual >= 0 || expand->sigmoid) return VIS_OK;
    vis_status status = read_block(l, expand, &b, done, err);
    if (status == VIS_OK && *done) status = lower_block(l, expand, &b, err);
    conv_layer_free(&b.depthwise);
    conv_layer_free(&b.project);
    conv_layer_free(&b.tail);
    return status;
}

static vis_status lower_fast_conv(lowering *l, int node, vis_error *err)
{
    conv_layer layer;
    bool found, done = false;
    VIS_TRY(conv_layer_read(l, node, false, true, &layer, &found, err));
    vis_status status = VIS_OK;
    if (found && is_pointwise(&layer)) status = try_inverted_residual(l, &layer, &done, err);
    if (found) conv_layer_free(&layer);
    if (done || status != VIS_OK) return status;
    /* alone: this time with a residual, if one is added to it */
    VIS_TRY(conv_layer_read(l, node, true, true, &layer, &found, err));
    if (!found || layer.groups != 1) {
        if (found) conv_layer_free(&layer);
        l->done[node] = true;
        return lower_reference(l, &l->g->node[node], err);
    }
    source from = {.value = {layer.input}, .n_parts = 1, .low = -1};
    if (is_pointwise(&layer)) find_source(l, layer.input, false, &from);
    conv_layer_done(l, &layer);
    status = lower_conv(l, &layer, &from, err);
    conv_layer_free(&layer);
    return status;
}

vis_status lower_fast(lowering *l, int index, vis_error *err)
{
    const graph_node *node = &l->g->node[index];
    if (l->done[index]) return VIS_OK;
    if (node->op == OP_CONV) return lower_fast_conv(l, index, err);
    if (worth_putting_off(l, node)) return VIS_OK;
    l->done[index] = true;
    return lower_reference(l, node, err);
}

vis_status lower_put_off(lowering *l, int value, vis_error *err)
{
    conv_layer *layer = l->compose[value].layer;
    if (layer) {
        l->compose[value].layer = NULL;
        vis_status status = lower_conv_of(l, layer, l->compose[value].from, err);
        conv_layer_free(layer);
        free(layer);
        return status;
    }
    int writer = l->writer[value];
    if (writer < 0 || l->done[writer]) return VIS_OK;
    l->done[writer] = true;
    return lower_reference(l, &l->g->node[writer], err);
}
