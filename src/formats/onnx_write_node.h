/* formats/onnx_write_node.h - nodes of a graph as ONNX's NodeProto, in opset 17.
 *
 * Written: Conv, BatchNormalization, Relu, Sigmoid, Add, Concat, Flatten, and Resize by scales:
 * what the networks of this family are built of (networks/unet.c, networks/ave_encoder.c); all other
 * operators are refused by name. Attributes that say how a node computes are written also where
 * they have their default value. In opset 17 these operators mean what graph.h says of opset 18.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_ONNX_WRITE_NODE_H
#define FORMATS_ONNX_WRITE_NODE_H

#include "graph/graph.h"
#include "onnx.pb-c.h"

#define ONNX_WRITE_OPSET 17
#define ONNX_WRITE_ATTRIBUTES 5 /* of one node at most */

/* A node's message and what it points at; the rest of it (names, numbers) belongs to the graph.
 * Must not be moved once it is filled. */
typedef struct onnx_written_node {
    Onnx__NodeProto proto;
    Onnx__AttributeProto attribute[ONNX_WRITE_ATTRIBUTES];
    Onnx__AttributeProto *attributes[ONNX_WRITE_ATTRIBUTES];
    char **names; /* of inputs and outputs; owned */
} onnx_written_node;

/* Fills `out`, which starts zeroed and is valid as long as `g`. VIS_ERR_UNSUPPORTED ("node NAME
 * (Operator): ...") for operators that are not written, VIS_ERR_MEMORY. */
vis_status onnx_write_node(const graph *g, const graph_node *node, onnx_written_node *out,
                           vis_error *err);
void onnx_written_node_free(onnx_written_node *node); /* a zeroed one is fine */

#endif
