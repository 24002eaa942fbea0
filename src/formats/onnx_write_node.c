/* formats/onnx_write_node.c - one writer for each operator that has attributes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_write_node.h"

#include <stdlib.h>
#include <string.h>

typedef void (*attribute_writer)(const graph_node *node, onnx_written_node *out);

static Onnx__AttributeProto *add(onnx_written_node *out, const char *name,
                                 Onnx__AttributeProto__AttributeType type)
{
    size_t at = out->proto.n_attribute++;
    Onnx__AttributeProto *a = &out->attribute[at];
    onnx__attribute_proto__init(a);
    a->name = (char *)name;
    a->has_type = 1;
    a->type = type;
    out->attributes[at] = a;
    return a;
}

static void add_int(onnx_written_node *out, const char *name, int64_t value)
{
    Onnx__AttributeProto *a = add(out, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    a->has_i = 1;
    a->i = value;
}

static void add_float(onnx_written_node *out, const char *name, float value)
{
    Onnx__AttributeProto *a = add(out, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    a->has_f = 1;
    a->f = value;
}

static void add_text(onnx_written_node *out, const char *name, const char *value)
{
    Onnx__AttributeProto *a = add(out, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
    a->has_s = 1;
    a->s = (ProtobufCBinaryData){.len = strlen(value), .data = (uint8_t *)value};
}

static void add_ints(onnx_written_node *out, const char *name, const int64_t *values, size_t count)
{
    Onnx__AttributeProto *a = add(out, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    a->n_ints = count;
    a->ints = (int64_t *)values;
}

static void no_attributes(const graph_node *node, onnx_written_node *out) {}

static void write_conv(const graph_node *node, onnx_written_node *out)
{
    add_ints(out, "kernel_shape", node->attr.window.kernel, 2);
    add_ints(out, "strides", node->attr.window.stride, 2);
    add_ints(out, "pads", node->attr.window.pad, 4);
    add_ints(out, "dilations", node->attr.window.dilation, 2);
    add_int(out, "group", node->attr.window.groups);
}

static void write_batch_norm(const graph_node *node, onnx_written_node *out)
{
    add_float(out, "epsilon", node->attr.batch_norm.epsilon);
}

static void write_axis(const graph_node *node, onnx_written_node *out)
{
    add_int(out, "axis", node->attr.axis);
}

static void write_resize(const graph_node *node, onnx_written_node *out)
{
    static const char *const modes[] = {
        [GRAPH_RESIZE_NEAREST] = "nearest", [GRAPH_RESIZE_LINEAR] = "linear"};
    static const char *const coordinates[] = {[RESIZE_HALF_PIXEL] = "half_pixel",
                                              [RESIZE_PYTORCH_HALF_PIXEL] = "pytorch_half_pixel",
                                              [RESIZE_ALIGN_CORNERS] = "align_corners",
                                              [RESIZE_ASYMMETRIC] = "asymmetric"};
    static const char *const roundings[] = {[RESIZE_FLOOR] = "floor",
                                            [RESIZE_CEIL] = "ceil",
                                            [RESIZE_PREFER_FLOOR] = "round_prefer_floor",
                                            [RESIZE_PREFER_CEIL] = "round_prefer_ceil"};
    add_text(out, "mode", modes[node->attr.resize.mode]);
    add_text(out, "coordinate_transformation_mode", coordinates[node->attr.resize.coordinates]);
    add_text(out, "nearest_mode", roundings[node->attr.resize.rounding]);
}

static attribute_writer find_writer(graph_op op)
{
    switch (op) {
    case OP_CONV:
        return write_conv;
    case OP_BATCH_NORM:
        return write_batch_norm;
    case OP_CONCAT:
    case OP_FLATTEN:
        return write_axis;
    case OP_RESIZE:
        return write_resize;
    case OP_RELU:
    case OP_SIGMOID:
    case OP_ADD:
        return no_attributes;
    default:
        return NULL;
    }
}

/* Names of the inputs (an empty one where an optional input is left out), then of the outputs. */
static vis_status bind_names(const graph *g, const graph_node *node, onnx_written_node *out,
                             vis_error *err)
{
    size_t inputs = (size_t)node->n_inputs, outputs = (size_t)node->n_outputs;
    out->names = calloc(inputs + outputs + 1, sizeof *out->names);
    if (!out->names) return vis_fail_memory(err, "an ONNX node");
    for (size_t i = 0; i < inputs; i++)
        out->names[i] = node->input[i] == GRAPH_NONE ? (char *)"" : g->value[node->input[i]].name;
    for (size_t i = 0; i < outputs; i++)
        out->names[inputs + i] = g->value[node->output[i]].name;
    out->proto.n_input = inputs;
    out->proto.input = out->names;
    out->proto.n_output = outputs;
    out->proto.output = out->names + inputs;
    return VIS_OK;
}

vis_status onnx_write_node(const graph *g, const graph_node *node, onnx_written_node *out,
                           vis_error *err)
{
    attribute_writer write = find_writer(node->op);
    if (!write)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "node %s (%s): no such operator is written",
                        node->name, graph_op_name(node->op));
    onnx__node_proto__init(&out->proto);
    VIS_TRY(bind_names(g, node, out, err));
    out->proto.name = node->name;
    out->proto.op_type = (char *)graph_op_name(node->op);
    out->proto.attribute = out->attributes;
    write(node, out);
    return VIS_OK;
}

void onnx_written_node_free(onnx_written_node *node)
{
    free(node->names);
    *node = (onnx_written_node){0};
}
