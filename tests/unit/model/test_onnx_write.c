/* What is written as ONNX is read back as it was: every operator with its attributes, every weight,
 * every name. What cannot be written is refused by name and leaves no file. Other readers' opinion
 * is asked in tests/parity/test_export.py.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "base/file.h"
#include "formats/onnx_read.h"
#include "formats/onnx_write.h"
#include "networks/export.h"

#include <stdlib.h>
#include <string.h>

static vis_error err;
static const onnx_heading heading = {.name = "test", .producer = "test", .version = "1"};
static const int tiny[5] = {2, 4, 6, 8, 10};

/* --- graphs ---------------------------------------------------------------------------------- */

static int constant(graph *g, const char *name, int rank, const int64_t *dim)
{
    tensor t;
    int id;
    assert_ok(tensor_create(&t, TENSOR_F32, rank, dim, &err), err);
    for (int64_t i = 0; i < tensor_count(&t); i++)
        tensor_f32(&t)[i] = (float)(i + 1) * 0.37f;
    assert_ok(graph_add_constant(g, name, &t, &id, &err), err);
    return id;
}

static int node(graph *g, graph_op op, const char *name, int n, const int *inputs,
                const graph_attributes *attr)
{
    int id;
    assert_ok(graph_add_node(g, op, name, inputs, n, attr, &id, &err), err);
    return id;
}

/* One input [-1, 4, 6, 8], ready for nodes. */
static graph *begin(int *x)
{
    static const int64_t dim[] = {-1, 4, 6, 8};
    graph *g;
    assert_ok(graph_create(&g, &err), err);
    assert_ok(graph_add_input(g, "x", 4, dim, x, &err), err);
    return g;
}

/* Every operator that is written, each attribute with a value that is not its default. */
static graph *everything(void)
{
    static const int64_t weight[] = {6, 2, 3, 2}, six[] = {6}, four[] = {4};
    int x;
    graph *g = begin(&x);
    const graph_attributes conv = {.window = {.kernel = {3, 2},
                                              .stride = {2, 1},
                                              .dilation = {1, 2},
                                              .pad = {1, 2, 0, 1},
                                              .groups = 2}};
    const graph_attributes norm = {.batch_norm = {.epsilon = 2e-3f}};
    const graph_attributes channels = {.axis = 1}, rows = {.axis = 2};
    const graph_attributes up = {
        .resize = {GRAPH_RESIZE_NEAREST, RESIZE_ASYMMETRIC, RESIZE_PREFER_CEIL}};
    int a = node(
        g, OP_CONV, "conv", 3,
        (int[]){x, constant(g, "conv.weight", 4, weight), constant(g, "conv.bias", 1, six)}, &conv);
    int b = node(g, OP_BATCH_NORM, "norm", 5,
                 (int[]){a, constant(g, "scale", 1, six), constant(g, "bias", 1, six),
                         constant(g, "mean", 1, six), constant(g, "var", 1, six)},
                 &norm);
    int c = node(g, OP_RELU, "relu", 1, &b, NULL);
    int d = node(g, OP_SIGMOID, "sigmoid", 1, &c, NULL);
    int e = node(g, OP_ADD, "add", 2, (int[]){c, d}, NULL);
    int f = node(g, OP_CONCAT, "concat", 3, (int[]){e, a, e}, &channels);
    int scales = constant(g, "scales", 1, four);
    for (int i = 0; i < 4; i++)
        tensor_f32(g->value[scales].constant)[i] = i < 2 ? 1.0f : 2.0f;
    int h = node(g, OP_RESIZE, "resize", 3, (int[]){f, GRAPH_NONE, scales}, &up);
    int i = node(g, OP_FLATTEN, "flat", 1, &h, &rows);
    assert_ok(graph_mark_output(g, i, &err), err);
    assert_ok(graph_mark_output(g, e, &err), err);
    return g;
}

static graph *read_back(const char *path, onnx_facts *facts)
{
    buffer bytes;
    graph *g;
    buffer_init(&bytes, (size_t)1 << 26);
    assert_ok(file_read(path, &bytes, &err), err);
    assert_ok(onnx_read(bytes.data, bytes.size, path, &g, facts, &err), err);
    buffer_free(&bytes);
    return g;
}

static const char *name_of(const graph *g, int id)
{
    return id == GRAPH_NONE ? "" : g->value[id].name;
}

static const graph_value *find(const graph *g, const char *name)
{
    for (int i = 0; i < g->n_values; i++)
        if (strcmp(g->value[i].name, name) == 0) return &g->value[i];
    fail_msg("there is no value %s", name);
    return NULL;
}

static void assert_same_values(const graph *a, const graph *b)
{
    assert_int_equal(a->n_values, b->n_values);
    for (int i = 0; i < a->n_values; i++) {
        const graph_value *one = &a->value[i], *other = find(b, one->name);
        assert_int_equal(one->rank, other->rank);
        for (int d = 0; d < one->rank; d++)
            assert_int_equal(one->dim[d], other->dim[d]);
        assert_int_equal(one->constant != NULL, other->constant != NULL);
        if (one->constant)
            assert_memory_equal(one->constant->data, other->constant->data,
                                (size_t)tensor_count(one->constant) * sizeof(float));
    }
}

