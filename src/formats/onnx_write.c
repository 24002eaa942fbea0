/* formats/onnx_write.c - from graph to ModelProto.
 *
 * The messages are laid out over the graph: they point at its names and numbers, nothing large is
 * copied until the whole is packed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_write.h"

#include "base/file.h"
#include "formats/name_map.h"
#include "formats/onnx_write_node.h"
#include "graph/resolve.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw_data is the tensors' own bytes");

#define MAX_FILE (((size_t)2 << 30) - 1) /* bytes of one protobuf message */
#define MAX_LABELS 16

/* A declared input or output with all the messages that ONNX nests for it. */
typedef struct declared {
    Onnx__ValueInfoProto proto;
    Onnx__TypeProto type;
    Onnx__TypeProto__Tensor tensor;
    Onnx__TensorShapeProto shape;
    Onnx__TensorShapeProto__Dimension axis[TENSOR_MAX_RANK];
    Onnx__TensorShapeProto__Dimension *axes[TENSOR_MAX_RANK];
} declared;

/* All messages of a file. */
typedef struct writer {
    const graph *g;
    Onnx__ModelProto model;
    Onnx__GraphProto proto;
    Onnx__OperatorSetIdProto opset, *opsets[1];
    Onnx__StringStringEntryProto label[MAX_LABELS], *labels[MAX_LABELS];
    declared fed[GRAPH_MAX_INPUTS], result[GRAPH_MAX_INPUTS];
    Onnx__ValueInfoProto *inputs[GRAPH_MAX_INPUTS], *outputs[GRAPH_MAX_INPUTS];
    onnx_written_node *node; /* n_nodes; owned */
    Onnx__NodeProto **nodes;
    Onnx__TensorProto *weight; /* n_values at most; owned */
    Onnx__TensorProto **weights;
    vis_error *err;
} writer;

static vis_status allocate(writer *w)
{
    size_t nodes = (size_t)w->g->n_nodes + 1, values = (size_t)w->g->n_values + 1;
    w->node = calloc(nodes, sizeof *w->node);
    w->nodes = calloc(nodes, sizeof(Onnx__NodeProto *));
    w->weight = calloc(values, sizeof *w->weight);
    w->weights = calloc(values, sizeof(Onnx__TensorProto *));
    bool got = w->node && w->nodes && w->weight && w->weights;
    return got ? VIS_OK : vis_fail_memory(w->err, "an ONNX file");
}

static void writer_free(writer *w)
{
    for (int i = 0; w->node && i < w->g->n_nodes; i++)
        onnx_written_node_free(&w->node[i]);
    free(w->node);
    free(w->nodes);
    free(w->weight);
    free(w->weights);
    free(w);
}

/* ONNX ties values together by name, so each must have its own. */
static vis_status check_names(const writer *w)
{
    name_map names = {0};
    vis_status status = VIS_OK;
    for (int i = 0; status == VIS_OK && i < w->g->n_values; i++) {
        const char *name = w->g->value[i].name;
        bool added = false;
        status = name_map_add(&names, name, i, &added, w->err);
        if (status == VIS_OK && (!added || !name[0]))
            status = vis_fail(w->err, VIS_ERR_INTERNAL, "\"%s\" names two values, or none", name);
    }
    name_map_free(&names);
    return status;
}

static vis_status write_weight(writer *w, const graph_value *value)
{
    const tensor *t = value->constant;
    if (t->dtype != TENSOR_F32)
        return vis_fail(w->err, VIS_ERR_UNSUPPORTED,
                        "constant %s: only floating point numbers are written", value->name);
    Onnx__TensorProto *proto = &w->weight[w->proto.n_initializer];
    onnx__tensor_proto__init(proto);
    proto->name = value->name;
    proto->n_dims = (size_t)t->rank;
    proto->dims = (int64_t *)t->dim;
    proto->has_data_type = 1;
    proto->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    proto->has_raw_data = 1;
    proto->raw_data.len = (size_t)tensor_count(t) * sizeof(float);
    proto->raw_data.data = t->data;
    w->weights[w->proto.n_initializer++] = proto;
    return VIS_OK;
}

/* `dim` of an input or output, the first axis left free. */
static Onnx__ValueInfoProto *declare(declared *d, char *name, int rank, const int64_t *dim)
{
    onnx__value_info_proto__init(&d->proto);
    onnx__type_proto__init(&d->type);
    onnx__type_proto__tensor__init(&d->tensor);
    onnx__tensor_shape_proto__init(&d->shape);
    for (int i = 0; i < rank; i++) {
        Onnx__TensorShapeProto__Dimension *axis = &d->axis[i];
        onnx__tensor_shape_proto__dimension__init(axis);
        axis->value_case = i == 0 ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
                                  : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        if (i == 0)
            axis->dim_param = (char *)ONNX_WRITE_BATCH;
        else
            axis->dim_value = dim[i];
        d->axes[i] = axis;
    }
    d->shape.n_dim = (size_t)rank;
    d->shape.dim = d->axes;
    d->tensor.has_elem_type = 1;
    d->tensor.elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    d->tensor.shape = &d->shape;
    d->type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    d->type.tensor_type = &d->tensor;
    d->proto.name = name;
    d->proto.type = &d->type;
    return &d->proto;
}

