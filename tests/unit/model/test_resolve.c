/* Resolving a graph: shapes, folding of arithmetic on shapes, no-ops and dead ends gone, refusals.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "graph/resolve.h"

#include <stdlib.h>
#include <string.h>

static graph *g;
static resolved_graph *resolved;
static vis_error err;

static int setup(void **state)
{
    resolved = NULL;
    return graph_create(&g, &err) == VIS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    resolved_graph_free(resolved);
    graph_free(g);
    return 0;
}

static int input(int64_t a, int64_t b, int64_t c, int64_t d)
{
    int id;
    assert_ok(graph_add_input(g, "x", 4, (const int64_t[]){a, b, c, d}, &id, &err), err);
    return id;
}

static int ints(int count, const int64_t *numbers)
{
    tensor t;
    int id;
    int64_t n = count;
    assert_ok(tensor_create(&t, TENSOR_I64, 1, &n, &err), err);
    memcpy(t.data, numbers, (size_t)count * sizeof *numbers);
    assert_ok(graph_add_constant(g, "ints", &t, &id, &err), err);
    return id;
}

#define INTS(...)                                                                                  \
    ints((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]){__VA_ARGS__})

static int zeros(int rank, int64_t a, int64_t b, int64_t c, int64_t d)
{
    tensor t;
    int id;
    assert_ok(tensor_create(&t, TENSOR_F32, rank, (const int64_t[]){a, b, c, d}, &err), err);
    assert_ok(graph_add_constant(g, "zeros", &t, &id, &err), err);
    return id;
}

static int node(graph_op op, const graph_attributes *attr, int n, const int *inputs)
{
    int id;
    assert_ok(graph_add_node(g, op, "node", inputs, n, attr, &id, &err), err);
    return id;
}

#define NODE(op, attr, ...)                                                                        \
    node(op, attr, (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), (const int[]){__VA_ARGS__})

static const graph *resolve(int64_t a, int64_t b, int64_t c, int64_t d)
{
    graph_shape shape = {4, {a, b, c, d}};
    assert_ok(graph_resolve(g, &shape, 1, &resolved, &err), err);
    return resolved_graph_get(resolved);
}

static const graph_value *output(const graph *r)
{
    return &r->value[r->output[0]];
}

static void expect_shape(const graph_value *v, int64_t a, int64_t b, int64_t c, int64_t d)
{
    assert_int_equal(v->rank, 4);
    assert_int_equal(v->dim[0], a);
    assert_int_equal(v->dim[1], b);
    assert_int_equal(v->dim[2], c);
    assert_int_equal(v->dim[3], d);
}

static const graph_attributes conv3 = {
    .window = {
        .kernel = {3, 3}, .stride = {2, 1}, .dilation = {1, 1}, .pad = {1, 0, 1, 2}, .groups = 2}};

/* F.pad(x, [d // 2, d - d // 2]) with d = (size of y - size of x), as torch exports it, for sizes
 * that are equal: everything but the activation is computed away. */
static void folds_padding_arithmetic(void **state)
{
    int x = input(-1, 4, 10, 12), relu = NODE(OP_RELU, NULL, x);
    graph_attributes whole = {.shape = {0, INT64_MAX}}, first = {.axis = 0},
                     to_i64 = {.to = TENSOR_I64};
    graph_attributes to_f32 = {.to = TENSOR_F32}, fill = {.fill = {TENSOR_I64, 0}},
                     pad = {.pad = PAD_CONSTANT};
    graph_attributes turn = {.transpose = {{1, 0}, 2}};
    int rows = NODE(OP_GATHER, &first, NODE(OP_SHAPE, &whole, relu), INTS(2));
    int other = NODE(OP_GATHER, &first, NODE(OP_SHAPE, &whole, x), INTS(2));
    int d = NODE(OP_CAST, &to_f32, NODE(OP_SUB, NULL, rows, other));
    int half = NODE(OP_CAST, &to_i64,
                    NODE(OP_FLOOR, NULL, NODE(OP_DIV, NULL, d, NODE(OP_CAST, &to_f32, INTS(2)))));
    int list = NODE(OP_CONCAT, &first, half, half, half, half);
    int tail = NODE(OP_CONSTANT_OF_SHAPE, &fill, INTS(4));
    int pairs = NODE(OP_RESHAPE, NULL, NODE(OP_CONCAT, &first, list, tail), INTS(-1, 2));
    int turned = NODE(OP_SLICE, NULL, pairs, INTS(-1), INTS(INT64_MIN + 1), INTS(0), INTS(-1));
    int pads = NODE(OP_RESHAPE, NULL, NODE(OP_TRANSPOSE, &turn, turned), INTS(-1));
    int out = NODE(OP_PAD, &pad, relu, pads);
    assert_ok(graph_mark_output(g, out, &err), err);
    const graph *r = resolve(3, 4, 10, 12);
    assert_int_equal(r->n_nodes, 1);
    assert_int_equal(r->node[0].op, OP_RELU);
    assert_int_equal(r->n_inputs, 1);
    assert_int_equal(r->n_values, 2);
    expect_shape(output(r), 3, 4, 10, 12);
    assert_string_equal(output(r)->name, "node");
}

