/* formats/onnx_write.h - a graph as an .onnx file.
 *
 * Format: one ModelProto (onnx.proto) of IR version 8 and opset 17. Constants become initializers
 * with raw little-endian bytes; values and nodes keep their names. The first axis of every input is
 * free and called "batch", and so is that of the outputs; the other axes are fixed. Operators: see
 * formats/onnx_write_node.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_ONNX_WRITE_H
#define FORMATS_ONNX_WRITE_H

#include "graph/graph.h"

#define ONNX_WRITE_IR_VERSION 8
#define ONNX_WRITE_BATCH "batch" /* name of the free axis */

/* A key and its value: one entry of metadata_props. */
typedef struct onnx_label {
    const char *key, *value;
} onnx_label;

/* What a file says of itself. All of it stays the caller's. */
typedef struct onnx_heading {
    const char *name;               /* of the network; a file must have one */
    const char *producer, *version; /* of the program that writes */
    const char *text;               /* for people: doc_string */
    const onnx_label *label;
    int n_labels;
} onnx_heading;

/* Writes `g` to `path`, whole or not at all. Every input must be declared with its shape, the first
 * axis -1, the rest known. VIS_ERR_UNSUPPORTED: an operator, constant or input that is not written,
 * named; VIS_ERR_INTERNAL: two values of one name; VIS_ERR_LIMIT: beyond protobuf's 2 GiB;
 * VIS_ERR_WRITE, VIS_ERR_MEMORY. */
vis_status onnx_write(const graph *g, const onnx_heading *heading, const char *path,
                      vis_error *err);

#endif
