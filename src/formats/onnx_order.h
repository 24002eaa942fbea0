/* formats/onnx_order.h - the order in which the nodes of an ONNX graph can be computed.
 *
 * ONNX asks for nodes that stand after those whose results they read; converters (of float16, for
 * one) append theirs at the end all the same, and the runtimes put up with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_ONNX_ORDER_H
#define FORMATS_ONNX_ORDER_H

#include "base/status.h"
#include "onnx.pb-c.h"

/* A node's name for messages; the first output that it writes when it has none. */
const char *onnx_node_name(const Onnx__NodeProto *proto);

/* Fills order[proto->n_node] with the indices of the nodes, each after the writers of what it
 * reads; a graph in order keeps its own. What nobody writes is left to the reader. VIS_ERR_FORMAT
 * for a cycle, with a node in it. `path` stands in messages. */
vis_status onnx_order(const Onnx__GraphProto *proto, const char *path, int *order, vis_error *err);

#endif
