/* sides/node_compare.c - both graphs run with their matched points as outputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/node_compare.h"

#include "base/memory.h"
#include "engine/nn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the outputs of one run, both sides together: a dozen of the largest values of a 328 U-Net. */
#define RUN_BYTES ((int64_t)256 << 20)

/* Both graphs resolved, with their points. */
typedef struct work {
    resolved_graph *resolved_a, *resolved_b;
    node_points a, b;
    const node_inputs *in;
    const node_options *options;
    node_comparison *out;
} work;

void node_comparison_free(node_comparison *c)
{
    if (!c) return;
    for (int i = 0; i < c->count; i++) {
        free(c->node[i].name_a);
        free(c->node[i].name_b);
    }
    free(c->node);
    weight_comparison_free(&c->weights);
    *c = (node_comparison){0};
}

static void work_free(work *w)
{
    node_points_free(&w->a);
    node_points_free(&w->b);
    resolved_graph_free(w->resolved_a);
    resolved_graph_free(w->resolved_b);
}

/* What B is fed, in B's order. */
static void inputs_of_b(const node_inputs *in, graph_shape *shape, const float **data)
{
    for (int k = 0; k < in->count; k++) {
        if (shape) shape[k] = in->shape[in->of_b[k]];
        if (data) data[k] = in->data[in->of_b[k]];
    }
}

static vis_status resolve(const model *m, const graph_shape *shape, int count, const int *role,
                          resolved_graph **resolved, node_points *points, vis_error *err)
{
    vis_status status = graph_resolve(m->net, shape, count, resolved, err);
    if (status != VIS_OK) return vis_prefix(err, status, m->info.path);
    return node_points_find(resolved_graph_get(*resolved), role, points, err);
}

/* Without inputs to run on, each graph has the shapes of its own single frame. */
static void own_shapes(const model *m, graph_shape *shape)
{
    const model_info *info = &m->info;
    for (int i = 0; i < m->net->n_inputs; i++) {
        const graph_value *v = &m->net->value[m->net->input[i]];
        shape[i].rank = v->rank < 0 ? 0 : v->rank;
        for (int d = 0; d < shape[i].rank; d++)
            shape[i].dim[d] = v->dim[d] >= 0              ? v->dim[d]
                              : d == 0 && info->batch > 0 ? info->batch
                                                          : 1;
    }
}

static vis_status resolve_both(const model *a, const model *b, work *w, vis_error *err)
{
    static const int straight[GRAPH_MAX_INPUTS] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                   8, 9, 10, 11, 12, 13, 14, 15};
    graph_shape shape_a[GRAPH_MAX_INPUTS], shape_b[GRAPH_MAX_INPUTS];
    const int *role = straight;
    if (w->in) {
        memcpy(shape_a, w->in->shape, sizeof shape_a);
        inputs_of_b(w->in, shape_b, NULL);
        role = w->in->of_b;
    } else {
        own_shapes(a, shape_a);
        own_shapes(b, shape_b);
    }
    VIS_TRY(resolve(a, shape_a, a->net->n_inputs, straight, &w->resolved_a, &w->a, err));
    VIS_TRY(resolve(b, shape_b, b->net->n_inputs, role, &w->resolved_b, &w->b, err));
    node_points_match(&w->a, &w->b);
    return VIS_OK;
}

static bool same_shape(const work *w, int i, int k)
{
    const graph_value *x = &w->a.g->value[w->a.point[i].value];
    const graph_value *y = &w->b.g->value[w->b.point[k].value];
    return x->rank == y->rank && memcmp(x->dim, y->dim, (size_t)x->rank * sizeof *x->dim) == 0;
}

/* Fills one side of a row from a point. */
static vis_status describe(const node_points *p, int i, char **name, char *layer, char *shape,
                           vis_error *err)
{
    const graph_value *v = &p->g->value[p->point[i].value];
    *name = strdup(node_point_name(p, i));
    node_point_layer(p, i, layer, NODE_TEXT);
    shape_text(v->dim, v->rank, shape, NODE_TEXT);
    return *name ? VIS_OK : vis_fail_memory(err, "the list of nodes");
}

static vis_status list_nodes(work *w, vis_error *err)
{
    node_comparison *out = w->out;
    out->node = calloc((size_t)(w->a.count + w->b.count) + 1, sizeof *out->node);
    if (!out->node) return vis_fail_memory(err, "the list of nodes");
    for (int i = 0; i < w->a.count; i++) {
        compared_node *n = &out->node[out->count++];
        int k = w->a.point[i].other;
        n->match = w->a.point[i].match;
        VIS_TRY(describe(&w->a, i, &n->name_a, n->layer_a, n->shape_a, err));
        if (k >= 0) VIS_TRY(describe(&w->b, k, &n->name_b, n->layer_b, n->shape_b, err));
        n->structural = k < 0 || w->a.point[i].own != w->b.point[k].own;
        out->matched += k >= 0;
        out->alone_a += k < 0;
    }
    for (int k = 0; k < w->b.count; k++) {
        if (w->b.point[k].other >= 0) continue;
        compared_node *n = &out->node[out->count++];
        n->structural = true;
        VIS_TRY(describe(&w->b, k, &n->name_b, n->layer_b, n->shape_b, err));
        out->alone_b++;
    }
    return VIS_OK;
}

