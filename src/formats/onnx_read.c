/* formats/onnx_read.c - from ModelProto to graph.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_read.h"

#include "formats/name_map.h"
#include "formats/onnx_operators.h"
#include "formats/onnx_order.h"
#include "formats/onnx_tensor.h"
#include "formats/onnx_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPSET_FIRST 7
#define OPSET_LAST 25
#define MAX_OUTPUTS 1024 /* of one node */
#define MAX_NODE_INPUTS 100000
#define MAX_TOTAL_NUMBERS ((int64_t)1 << 29) /* of all constants */

typedef struct reader {
    const char *path;
    const Onnx__GraphProto *proto;
    graph *g;
    name_map names;    /* of values, to their indices */
    name_map left_out; /* of outputs that are not computed, to the indices of their nodes */
    onnx_externals externals;
    onnx_facts *facts;
    int64_t numbers; /* in constants so far */
    vis_error *err;
} reader;

static vis_status define(reader *r, const char *name, int id)
{
    bool added = false;
    VIS_TRY(name_map_add(&r->names, name, id, &added, r->err));
    if (!added) {
        return vis_fail(r->err, VIS_ERR_FORMAT, "%s: value %s is defined twice", r->path, name);
    }
    return VIS_OK;
}

/* Keeps track of how the weights are stored. */
static void note_dtype(reader *r, const Onnx__TensorProto *proto)
{
    stored_type stored;
    tensor_dtype dtype;
    char *text = r->facts->weights_dtype;
    if (proto->n_dims < 2 || !onnx_type(proto->data_type, &stored, &dtype) || dtype != TENSOR_F32)
        return;
    const char *name = stored_type_name(stored);
    if (strcmp(text, "none") != 0 && strcmp(text, name) != 0) name = "mixed";
    snprintf(text, sizeof(r->facts->weights_dtype), "%s", name);
}

static vis_status add_tensor(reader *r, const Onnx__TensorProto *proto, const char *name)
{
    tensor t;
    int id = 0;
    VIS_TRY(onnx_tensor_read(proto, name, &r->externals, &t, r->err));
    r->numbers += tensor_count(&t);
    if (r->numbers > MAX_TOTAL_NUMBERS) {
        tensor_free(&t);
        return vis_fail(r->err, VIS_ERR_LIMIT, "%s: more weights than any model of the family has",
                        r->path);
    }
    note_dtype(r, proto);
    VIS_TRY(graph_add_constant(r->g, name, &t, &id, r->err));
    return define(r, name, id);
}

static vis_status add_initializers(reader *r)
{
    if (r->proto->n_sparse_initializer) {
        return vis_fail(r->err, VIS_ERR_UNSUPPORTED, "%s: sparse weights are not read", r->path);
    }
    for (size_t i = 0; i < r->proto->n_initializer; i++) {
        const Onnx__TensorProto *proto = r->proto->initializer[i];
        if (!proto->name || !proto->name[0]) {
            return vis_fail(r->err, VIS_ERR_FORMAT, "%s: a weight without a name", r->path);
        }
        VIS_TRY(add_tensor(r, proto, proto->name));
    }
    return VIS_OK;
}

/* A declared shape; unknown dimensions (names, or numbers below 1 that some exporters write) become
 * -1. */
static vis_status read_shape(const reader *r, const Onnx__ValueInfoProto *info, int *rank,
                             int64_t *dim)
{
    const Onnx__TypeProto__Tensor *type =
        info->type && info->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
            ? info->type->tensor_type
            : NULL;
    stored_type stored;
    tensor_dtype dtype = TENSOR_I64;
    if (!type || !onnx_type(type->elem_type, &stored, &dtype) || dtype != TENSOR_F32) {
        return vis_fail(r->err, VIS_ERR_UNSUPPORTED,
                        "%s: input %s is not a tensor of floating point numbers", r->path,
                        info->name);
    }
    *rank = -1;
    if (!type->shape) return VIS_OK;
    if (type->shape->n_dim > TENSOR_MAX_RANK) {
        return vis_fail(r->err, VIS_ERR_UNSUPPORTED, "%s: input %s has too many axes", r->path,
                        info->name);
    }
    *rank = (int)type->shape->n_dim;
    for (int i = 0; i < *rank; i++) {
        const Onnx__TensorShapeProto__Dimension *d = type->shape->dim[i];
        bool fixed = d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
                     d->dim_value > 0;
        dim[i] = fixed ? d->dim_value : -1;
    }
    return VIS_OK;
}

static vis_status add_inputs(reader *r)
{
    for (size_t i = 0; i < r->proto->n_input; i++) {
        const Onnx__ValueInfoProto *info = r->proto->input[i];
        int rank, id = 0;
        int64_t dim[TENSOR_MAX_RANK];
        if (!info->name || !info->name[0]) {
            return vis_fail(r->err, VIS_ERR_FORMAT, "%s: an input without a name", r->path);
        }
        /* Old files list their weights among the inputs. */
        if (name_map_find(&r->names, info->name) >= 0) continue;
        VIS_TRY(read_shape(r, info, &rank, dim));
        VIS_TRY(graph_add_input(r->g, info->name, rank, dim, &id, r->err));
        VIS_TRY(define(r, info->name, id));
    }
    return VIS_OK;
}

