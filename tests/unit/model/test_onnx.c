/* The ONNX reader, on messages written here byte by byte: forms of all opsets come out as one, and
 * what is damaged, hostile or unknown is refused by name. Real exports are tested in tests/parity.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "formats/onnx_read.h"
#include "graph/resolve.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vis_error err;

/* A protobuf message being written. */
typedef struct message {
    uint8_t data[8192];
    size_t size;
} message;

static void varint(message *m, uint64_t v)
{
    for (; v > 0x7f; v >>= 7)
        m->data[m->size++] = (uint8_t)(v | 0x80);
    m->data[m->size++] = (uint8_t)v;
}

static void number(message *m, int field, uint64_t v)
{
    varint(m, (uint64_t)field << 3);
    varint(m, v);
}

static void bytes(message *m, int field, const void *data, size_t size)
{
    varint(m, (uint64_t)field << 3 | 2);
    varint(m, size);
    assert_true(m->size + size < sizeof m->data);
    memcpy(m->data + m->size, data, size);
    m->size += size;
}

static void text(message *m, int field, const char *t)
{
    bytes(m, field, t, strlen(t));
}

static void part(message *m, int field, const message *inner)
{
    bytes(m, field, inner->data, inner->size);
}

/* Field numbers below are those of onnx.proto. */

static message attribute(const char *name)
{
    message a = {.size = 0};
    text(&a, 1, name);
    return a;
}

static message attribute_ints(const char *name, int count, const int64_t *v)
{
    message a = attribute(name);
    for (int i = 0; i < count; i++)
        number(&a, 8, (uint64_t)v[i]);
    number(&a, 20, 7);
    return a;
}

static message attribute_text(const char *name, const char *v)
{
    message a = attribute(name);
    text(&a, 4, v);
    return a;
}

/* A node of up to three inputs; "" leaves one out, NULL ends them. */
static message operator_(const char *type, const char *output, const char *a, const char *b,
                         const char *c)
{
    message n = {.size = 0};
    const char *in[] = {a, b, c};
    for (int i = 0; i < 3 && in[i]; i++)
        text(&n, 1, in[i]);
    text(&n, 2, output);
    text(&n, 4, type);
    return n;
}

static message value_info(const char *name, int rank, const int64_t *dim)
{
    message shape = {.size = 0}, tensor_type = {.size = 0}, type = {.size = 0}, info = {.size = 0};
    for (int i = 0; i < rank; i++) {
        message d = {.size = 0};
        if (dim[i] > 0)
            number(&d, 1, (uint64_t)dim[i]);
        else
            text(&d, 2, "batch");
        part(&shape, 1, &d);
    }
    number(&tensor_type, 1, 1);
    part(&tensor_type, 2, &shape);
    part(&type, 1, &tensor_type);
    text(&info, 1, name);
    part(&info, 2, &type);
    return info;
}

static message ints_tensor(const char *name, int count, const int64_t *v)
{
    message t = {.size = 0};
    number(&t, 1, (uint64_t)count);
    number(&t, 2, 7);
    for (int i = 0; i < count; i++)
        number(&t, 7, (uint64_t)v[i]);
    text(&t, 8, name);
    return t;
}

static message floats_tensor(const char *name, int count, const float *v)
{
    message t = {.size = 0};
    number(&t, 1, (uint64_t)count);
    number(&t, 2, 1);
    text(&t, 8, name);
    bytes(&t, 9, v, (size_t)count * 4);
    return t;
}

static message model_of(const message *g, int opset)
{
    message m = {.size = 0}, import = {.size = 0};
    number(&m, 1, 7);
    part(&m, 7, g);
    number(&import, 2, (uint64_t)opset);
    part(&m, 8, &import);
    return m;
}

/* A network x [-1, 2, 4, 6] -> y of the nodes and tensors given; each list ends with NULL. */
static message network(int opset, const message *const *nodes, const message *const *tensors)
{
    message g = {.size = 0}, in = value_info("x", 4, (int64_t[]){-1, 2, 4, 6});
    message out = value_info("y", 0, NULL);
    for (; *nodes; nodes++)
        part(&g, 1, *nodes);
    for (; tensors && *tensors; tensors++)
        part(&g, 5, *tensors);
    part(&g, 11, &in);
    part(&g, 12, &out);
    return model_of(&g, opset);
}

#define NODES(...) ((const message *const[]){__VA_ARGS__, NULL})