static void infers_windows(void **state)
{
    int x = input(-1, 4, 9, 8), w = zeros(4, 6, 2, 3, 3);
    assert_ok(graph_mark_output(g, NODE(OP_CONV, &conv3, x, w), &err), err);
    const graph *r = resolve(2, 4, 9, 8);
    expect_shape(output(r), 2, 6, 5, 8);
    assert_int_equal(graph_macs(r), 2 * 6 * 5 * 8 * 2 * 9);
    /* Weights are the same memory in both graphs. */
    assert_ptr_equal(r->value[r->node[0].input[1]].constant, g->value[w].constant);
}

/* What a window leaves to the shapes is a number afterwards: the kernel of the weights, and pads
 * that make the output ceil(size / stride); the odd one stands last, or first. */
static void settles_windows(void **state)
{
    graph_attributes same = {.window = {.stride = {2, 2}, .dilation = {1, 1}, .groups = 1}};
    int x = input(-1, 4, 9, 8), w = zeros(4, 6, 4, 3, 5);
    same.window.auto_pad = AUTO_PAD_SAME_UPPER;
    int conv = NODE(OP_CONV, &same, x, w);
    same.window.auto_pad = AUTO_PAD_SAME_LOWER;
    same.window.kernel[0] = same.window.kernel[1] = 2;
    assert_ok(graph_mark_output(g, NODE(OP_MAX_POOL, &same, conv), &err), err);
    const graph *r = resolve(1, 4, 9, 8);
    const graph_attributes *a = &r->node[0].attr, *b = &r->node[1].attr;
    assert_int_equal(a->window.kernel[0], 3);
    assert_int_equal(a->window.kernel[1], 5);
    assert_memory_equal(a->window.pad, ((const int64_t[]){1, 1, 1, 2}), sizeof a->window.pad);
    assert_memory_equal(b->window.pad, ((const int64_t[]){1, 0, 0, 0}), sizeof b->window.pad);
    assert_int_equal(a->window.auto_pad, AUTO_PAD_NONE);
    expect_shape(output(r), 1, 6, 3, 2);
}

/* Three parts of seven: 3, 3, 1, as opset 18 has it; before, they had to be equal. */
static void splits(void **state)
{
    graph_attributes last = {.split = {.axis = -1, .index = 2, .parts = 3}};
    int x = input(1, 2, 3, 7);
    assert_ok(graph_mark_output(g, NODE(OP_SPLIT, &last, x), &err), err);
    assert_ok(graph_mark_output(g, NODE(OP_SPLIT, &last, x, INTS(2, 0, 5)), &err), err);
    const graph *r = resolve(1, 2, 3, 7);
    expect_shape(output(r), 1, 2, 3, 1);
    expect_shape(&r->value[r->output[1]], 1, 2, 3, 5);
}

