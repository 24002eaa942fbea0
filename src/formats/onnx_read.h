/* formats/onnx_read.h - an .onnx file as a graph.
 *
 * Format: see formats/onnx_wire.h for the bytes and formats/onnx_tensor.h for weights. A ModelProto
 * names the opsets it uses and holds one GraphProto: initializers (constants), inputs, nodes,
 * outputs; values are tied together by name. Read: opset 7 to 25 of the standard operators, as far
 * as their attributes mean what opset 18 says (docs/operators.md).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_ONNX_READ_H
#define FORMATS_ONNX_READ_H

#include "graph/graph.h"

typedef struct onnx_facts {
    int64_t opset;
    char weights_dtype[16]; /* of floating point initializers with two axes or more; "mixed", "none"
                             */
} onnx_facts;

/* Reads a file that lies in memory; `path` names it in messages and finds external data beside it.
 * The graph owns copies of everything. VIS_ERR_UNSUPPORTED names the node and operator. */
vis_status onnx_read(const uint8_t *data, size_t size, const char *path, graph **out,
                     onnx_facts *facts, vis_error *err);

/* The same of bytes that are in no folder: `name` is for messages, and external data is refused
 * (VIS_ERR_UNSUPPORTED). */
vis_status onnx_read_alone(const uint8_t *data, size_t size, const char *name, graph **out,
                           onnx_facts *facts, vis_error *err);

#endif
