/* diagnose/inspect_activations.c - which channels of a network never fire.
 *
 * The mean of a ReLU's channel over a picture is zero when the channel is zero everywhere in it. So
 * the network is run with the means of all its ReLUs, one behind the other, for its only output.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/memory.h"
#include "diagnose/inspect_checkpoint.h"
#include "engine/nn.h"
#include "face/geometry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where silence is no longer what training does by itself. In the demo's last checkpoint, on eight
 * examples, 6 % of all channels are silent and 60 % of the worst layer; earlier ones have less. A
 * layer that died lets nothing through. */
#define SILENT_LAYER_SHARE 0.8
#define SILENT_TOTAL_SHARE 0.2

/* A copy of a network's graph that ends in the means of its ReLUs. What was there before still
 * belongs to the network; what was added, to the probe. */
typedef struct probe {
    graph *g;
    int n_values, n_nodes; /* of the network itself */
    int *mean;             /* the value of each ReLU's means */
    int *relu;             /* and its node */
    int count;
} probe;

static void probe_free(probe *p)
{
    if (p->g) {
        memset(p->g->value, 0, (size_t)p->n_values * sizeof *p->g->value);
        memset(p->g->node, 0, (size_t)p->n_nodes * sizeof *p->g->node);
    }
    graph_free(p->g);
    free(p->mean);
    free(p->relu);
    *p = (probe){0};
}

/* Lists copied, with room at their ends; nothing of it is the probe's until it is complete. */
static vis_status copy_lists(const graph *net, probe *p, vis_error *err)
{
    graph *g;
    VIS_TRY(graph_create(&g, err));
    g->value = malloc(((size_t)net->n_values + 1) * sizeof *g->value);
    g->node = malloc(((size_t)net->n_nodes + 1) * sizeof *g->node);
    p->mean = malloc(((size_t)net->n_nodes + 1) * sizeof *p->mean);
    p->relu = malloc(((size_t)net->n_nodes + 1) * sizeof *p->relu);
    if (!g->value || !g->node || !p->mean || !p->relu) {
        graph_free(g);
        return vis_fail_memory(err, "a graph");
    }
    memcpy(g->value, net->value, (size_t)net->n_values * sizeof *g->value);
    memcpy(g->node, net->node, (size_t)net->n_nodes * sizeof *g->node);
    memcpy(g->input, net->input, sizeof g->input);
    g->n_inputs = net->n_inputs;
    g->n_values = p->n_values = net->n_values;
    g->n_nodes = p->n_nodes = net->n_nodes;
    g->values_capacity = net->n_values + 1;
    g->nodes_capacity = net->n_nodes + 1;
    p->g = g;
    return VIS_OK;
}

static vis_status probe_create(const graph *net, probe *p, vis_error *err)
{
    VIS_TRY(copy_lists(net, p, err));
    for (int i = 0; i < p->n_nodes; i++) {
        if (net->node[i].op != OP_RELU) continue;
        p->relu[p->count] = i;
        VIS_TRY(graph_add_node(p->g, OP_GLOBAL_AVERAGE_POOL, net->node[i].name, net->node[i].output,
                               1, NULL, &p->mean[p->count], err));
        p->count++;
    }
    if (p->count == 0) return VIS_OK;
    graph_attributes attr = {.axis = 1};
    int all;
    VIS_TRY(graph_add_node(p->g, OP_CONCAT, "means", p->mean, p->count, &attr, &all, err));
    return graph_mark_output(p->g, all, err);
}

/* Shapes of one run. */
static void run_shapes(const model_info *info, graph_shape shape[2])
{
    int64_t size = info->image_size, batch = info->batch > 0 ? info->batch : 1;
    shape[info->visual_input] = (graph_shape){4, {batch, FACE_VISUAL_PLANES, size, size}};
    shape[info->audio_input] =
        (graph_shape){4, {batch, info->audio_shape[0], info->audio_shape[1], info->audio_shape[2]}};
}

/* The probe compiled, and what a run of it needs. */
typedef struct probe_run {
    nn_program *program;
    nn_session *session;
    int batch;
    size_t size[2];   /* numbers of one example: visual, window */
    float *copies[2]; /* for a fixed batch: that many copies of an example; else NULL */
    float *means;     /* [batch, channels] */
    bool *fired;      /* [channels] */
    int64_t channels;
} probe_run;

static void run_free(probe_run *r)
{
    nn_session_free(r->session);
    nn_program_free(r->program);
    free(r->copies[0]);
    free(r->copies[1]);
    free(r->means);
    free(r->fired);
}

static vis_status run_create(const model *m, const graph *g, thread_pool *pool, probe_run *r,
                             vis_error *err)
{
    const model_info *info = &m->info;
    graph_shape shape[2] = {0};
    run_shapes(info, shape);
    r->batch = (int)shape[0].dim[0];
    VIS_TRY(nn_compile(g, shape, 2, NULL, &r->program, err));
    VIS_TRY(nn_session_create(r->program, pool, &r->session, err));
    r->channels = nn_output_shape(r->program, 0)->dim[1];
    r->means = calloc((size_t)r->batch * (size_t)r->channels, sizeof *r->means);
    r->fired = calloc((size_t)r->channels, sizeof *r->fired);
    r->size[0] = FACE_VISUAL_PLANES * (size_t)info->image_size * (size_t)info->image_size;
    r->size[1] = 1;
    for (int a = 0; a < 3; a++)
        r->size[1] *= (size_t)info->audio_shape[a];
    for (int i = 0; i < 2 && r->batch > 1; i++) {
        r->copies[i] = calloc((size_t)r->batch * r->size[i], sizeof *r->copies[i]);
        if (!r->copies[i]) return vis_fail_memory(err, "the tensors of a frame");
    }
    return r->means && r->fired ? VIS_OK : vis_fail_memory(err, "the means of a network");
}