/* Constant nodes: the value is one of several attributes. */
static vis_status add_constant_node(reader *r, const Onnx__NodeProto *proto)
{
    const char *name = proto->output[0];
    static const Onnx__AttributeProto none = ONNX__ATTRIBUTE_PROTO__INIT;
    const Onnx__AttributeProto *a = proto->n_attribute == 1 ? proto->attribute[0] : &none;
    const char *kind = a->name ? a->name : "";
    if (strcmp(kind, "value") == 0 && a->t) return add_tensor(r, a->t, name);
    tensor t = {0};
    int id = 0;
    int64_t ints = (int64_t)a->n_ints, floats = (int64_t)a->n_floats;
    if (strcmp(kind, "value_int") == 0 && a->has_i) {
        VIS_TRY(tensor_create(&t, TENSOR_I64, 0, NULL, r->err));
        tensor_i64(&t)[0] = a->i;
    } else if (strcmp(kind, "value_ints") == 0) {
        VIS_TRY(tensor_create(&t, TENSOR_I64, 1, &ints, r->err));
        if (ints) memcpy(t.data, a->ints, (size_t)ints * sizeof(int64_t));
    } else if (strcmp(kind, "value_float") == 0 && a->has_f) {
        VIS_TRY(tensor_create(&t, TENSOR_F32, 0, NULL, r->err));
        tensor_f32(&t)[0] = a->f;
    } else if (strcmp(kind, "value_floats") == 0) {
        VIS_TRY(tensor_create(&t, TENSOR_F32, 1, &floats, r->err));
        if (floats) memcpy(t.data, a->floats, (size_t)floats * sizeof(float));
    } else {
        return vis_fail(r->err, VIS_ERR_UNSUPPORTED,
                        "%s: node %s (Constant): a value of a kind not read", r->path, name);
    }
    VIS_TRY(graph_add_constant(r->g, name, &t, &id, r->err));
    return define(r, name, id);
}

/* Fails when nobody writes the name because it is an output that is not computed. */
static vis_status check_left_out(const reader *r, const char *name)
{
    int index = name_map_find(&r->left_out, name);
    if (index < 0) return VIS_OK;
    const Onnx__NodeProto *writer = r->proto->node[index];
    return vis_fail(r->err, VIS_ERR_UNSUPPORTED,
                    "%s: node %s (%s): its output %s is not computed, only its first is", r->path,
                    onnx_node_name(writer), writer->op_type, name);
}

/* Finds the node's inputs; an empty name is an optional input left out. */
static vis_status bind_inputs(reader *r, onnx_node *n)
{
    for (size_t i = 0; i < n->proto->n_input; i++) {
        const char *name = n->proto->input[i];
        n->input[i] = GRAPH_NONE;
        if (!name[0]) continue;
        n->input[i] = name_map_find(&r->names, name);
        if (n->input[i] < 0) {
            VIS_TRY(check_left_out(r, name));
            return vis_fail(r->err, VIS_ERR_FORMAT,
                            "%s: node %s (%s) reads %s, which nothing writes", r->path, n->name,
                            n->proto->op_type, name);
        }
    }
    n->n_inputs = (int)n->proto->n_input;
    return VIS_OK;
}

/* Adds the node that computes one output of an operator. */
static vis_status add_output(reader *r, const Onnx__NodeProto *proto, int output)
{
    int id = 0;
    onnx_node n = {.proto = proto,
                   .path = r->path,
                   .opset = r->facts->opset,
                   .g = r->g,
                   .output = output,
                   .err = r->err};
    n.name = onnx_node_name(proto);
    n.input = malloc((proto->n_input + 8) * sizeof(int)); /* converters may add a few */
    if (!n.input) return vis_fail_memory(r->err, r->path);
    vis_status status = bind_inputs(r, &n);
    if (status == VIS_OK) status = onnx_convert(&n);
    if (status == VIS_OK) {
        status = graph_add_node(r->g, n.op, n.name, n.input, n.n_inputs, &n.attr, &id, r->err);
    }
    free(n.input);
    VIS_TRY(status);
    VIS_TRY(graph_rename_value(r->g, id, proto->output[output], r->err));
    return define(r, proto->output[output], id);
}

/* Of several outputs only those of Split are all computed. Who reads a mask of Dropout, indices of
 * MaxPool or statistics of training is told so. */