static void refuses_splits(void **state)
{
    static const struct {
        int64_t length[3];
        bool even;
    } bad[] = {{{0}, true}, {{3, 3, 3}, false}, {{-1, 4, 4}, false}, {{INT64_MAX, 7, 1}, false}};
    graph_shape shape = {4, {1, 2, 3, 7}};
    int x = input(1, 2, 3, 7);
    for (int i = 0; i < 4; i++) {
        graph_attributes part = {.split = {.axis = 3, .parts = 3, .even = bad[i].even}};
        const int64_t *n = bad[i].length;
        int in[] = {x, n[0] ? INTS(n[0], n[1], n[2]) : GRAPH_NONE};
        int y = node(OP_SPLIT, &part, 2, in);
        g->n_outputs = 0;
        assert_ok(graph_mark_output(g, y, &err), err);
        assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_FORMAT,
                     "node (Split)");
        g->n_nodes--; /* leaves a value behind, which nobody writes or reads */
        free(g->node[g->n_nodes].name);
        free(g->node[g->n_nodes].input);
        free(g->node[g->n_nodes].output);
    }
}

/* Windows, lengths and products whose arithmetic would overflow end before anything is allocated.
 */
static void refuses_hostile_sizes(void **state)
{
    int x = input(1, 1, 64, 64);
    graph_attributes pool = {.window = {.kernel = {2, 2}, .stride = {1, 1}, .dilation = {1, 1}}};
    graph_attributes gemm = {.gemm = {1, 1, false, false}};
    graph_shape shape = {4, {1, 1, 64, 64}};
    int64_t *field[] = {&pool.window.kernel[0], &pool.window.stride[1], &pool.window.dilation[0],
                        &pool.window.pad[3]};
    for (int i = 0; i < 4; i++) {
        int64_t sound = *field[i];
        *field[i] = INT64_MAX - 1;
        g->n_outputs = 0;
        assert_ok(graph_mark_output(g, NODE(OP_AVERAGE_POOL, &pool, x), &err), err);
        assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_FORMAT,
                     "(AveragePool): kernel, stride, dilation or pads beyond bounds");
        *field[i] = sound;
        g->node[g->n_nodes - 1].attr = pool;
    }
    int tall = NODE(OP_EXPAND, NULL, NODE(OP_RESHAPE, NULL, x, INTS(4096, 1)), INTS(4096, 1 << 19));
    int wide = NODE(OP_TRANSPOSE, &(graph_attributes){0}, tall);
    g->n_outputs = 0;
    assert_ok(graph_mark_output(g, NODE(OP_GEMM, &gemm, wide, tall), &err), err);
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_LIMIT,
                 "(Gemm): a result of [524288, 524288] is beyond bounds");
}

static void refuses_misfits(void **state)
{
    int x = input(-1, 5, 9, 8), w = zeros(4, 6, 2, 3, 3);
    assert_ok(graph_mark_output(g, NODE(OP_CONV, &conv3, x, w), &err), err);
    graph_shape shape = {4, {1, 5, 9, 8}}, other = {4, {1, 4, 9, 8}}, flat = {3, {1, 5, 72}};
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_FORMAT, "[6, 2, 3, 3]");
    assert_fails(graph_resolve(g, &other, 1, &resolved, &err), err, VIS_ERR_MISMATCH,
                 "[-1, 5, 9, 8]");
    assert_fails(graph_resolve(g, &flat, 1, &resolved, &err), err, VIS_ERR_MISMATCH, "[1, 5, 72]");
    assert_fails(graph_resolve(g, &shape, 0, &resolved, &err), err, VIS_ERR_MISMATCH, "1 inputs");
    assert_null(resolved);
}

static void drops_no_ops_and_the_dead(void **state)
{
    int x = input(1, 4, 8, 8);
    graph_attributes same = {.transpose = {{0, 1, 2, 3}, 4}}, axis1 = {.axis = 1},
                     f32 = {.to = TENSOR_F32};
    int v = NODE(OP_IDENTITY, NULL, NODE(OP_RELU, NULL, x));
    NODE(OP_SIGMOID, NULL, v); /* nobody reads it */
    v = NODE(OP_TRANSPOSE, &same, NODE(OP_CAST, &f32, v));
    v = NODE(OP_RESHAPE, NULL, v, INTS(1, 4, -1, 8));
    v = NODE(OP_SLICE, NULL, v, INTS(0, 0), INTS(100, 8), INTS(1, -1));
    v = NODE(OP_EXPAND, NULL, v, INTS(1, 1, 1));
    v = NODE(OP_CONCAT, &axis1, v);
    v = NODE(OP_IDENTITY, NULL, v);
    assert_ok(graph_rename_value(g, v, "result", &err), err);
    assert_ok(graph_mark_output(g, v, &err), err);
    const graph *r = resolve(1, 4, 8, 8);
    assert_int_equal(r->n_nodes, 1);
    assert_int_equal(r->node[0].op, OP_RELU);
    assert_string_equal(output(r)->name, "result");
}

