/* tests/unit/nn/test_operators.c - each operator on numbers small enough to follow by hand, on both
 * paths. Expected values are the ONNX specification's own examples, or worked out from its
 * formulas.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <math.h>
#include <stdlib.h>

static const float ten[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

static void conv_with_everything(void **unused)
{
    /* two groups, dilation (1, 2), stride (2, 1), asymmetric padding; against the definition */
    graph *g = net_create();
    int64_t dim[] = {4, 2, 2, 3};
    random_seed(9);
    int x = net_input(g, 2, 4, 5, 7), w = net_constant(g, 4, dim, NULL),
        b = net_constant(g, 1, dim, NULL);
    graph_attributes a = {.window = {{2, 3}, {2, 1}, {1, 2}, {1, 0, 0, 3}, 2, false}};
    int y = net_node(g, OP_CONV, (int[]){x, w, b}, 3, &a);
    float *inputs[1], want[2 * 4 * 3 * 6];
    graph_shape shape;
    make_inputs(g, inputs, &shape);
    const float *wf = tensor_f32(g->value[w].constant), *bf = tensor_f32(g->value[b].constant);
    for (int i = 0; i < 2 * 4 * 3 * 6; i++) {
        int n = i / 72, o = i / 18 % 4, oy = i / 6 % 3, ox = i % 6;
        double sum = (double)bf[o];
        for (int k = 0; k < 12; k++) {
            int c = k / 6, row = oy * 2 + k / 3 % 2 - 1, column = ox + k % 3 * 2;
            if (row < 0 || row >= 5 || column >= 7) continue;
            sum += (double)wf[o * 12 + k] *
                   (double)inputs[0][((n * 4 + o / 2 * 2 + c) * 5 + row) * 7 + column];
        }
        want[i] = (float)sum;
    }
    expect_result(g, y, inputs[0], want, 2 * 4 * 3 * 6);
    free(inputs[0] - 1);
}

static void batch_norm_formula(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 2, 1, 2);
    int in[5] = {x};
    const float parameters[4][2] = {{2, 3}, {1, -1}, {0.5f, 2}, {4, 0.25f}};
    for (int i = 0; i < 4; i++)
        in[i + 1] = net_constant(g, 1, (int64_t[]){2}, parameters[i]);
    graph_attributes a = {.batch_norm = {0}};
    expect_result(g, net_node(g, OP_BATCH_NORM, in, 5, &a), ten, (float[]){0.5f, 1.5f, -1, 5}, 4);
}

static void activations(void **unused)
{
    const float x[] = {-2, -0.5f, 0, 3};
    const float expected[][4] = {{0, 0, 0, 3},
                                 {-0.2f, -0.05f, 0, 3},
                                 {0.119202922f, 0.377540669f, 0.5f, 0.952574127f},
                                 {-1, -0.5f, 0, 2}};
    for (int i = 0; i < 4; i++) {
        static const graph_op ops[] = {OP_RELU, OP_LEAKY_RELU, OP_SIGMOID, OP_CLIP};
        graph *g = net_create();
        int in[3] = {net_input(g, 1, 1, 1, 4), net_number(g, -1), net_number(g, 2)};
        graph_attributes a = {.alpha = 0.1f};
        expect_result(g, net_node(g, ops[i], in, i == 3 ? 3 : 1, &a), x, expected[i], 4);
    }
    graph *g = net_create();
    int in = net_input(g, 1, 2, 1, 2),
        slope = net_constant(g, 3, (int64_t[]){2, 1, 1}, (float[]){0.5f, 2});
    expect_result(g, net_node(g, OP_PRELU, (int[]){in, slope}, 2, NULL), (float[]){-1, 1, -1, 1},
                  (float[]){-0.5f, 1, -2, 1}, 4);
}

static void arithmetic_broadcasts(void **unused)
{
    static const graph_op ops[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV};
    static const float expected[][6] = {{10, 21, 32, 13, 24, 35},
                                        {-10, -19, -28, -7, -16, -25},
                                        {0, 20, 60, 30, 80, 150},
                                        {0, 0.05f, 2.0f / 30, 0.3f, 0.2f, 5.0f / 30}};
    for (int i = 0; i < 4; i++) {
        graph *g = net_create();
        int x = net_input(g, 1, 1, 2, 3),
            row = net_constant(g, 1, (int64_t[]){3}, (float[]){10, 20, 30});
        expect_result(g, net_node(g, ops[i], (int[]){x, row}, 2, NULL), ten, expected[i], 6);
    }
    graph *g = net_create(); /* both sides grow */
    int x = net_input(g, 1, 1, 2, 1),
        row = net_constant(g, 3, (int64_t[]){2, 1, 2}, (float[]){1, 2, 3, 4});
    expect_result(g, net_node(g, OP_ADD, (int[]){row, x}, 2, NULL), ten,
                  (float[]){1, 2, 2, 3, 3, 4, 4, 5}, 8);
}