/* Member by member: what lies between them is anything. */
static void assert_same_attributes(graph_op op, const graph_attributes *a,
                                   const graph_attributes *b)
{
    switch (op) {
    case OP_CONV:
    case OP_MAX_POOL:
    case OP_AVERAGE_POOL:
        assert_memory_equal(a->window.kernel, b->window.kernel, sizeof a->window.kernel);
        assert_memory_equal(a->window.stride, b->window.stride, sizeof a->window.stride);
        assert_memory_equal(a->window.dilation, b->window.dilation, sizeof a->window.dilation);
        assert_memory_equal(a->window.pad, b->window.pad, sizeof a->window.pad);
        assert_int_equal(a->window.groups, b->window.groups);
        assert_int_equal(a->window.ceil, b->window.ceil);
        assert_int_equal(a->window.count_pad, b->window.count_pad);
        assert_int_equal(a->window.auto_pad, b->window.auto_pad);
        break;
    case OP_BATCH_NORM:
        assert_true(a->batch_norm.epsilon == b->batch_norm.epsilon);
        break;
    case OP_LEAKY_RELU:
        assert_true(a->alpha == b->alpha);
        break;
    case OP_CONCAT:
    case OP_GATHER:
    case OP_FLATTEN:
        assert_int_equal(a->axis, b->axis);
        break;
    case OP_TRANSPOSE:
        assert_int_equal(a->transpose.rank, b->transpose.rank);
        assert_memory_equal(a->transpose.perm, b->transpose.perm, sizeof a->transpose.perm);
        break;
    case OP_RESIZE:
        assert_int_equal(a->resize.mode, b->resize.mode);
        assert_int_equal(a->resize.coordinates, b->resize.coordinates);
        assert_int_equal(a->resize.rounding, b->resize.rounding);
        assert_int_equal(a->resize.n_axes, b->resize.n_axes);
        assert_memory_equal(a->resize.axes, b->resize.axes, sizeof a->resize.axes);
        break;
    case OP_PAD:
        assert_int_equal(a->pad, b->pad);
        break;
    default: /* those that are written here have none */
        break;
    }
}

static void assert_same_graph(const graph *a, const graph *b)
{
    assert_same_values(a, b);
    assert_int_equal(a->n_inputs, b->n_inputs);
    assert_int_equal(a->n_outputs, b->n_outputs);
    for (int i = 0; i < a->n_inputs; i++)
        assert_string_equal(name_of(a, a->input[i]), name_of(b, b->input[i]));
    for (int i = 0; i < a->n_outputs; i++)
        assert_string_equal(name_of(a, a->output[i]), name_of(b, b->output[i]));
    assert_int_equal(a->n_nodes, b->n_nodes);
    for (int i = 0; i < a->n_nodes; i++) {
        const graph_node *one = &a->node[i], *other = &b->node[i];
        assert_int_equal(one->op, other->op);
        assert_string_equal(one->name, other->name);
        assert_int_equal(one->n_inputs, other->n_inputs);
        for (int k = 0; k < one->n_inputs; k++)
            assert_string_equal(name_of(a, one->input[k]), name_of(b, other->input[k]));
        assert_string_equal(name_of(a, one->output[0]), name_of(b, other->output[0]));
        assert_same_attributes(one->op, &one->attr, &other->attr);
    }
}

static void what_is_written_is_read_back(void **state)
{
    onnx_facts facts;
    graph *g = everything();
    const char *path = folder_path(state, "everything.onnx");
    assert_ok(onnx_write(g, &heading, path, &err), err);
    graph *again = read_back(path, &facts);
    assert_int_equal(facts.opset, 17);
    assert_string_equal(facts.weights_dtype, "float32");
    assert_same_graph(g, again);
    graph_free(again);
    graph_free(g);
}

static void assert_refused(void **state, graph *g, vis_status code, const char *text)
{
    const char *path = folder_path(state, "refused.onnx");
    assert_ok(graph_mark_output(g, g->n_values - 1, &err), err);
    assert_fails(onnx_write(g, &heading, path, &err), err, code, text);
    assert_false(path_is_file(path));
    graph_free(g);
}