/* Parts without numbers are left out of a Concat, and whoever made them with it. */
static void drops_empty_parts(void **state)
{
    graph_attributes channels = {.axis = 1};
    int x = input(1, 2, 4, 6);
    int none = NODE(OP_SLICE, NULL, x, INTS(0), INTS(0), INTS(1));
    int relu = NODE(OP_RELU, NULL, x);
    assert_ok(graph_mark_output(g, NODE(OP_CONCAT, &channels, none, relu, none), &err), err);
    const graph *r = resolve(1, 2, 4, 6);
    assert_int_equal(r->n_nodes, 2);
    assert_int_equal(r->node[1].n_inputs, 1);
    expect_shape(output(r), 1, 2, 4, 6);
}

static void keeps_what_does_something(void **state)
{
    int x = input(1, 2, 4, 6);
    graph_attributes turn = {.transpose = {{0, 1, 3, 2}, 4}}, reflect = {.pad = PAD_REFLECT};
    int v = NODE(OP_TRANSPOSE, &turn, x);
    v = NODE(OP_SLICE, NULL, v, INTS(-1), INTS(-100), INTS(2), INTS(-2));
    v = NODE(OP_PAD, &reflect, v, INTS(1, 2), GRAPH_NONE, INTS(-2));
    assert_ok(graph_mark_output(g, v, &err), err);
    const graph *r = resolve(1, 2, 4, 6);
    assert_int_equal(r->n_nodes, 3);
    expect_shape(output(r), 1, 2, 3 + 1 + 2, 4);
}

static void resizes(void **state)
{
    int x = input(1, 2, 5, 7), id;
    tensor t;
    int64_t four = 4;
    assert_ok(tensor_create(&t, TENSOR_F32, 1, &four, &err), err);
    memcpy(t.data, (const float[]){1, 1, 2.0f, 1.5f}, 16);
    assert_ok(graph_add_constant(g, "scales", &t, &id, &err), err);
    graph_attributes linear = {.resize = {GRAPH_RESIZE_LINEAR, RESIZE_ALIGN_CORNERS, RESIZE_FLOOR}};
    graph_attributes halves = {.resize = {GRAPH_RESIZE_LINEAR, RESIZE_HALF_PIXEL, RESIZE_FLOOR}};
    int v = NODE(OP_RESIZE, &halves, x, GRAPH_NONE, id);
    assert_ok(graph_mark_output(
                  g, NODE(OP_RESIZE, &linear, v, GRAPH_NONE, GRAPH_NONE, INTS(1, 2, 3, 4)), &err),
              err);
    assert_ok(graph_mark_output(g, v, &err), err);
    const graph *r = resolve(1, 2, 5, 7);
    expect_shape(output(r), 1, 2, 3, 4);
    expect_shape(&r->value[r->output[1]], 1, 2, 10, 10);
}

/* Scales for two axes by name. A length is the product rounded to float32: 3 times 5/3 is 5. Where
 * corners are aligned it must be whole, for ONNX itself and its runtimes differ where it is not. */
static void resizes_by_scales(void **state)
{
    tensor t;
    int id, x = input(1, 2, 3, 4);
    int64_t two = 2;
    assert_ok(tensor_create(&t, TENSOR_F32, 1, &two, &err), err);
    memcpy(t.data, (const float[]){0.5f, 5.0f / 3}, 8);
    assert_ok(graph_add_constant(g, "scales", &t, &id, &err), err);
    graph_attributes a = {.resize = {GRAPH_RESIZE_LINEAR, RESIZE_HALF_PIXEL, RESIZE_FLOOR}};
    a.resize.n_axes = 2;
    a.resize.axes[0] = -1;
    a.resize.axes[1] = 2;
    assert_ok(graph_mark_output(g, NODE(OP_RESIZE, &a, x, GRAPH_NONE, id), &err), err);
    expect_shape(output(resolve(1, 2, 3, 4)), 1, 2, 5, 2);
    resolved_graph_free(resolved);
    a.resize.coordinates = RESIZE_ALIGN_CORNERS;
    a.resize.n_axes = 1; /* the scales are two */
    assert_ok(graph_mark_output(g, NODE(OP_RESIZE, &a, x, GRAPH_NONE, id), &err), err);
    graph_shape shape = {4, {1, 2, 3, 4}};
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_FORMAT, "(Resize)");
    g->node[1].attr.resize.n_axes = 2;
    shape.dim[3] = 5; /* of which the half is not whole */
    g->value[x].dim[3] = -1;
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_UNSUPPORTED,
                 "align_corners with a scale that gives no whole size");
}

