/* graph/resolve.c - walks a graph once with concrete input shapes, folding as it goes, then copies
 * what is still needed into a new graph.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/resolve.h"

#include "base/memory.h"
#include "graph/fold.h"
#include "graph/infer_rules.h"
#include "graph/infer_shape.h"

#include <stdlib.h>
#include <string.h>

/* Of all constants computed here together: the arithmetic of shapes and the tables of positions
 * that exporters leave behind are small, and beyond them constants are made from those of the file,
 * a few times over. So a short file cannot ask for much. */
#define FOLDED_BYTES ((int64_t)64 << 20)
#define FOLDED_TIMES 8

struct resolved_graph {
    graph *g;
    bool *shared; /* per value: its constant belongs to the graph it came from */
};

/* What the walk knows of one value of the source graph. */
typedef struct slot {
    value_fact fact;
    int alias;      /* another value that this one equals; itself otherwise */
    bool known;     /* fact is filled */
    bool live;      /* something that matters reads it */
    tensor *folded; /* its constant when computed here; owned until it moves into the result */
    int target;     /* its index in the result; -1 while it has none */
} slot;

typedef struct resolver {
    const graph *g;
    slot *slot;
    bool *node_kept;
    const value_fact **in; /* room for the facts of one node's inputs */
    int64_t folded_left;   /* bytes */
    resolved_graph *out;
} resolver;

static void resolver_free(resolver *r)
{
    for (int i = 0; r->slot && i < r->g->n_values; i++) {
        if (r->slot[i].folded) {
            tensor_free(r->slot[i].folded);
            free(r->slot[i].folded);
        }
    }
    free(r->slot);
    free(r->node_kept);
    free(r->in);
    resolved_graph_free(r->out);
}

static vis_status resolver_init(resolver *r, const graph *g, vis_error *err)
{
    int widest = 1;
    for (int i = 0; i < g->n_nodes; i++) {
        if (g->node[i].n_inputs > widest) widest = g->node[i].n_inputs;
    }
    *r = (resolver){.g = g, .folded_left = FOLDED_BYTES};
    r->slot = calloc((size_t)g->n_values + 1, sizeof(slot));
    r->node_kept = calloc((size_t)g->n_nodes + 1, sizeof(bool));
    r->in = calloc((size_t)widest, sizeof(*r->in));
    r->out = calloc(1, sizeof(*r->out));
    if (!r->slot || !r->node_kept || !r->in || !r->out) return vis_fail_memory(err, "a graph");
    for (int i = 0; i < g->n_values; i++) {
        slot *s = &r->slot[i];
        s->alias = i;
        s->target = -1;
        const tensor *t = g->value[i].constant;
        if (!t) continue;
        s->known = true;
        r->folded_left += FOLDED_TIMES * tensor_count(t) * (int64_t)tensor_element_size(t->dtype);
        s->fact = (value_fact){.dtype = t->dtype, .rank = t->rank, .constant = t};
        memcpy(s->fact.dim, t->dim, sizeof(s->fact.dim));
    }
    return VIS_OK;
}

static vis_status take_inputs(resolver *r, const graph_shape *shape, int n, vis_error *err)
{
    if (n != r->g->n_inputs) {
        return vis_fail(err, VIS_ERR_MISMATCH, "the network takes %d inputs, not %d",
                        r->g->n_inputs, n);
    }
    for (int i = 0; i < n; i++) {
        const graph_value *value = &r->g->value[r->g->input[i]];
        bool fits = value->rank < 0 || value->rank == shape[i].rank;
        for (int a = 0; fits && a < value->rank; a++) {
            fits = value->dim[a] < 0 || value->dim[a] == shape[i].dim[a];
        }
        int64_t count;
        if (!fits || shape[i].rank < 0 || shape[i].rank > TENSOR_MAX_RANK ||
            !shape_count(shape[i].dim, shape[i].rank, &count) || count < 1 ||
            count > MAX_ELEMENTS) {
            char have[128], want[128];
            return vis_fail(err, VIS_ERR_MISMATCH, "input %s takes %s (-1: any), not %s",
                            value->name, shape_text(value->dim, value->rank, want, sizeof(want)),
                            shape_text(shape[i].dim, shape[i].rank, have, sizeof(have)));
        }
        slot *s = &r->slot[r->g->input[i]];
        s->known = true;
        s->fact = (value_fact){.dtype = value->dtype, .rank = shape[i].rank};
        memcpy(s->fact.dim, shape[i].dim, sizeof(s->fact.dim));
    }
    return VIS_OK;
}