static void what_is_not_written_is_named(void **state)
{
    const graph_attributes pool = {
        .window = {.kernel = {2, 2}, .stride = {2, 2}, .dilation = {1, 1}, .groups = 1}};
    int x, id;
    graph *g = begin(&x);
    node(g, OP_MAX_POOL, "pool1", 1, &x, &pool);
    assert_refused(state, g, VIS_ERR_UNSUPPORTED, "node pool1 (MaxPool)");

    g = begin(&x);
    tensor t;
    const int64_t two = 2;
    assert_ok(tensor_create(&t, TENSOR_I64, 1, &two, &err), err);
    assert_ok(graph_add_constant(g, "whole", &t, &id, &err), err);
    node(g, OP_RELU, "y", 1, &x, NULL);
    assert_refused(state, g, VIS_ERR_UNSUPPORTED, "constant whole");

    g = begin(&x);
    node(g, OP_RELU, "x", 1, &x, NULL);
    assert_refused(state, g, VIS_ERR_INTERNAL, "\"x\"");

    g = begin(&x);
    node(g, OP_RELU, "", 1, &x, NULL);
    assert_refused(state, g, VIS_ERR_INTERNAL, "\"\"");

    for (int axis = 0; axis < 2; axis++) { /* a fixed batch, a free axis elsewhere */
        g = begin(&x);
        g->value[x].dim[axis] = axis == 0 ? 1 : -1;
        node(g, OP_RELU, "y", 1, &x, NULL);
        assert_refused(state, g, VIS_ERR_UNSUPPORTED, "input x");
    }
}

/* --- models ---------------------------------------------------------------------------------- */

static const char *write_unet(void **state, int levels, int branch, int channels)
{
    test_weights w;
    buffer bytes;
    weights_unet(&w, levels, branch, tiny, channels, true);
    weights_pth(&w, "module.", &bytes);
    const char *path = folder_write(state, "model.pth", bytes.data, bytes.size);
    buffer_free(&bytes);
    weights_free(&w);
    return path;
}

static model *open_model(const char *path, audio_mode mode)
{
    model_options options = {.mode = mode, .checkpoint = -1};
    model *m;
    assert_ok(model_open(path, &options, &m, &err), err);
    return m;
}

static void a_model_is_the_same_after_export(void **state)
{
    static const audio_mode modes[] = {AUDIO_AVE, AUDIO_HUBERT, AUDIO_WENET};
    for (int k = 0; k < 6; k++) {
        audio_mode mode = modes[k % 3];
        int branch = mode == AUDIO_WENET ? WENET : AVE, channels = mode == AUDIO_WENET ? 256 : 32;
        model *m = open_model(write_unet(state, 4 + k / 3, branch, channels), mode);
        const char *path = folder_path(state, "model.onnx");
        assert_ok(model_export(m, "1", path, &err), err);
        model *again = open_model(path, AUDIO_NONE);
        assert_int_equal(again->info.kind, m->info.kind);
        assert_int_equal(again->info.mode, mode);
        assert_int_equal(again->info.batch, -1);
        assert_memory_equal(again->info.width, m->info.width, sizeof m->info.width);
        assert_int_equal(again->info.parameters, m->info.parameters);
        assert_int_equal(again->info.macs, m->info.macs);
        assert_same_graph(m->net, again->net);
        model_close(again);
        model_close(m);
    }
}

static void an_encoder_has_names_of_its_own(void **state)
{
    test_weights w;
    buffer bytes;
    weights_encoder(&w, "audio_encoder.", 3);
    weights_pth(&w, "", &bytes);
    model *m = open_model(folder_write(state, "encoder.pth", bytes.data, bytes.size), AUDIO_NONE);
    const char *path = folder_path(state, "encoder.onnx");
    assert_ok(model_export(m, "1", path, &err), err);
    model *again = open_model(path, AUDIO_NONE);
    assert_int_equal(again->info.kind, MODEL_AVE_ENCODER);
    assert_string_equal(name_of(again->net, again->net->input[0]), "mel");
    assert_string_equal(name_of(again->net, again->net->output[0]), "features");
    assert_same_graph(m->net, again->net);
    model_close(again);
    model_close(m);
    buffer_free(&bytes);
    weights_free(&w);
}

static void what_cannot_be_exported_is_said(void **state)
{
    model *m = open_model(write_unet(state, 4, AVE, 32), AUDIO_NONE);
    assert_fails(model_export(m, "1", folder_path(state, "no.onnx"), &err), err, VIS_ERR_USAGE,
                 "`audio_mode`");
    assert_ok(model_decide(m, AUDIO_AVE, &err), err);
    const char *path = folder_write(state, "result.onnx", "old", 3);
    assert_ok(model_export(m, "1", path, &err), err); /* an existing file is replaced */
    model *exported = open_model(path, AUDIO_NONE);
    assert_fails(model_export(exported, "1", folder_path(state, "no.onnx"), &err), err,
                 VIS_ERR_USAGE, "ONNX already");
    model_close(exported);
    assert_fails(model_export(m, "1", m->info.path, &err), err, VIS_ERR_USAGE, "model.pth");
    assert_fails(model_export(m, "1", folder_path(state, "nowhere/no.onnx"), &err), err,
                 VIS_ERR_WRITE, "nowhere/no.onnx");
    assert_false(path_is_file(folder_path(state, "no.onnx")));
    model *untouched = open_model(m->info.path, AUDIO_AVE);
    assert_string_equal(untouched->info.sha256, m->info.sha256);
    model_close(untouched);
    model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(what_is_not_written_is_named),
        cmocka_unit_test(a_model_is_the_same_after_export),
        cmocka_unit_test(an_encoder_has_names_of_its_own),
        cmocka_unit_test(what_cannot_be_exported_is_said),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
