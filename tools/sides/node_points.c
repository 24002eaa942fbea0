/* sides/node_points.c - points found, hashed and matched.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/node_points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_START 14695981039346656037u

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) over the bytes of a number. */
static uint64_t mix(uint64_t h, int64_t number)
{
    for (int i = 0; i < 8; i++)
        h = (h ^ (uint64_t)(number >> (8 * i) & 255)) * 1099511628211u;
    return h;
}

static uint64_t mix_all(uint64_t h, const int64_t *numbers, int count)
{
    h = mix(h, count);
    for (int i = 0; i < count; i++)
        h = mix(h, numbers[i]);
    return h;
}

static bool is_activation(graph_op op)
{
    return op == OP_RELU || op == OP_LEAKY_RELU || op == OP_PRELU || op == OP_SIGMOID ||
           op == OP_CLIP;
}

/* The attributes that change the result, in one spelling. */
static uint64_t hash_attributes(uint64_t h, const graph *g, const graph_node *node)
{
    const graph_attributes *a = &node->attr;
    int rank = g->value[node->output[0]].rank;
    switch (node->op) {
    case OP_CONV:
    case OP_MAX_POOL:
        h = mix_all(h, a->window.kernel, 2);
        h = mix_all(h, a->window.stride, 2);
        h = mix_all(h, a->window.dilation, 2);
        h = mix_all(h, a->window.pad, 4);
        return mix(h, a->window.groups);
    case OP_CONCAT:
    case OP_GATHER:
        return mix(h, a->axis < 0 ? a->axis + rank : a->axis);
    case OP_FLATTEN:
        return mix(h, a->axis);
    case OP_LEAKY_RELU:
        return mix(h, (int64_t)((double)a->alpha * 1e6));
    case OP_TRANSPOSE:
        return mix_all(h, a->transpose.perm, a->transpose.rank);
    case OP_RESIZE:
        h = mix(mix(h, a->resize.mode), a->resize.coordinates);
        return mix(h, a->resize.mode == GRAPH_RESIZE_NEAREST ? (int)a->resize.rounding : 0);
    case OP_PAD:
        return mix(h, a->pad);
    default:
        return h;
    }
}

static uint64_t hash_own(const graph *g, const node_point *p)
{
    const graph_node *node = &g->node[p->node];
    uint64_t h = hash_attributes(mix(HASH_START, node->op), g, node);
    if (node->op == OP_CONV) {
        const graph_value *w = &g->value[node->input[1]];
        h = mix_all(h, w->dim, w->rank);
    }
    if (p->activation >= 0) {
        const graph_node *act = &g->node[p->activation];
        h = hash_attributes(mix(h, act->op), g, act);
    }
    return h;
}

static int compare_hash(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* What flows in: for a Conv its picture, weights being part of `own`; constants by their shape.
 * Sums and products have no order. */
static uint64_t hash_inputs(const graph *g, const graph_node *node, const uint64_t *of_value,
                            uint64_t h)
{
    uint64_t in[GRAPH_MAX_INPUTS];
    int count = 0, first_only = node->op == OP_CONV || node->op == OP_RESIZE;
    for (int i = 0; i < node->n_inputs && (i == 0 || !first_only); i++) {
        int value = node->input[i];
        if (value < 0) continue;
        const graph_value *v = &g->value[value];
        uint64_t one = v->constant ? mix_all(HASH_START, v->dim, v->rank) : of_value[value];
        if (count < GRAPH_MAX_INPUTS) in[count++] = one;
    }
    if (node->op == OP_ADD || node->op == OP_MUL)
        qsort(in, (size_t)count, sizeof *in, compare_hash);
    for (int i = 0; i < count; i++)
        h = mix(h, (int64_t)in[i]);
    return h;
}

/* The only node that reads `value`, when nothing else does. */
static int only_reader(const int *readers, const int *reader, int value)
{
    return readers[value] == 1 ? reader[value] : -1;
}

static node_point take(const graph *g, int index, const int *readers, const int *reader,
                       bool *taken)
{
    const graph_node *node = &g->node[index];
    node_point p = {.node = index, .norm = -1, .activation = -1, .other = -1};
    p.value = node->output[0];
    taken[index] = true;
    if (node->op != OP_CONV) return p;
    int next = only_reader(readers, reader, p.value);
    if (next >= 0 && g->node[next].op == OP_BATCH_NORM && g->node[next].input[0] == p.value) {
        p.norm = next;
        p.value = g->node[next].output[0];
        taken[next] = true;
        next = only_reader(readers, reader, p.value);
    }
    if (next >= 0 && is_activation(g->node[next].op) && g->node[next].input[0] == p.value) {
        p.activation = next;
        p.value = g->node[next].output[0];
        taken[next] = true;
    }
    return p;
}

/* Room for one walk over a graph. */
typedef struct walk {
    int *readers, *reader;
    bool *taken;
    uint64_t *of_value;
} walk;

static void walk_free(walk *w)
{
    free(w->readers);
    free(w->reader);
    free(w->taken);
    free(w->of_value);
}

static vis_status walk_begin(const graph *g, walk *w, vis_error *err)
{
    size_t values = (size_t)g->n_values + 1;
    *w = (walk){calloc(values, sizeof(int)), calloc(values, sizeof(int)),
                calloc((size_t)g->n_nodes + 1, sizeof(bool)), calloc(values, sizeof(uint64_t))};
    if (!w->readers || !w->reader || !w->taken || !w->of_value)
        return vis_fail_memory(err, "the points of a network");
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->node[i].n_inputs; k++) {
            int value = g->node[i].input[k];
            if (value < 0) continue;
            w->readers[value]++;
            w->reader[value] = i;
        }
    for (int i = 0; i < g->n_outputs; i++)
        w->readers[g->output[i]]++; /* a result may only end a point */
    return VIS_OK;
}