static vis_status read_model(const message *m, graph **g)
{
    onnx_facts facts;
    uint8_t *copy = malloc(m->size); /* ends where the message ends, for the sanitizer */
    memcpy(copy, m->data, m->size);
    vis_status status = onnx_read(copy, m->size, "dir/net.onnx", g, &facts, &err);
    free(copy);
    return status;
}

/* Reads the network, resolves it for one frame; checks the result's shape and the number of nodes
 * left. */
static void expect(const message *m, int nodes, int rank, const int64_t *dim)
{
    graph *g;
    resolved_graph *r;
    graph_shape shape = {4, {1, 2, 4, 6}};
    assert_ok(read_model(m, &g), err);
    assert_ok(graph_resolve(g, &shape, 1, &r, &err), err);
    const graph *resolved = resolved_graph_get(r);
    const graph_value *y = &resolved->value[resolved->output[0]];
    assert_string_equal(y->name, "y");
    assert_int_equal(resolved->n_nodes, nodes);
    assert_int_equal(y->rank, rank);
    assert_memory_equal(y->dim, dim, (size_t)rank * sizeof *dim);
    resolved_graph_free(r);
    graph_free(g);
}

#define DIMS(...)                                                                                  \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / 8), (const int64_t[])                                 \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

/* Lists that were attributes and became inputs: the same graph from both. */
static void old_forms_and_new(void **state)
{
    message axes = attribute_ints("axes", DIMS(0, 4)), axes_t = ints_tensor("axes", DIMS(0, 4));
    message old = operator_("Unsqueeze", "y", "x", NULL, NULL),
            new = operator_("Unsqueeze", "y", "x", "axes", NULL);
    part(&old, 5, &axes);
    message m = network(11, NODES(&old), NULL);
    expect(&m, 1, DIMS(1, 1, 2, 4, 1, 6));
    m = network(13, NODES(&new), NODES(&axes_t));
    expect(&m, 1, DIMS(1, 1, 2, 4, 1, 6));

    message starts = attribute_ints("starts", DIMS(1)), ends = attribute_ints("ends", DIMS(-1));
    message where = attribute_ints("axes", DIMS(3)),
            slice = operator_("Slice", "y", "x", NULL, NULL);
    part(&slice, 5, &starts);
    part(&slice, 5, &ends);
    part(&slice, 5, &where);
    m = network(9, NODES(&slice), NULL);
    expect(&m, 1, DIMS(1, 2, 4, 4));

    message pads = attribute_ints("pads", DIMS(0, 0, 1, 2, 0, 0, 3, 4)),
            mode = attribute_text("mode", "edge");
    message pad = operator_("Pad", "y", "x", NULL, NULL);
    part(&pad, 5, &pads);
    part(&pad, 5, &mode);
    m = network(10, NODES(&pad), NULL);
    expect(&m, 1, DIMS(1, 2, 8, 12));
}

static void resize_in_all_its_forms(void **state)
{
    const float twice[] = {1, 1, 2, 2};
    message scales = floats_tensor("s", 4, twice), plane = floats_tensor("s", 2, twice + 2);
    message linear = attribute_text("mode", "linear"), axes = attribute_ints("axes", DIMS(2, 3));
    message upsample = operator_("Upsample", "y", "x", "s", NULL),
            ten = operator_("Resize", "y", "x", "s", NULL);
    message eleven = operator_("Resize", "y", "x", "", "s"), eighteen = eleven;
    part(&upsample, 5, &linear);
    part(&eighteen, 5, &axes);
    message m = network(9, NODES(&upsample), NODES(&scales));
    expect(&m, 1, DIMS(1, 2, 8, 12));
    m = network(10, NODES(&ten), NODES(&scales));
    expect(&m, 1, DIMS(1, 2, 8, 12));
    m = network(13, NODES(&eleven), NODES(&scales));
    expect(&m, 1, DIMS(1, 2, 8, 12));
    m = network(18, NODES(&eighteen), NODES(&plane));
    expect(&m, 1, DIMS(1, 2, 8, 12));
    message cubic = attribute_text("mode", "cubic"), refused = eleven;
    graph *g;
    part(&refused, 5, &cubic);
    m = network(13, NODES(&refused), NODES(&scales));
    assert_fails(read_model(&m, &g), err, VIS_ERR_UNSUPPORTED, "mode = \"cubic\"");
}

/* Shape, Gather, Concat and Reshape around one Relu, with a Constant node, as exporters write it.
 */