static bool same_shape(const value_fact *a, const value_fact *b)
{
    if (a->rank != b->rank || a->dtype != b->dtype) return false;
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] != b->dim[i]) return false;
    }
    return true;
}

/* Does the node hand its first input on unchanged? `out` has been inferred. */
static bool does_nothing(const graph_node *node, const value_fact *const *in, const value_fact *out)
{
    if (node->op == OP_IDENTITY) return true;
    if (!same_shape(in[0], out)) return false;
    if (is_reduction(node->op)) return true; /* over axes of 1, or over none */
    switch (node->op) {
    case OP_RESHAPE:
    case OP_FLATTEN:
    case OP_SQUEEZE:
    case OP_UNSQUEEZE:
    case OP_EXPAND:
    case OP_CAST:
    case OP_SPLIT: /* of the same shape: the only part that is not empty */
        return true;
    case OP_CONCAT:
    case OP_MIN:
    case OP_MAX:
        return node->n_inputs == 1;
    case OP_TRANSPOSE:
        for (int a = 0; a < out->rank; a++) {
            int64_t from =
                node->attr.transpose.rank ? node->attr.transpose.perm[a] : out->rank - 1 - a;
            if (from != a && out->dim[a] != 1) return false;
        }
        return true;
    case OP_PAD: {
        int64_t before[TENSOR_MAX_RANK], after[TENSOR_MAX_RANK];
        if (pad_amounts(node, in, before, after, NULL) != VIS_OK) return false;
        for (int a = 0; a < out->rank; a++) {
            if (before[a] != 0 || after[a] != 0) return false;
        }
        return true;
    }
    case OP_SLICE: {
        slice_range range[TENSOR_MAX_RANK];
        if (slice_ranges(node, in, range, NULL) != VIS_OK) return false;
        for (int a = 0; a < out->rank; a++) {
            if (range[a].start != 0 || (range[a].step != 1 && range[a].count > 1)) return false;
        }
        return true;
    }
    default:
        return false;
    }
}

/* What is left for the run must be of the run's operators, on float32. */
static vis_status check_runnable(const graph_node *node, const value_fact *out, vis_error *err)
{
    if (node->op >= OP_EQUAL) {
        return node_fail(node, VIS_ERR_UNSUPPORTED,
                         "handled only in arithmetic on shapes, but here it works on input data",
                         err);
    }
    if (out->dtype != TENSOR_F32) {
        return node_fail(node, VIS_ERR_UNSUPPORTED,
                         "turns input data into another type than float32", err);
    }
    return VIS_OK;
}

/* Of a shape that infer_shape has checked. */
static int64_t bytes_of(const value_fact *fact)
{
    int64_t count = 0;
    (void)shape_count(fact->dim, fact->rank, &count);
    return count * (int64_t)tensor_element_size(fact->dtype);
}

static vis_status fold_slot(resolver *r, const graph_node *node, slot *s, vis_error *err)
{
    r->folded_left -= bytes_of(&s->fact);
    /* A sum reads more than it leaves behind, and a short file can have many of one large constant.
     */
    if (is_reduction(node->op)) r->folded_left -= bytes_of(r->in[0]);
    if (r->folded_left < 0) {
        return node_fail(node, VIS_ERR_LIMIT, "constants beyond bounds", err);
    }
    tensor *t = calloc(1, sizeof(*t));
    if (!t) return vis_fail_memory(err, "a constant");
    vis_status status = fold_node(node, r->in, &s->fact, t, err);
    if (status != VIS_OK) {
        free(t);
        return status;
    }
    s->folded = t;
    s->fact.constant = t;
    return VIS_OK;
}