/* One example; NaN counts as firing: it is a finding of its own. */
static void run_example(const model *m, probe_run *r, const float *visual, const float *window)
{
    const float *given[2] = {visual, window}, *inputs[2];
    for (int i = 0; i < 2 && r->batch > 1; i++) {
        for (int k = 0; k < r->batch; k++)
            memcpy(r->copies[i] + (size_t)k * r->size[i], given[i], r->size[i] * sizeof *given[i]);
        given[i] = r->copies[i];
    }
    inputs[m->info.visual_input] = given[0];
    inputs[m->info.audio_input] = given[1];
    nn_run(r->session, inputs, &r->means);
    for (int64_t c = 0; c < r->channels; c++)
        r->fired[c] = r->fired[c] || r->means[c] != 0;
}

/* How many channels each ReLU has: the shapes that the means have in the resolved probe. */
static vis_status count_channels(const model *m, const probe *p, int64_t *channels, vis_error *err)
{
    graph_shape shape[2];
    resolved_graph *resolved;
    run_shapes(&m->info, shape);
    VIS_TRY(graph_resolve(p->g, shape, 2, &resolved, err));
    const graph *g = resolved_graph_get(resolved);
    const graph_node *last = &g->node[g->n_nodes - 1];
    for (int i = 0; i < p->count; i++) /* a Concat of one is resolved away */
        channels[i] = g->value[p->count == 1 ? g->output[0] : last->input[i]].dim[1];
    resolved_graph_free(resolved);
    return VIS_OK;
}

/* Adds up what did not fire, layer by layer; `channels` in the order of the means. */
static void judge(const probe *p, const int64_t *channels, const bool *fired, activity *out)
{
    const bool *layer = fired;
    for (int i = 0; i < p->count; layer += channels[i++]) {
        int64_t silent = 0;
        for (int64_t c = 0; c < channels[i]; c++)
            silent += !layer[c];
        double share = (double)silent / (double)channels[i];
        out->layers++;
        out->channels += channels[i];
        out->silent += silent;
        if (share <= out->worst_share) continue;
        out->worst_share = share;
        snprintf(out->worst, sizeof out->worst, "%s", p->g->node[p->relu[i]].name);
    }
}

static vis_status measure(const model *m, const probe *p, thread_pool *pool,
                          const float *const *visuals, const float *const *windows, int count,
                          activity *out, vis_error *err)
{
    probe_run r = {0};
    int64_t *channels = calloc((size_t)p->count, sizeof *channels);
    vis_status status = channels ? count_channels(m, p, channels, err)
                                 : vis_fail_memory(err, "the means of a network");
    if (status == VIS_OK) status = run_create(m, p->g, pool, &r, err);
    for (int i = 0; status == VIS_OK && i < count; i++)
        run_example(m, &r, visuals[i], windows[i]);
    if (status == VIS_OK) judge(p, channels, r.fired, out);
    run_free(&r);
    free(channels);
    return status;
}

vis_status activity_measure(const model *m, thread_pool *pool, const float *const *visuals,
                            const float *const *windows, int count, activity *out, vis_error *err)
{
    *out = (activity){0};
    VIS_TRY(model_require_unet(m, err));
    probe p = {0};
    vis_status status = probe_create(m->net, &p, err);
    if (status == VIS_OK && p.count > 0 && count > 0)
        status = measure(m, &p, pool, visuals, windows, count, out, err);
    probe_free(&p);
    return status;
}

static vis_status add_silent(const activity *a, int examples, findings *list, vis_error *err)
{
    double total = (double)a->silent / (double)a->channels;
    bool by_layer = a->worst_share / SILENT_LAYER_SHARE >= total / SILENT_TOTAL_SHARE;
    double share = by_layer ? a->worst_share : total;
    double limit = by_layer ? SILENT_LAYER_SHARE : SILENT_TOTAL_SHARE;
    if (share < limit) return VIS_OK;
    finding f = {.code = "dead-channels",
                 .stage = FINDING_CHECKPOINT,
                 .number = 100 * share,
                 .threshold = 100 * limit,
                 .unit = by_layer ? "% of a layer's channels" : "% of the channels",
                 .severity = share / limit};
    f.title = text_format("Parts of the network are dead");
    f.text = text_format(
        "%lld of its %lld channels stay at zero in all of %d frames of footage, most of "
        "them in %s (%.0f %% of that layer). What they should draw is missing from "
        "every picture.",
        (long long)a->silent, (long long)a->channels, examples, a->worst, 100 * a->worst_share);
    f.advice =
        text_format("ReLUs die when the learning rate is too high, or when weights were lost in a "
                    "conversion. Try an earlier checkpoint; if it has the same fault, train "
                    "again with a lower learning rate.");
    return findings_add(list, f, err);
}

vis_status inspect_activations(const model *m, thread_pool *pool, const float *const *visuals,
                               const float *const *windows, int count, findings *list,
                               vis_error *err)
{
    activity a;
    VIS_TRY(activity_measure(m, pool, visuals, windows, count, &a, err));
    return a.channels ? add_silent(&a, count, list, err) : VIS_OK;
}
