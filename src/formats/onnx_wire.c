/* formats/onnx_wire.c - walking protobuf's wire format, guided by the message descriptors.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_wire.h"

#include "onnx.pb-c.h"

typedef struct scan {
    const uint8_t *data;
    const char *name;
    int fields; /* messages and texts so far */
    vis_error *err;
} scan;

static vis_status damaged(const scan *s, size_t at)
{
    return vis_fail(s->err, VIS_ERR_FORMAT, "%s: not an ONNX file, or damaged at byte %zu", s->name,
                    at);
}

static vis_status read_varint(const scan *s, size_t *at, size_t end, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (*at >= end) return damaged(s, *at);
        uint8_t byte = s->data[(*at)++];
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return VIS_OK;
    }
    return damaged(s, *at);
}

static vis_status scan_message(scan *s, const ProtobufCMessageDescriptor *type, size_t at,
                               size_t end, int depth);

static vis_status scan_field(scan *s, const ProtobufCMessageDescriptor *type, size_t *at,
                             size_t end, int depth)
{
    uint64_t key = 0, value = 0;
    VIS_TRY(read_varint(s, at, end, &key));
    switch (key & 7) {
    case 0:
        return read_varint(s, at, end, &value);
    case 1:
    case 5: {
        size_t bytes = (key & 7) == 1 ? 8 : 4;
        if (bytes > end - *at) return damaged(s, *at);
        *at += bytes;
        return VIS_OK;
    }
    case 2:
        break;
    default:
        return damaged(s, *at);
    }
    VIS_TRY(read_varint(s, at, end, &value));
    if (value > end - *at || key >> 3 > UINT32_MAX) return damaged(s, *at);
    if (++s->fields > ONNX_MAX_FIELDS) {
        return vis_fail(s->err, VIS_ERR_LIMIT, "%s: more parts than any model has", s->name);
    }
    size_t start = *at;
    *at += (size_t)value;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(type, (unsigned)(key >> 3));
    if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE) return VIS_OK;
    return scan_message(s, field->descriptor, start, *at, depth + 1);
}

static vis_status scan_message(scan *s, const ProtobufCMessageDescriptor *type, size_t at,
                               size_t end, int depth)
{
    if (depth > ONNX_MAX_DEPTH) {
        return vis_fail(s->err, VIS_ERR_LIMIT, "%s: messages nested more than %d deep at byte %zu",
                        s->name, ONNX_MAX_DEPTH, at);
    }
    while (at < end) {
        VIS_TRY(scan_field(s, type, &at, end, depth));
    }
    return VIS_OK;
}

vis_status onnx_wire_check(const uint8_t *data, size_t size, const char *name, vis_error *err)
{
    scan s = {.data = data, .name = name, .err = err};
    return scan_message(&s, &onnx__model_proto__descriptor, 0, size, 1);
}