static void shape_arithmetic_goes_away(void **state)
{
    message two = ints_tensor("", DIMS(2)), value = attribute("value");
    message constant = operator_("Constant", "i", NULL, NULL, NULL),
            shape = operator_("Shape", "s", "x", NULL, NULL);
    message gather = operator_("Gather", "rows", "s", "i", NULL),
            concat = operator_("Concat", "all", "one", "rest", "rows");
    message axis = attribute("axis"), reshape = operator_("Reshape", "flat", "x", "all", NULL);
    message relu = operator_("Relu", "r", "flat", NULL, NULL),
            same = operator_("Identity", "y", "r", NULL, NULL);
    message one = ints_tensor("one", DIMS(-1)), rest = ints_tensor("rest", DIMS(3));
    part(&value, 5, &two);
    part(&constant, 5, &value);
    number(&axis, 3, 0);
    part(&concat, 5, &axis);
    message m = network(13, NODES(&constant, &shape, &gather, &concat, &reshape, &relu, &same),
                        NODES(&one, &rest));
    expect(&m, 2, DIMS(4, 3, 4)); /* 48 numbers as [-1, 3, 4] */
}

static void refuses_by_name(void **state)
{
    graph *g;
    message n = operator_("Frobnicate", "y", "x", NULL, NULL), m = network(13, NODES(&n), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_UNSUPPORTED,
                 "node y (Frobnicate): operator is not supported");
    text(&n, 3, "the one");
    m = network(13, NODES(&n), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_UNSUPPORTED, "node the one (Frobnicate)");
    text(&n, 7, "my.domain");
    m = network(13, NODES(&n), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_UNSUPPORTED, "my.domain.Frobnicate");
    message relu = operator_("Relu", "y", "x", NULL, NULL), odd = attribute("upside_down");
    part(&relu, 5, &odd);
    m = network(13, NODES(&relu), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_UNSUPPORTED, "attribute upside_down");
    m = network(99, NODES(&relu), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_UNSUPPORTED, "opset 99");
}

static void refuses_loose_ends(void **state)
{
    graph *g;
    message n = operator_("Relu", "y", "z", NULL, NULL), m = network(13, NODES(&n), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_FORMAT, "reads z, which nothing writes");
    message a = operator_("Relu", "z", "x", NULL, NULL);
    m = network(13, NODES(&a), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_FORMAT, "nothing writes output y");
    message b = operator_("Relu", "y", "x", NULL, NULL);
    m = network(13, NODES(&b, &b), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_FORMAT, "y is defined twice");
}

/* A node may stand before those whose results it reads, as converters of float16 leave theirs. */
static void reads_in_any_order(void **state)
{
    message last = operator_("Sigmoid", "y", "b", NULL, NULL);
    message middle = operator_("Relu", "b", "a", NULL, NULL);
    message first = operator_("Identity", "a", "x", NULL, NULL);
    message m = network(13, NODES(&last, &middle, &first), NULL);
    expect(&m, 2, DIMS(1, 2, 4, 6));
}

static void refuses_cycles(void **state)
{
    graph *g;
    message a = operator_("Add", "a", "x", "b", NULL), b = operator_("Relu", "b", "a", NULL, NULL);
    message out = operator_("Relu", "y", "b", NULL, NULL),
            m = network(13, NODES(&a, &b, &out), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_FORMAT,
                 "node b (Relu) reads a, which depends on its own result: a cycle");
    message own = operator_("Relu", "y", "y", NULL, NULL);
    m = network(13, NODES(&own), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_FORMAT, "node y (Relu) reads y");
}

/* Of several outputs the first is computed; who wants another is told which node and operator. */
static void refuses_other_outputs(void **state)
{
    graph *g;
    message drop = operator_("Dropout", "a", "x", NULL, NULL);
    text(&drop, 2, "mask");
    message wants = operator_("Relu", "y", "mask", NULL, NULL);
    message m = network(13, NODES(&drop, &wants), NULL);
    assert_fails(read_model(&m, &g), err, VIS_ERR_UNSUPPORTED,
                 "node a (Dropout): its output mask is not computed");
    message fine = operator_("Relu", "y", "a", NULL, NULL);
    m = network(13, NODES(&drop, &fine), NULL);
    expect(&m, 1, DIMS(1, 2, 4, 6));
}

static void refuses_lying_tensors(void **state)
{
    graph *g;
    message n = operator_("Relu", "y", "x", NULL, NULL), t = {.size = 0}, m;
    number(&t, 1, 1u << 27); /* half a gigabyte, of which 4 bytes are there */
    number(&t, 2, 1);
    text(&t, 8, "w");
    bytes(&t, 9, "abcd", 4);
    m = network(13, NODES(&n), NODES(&t));
    assert_fails(read_model(&m, &g), err, VIS_ERR_FORMAT, "tensor w does not hold");
    t = (message){.size = 0};
    number(&t, 1, (uint64_t)-5);
    number(&t, 2, 1);
    text(&t, 8, "w");
    m = network(13, NODES(&n), NODES(&t));
    assert_fails(read_model(&m, &g), err, VIS_ERR_FORMAT, "tensor w does not hold");
}

