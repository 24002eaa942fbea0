/* sides/node_weights.c - weights under the same key, or folded at matched points.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/node_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void weight_comparison_free(weight_comparison *c)
{
    if (!c) return;
    for (int i = 0; i < c->count; i++)
        free(c->weight[i].name);
    free(c->weight);
    *c = (weight_comparison){0};
}

/* Running comparison of two lists of numbers. */
typedef struct gap {
    int64_t values, differing;
    double max, range; /* of |a - b|, of |a| */
} gap;

static void gap_add(gap *g, double a, double b)
{
    double d = a == b || (isnan(a) && isnan(b)) ? 0 : fabs(a - b);
    g->values++;
    g->differing += d != 0;
    if (!(d <= g->max)) g->max = isfinite(d) ? d : INFINITY;
    if (fabs(a) > g->range && isfinite(a)) g->range = fabs(a);
}

static double gap_relative(const gap *g)
{
    return g->max == 0 ? 0 : g->range > 0 ? g->max / g->range : INFINITY;
}

static vis_status note(weight_comparison *c, const char *name, const gap *g, double relative,
                       vis_error *err)
{
    compared_weight *larger = realloc(c->weight, sizeof *larger * (size_t)(c->count + 1));
    if (!larger) return vis_fail_memory(err, "the list of weights");
    c->weight = larger;
    char *copy = strdup(name);
    if (!copy) return vis_fail_memory(err, "the list of weights");
    larger[c->count++] = (compared_weight){copy, g->values, g->differing, g->max, relative};
    return VIS_OK;
}

static const tensor *weight_named(const graph *g, const char *name)
{
    for (int i = 0; i < g->n_values; i++)
        if (g->value[i].constant && strcmp(g->value[i].name, name) == 0)
            return g->value[i].constant;
    return NULL;
}

static bool same_form(const tensor *a, const tensor *b)
{
    return a && b && a->dtype == TENSOR_F32 && b->dtype == TENSOR_F32 && a->rank == b->rank &&
           memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim) == 0;
}

static bool have_same_keys(const graph *a, const graph *b)
{
    for (int i = 0; i < a->n_values; i++) {
        const tensor *t = a->value[i].constant;
        if (t && t->dtype == TENSOR_F32 && !same_form(t, weight_named(b, a->value[i].name)))
            return false;
    }
    return true;
}

static vis_status compare_keys(const graph *a, const graph *b, weight_comparison *out,
                               vis_error *err)
{
    for (int i = 0; i < a->n_values; i++) {
        const tensor *t = a->value[i].constant;
        if (!t || t->dtype != TENSOR_F32) continue;
        const tensor *other = weight_named(b, a->value[i].name);
        if (!other) continue; /* have_same_keys has seen to it that it is there */
        gap g = {0};
        for (int64_t k = 0; k < tensor_count(t); k++)
            gap_add(&g, (double)tensor_f32(t)[k], (double)tensor_f32(other)[k]);
        out->compared++;
        if (g.differing) VIS_TRY(note(out, a->value[i].name, &g, gap_relative(&g), err));
    }
    return VIS_OK;
}

static const tensor *constant_of(const graph *g, const graph_node *node, int i)
{
    return i < node->n_inputs && node->input[i] >= 0 ? g->value[node->input[i]].constant : NULL;
}

/* A Conv's weights with what follows folded in. */
typedef struct folded {
    const float *weights;
    const tensor *bias, *norm[4]; /* scale, shift, mean, var; NULL: none */
    double epsilon;
    int64_t outputs, each;
} folded;

static bool fold(const node_points *p, int i, folded *f)
{
    const graph *g = p->g;
    const graph_node *conv = &g->node[p->point[i].node];
    if (conv->op != OP_CONV) return false;
    const tensor *w = constant_of(g, conv, 1);
    if (!w || w->dtype != TENSOR_F32 || w->rank < 1 || w->dim[0] < 1) return false;
    *f = (folded){.weights = tensor_f32(w), .bias = constant_of(g, conv, 2), .outputs = w->dim[0]};
    f->each = tensor_count(w) / w->dim[0];
    if (f->bias && tensor_count(f->bias) != f->outputs) return false;
    if (p->point[i].norm < 0) return true;
    const graph_node *norm = &g->node[p->point[i].norm];
    f->epsilon = (double)norm->attr.batch_norm.epsilon;
    for (int k = 0; k < 4; k++) {
        f->norm[k] = constant_of(g, norm, k + 1);
        if (!f->norm[k] || tensor_count(f->norm[k]) != f->outputs) return false;
    }
    return true;
}

static double folded_factor(const folded *f, int64_t o)
{
    if (!f->norm[0]) return 1;
    return (double)tensor_f32(f->norm[0])[o] / sqrt((double)tensor_f32(f->norm[3])[o] + f->epsilon);
}

static double folded_bias(const folded *f, int64_t o)
{
    double bias = f->bias ? (double)tensor_f32(f->bias)[o] : 0;
    if (!f->norm[0]) return bias;
    return (bias - (double)tensor_f32(f->norm[2])[o]) * folded_factor(f, o) +
           (double)tensor_f32(f->norm[1])[o];
}

static vis_status compare_layer(const node_points *a, int i, const node_points *b, int k,
                                weight_comparison *out, vis_error *err)
{
    folded x, y;
    if (!fold(a, i, &x) || !fold(b, k, &y) || x.outputs != y.outputs || x.each != y.each)
        return VIS_OK;
    gap weights = {0}, bias = {0};
    for (int64_t o = 0; o < x.outputs; o++) {
        double fx = folded_factor(&x, o), fy = folded_factor(&y, o);
        for (int64_t e = o * x.each; e < (o + 1) * x.each; e++)
            gap_add(&weights, (double)x.weights[e] * fx, (double)y.weights[e] * fy);
        gap_add(&bias, folded_bias(&x, o), folded_bias(&y, o));
    }
    out->compared++;
    double relative = fmax(gap_relative(&weights), gap_relative(&bias));
    if (relative <= WEIGHT_ROUNDING) return VIS_OK;
    weights.values += bias.values;
    weights.differing += bias.differing;
    weights.max = fmax(weights.max, bias.max);
    return note(out, node_point_name(a, i), &weights, relative, err);
}

static int by_relative(const void *a, const void *b)
{
    double x = ((const compared_weight *)a)->relative, y = ((const compared_weight *)b)->relative;
    return (x < y) - (x > y);
}

vis_status weights_compare(const node_points *a, const node_points *b, bool keys,
                           weight_comparison *out, vis_error *err)
{
    *out = (weight_comparison){.by_key = keys && have_same_keys(a->g, b->g)};
    vis_status status = VIS_OK;
    if (out->by_key) status = compare_keys(a->g, b->g, out, err);
    for (int i = 0; !out->by_key && status == VIS_OK && i < a->count; i++)
        if (a->point[i].other >= 0) status = compare_layer(a, i, b, a->point[i].other, out, err);
    if (status != VIS_OK)
        weight_comparison_free(out);
    else if (out->count)
        qsort(out->weight, (size_t)out->count, sizeof *out->weight, by_relative);
    return status;
}