static int resize(graph *g, int x, graph_resize_mode mode, resize_coordinates where,
                  resize_rounding rounding, float by_h, float by_w)
{
    graph_attributes a = {.resize = {mode, where, rounding}};
    int scales = net_constant(g, 1, (int64_t[]){4}, (float[]){1, 1, by_h, by_w});
    return net_node(g, OP_RESIZE, (int[]){x, GRAPH_NONE, scales}, 3, &a);
}

static void resize_linear(void **unused)
{
    const float x[] = {1, 2, 3, 4};
    /* resize_upsample_scales_linear, ..._align_corners of the specification */
    const float half_pixel[] = {1,    1.25f, 1.75f, 2,    1.5f, 1.75f, 2.25f, 2.5f,
                                2.5f, 2.75f, 3.25f, 3.5f, 3,    3.25f, 3.75f, 4};
    const float align[] = {1,           1.33333333f, 1.66666667f, 2,
                           1.66666667f, 2,           2.33333333f, 2.66666667f,
                           2.33333333f, 2.66666667f, 3,           3.33333333f,
                           3,           3.33333333f, 3.66666667f, 4};
    const float asymmetric[] = {1, 1.5f, 2, 2, 2, 2.5f, 3, 3, 3, 3.5f, 4, 4, 3, 3.5f, 4, 4};
    const float *want[] = {half_pixel, half_pixel, align, asymmetric};
    for (int mode = RESIZE_HALF_PIXEL; mode <= RESIZE_ASYMMETRIC; mode++) {
        graph *g = net_create();
        int y = resize(g, net_input(g, 1, 1, 2, 2), GRAPH_RESIZE_LINEAR, (resize_coordinates)mode,
                       RESIZE_FLOOR, 2, 2);
        expect_result(g, y, x, want[mode], 16);
    }
    /* down to one pixel: align_corners and pytorch_half_pixel take the first */
    const float one[] = {2.5f, 1, 1, 1};
    for (int mode = RESIZE_HALF_PIXEL; mode <= RESIZE_ASYMMETRIC; mode++) {
        graph *g = net_create();
        int y = resize(g, net_input(g, 1, 1, 2, 2), GRAPH_RESIZE_LINEAR, (resize_coordinates)mode,
                       RESIZE_FLOOR, 0.5f, 0.5f);
        expect_result(g, y, x, &one[mode], 1);
    }
}

static void resize_nearest(void **unused)
{
    for (int rounding = 0; rounding < 2; rounding++) { /* x / 1.5 = 0, .67, 1.33, 2, 2.67, 3.33 */
        graph *g = net_create();
        int y = resize(g, net_input(g, 1, 1, 1, 4), GRAPH_RESIZE_NEAREST, RESIZE_ASYMMETRIC,
                       (resize_rounding)rounding, 1, 1.5f);
        const float floors[] = {0, 0, 1, 2, 2, 3}, ceils[] = {0, 1, 2, 2, 3, 3};
        expect_result(g, y, ten, rounding ? ceils : floors, 6);
    }
    for (int rounding = RESIZE_PREFER_FLOOR; rounding <= RESIZE_PREFER_CEIL; rounding++) {
        graph *g = net_create(); /* (x + .5) / 1.5 - .5 = -.17, .5, 1.17, 1.83, 2.5, 3.17: the ties
                                    differ */
        int y = resize(g, net_input(g, 1, 1, 1, 4), GRAPH_RESIZE_NEAREST, RESIZE_HALF_PIXEL,
                       (resize_rounding)rounding, 1, 1.5f);
        const float down[] = {0, 0, 1, 2, 2, 3}, up[] = {0, 1, 1, 2, 3, 3};
        expect_result(g, y, ten, rounding == RESIZE_PREFER_CEIL ? up : down, 6);
    }
}