static message external(const char *location, const char *offset)
{
    message t = {.size = 0}, place = {.size = 0}, at = {.size = 0};
    number(&t, 1, 2);
    number(&t, 2, 1);
    text(&t, 8, "w");
    text(&place, 1, "location");
    text(&place, 2, location);
    part(&t, 13, &place);
    text(&at, 1, "offset");
    text(&at, 2, offset);
    part(&t, 13, &at);
    number(&t, 14, 1);
    return t;
}

static void external_data_stays_in_its_folder(void **state)
{
    static const char *const bad[] = {"/etc/passwd", "../secret", "a/../../secret", "", "a/.."};
    graph *g;
    message n = operator_("Relu", "y", "x", NULL, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        message t = external(bad[i], "0"), m = network(13, NODES(&n), NODES(&t));
        assert_fails(read_model(&m, &g), err, VIS_ERR_UNSUPPORTED, "is refused");
    }
    message t = external("nowhere.data", "0"), m = network(13, NODES(&n), NODES(&t));
    assert_fails(read_model(&m, &g), err, VIS_ERR_OPEN, "dir/nowhere.data");
}

static void external_data_is_read(void **state)
{
    const float numbers[] = {1, 2, 3, 4};
    graph *g;
    onnx_facts facts;
    message n = operator_("Relu", "y", "x", NULL, NULL), t = external("w.data", "8"),
            m = network(13, NODES(&n), NODES(&t));
    folder_write(state, "w.data", numbers, sizeof numbers);
    char path[512];
    snprintf(path, sizeof path, "%s", folder_path(state, "net.onnx"));
    assert_ok(onnx_read(m.data, m.size, path, &g, &facts, &err), err);
    assert_true(tensor_f32(g->value[0].constant)[0] == 3 &&
                tensor_f32(g->value[0].constant)[1] == 4);
    graph_free(g);
    t = external("w.data", "12");
    m = network(13, NODES(&n), NODES(&t));
    assert_fails(onnx_read(m.data, m.size, path, &g, &facts, &err), err, VIS_ERR_FORMAT,
                 "needs 8 bytes at 12");
    t = external("w.data", "18446744073709551612");
    m = network(13, NODES(&n), NODES(&t));
    assert_fails(onnx_read(m.data, m.size, path, &g, &facts, &err), err, VIS_ERR_FORMAT,
                 "needs 8 bytes");
}

/* Graphs within attributes within nodes within graphs ... */
static void nesting_is_bounded(void **state)
{
    graph *g;
    message inner = {.size = 0};
    for (int i = 0; i < 200; i++) {
        message a = attribute("body"), n = {.size = 0}, outer = {.size = 0};
        part(&a, 6, &inner);
        part(&n, 5, &a);
        part(&outer, 1, &n);
        inner = outer;
    }
    message m = model_of(&inner, 13);
    assert_fails(read_model(&m, &g), err, VIS_ERR_LIMIT, "nested more than");
}

static void survives_damage(void **state)
{
    const float twice[] = {1, 1, 2, 2};
    message scales = floats_tensor("s", 4, twice), mode = attribute_text("mode", "linear");
    message n = operator_("Resize", "y", "x", "", "s");
    part(&n, 5, &mode);
    message m = network(13, NODES(&n), NODES(&scales)), changed;
    graph *g;
    for (size_t size = 0; size < m.size; size++) {
        changed = m;
        changed.size = size;
        if (size > 0 && read_model(&changed, &g) == VIS_OK) graph_free(g);
    }
    for (size_t at = 0; at < m.size; at++) {
        for (int byte = 0; byte < 256; byte++) {
            changed = m;
            changed.data[at] = (uint8_t)byte;
            if (read_model(&changed, &g) == VIS_OK) graph_free(g);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_forms_and_new),
        cmocka_unit_test(resize_in_all_its_forms),
        cmocka_unit_test(shape_arithmetic_goes_away),
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(refuses_loose_ends),
        cmocka_unit_test(reads_in_any_order),
        cmocka_unit_test(refuses_cycles),
        cmocka_unit_test(refuses_other_outputs),
        cmocka_unit_test(refuses_lying_tensors),
        cmocka_unit_test(external_data_stays_in_its_folder),
        cmocka_unit_test(external_data_is_read),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