vis_status node_points_find(const graph *g, const int *role, node_points *out, vis_error *err)
{
    walk w;
    *out = (node_points){.g = g, .point = calloc((size_t)g->n_nodes + 1, sizeof(node_point))};
    vis_status status = out->point ? walk_begin(g, &w, err) : vis_fail_memory(err, "points");
    if (!out->point) return status;
    for (int i = 0; status == VIS_OK && i < g->n_inputs; i++) {
        const graph_value *v = &g->value[g->input[i]];
        w.of_value[g->input[i]] = mix_all(mix(HASH_START, role[i]), v->dim, v->rank);
    }
    for (int i = 0; status == VIS_OK && i < g->n_nodes; i++) {
        if (w.taken[i]) continue;
        node_point p = take(g, i, w.readers, w.reader, w.taken);
        const graph_value *v = &g->value[p.value];
        p.own = hash_own(g, &p);
        p.whole = mix_all(hash_inputs(g, &g->node[i], w.of_value, p.own), v->dim, v->rank);
        w.of_value[p.value] = p.whole;
        out->point[out->count++] = p;
    }
    walk_free(&w);
    if (status != VIS_OK) node_points_free(out);
    return status;
}

void node_points_free(node_points *p)
{
    if (!p) return;
    free(p->point);
    *p = (node_points){0};
}

const char *node_point_name(const node_points *p, int i)
{
    const graph_node *node = &p->g->node[p->point[i].node];
    return node->name[0] ? node->name : p->g->value[node->output[0]].name;
}

/* Operator and size: what two points must share to be matched where the structures have parted. */
static bool same_kind(const node_points *a, int i, const node_points *b, int k)
{
    const graph_node *x = &a->g->node[a->point[i].node], *y = &b->g->node[b->point[k].node];
    if (x->op != y->op) return false;
    const graph_value *v = &a->g->value[a->point[i].value], *w = &b->g->value[b->point[k].value];
    if (x->op == OP_CONV) {
        v = &a->g->value[x->input[1]];
        w = &b->g->value[y->input[1]];
        return v->rank == w->rank && memcmp(v->dim, w->dim, (size_t)v->rank * sizeof *v->dim) == 0;
    }
    return v->rank == w->rank && (v->rank < 2 || v->dim[1] == w->dim[1]);
}

static bool match_by(point_match how, const node_points *a, int i, const node_points *b, int k)
{
    switch (how) {
    case POINT_BY_STRUCTURE:
        return a->point[i].whole == b->point[k].whole;
    case POINT_BY_NAME:
        return a->g->node[a->point[i].node].op == b->g->node[b->point[k].node].op &&
               strcmp(node_point_name(a, i), node_point_name(b, k)) == 0;
    case POINT_BY_ORDER:
        return same_kind(a, i, b, k);
    case POINT_ALONE:
        break;
    }
    return false;
}

void node_points_match(node_points *a, node_points *b)
{
    for (point_match how = POINT_BY_STRUCTURE; how <= POINT_BY_ORDER; how++) {
        int free_b = 0; /* everything before it is matched */
        for (int i = 0; i < a->count; i++) {
            if (a->point[i].match) continue;
            while (free_b < b->count && b->point[free_b].match)
                free_b++;
            for (int k = free_b; k < b->count; k++) {
                if (b->point[k].match || !match_by(how, a, i, b, k)) continue;
                a->point[i].match = b->point[k].match = how;
                a->point[i].other = k;
                b->point[k].other = i;
                break;
            }
        }
    }
}

void node_point_layer(const node_points *p, int i, char *text, size_t size)
{
    static const char *const coordinates[] = {"half pixel", "PyTorch half pixel", "align corners",
                                              "asymmetric"};
    const graph_node *node = &p->g->node[p->point[i].node];
    const graph_attributes *a = &node->attr;
    int activation = p->point[i].activation;
    char detail[160] = "", groups[48] = "";
    if (node->op == OP_CONV) {
        if (a->window.groups > 1)
            snprintf(groups, sizeof groups, ", %lld groups", (long long)a->window.groups);
        snprintf(detail, sizeof detail, " %lldx%lld, stride %lld x %lld, pad %lld x %lld%s",
                 (long long)a->window.kernel[0], (long long)a->window.kernel[1],
                 (long long)a->window.stride[0], (long long)a->window.stride[1],
                 (long long)a->window.pad[0], (long long)a->window.pad[1], groups);
    } else if (node->op == OP_RESIZE) {
        snprintf(detail, sizeof detail, " %s, %s",
                 a->resize.mode == GRAPH_RESIZE_LINEAR ? "linear" : "nearest",
                 coordinates[a->resize.coordinates]);
    }
    snprintf(text, size, "%s%s%s%s", graph_op_name(node->op), detail, activation < 0 ? "" : " + ",
             activation < 0 ? "" : graph_op_name(p->g->node[activation].op));
}
