/* formats/onnx_wire.h - a look at the bytes of an ONNX file before it is unpacked.
 *
 * Format: an ONNX file is one protobuf message (ModelProto in onnx.proto). A message is a run of
 * fields, each a varint key = number << 3 | wire type, then: type 0 a varint; 1 eight bytes; 2 a
 * varint length and that many bytes (text, bytes, packed numbers, or a nested message); 5 four
 * bytes. Nested messages can nest for ever, and the unpacker recurses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_ONNX_WIRE_H
#define FORMATS_ONNX_WIRE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define ONNX_MAX_DEPTH 24         /* a plain model needs 6: model, graph, node, attribute, tensor */
#define ONNX_MAX_FIELDS (1 << 22) /* messages and texts together */

/* VIS_OK when the whole file is well-formed and stays within the bounds above. */
vis_status onnx_wire_check(const uint8_t *data, size_t size, const char *name, vis_error *err);

#endif