static void compare_values(const float *a, const float *b, int64_t count, compared_node *n)
{
    double sum = 0, max = 0, range = 0;
    for (int64_t i = 0; i < count; i++) {
        double x = (double)a[i], y = (double)b[i], d = fabs(x - y);
        if (isfinite(x) && fabs(x) > range) range = fabs(x);
        if (isfinite(y) && fabs(y) > range) range = fabs(y);
        if (x == y || (isnan(x) && isnan(y))) continue;
        if (!isfinite(d)) {
            n->broken = true;
            continue;
        }
        sum += d;
        if (d > max) max = d;
    }
    n->compared = true;
    n->max = max;
    n->mean = count ? sum / (double)count : 0;
    n->relative = max == 0 ? 0 : max / range;
}

/* One run of one graph with some of its points as the results; `result` is allocated here. */
static vis_status run_points(const node_points *p, const int *point, int count, bool reference,
                             const work *w, bool is_b, float **result, vis_error *err)
{
    graph some = *p->g; /* shares everything but the list of results */
    graph_shape shape[GRAPH_MAX_INPUTS];
    const float *data[GRAPH_MAX_INPUTS];
    memcpy(shape, w->in->shape, sizeof shape);
    memcpy(data, w->in->data, sizeof data);
    if (is_b) inputs_of_b(w->in, shape, data);
    some.n_outputs = count;
    for (int i = 0; i < count; i++) {
        const graph_value *v = &p->g->value[p->point[point[i]].value];
        int64_t numbers = 0;
        some.output[i] = p->point[point[i]].value;
        if (!shape_count(v->dim, v->rank, &numbers) ||
            !(result[i] = aligned_calloc((size_t)numbers, sizeof(float))))
            return vis_fail_memory(err, "the values of a network");
    }
    nn_options options = {.reference = reference};
    nn_program *program;
    nn_session *session = NULL;
    VIS_TRY(nn_compile(&some, shape, w->in->count, &options, &program, err));
    vis_status status = nn_session_create(program, w->options->pool, &session, err);
    if (status == VIS_OK) nn_run(session, data, result);
    nn_session_free(session);
    nn_program_free(program);
    return status;
}

static vis_status compare_some(work *w, const int *point, int count, vis_error *err)
{
    float *a[GRAPH_MAX_INPUTS] = {0}, *b[GRAPH_MAX_INPUTS] = {0};
    int other[GRAPH_MAX_INPUTS] = {0};
    for (int i = 0; i < count; i++)
        other[i] = w->a.point[point[i]].other;
    vis_status status = run_points(&w->a, point, count, false, w, false, a, err);
    if (status == VIS_OK)
        status = run_points(&w->b, other, count, w->options->reference_b, w, true, b, err);
    for (int i = 0; i < count && status == VIS_OK; i++) {
        const graph_value *v = &w->a.g->value[w->a.point[point[i]].value];
        int64_t numbers = 0;
        (void)shape_count(v->dim, v->rank, &numbers); /* was allocated */
        compare_values(a[i], b[i], numbers, &w->out->node[point[i]]);
    }
    for (int i = 0; i < count; i++) {
        aligned_free(a[i]);
        aligned_free(b[i]);
    }
    return status;
}

static vis_status tell(const work *w, int done, vis_error *err)
{
    if (!w->options->step) return VIS_OK;
    return w->options->step(w->options->user, done, w->a.count, err);
}

/* Runs in order until all matched points are compared, as many at a time as may be. */
static vis_status compare_points(work *w, vis_error *err)
{
    int point[GRAPH_MAX_INPUTS] = {0}, count = 0;
    int64_t bytes = 0;
    for (int i = 0; i < w->a.count; i++) {
        int k = w->a.point[i].other;
        if (k < 0) continue;
        if (!same_shape(w, i, k)) {
            w->out->node[i].structural = true;
            continue;
        }
        const graph_value *v = &w->a.g->value[w->a.point[i].value];
        int64_t numbers = 0;
        (void)shape_count(v->dim, v->rank, &numbers);
        int64_t size = 2 * numbers * (int64_t)sizeof(float);
        if (count == GRAPH_MAX_INPUTS || (count && bytes + size > RUN_BYTES)) {
            VIS_TRY(compare_some(w, point, count, err));
            VIS_TRY(tell(w, i, err));
            count = 0;
            bytes = 0;
        }
        point[count++] = i;
        bytes += size;
    }
    return count ? compare_some(w, point, count, err) : VIS_OK;
}

static void find_first(node_comparison *out)
{
    out->first = out->structural = -1;
    for (int i = 0; i < out->count; i++) {
        const compared_node *n = &out->node[i];
        bool parted = n->compared && (n->broken || n->relative > NODE_ROUNDING);
        if (parted && out->first < 0) out->first = i;
        if (n->structural && out->structural < 0) out->structural = i;
    }
}

vis_status node_compare(const model *a, const model *b, const node_inputs *in,
                        const node_options *options, node_comparison *out, vis_error *err)
{
    static const node_options plain = {0};
    work w = {.in = in, .options = options ? options : &plain, .out = out};
    *out = (node_comparison){.first = -1, .structural = -1};
    bool keys = strncmp(a->info.format, "pth", 3) == 0 && strncmp(b->info.format, "pth", 3) == 0;
    vis_status status = resolve_both(a, b, &w, err);
    if (status == VIS_OK) status = list_nodes(&w, err);
    if (status == VIS_OK) status = weights_compare(&w.a, &w.b, keys, &out->weights, err);
    if (status == VIS_OK && in) status = compare_points(&w, err);
    if (status == VIS_OK) find_first(out);
    work_free(&w);
    if (status != VIS_OK) node_comparison_free(out);
    return status;
}