static vis_status add_node(reader *r, int index)
{
    const Onnx__NodeProto *proto = r->proto->node[index];
    if (!proto->op_type || proto->n_output < 1 || proto->n_output > MAX_OUTPUTS ||
        proto->n_input > MAX_NODE_INPUTS) {
        return vis_fail(r->err, VIS_ERR_FORMAT,
                        "%s: a node without an operator or an output, or with too many", r->path);
    }
    bool standard = !proto->domain || !proto->domain[0] || strcmp(proto->domain, "ai.onnx") == 0;
    if (standard && strcmp(proto->op_type, "Constant") == 0) return add_constant_node(r, proto);
    bool all = standard && strcmp(proto->op_type, "Split") == 0;
    for (size_t i = 0; i < proto->n_output; i++) {
        const char *name = proto->output[i];
        bool added;
        if (i > 0 && !name[0]) continue; /* not wanted */
        if (i == 0 || all) {
            VIS_TRY(add_output(r, proto, (int)i));
        } else {
            VIS_TRY(name_map_add(&r->left_out, name, index, &added, r->err));
        }
    }
    return VIS_OK;
}

static vis_status mark_outputs(reader *r)
{
    for (size_t i = 0; i < r->proto->n_output; i++) {
        const char *name = r->proto->output[i]->name ? r->proto->output[i]->name : "";
        int id = name_map_find(&r->names, name);
        if (id < 0) {
            VIS_TRY(check_left_out(r, name));
            return vis_fail(r->err, VIS_ERR_FORMAT, "%s: nothing writes output %s", r->path, name);
        }
        VIS_TRY(graph_mark_output(r->g, id, r->err));
    }
    if (r->proto->n_output == 0) {
        return vis_fail(r->err, VIS_ERR_FORMAT, "%s: a network without outputs", r->path);
    }
    return VIS_OK;
}

static vis_status find_opset(const Onnx__ModelProto *model, const char *path, int64_t *opset,
                             vis_error *err)
{
    *opset = 1; /* what a file means that does not say */
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const char *domain = model->opset_import[i]->domain;
        if (!domain || !domain[0] || strcmp(domain, "ai.onnx") == 0) {
            *opset = model->opset_import[i]->version;
        }
    }
    if (*opset < OPSET_FIRST || *opset > OPSET_LAST) {
        return vis_fail(
            err, VIS_ERR_UNSUPPORTED,
            "%s: ONNX opset %lld is not read (%d to %d are); export again with opset 17", path,
            (long long)*opset, OPSET_FIRST, OPSET_LAST);
    }
    return VIS_OK;
}

static vis_status add_nodes(reader *r)
{
    int *order = malloc((r->proto->n_node + 1) * sizeof(int));
    if (!order) return vis_fail_memory(r->err, r->path);
    vis_status status = onnx_order(r->proto, r->path, order, r->err);
    for (size_t i = 0; i < r->proto->n_node && status == VIS_OK; i++) {
        status = add_node(r, order[i]);
    }
    free(order);
    return status;
}

static vis_status read_graph(reader *r)
{
    VIS_TRY(add_initializers(r));
    VIS_TRY(add_inputs(r));
    VIS_TRY(add_nodes(r));
    return mark_outputs(r);
}

static vis_status read_model(const Onnx__ModelProto *model, const char *path, bool alone,
                             graph **out, onnx_facts *facts, vis_error *err)
{
    if (!model->graph)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: an ONNX file without a network", path);
    VIS_TRY(find_opset(model, path, &facts->opset, err));
    snprintf(facts->weights_dtype, sizeof(facts->weights_dtype), "none");
    reader r = {.path = path, .proto = model->graph, .facts = facts, .err = err};
    r.externals.model_path = path;
    r.externals.refused = alone;
    VIS_TRY(graph_create(&r.g, err));
    vis_status status = read_graph(&r);
    name_map_free(&r.names);
    name_map_free(&r.left_out);
    onnx_externals_free(&r.externals);
    if (status != VIS_OK) {
        graph_free(r.g);
        return status;
    }
    *out = r.g;
    return VIS_OK;
}

/* protobuf-c does not tell memory that ran out from a file that is damaged. */
static void *take_memory(void *ran_out, size_t size)
{
    void *memory = malloc(size);
    if (!memory) *(bool *)ran_out = true;
    return memory;
}

static void give_memory(void *ran_out, void *memory)
{
    free(memory);
}

static vis_status read_bytes(const uint8_t *data, size_t size, const char *path, bool alone,
                             graph **out, onnx_facts *facts, vis_error *err)
{
    VIS_TRY(onnx_wire_check(data, size, path, err));
    bool ran_out = false;
    ProtobufCAllocator allocator = {take_memory, give_memory, &ran_out};
    Onnx__ModelProto *model = onnx__model_proto__unpack(&allocator, size, data);
    if (!model && ran_out) return vis_fail_memory(err, "an ONNX file");
    if (!model) return vis_fail(err, VIS_ERR_FORMAT, "%s: not an ONNX file, or damaged", path);
    vis_status status = read_model(model, path, alone, out, facts, err);
    onnx__model_proto__free_unpacked(model, &allocator);
    return status;
}

vis_status onnx_read(const uint8_t *data, size_t size, const char *path, graph **out,
                     onnx_facts *facts, vis_error *err)
{
    return read_bytes(data, size, path, false, out, facts, err);
}

vis_status onnx_read_alone(const uint8_t *data, size_t size, const char *name, graph **out,
                           onnx_facts *facts, vis_error *err)
{
    return read_bytes(data, size, name, true, out, facts, err);
}