static vis_status declare_inputs(writer *w, graph_shape *shapes)
{
    for (int i = 0; i < w->g->n_inputs; i++) {
        const graph_value *value = &w->g->value[w->g->input[i]];
        bool known = value->rank > 0 && value->dim[0] < 0;
        for (int a = 1; a < value->rank; a++)
            known = known && value->dim[a] >= 0;
        if (!known)
            return vis_fail(w->err, VIS_ERR_UNSUPPORTED,
                            "input %s: written are inputs whose first axis alone is free",
                            value->name);
        w->inputs[i] = declare(&w->fed[i], value->name, value->rank, value->dim);
        shapes[i].rank = value->rank;
        memcpy(shapes[i].dim, value->dim, sizeof shapes[i].dim);
        shapes[i].dim[0] = 1;
    }
    w->proto.n_input = (size_t)w->g->n_inputs;
    w->proto.input = w->inputs;
    return VIS_OK;
}

/* Shapes of the results are not in the graph: it is resolved for one frame. */
static vis_status declare_outputs(writer *w, const graph_shape *shapes)
{
    resolved_graph *resolved;
    VIS_TRY(graph_resolve(w->g, shapes, w->g->n_inputs, &resolved, w->err));
    const graph *r = resolved_graph_get(resolved);
    for (int i = 0; i < w->g->n_outputs; i++) {
        const graph_value *value = &r->value[r->output[i]];
        char *name = w->g->value[w->g->output[i]].name;
        w->outputs[i] = declare(&w->result[i], name, value->rank, value->dim);
    }
    resolved_graph_free(resolved);
    w->proto.n_output = (size_t)w->g->n_outputs;
    w->proto.output = w->outputs;
    return VIS_OK;
}

static vis_status fill_graph(writer *w, const char *name)
{
    graph_shape shapes[GRAPH_MAX_INPUTS];
    onnx__graph_proto__init(&w->proto);
    w->proto.name = (char *)name;
    w->proto.initializer = w->weights;
    w->proto.node = w->nodes;
    VIS_TRY(check_names(w));
    for (int i = 0; i < w->g->n_values; i++)
        if (w->g->value[i].constant) VIS_TRY(write_weight(w, &w->g->value[i]));
    for (int i = 0; i < w->g->n_nodes; i++) {
        VIS_TRY(onnx_write_node(w->g, &w->g->node[i], &w->node[i], w->err));
        w->nodes[w->proto.n_node++] = &w->node[i].proto;
    }
    VIS_TRY(declare_inputs(w, shapes));
    return declare_outputs(w, shapes);
}

static vis_status fill_model(writer *w, const onnx_heading *heading)
{
    onnx__model_proto__init(&w->model);
    onnx__operator_set_id_proto__init(&w->opset);
    w->opset.domain = (char *)"";
    w->opset.has_version = 1;
    w->opset.version = ONNX_WRITE_OPSET;
    w->opsets[0] = &w->opset;
    w->model.has_ir_version = 1;
    w->model.ir_version = ONNX_WRITE_IR_VERSION;
    w->model.n_opset_import = 1;
    w->model.opset_import = w->opsets;
    w->model.producer_name = (char *)heading->producer;
    w->model.producer_version = (char *)heading->version;
    w->model.doc_string = (char *)heading->text;
    w->model.graph = &w->proto;
    if (heading->n_labels > MAX_LABELS)
        return vis_fail(w->err, VIS_ERR_INTERNAL, "more than %d labels", MAX_LABELS);
    for (int i = 0; i < heading->n_labels; i++) {
        onnx__string_string_entry_proto__init(&w->label[i]);
        w->label[i].key = (char *)heading->label[i].key;
        w->label[i].value = (char *)heading->label[i].value;
        w->labels[i] = &w->label[i];
    }
    w->model.n_metadata_props = (size_t)heading->n_labels;
    w->model.metadata_props = w->labels;
    return fill_graph(w, heading->name);
}

/* protobuf-c's way of taking bytes, over a buffer that keeps its first failure. */
typedef struct sink {
    ProtobufCBuffer base; /* first: protobuf-c hands it back */
    buffer bytes;
    vis_status status;
    vis_error *err;
} sink;

static void take_bytes(ProtobufCBuffer *base, size_t size, const uint8_t *data)
{
    sink *s = (sink *)base;
    if (s->status == VIS_OK) s->status = buffer_append(&s->bytes, data, size, s->err);
}

static vis_status pack(const Onnx__ModelProto *model, const char *path, vis_error *err)
{
    size_t size = onnx__model_proto__get_packed_size(model);
    if (size > MAX_FILE)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: %zu bytes are more than an ONNX file can have",
                        path, size);
    sink s = {.base = {.append = take_bytes}, .err = err};
    buffer_init(&s.bytes, size);
    onnx__model_proto__pack_to_buffer(model, &s.base);
    vis_status status = s.status;
    if (status == VIS_OK) status = file_write(path, s.bytes.data, s.bytes.size, err);
    buffer_free(&s.bytes);
    return status;
}

vis_status onnx_write(const graph *g, const onnx_heading *heading, const char *path, vis_error *err)
{
    writer *w = calloc(1, sizeof *w);
    if (!w) return vis_fail_memory(err, "an ONNX file");
    w->g = g;
    w->err = err;
    vis_status status = allocate(w);
    if (status == VIS_OK) status = fill_model(w, heading);
    if (status == VIS_OK) status = pack(&w->model, path, err);
    writer_free(w);
    return status;
}