static void pads(void **unused)
{
    static const float expected[][7] = {
        {7, 7, 0, 1, 2, 7, 7}, {2, 1, 0, 1, 2, 1, 0}, {0, 0, 0, 1, 2, 2, 2}};
    for (int mode = 0; mode < 3; mode++) {
        graph *g = net_create();
        int x = net_input(g, 1, 1, 1, 3),
            by = net_integers(g, 8, (int64_t[]){0, 0, 0, 2, 0, 0, 0, 2});
        graph_attributes a = {.pad = (pad_mode)mode};
        expect_result(g, net_node(g, OP_PAD, (int[]){x, by, net_number(g, 7)}, 3, &a), ten,
                      expected[mode], 7);
    }
    graph *g = net_create(); /* negative: cut; and only the axes that are named */
    int x = net_input(g, 1, 1, 2, 3), by = net_integers(g, 2, (int64_t[]){-1, 1});
    int axes = net_integers(g, 1, (int64_t[]){-1});
    expect_result(g, net_node(g, OP_PAD, (int[]){x, by, GRAPH_NONE, axes}, 4, NULL), ten,
                  (float[]){1, 2, 0, 4, 5, 0}, 6);
}

static void slices(void **unused)
{
    graph *g = net_create();
    int in[5] = {net_input(g, 1, 1, 2, 5), net_integers(g, 2, (int64_t[]){-1, 4}),
                 net_integers(g, 2, (int64_t[]){1000, -1000}),
                 net_integers(g, 2, (int64_t[]){2, 3}), net_integers(g, 2, (int64_t[]){1, -2})};
    expect_result(g, net_node(g, OP_SLICE, in, 5, NULL), ten, (float[]){9, 7, 5}, 3);
}

static void gathers(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 1, 2, 5);
    graph_attributes a = {.axis = 3};
    int y = net_node(g, OP_GATHER, (int[]){x, net_integers(g, 3, (int64_t[]){4, -5, 2})}, 2, &a);
    expect_result(g, y, ten, (float[]){4, 0, 2, 9, 5, 7}, 6);
}

static void moves(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 2, 2, 2);
    graph_attributes a = {.transpose = {{0, 3, 1, 2}, 4}};
    expect_result(g, net_node(g, OP_TRANSPOSE, &x, 1, &a), ten, (float[]){0, 2, 4, 6, 1, 3, 5, 7},
                  8);

    g = net_create();
    x = net_input(g, 1, 2, 1, 2);
    int shape = net_integers(g, 4, (int64_t[]){1, 2, 3, 2});
    expect_result(g, net_node(g, OP_EXPAND, (int[]){x, shape}, 2, NULL), ten,
                  (float[]){0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3}, 12);

    g = net_create();
    x = net_input(g, 1, 2, 2, 2);
    a = (graph_attributes){.axis = 2};
    int flat = net_node(g, OP_RESHAPE,
                        (int[]){net_relu(g, x), net_integers(g, 2, (int64_t[]){2, -1})}, 2, NULL);
    int one = net_node(g, OP_UNSQUEEZE, (int[]){flat, net_integers(g, 1, (int64_t[]){1})}, 2, NULL);
    int two = net_node(g, OP_CONCAT, (int[]){one, one}, 2, &a);
    expect_result(g, two, ten, (float[]){0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7}, 16);
}

static void pools(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 1, 2, 5);
    graph_attributes a = {.window = {{2, 2}, {1, 2}, {1, 1}, {0, 0, 0, 0}, 1, true}};
    expect_result(g, net_node(g, OP_MAX_POOL, &x, 1, &a), ten, (float[]){6, 8, 9}, 3);

    g = net_create();
    x = net_input(g, 1, 1, 2, 5);
    a = (graph_attributes){.window = {{1, 3}, {1, 2}, {1, 2}, {0, 2, 0, 2}, 1, false}};
    expect_result(g, net_node(g, OP_MAX_POOL, &x, 1, &a), ten, (float[]){2, 4, 4, 7, 9, 9}, 6);

    g = net_create();
    x = net_input(g, 1, 2, 1, 5);
    expect_result(g, net_node(g, OP_GLOBAL_AVERAGE_POOL, &x, 1, NULL), ten, (float[]){2, 7}, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_with_everything),
        cmocka_unit_test(batch_norm_formula),
        cmocka_unit_test(activations),
        cmocka_unit_test(arithmetic_broadcasts),
        cmocka_unit_test(resize_linear),
        cmocka_unit_test(resize_nearest),
        cmocka_unit_test(pads),
        cmocka_unit_test(slices),
        cmocka_unit_test(gathers),
        cmocka_unit_test(moves),
        cmocka_unit_test(pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
