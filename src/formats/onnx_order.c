/* formats/onnx_order.c - depth first from the first node to the last: writers, then the node.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_order.h"

#include "formats/name_map.h"

#include <stdlib.h>

typedef enum visit { VISIT_NONE, VISIT_OPEN, VISIT_DONE } visit;

typedef struct walk {
    const Onnx__GraphProto *proto;
    const char *path;
    name_map writer;    /* of a value, to the index of its node */
    uint8_t *state;     /* by node: a visit */
    size_t *next_input; /* by node: which of its inputs to follow next */
    int *stack;         /* nodes that wait for their writers */
    int depth;
    vis_error *err;
} walk;

const char *onnx_node_name(const Onnx__NodeProto *proto)
{
    if (proto->name && proto->name[0]) return proto->name;
    for (size_t i = 0; i < proto->n_output; i++) {
        if (proto->output[i][0]) return proto->output[i];
    }
    return "?";
}

static vis_status note_writers(walk *w)
{
    for (size_t i = 0; i < w->proto->n_node; i++) {
        const Onnx__NodeProto *node = w->proto->node[i];
        for (size_t k = 0; k < node->n_output; k++) {
            bool added; /* twice the same name is for the reader to refuse */
            if (!node->output[k][0]) continue;
            VIS_TRY(name_map_add(&w->writer, node->output[k], (int)i, &added, w->err));
        }
    }
    return VIS_OK;
}

static void open_node(walk *w, int node)
{
    w->state[node] = VISIT_OPEN;
    w->stack[w->depth++] = node;
}

/* Goes on with the node on top of the stack: to its next writer, or out into the order. */
static vis_status advance(walk *w, int *order, int *ordered)
{
    int top = w->stack[w->depth - 1];
    const Onnx__NodeProto *node = w->proto->node[top];
    if (w->next_input[top] == node->n_input) {
        w->state[top] = VISIT_DONE;
        w->depth--;
        order[(*ordered)++] = top;
        return VIS_OK;
    }
    const char *name = node->input[w->next_input[top]++];
    int writer = name[0] ? name_map_find(&w->writer, name) : -1;
    if (writer < 0 || w->state[writer] == VISIT_DONE) return VIS_OK;
    if (w->state[writer] == VISIT_OPEN) {
        return vis_fail(w->err, VIS_ERR_FORMAT,
                        "%s: node %s (%s) reads %s, which depends on its own result: a cycle",
                        w->path, onnx_node_name(node), node->op_type ? node->op_type : "", name);
    }
    open_node(w, writer);
    return VIS_OK;
}

static vis_status walk_all(walk *w, int *order)
{
    int ordered = 0;
    VIS_TRY(note_writers(w));
    for (size_t i = 0; i < w->proto->n_node; i++) {
        if (w->state[i] != VISIT_NONE) continue;
        open_node(w, (int)i);
        while (w->depth > 0) {
            VIS_TRY(advance(w, order, &ordered));
        }
    }
    return VIS_OK;
}

vis_status onnx_order(const Onnx__GraphProto *proto, const char *path, int *order, vis_error *err)
{
    walk w = {.proto = proto, .path = path, .err = err};
    size_t n = proto->n_node + 1;
    w.state = calloc(n, sizeof(*w.state));
    w.next_input = calloc(n, sizeof(*w.next_input));
    w.stack = calloc(n, sizeof(*w.stack));
    vis_status status =
        w.state && w.next_input && w.stack ? walk_all(&w, order) : vis_fail_memory(err, "a graph");
    name_map_free(&w.writer);
    free(w.state);
    free(w.next_input);
    free(w.stack);
    return status;
}