static vis_status resolve_node(resolver *r, int index, vis_error *err)
{
    const graph_node *node = &r->g->node[index];
    for (int i = 0; i < node->n_inputs; i++) {
        r->in[i] = NULL;
        if (node->input[i] == GRAPH_NONE) continue;
        slot *s = &r->slot[r->slot[node->input[i]].alias];
        if (!s->known) {
            return node_fail(node, VIS_ERR_FORMAT, "reads a value before it is written", err);
        }
        r->in[i] = &s->fact;
    }
    slot *s = &r->slot[node->output[0]];
    VIS_TRY(infer_shape(node, r->in, &s->fact, err));
    s->known = true;
    if (does_nothing(node, r->in, &s->fact)) {
        s->alias = r->slot[node->input[0]].alias;
        return VIS_OK;
    }
    if (fold_possible(node, r->in)) return fold_slot(r, node, s, err);
    r->node_kept[index] = true;
    return VIS_OK;
}

static slot *root_of(resolver *r, int value)
{
    return &r->slot[r->slot[value].alias];
}

static bool is_empty(const value_fact *fact)
{
    int64_t count = 0;
    return shape_count(fact->dim, fact->rank, &count) && count == 0;
}

/* Does the node need its input k? Not an empty part of a Concat that is not empty: those who run
 * the graph may count on parts with numbers. */
static bool needs_input(resolver *r, const graph_node *node, int k)
{
    if (node->input[k] == GRAPH_NONE) return false;
    return node->op != OP_CONCAT || is_empty(&r->slot[node->output[0]].fact) ||
           !is_empty(&root_of(r, node->input[k])->fact);
}

/* Marks what the outputs need, and refuses what the run could not do. */
static vis_status mark_live(resolver *r, vis_error *err)
{
    for (int i = 0; i < r->g->n_outputs; i++) {
        slot *s = root_of(r, r->g->output[i]);
        if (!s->known) {
            return vis_fail(err, VIS_ERR_FORMAT, "output %s is never written",
                            r->g->value[r->g->output[i]].name);
        }
        s->live = true;
    }
    for (int i = r->g->n_nodes - 1; i >= 0; i--) {
        const graph_node *node = &r->g->node[i];
        const slot *s = &r->slot[node->output[0]];
        r->node_kept[i] = r->node_kept[i] && s->live;
        if (!r->node_kept[i]) continue;
        VIS_TRY(check_runnable(node, &s->fact, err));
        for (int k = 0; k < node->n_inputs; k++) {
            if (needs_input(r, node, k)) root_of(r, node->input[k])->live = true;
        }
    }
    return VIS_OK;
}

/* The index of a source value in the result, adding it (a constant or an input) when it is new. */
static vis_status target_of(resolver *r, int value, int *id, vis_error *err)
{
    int root = r->slot[value].alias;
    slot *s = &r->slot[root];
    if (s->target < 0) {
        VIS_TRY(graph_add_value(r->out->g, r->g->value[root].name, s->fact.dtype, &s->target, err));
        graph_value *v = &r->out->g->value[s->target];
        v->rank = s->fact.rank;
        memcpy(v->dim, s->fact.dim, sizeof(v->dim));
        if (s->folded) {
            v->constant = s->folded;
            s->folded = NULL;
        } else if (s->fact.constant) {
            /* Shared with the source graph and only ever read; `shared` keeps it from being freed.
             */
            v->constant = r->g->value[root].constant;
            r->out->shared[s->target] = true;
        }
    }
    *id = s->target;
    return VIS_OK;
}

/* The node's attributes, with what depended on shapes as numbers. */
static vis_status settle_attributes(resolver *r, const graph_node *node, graph_attributes *attr,
                                    vis_error *err)
{
    *attr = node->attr;
    if (node->op != OP_CONV && node->op != OP_MAX_POOL && node->op != OP_AVERAGE_POOL) {
        return VIS_OK;
    }
    const value_fact *in[] = {&root_of(r, node->input[0])->fact, NULL};
    if (node->op == OP_CONV) in[1] = &root_of(r, node->input[1])->fact;
    return settle_window(node, in, attr, err);
}

