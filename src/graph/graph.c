/* graph/graph.c - building a graph: growable lists of values and nodes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/graph.h"

#include <stdlib.h>
#include <string.h>

/* More than any network that this program could run; a bound on what a damaged file can ask for. */
#define MAX_VALUES (1 << 20)

static const char *const op_names[OP_COUNT] = {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a place in a list of initialisers */
#define GRAPH_OP_NAME(enumerator, name) [enumerator] = name,
    GRAPH_OP_MAP(GRAPH_OP_NAME)
#undef GRAPH_OP_NAME
};

const char *graph_op_name(graph_op op)
{
    return (unsigned)op < OP_COUNT ? op_names[op] : "?";
}

bool graph_op_find(const char *name, graph_op *op)
{
    for (int i = 0; i < OP_COUNT; i++) {
        if (strcmp(op_names[i], name) == 0) {
            *op = (graph_op)i;
            return true;
        }
    }
    return false;
}

vis_status graph_create(graph **out, vis_error *err)
{
    *out = calloc(1, sizeof(graph));
    return *out ? VIS_OK : vis_fail_memory(err, "a graph");
}

void graph_free(graph *g)
{
    if (!g) return;
    for (int i = 0; i < g->n_values; i++) {
        free(g->value[i].name);
        if (g->value[i].constant) {
            tensor_free(g->value[i].constant);
            free(g->value[i].constant);
        }
    }
    for (int i = 0; i < g->n_nodes; i++) {
        free(g->node[i].name);
        free(g->node[i].input);
        free(g->node[i].output);
    }
    free(g->value);
    free(g->node);
    free(g);
}

/* Makes room for one more element of `size` bytes in a list of `count`. */
static vis_status grow(void **list, int count, int *capacity, size_t size, vis_error *err)
{
    if (count < *capacity) return VIS_OK;
    if (count >= MAX_VALUES) {
        return vis_fail(err, VIS_ERR_LIMIT, "a graph of more than %d values or nodes", MAX_VALUES);
    }
    int wanted = *capacity ? *capacity * 2 : 64;
    void *bigger = realloc(*list, (size_t)wanted * size);
    if (!bigger) return vis_fail_memory(err, "a graph");
    *list = bigger;
    *capacity = wanted;
    return VIS_OK;
}

vis_status graph_add_value(graph *g, const char *name, tensor_dtype dtype, int *id, vis_error *err)
{
    void *list = g->value;
    vis_status status = grow(&list, g->n_values, &g->values_capacity, sizeof(graph_value), err);
    g->value = list;
    if (status != VIS_OK) return status;
    char *copy = strdup(name ? name : "");
    if (!copy) return vis_fail_memory(err, "a graph");
    graph_value *value = &g->value[g->n_values];
    *value = (graph_value){.name = copy, .dtype = dtype, .rank = -1};
    *id = g->n_values++;
    return VIS_OK;
}

vis_status graph_add_constant(graph *g, const char *name, tensor *t, int *id, vis_error *err)
{
    tensor *owned = malloc(sizeof(tensor));
    vis_status status =
        owned ? graph_add_value(g, name, t->dtype, id, err) : vis_fail_memory(err, "a graph");
    if (status != VIS_OK) {
        free(owned);
        tensor_free(t);
        return status;
    }
    *owned = *t;
    *t = (tensor){0};
    graph_value *value = &g->value[*id];
    value->constant = owned;
    value->rank = owned->rank;
    memcpy(value->dim, owned->dim, sizeof(value->dim));
    return VIS_OK;
}

vis_status graph_add_input(graph *g, const char *name, int rank, const int64_t *dim, int *id,
                           vis_error *err)
{
    if (g->n_inputs == GRAPH_MAX_INPUTS) {
        return vis_fail(err, VIS_ERR_LIMIT, "a graph of more than %d inputs", GRAPH_MAX_INPUTS);
    }
    if (rank > TENSOR_MAX_RANK) {
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "input %s has %d axes, at most %d are handled",
                        name, rank, TENSOR_MAX_RANK);
    }
    VIS_TRY(graph_add_value(g, name, TENSOR_F32, id, err));
    g->value[*id].rank = rank;
    for (int i = 0; i < rank; i++) {
        g->value[*id].dim[i] = dim[i];
    }
    g->input[g->n_inputs++] = *id;
    return VIS_OK;
}

vis_status graph_mark_output(graph *g, int id, vis_error *err)
{
    if (g->n_outputs == GRAPH_MAX_INPUTS) {
        return vis_fail(err, VIS_ERR_LIMIT, "a graph of more than %d outputs", GRAPH_MAX_INPUTS);
    }
    g->output[g->n_outputs++] = id;
    return VIS_OK;
}

vis_status graph_add_node(graph *g, graph_op op, const char *name, const int *inputs, int n_inputs,
                          const graph_attributes *attr, int *out, vis_error *err)
{
    void *list = g->node;
    vis_status status = grow(&list, g->n_nodes, &g->nodes_capacity, sizeof(graph_node), err);
    g->node = list;
    if (status != VIS_OK) return status;

    graph_node node = {.op = op, .n_inputs = n_inputs, .n_outputs = 1};
    node.name = strdup(name ? name : "");
    node.input = malloc(sizeof(int) * (size_t)(n_inputs > 0 ? n_inputs : 1));
    node.output = malloc(sizeof(int));
    if (attr) node.attr = *attr;
    if (node.name && node.input && node.output) {
        if (n_inputs > 0) memcpy(node.input, inputs, sizeof(int) * (size_t)n_inputs);
        status = graph_add_value(g, name, TENSOR_F32, &node.output[0], err);
    } else {
        status = vis_fail_memory(err, "a graph");
    }
    if (status != VIS_OK) {
        free(node.name);
        free(node.input);
        free(node.output);
        return status;
    }
    *out = node.output[0];
    g->node[g->n_nodes++] = node;
    return VIS_OK;
}

vis_status graph_rename_value(graph *g, int id, const char *name, vis_error *err)
{
    char *copy = strdup(name);
    if (!copy) return vis_fail_memory(err, "a graph");
    free(g->value[id].name);
    g->value[id].name = copy;
    return VIS_OK;
}
