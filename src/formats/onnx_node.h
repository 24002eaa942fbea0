/* formats/onnx_node.h - one ONNX node while it is being turned into ours.
 *
 * A converter takes the attributes that it understands, one by one, and fills op, attr and input.
 * What nobody has taken is noticed at the end, so that no attribute is overlooked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_ONNX_NODE_H
#define FORMATS_ONNX_NODE_H

#include "graph/graph.h"
#include "onnx.pb-c.h"

#define ONNX_MAX_ATTRIBUTES 64

typedef struct onnx_node {
    const Onnx__NodeProto *proto;
    const char *path; /* of the file, for messages */
    const char *name; /* of the node; its first output when it has none */
    int64_t opset;
    graph *g;       /* where constants made from attributes go */
    uint64_t taken; /* one bit per attribute of proto */
    graph_op op;
    graph_attributes attr;
    int *input; /* room for n_inputs, and at least 8; value indices or GRAPH_NONE */
    int n_inputs;
    int output; /* which of the operator's outputs the node is to compute */
    vis_error *err;
} onnx_node;

/* "FILE: node NAME (Operator): what". */
vis_status onnx_node_fail(const onnx_node *n, vis_status status, const char *what);

/* The attribute of that name, now taken; NULL when there is none. */
const Onnx__AttributeProto *onnx_attribute(onnx_node *n, const char *name);

/* Typed ones; *value stays what it was when there is none. A list must have `count` entries. */
vis_status onnx_take_int(onnx_node *n, const char *name, int64_t *value);
vis_status onnx_take_float(onnx_node *n, const char *name, float *value);
vis_status onnx_take_ints(onnx_node *n, const char *name, int64_t *value, int count);
/* A text compared with a NULL-terminated list of choices; *choice becomes the index. */
vis_status onnx_take_choice(onnx_node *n, const char *name, const char *const *choices,
                            int *choice);
/* An integer that must be `only` when it is there. */
vis_status onnx_take_fixed(onnx_node *n, const char *name, int64_t only);

/* Older forms: an attribute that newer opsets pass as input number `at`. Absent: nothing happens.
 */
vis_status onnx_ints_to_input(onnx_node *n, const char *name, int at);
vis_status onnx_floats_to_input(onnx_node *n, const char *name, int at);
vis_status onnx_float_to_input(onnx_node *n, const char *name, int at);

/* Refuses attributes that nobody took. */
vis_status onnx_node_finish(onnx_node *n);

#endif