static vis_status copy_node(resolver *r, const graph_node *node, vis_error *err)
{
    int id;
    graph_attributes attr;
    VIS_TRY(settle_attributes(r, node, &attr, err));
    int *inputs = malloc(sizeof(int) * (size_t)(node->n_inputs + 1));
    if (!inputs) return vis_fail_memory(err, "a graph");
    vis_status status = VIS_OK;
    int n = 0;
    for (int i = 0; i < node->n_inputs && status == VIS_OK; i++) {
        bool needed = needs_input(r, node, i);
        if (!needed && node->op == OP_CONCAT) continue;
        inputs[n] = GRAPH_NONE;
        if (needed) status = target_of(r, node->input[i], &inputs[n], err);
        n++;
    }
    if (status == VIS_OK) {
        status = graph_add_node(r->out->g, node->op, node->name, inputs, n, &attr, &id, err);
    }
    free(inputs);
    VIS_TRY(status);
    slot *s = &r->slot[node->output[0]];
    graph_value *v = &r->out->g->value[id];
    s->target = id;
    v->dtype = s->fact.dtype;
    v->rank = s->fact.rank;
    memcpy(v->dim, s->fact.dim, sizeof(v->dim));
    return graph_rename_value(r->out->g, id, r->g->value[node->output[0]].name, err);
}

static vis_status emit(resolver *r, vis_error *err)
{
    graph *g;
    VIS_TRY(graph_create(&g, err));
    r->out->g = g;
    r->out->shared = calloc((size_t)r->g->n_values + 1, sizeof(bool));
    if (!r->out->shared) return vis_fail_memory(err, "a graph");
    int id;
    for (int i = 0; i < r->g->n_inputs; i++) {
        VIS_TRY(target_of(r, r->g->input[i], &id, err));
        g->input[g->n_inputs++] = id;
    }
    for (int i = 0; i < r->g->n_nodes; i++) {
        if (r->node_kept[i]) VIS_TRY(copy_node(r, &r->g->node[i], err));
    }
    for (int i = 0; i < r->g->n_outputs; i++) {
        VIS_TRY(target_of(r, r->g->output[i], &id, err));
        VIS_TRY(graph_mark_output(g, id, err));
        /* A no-op at the end must not cost the result its name; an input keeps its own. */
        const slot *root = root_of(r, r->g->output[i]);
        bool fed = false;
        for (int k = 0; k < g->n_inputs; k++) {
            fed = fed || g->input[k] == root->target;
        }
        if (!fed) VIS_TRY(graph_rename_value(g, id, r->g->value[r->g->output[i]].name, err));
    }
    return VIS_OK;
}

vis_status graph_resolve(const graph *g, const graph_shape *inputs, int n_inputs,
                         resolved_graph **out, vis_error *err)
{
    resolver r;
    *out = NULL;
    vis_status status = resolver_init(&r, g, err);
    if (status == VIS_OK) status = take_inputs(&r, inputs, n_inputs, err);
    for (int i = 0; i < g->n_nodes && status == VIS_OK; i++) {
        status = resolve_node(&r, i, err);
    }
    if (status == VIS_OK) status = mark_live(&r, err);
    if (status == VIS_OK) status = emit(&r, err);
    if (status == VIS_OK) {
        *out = r.out;
        r.out = NULL;
    }
    resolver_free(&r);
    return status;
}

void resolved_graph_free(resolved_graph *r)
{
    if (!r) return;
    for (int i = 0; r->g && r->shared && i < r->g->n_values; i++) {
        if (r->shared[i]) r->g->value[i].constant = NULL;
    }
    graph_free(r->g);
    free(r->shared);
    free(r);
}

const graph *resolved_graph_get(const resolved_graph *r)
{
    return r->g;
}

int64_t graph_macs(const graph *resolved)
{
    int64_t total = 0;
    for (int i = 0; i < resolved->n_nodes; i++) {
        const graph_node *node = &resolved->node[i];
        if (node->op != OP_CONV) continue;
        const graph_value *y = &resolved->value[node->output[0]];
        const graph_value *w = &resolved->value[node->input[1]];
        int64_t outputs = 0, each = 0, macs;
        /* A count beyond int64 cannot come from a graph that was resolved within its bounds; leave
         * it out. */
        if (!shape_count(y->dim, y->rank, &outputs) ||
            !shape_count(w->dim + 1, w->rank - 1, &each) ||
            __builtin_mul_overflow(outputs, each, &macs) ||
            __builtin_add_overflow(total, macs, &total)) {
            continue;
        }
    }
    return total;
}