static void refuses_shapes_from_data(void **state)
{
    graph_attributes to_i64 = {.to = TENSOR_I64};
    int x = input(1, 1, 1, 4);
    int list = NODE(OP_SQUEEZE, NULL, NODE(OP_CAST, &to_i64, x), INTS(0, 1, 2));
    assert_ok(graph_mark_output(g, NODE(OP_RESHAPE, NULL, x, list), &err), err);
    graph_shape shape = {4, {1, 1, 1, 4}};
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_UNSUPPORTED,
                 "depend on the input");
}

static void refuses_logic_on_data(void **state)
{
    int x = input(1, 1, 1, 4);
    assert_ok(graph_mark_output(g, NODE(OP_MOD, NULL, x, x), &err), err);
    graph_shape shape = {4, {1, 1, 1, 4}};
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_UNSUPPORTED,
                 "node (Mod)");
}

static void bounds_sizes(void **state)
{
    int x = input(1, 1, 1, 1);
    int wide = NODE(OP_EXPAND, NULL, x, INTS(1 << 20, 1 << 20, 1, 1));
    assert_ok(graph_mark_output(g, wide, &err), err);
    graph_shape shape = {4, {1, 1, 1, 1}};
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_LIMIT, "beyond bounds");
}

static void bounds_constants(void **state)
{
    graph_attributes fill = {.fill = {TENSOR_F32, 1}};
    input(1, 1, 1, 1);
    int huge = NODE(OP_CONSTANT_OF_SHAPE, &fill, INTS(1 << 14, 1 << 16));
    assert_ok(graph_mark_output(g, huge, &err), err);
    graph_shape shape = {4, {1, 1, 1, 1}};
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_LIMIT, "constants");
}

/* What is read again and again counts too, though little comes of it. */
static void bounds_work_on_constants(void **state)
{
    graph_attributes fill = {.fill = {TENSOR_F32, 1}};
    int sum = input(1, 1, 1, 1);
    int large = NODE(OP_CONSTANT_OF_SHAPE, &fill, INTS(1 << 11, 1 << 11));
    for (int i = 0; i < 8; i++)
        sum = NODE(OP_ADD, NULL, sum, NODE(OP_REDUCE_SUM, NULL, large));
    assert_ok(graph_mark_output(g, sum, &err), err);
    graph_shape shape = {4, {1, 1, 1, 1}};
    assert_fails(graph_resolve(g, &shape, 1, &resolved, &err), err, VIS_ERR_LIMIT, "constants");
}

static void output_may_be_an_input(void **state)
{
    int x = input(-1, 1, 2, 2);
    assert_ok(graph_mark_output(g, NODE(OP_IDENTITY, NULL, x), &err), err);
    const graph *r = resolve(1, 1, 2, 2);
    assert_int_equal(r->n_nodes, 0);
    assert_int_equal(r->output[0], r->input[0]);
    assert_string_equal(output(r)->name, "x");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(folds_padding_arithmetic),
        TEST(infers_windows),
        TEST(settles_windows),
        TEST(splits),
        TEST(refuses_splits),
        TEST(refuses_hostile_sizes),
        TEST(refuses_misfits),
        TEST(drops_no_ops_and_the_dead),
        TEST(drops_empty_parts),
        TEST(keeps_what_does_something),
        TEST(resizes),
        TEST(resizes_by_scales),
        TEST(refuses_shapes_from_data),
        TEST(refuses_logic_on_data),
        TEST(bounds_sizes),
        TEST(bounds_constants),
        TEST(bounds_work_on_constants),
        TEST(output_may_be_an_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
