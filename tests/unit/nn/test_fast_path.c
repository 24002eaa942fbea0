/* tests/unit/nn/test_fast_path.c - the fused steps against one operator after another, at odd
 * sizes.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#define CLOSE 4e-6f

static void inverted_residuals(void **unused)
{
    static const int cases[][7] = {
        /* in, hidden, out, stride, residual, height, width */
        {7, 13, 7, 1, 1, 9, 11},     {6, 12, 32, 1, 0, 20, 17},     {13, 26, 21, 2, 0, 15, 22},
        {16, 32, 16, 1, 1, 1, 1},    {5, 10, 5, 1, 1, 2, 70},       {32, 64, 32, 2, 0, 33, 130},
        {3, 300, 3, 1, 1, 12, 40},   {1, 2, 1, 1, 1, 5, 5},         {64, 128, 64, 2, 0, 2, 2},
        {256, 512, 256, 1, 1, 7, 5}, {200, 410, 133, 2, 0, 10, 10}, {512, 1024, 70, 1, 0, 3, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int *c = cases[i];
        for (int batch = 1; batch <= 3; batch += 2) {
            random_seed((uint32_t)i);
            graph *g = net_create();
            int x = net_input(g, batch, c[0], c[5], c[6]);
            x = net_relu(g, x); /* so that the block does not read the caller's layout */
            int y = net_inverted_residual(g, x, c[0], c[1], c[2], c[3], c[4]);
            vis_error err;
            assert_int_equal(graph_mark_output(g, net_relu(g, y), &err), VIS_OK);
            expect_agreement(g, CLOSE);
        }
    }
}

static int mark(graph *g, int value)
{
    vis_error err;
    assert_int_equal(graph_mark_output(g, value, &err), VIS_OK);
    return value;
}

/* The network in small: an input block that its readers absorb, two levels, and the way up. */
static void small_unet(void **unused)
{
    static const int cases[][5] = {
        /* batch, height, width, width of the first level, coordinates */
        {1, 16, 16, 8, RESIZE_ALIGN_CORNERS},       {2, 12, 20, 13, RESIZE_ALIGN_CORNERS},
        {1, 8, 140, 16, RESIZE_HALF_PIXEL},         {3, 4, 4, 7, RESIZE_ASYMMETRIC},
        {1, 40, 24, 32, RESIZE_PYTORCH_HALF_PIXEL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int *c = cases[i], w = c[3];
        random_seed(100 + (uint32_t)i);
        graph *g = net_create();
        int x = net_input(g, c[0], 6, c[1], c[2]);
        int top = net_inverted_residual(g, x, 6, 12, w, 1, false);
        int down = net_inverted_residual(g, top, w, 2 * w, 2 * w, 2, false);
        down = net_inverted_residual(g, down, 2 * w, 4 * w, 2 * w, 1, true);
        int up = net_upsample(g, down, (resize_coordinates)c[4], 2, 2);
        int y = net_concat(g, i % 2 ? (int[]){top, up} : (int[]){up, top}, 2);
        y = net_inverted_residual(g, y, 3 * w, 6 * w, 5, 1, false);
        y = net_inverted_residual(g, y, 5, 10, 5, 1, true);
        y = net_conv(g, y, 5, 3, 1, 1, 0, 1, true);
        mark(g, net_node(g, OP_SIGMOID, &y, 1, NULL));
        expect_agreement(g, CLOSE);
    }
}

/* Low-resolution parts beside large weights: the step over blocks of channels. */
static void wide_up_block(void **unused)
{
    for (int skip_channels = 10; skip_channels <= 200; skip_channels += 95) {
        graph *g = net_create();
        int low = net_relu(g, net_input(g, 2, 130, 5, 3)),
            skip = net_relu(g, net_input(g, 2, skip_channels, 10, 6));
        int y = net_concat(g, (int[]){net_upsample(g, low, RESIZE_ALIGN_CORNERS, 2, 2), skip}, 2);
        mark(g, net_inverted_residual(g, y, 130 + skip_channels, 512, 24, 1, false));
        expect_agreement(g, CLOSE);
    }
}

static void concat_of_several(void **unused)
{
    graph *g = net_create();
    int a = net_relu(g, net_input(g, 1, 5, 9, 9)), b = net_relu(g, net_input(g, 1, 16, 9, 9));
    int c = net_relu(g, net_input(g, 1, 9, 9, 9));
    int y = net_concat(g, (int[]){a, b, c}, 3);
    mark(g, net_conv(g, y, 30, 11, 1, 1, 0, 1, true));
    expect_agreement(g, CLOSE);

    g = net_create(); /* a result as well: it must exist in memory */
    a = net_relu(g, net_input(g, 1, 5, 9, 9));
    b = net_relu(g, net_input(g, 1, 3, 9, 9));
    y = mark(g, net_concat(g, (int[]){a, b}, 2));
    mark(g, net_conv(g, y, 8, 4, 1, 1, 0, 1, false));
    expect_agreement(g, 0);
}

/* A linear block whose readers take it in, and one reader that cannot. */
static void composed_block_in_memory(void **unused)
{
    for (int also_needed = 0; also_needed < 2; also_needed++) {
        graph *g = net_create();
        int x = net_input(g, 2, 6, 14, 15);
        int y = net_inverted_residual(g, x, 6, 12, 20, 1, false);
        int a = net_relu(g, net_conv(g, y, 20, 9, 1, 1, 0, 1, true));
        int b = net_relu(g, net_conv(g, y, 20, 9, 1, 1, 0, 1, false));
        mark(g, net_add(g, a, b));
        if (also_needed) mark(g, y);
        expect_agreement(g, CLOSE);
    }
}

static void dense_convolutions(void **unused)
{
    static const int cases[][8] = {
        /* in, out, kernel, stride, pad, height, width, batch */
        {1, 32, 3, 1, 1, 20, 16, 2}, {7, 13, 3, 2, 3, 9, 11, 1},   {64, 70, 3, 2, 3, 16, 16, 1},
        {65, 33, 3, 1, 1, 3, 3, 9},  {128, 40, 3, 1, 0, 3, 3, 30}, {70, 16, 5, 3, 2, 13, 17, 3},
        {3, 5, 7, 1, 3, 12, 12, 1},  {300, 20, 1, 1, 0, 6, 6, 2},  {64, 24, 3, 1, 4, 2, 2, 2},
        {40, 12, 1, 2, 0, 9, 9, 1},  {64, 8, 1, 1, 1, 4, 5, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int *c = cases[i];
        random_seed(200 + (uint32_t)i);
        graph *g = net_create();
        int x = net_relu(g, net_input(g, c[7], c[0], c[5], c[6]));
        int y = net_batch_norm(g, net_conv(g, x, c[0], c[1], c[2], c[3], c[4], 1, true), c[1]);
        mark(g, net_relu(g, net_add(g, net_relu(g, y), net_relu(g, y))));
        expect_agreement(g, CLOSE);
    }
}

/* Few channels as the caller passes them: gathered from planes. */
static void convolutions_of_inputs(void **unused)
{
    static const int cases[][8] = {
        /* in, out, kernel, stride, pad, height, width, batch */
        {1, 32, 3, 1, 1, 80, 16, 3}, {3, 20, 5, 2, 2, 17, 23, 2}, {4, 9, 3, 1, 3, 2, 1, 2},
        {2, 6, 7, 3, 0, 40, 61, 1},  {1, 5, 1, 2, 1, 9, 8, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int *c = cases[i];
        random_seed(300 + (uint32_t)i);
        graph *g = net_create();
        int x = net_input(g, c[7], c[0], c[5], c[6]);
        int y = net_relu(g, net_conv(g, x, c[0], c[1], c[2], c[3], c[4], 1, true));
        mark(g, net_add(g, y, y));
        expect_agreement(g, CLOSE);
    }
}

/* conv + batch norm, the input added, then the activation. */
static void residual_before_activation(void **unused)
{
    graph *g = net_create();
    int x = net_relu(g, net_input(g, 3, 24, 8, 9));
    int y = net_batch_norm(g, net_conv(g, x, 24, 24, 3, 1, 1, 1, true), 24);
    x = net_relu(g, net_add(g, y, x));
    y = net_batch_norm(g, net_conv(g, x, 24, 24, 1, 1, 0, 1, true), 24);
    mark(g, net_relu(g, net_add(g, x, y)));
    expect_agreement(g, CLOSE);
}

static void activations(void **unused)
{
    for (int kind = 0; kind < 5; kind++) {
        graph *g = net_create();
        int x = net_relu(g, net_input(g, 2, 9, 10, 10));
        int y = net_conv(g, x, 9, 19, 1, 1, 0, 1, true);
        graph_attributes a = {.alpha = 0.2f};
        int slopes = net_constant(g, 3, (int64_t[]){19, 1, 1}, NULL), slope = net_number(g, 0.3f);
        int low = net_number(g, -0.1f), high = net_number(g, 0.4f);
        for (int layer = 0; layer < 3; layer++) {
            switch (kind) {
            case 0:
                y = net_node(g, OP_LEAKY_RELU, &y, 1, &a);
                break;
            case 1:
                y = net_node(g, OP_PRELU, (int[]){y, layer == 2 ? slope : slopes}, 2, NULL);
                break;
            case 2:
                y = net_node(g, OP_CLIP, (int[]){y, low, high}, 3, NULL);
                break;
            case 3:
                y = net_node(g, OP_CLIP, (int[]){y, GRAPH_NONE, high}, 3, NULL);
                break;
            default:
                y = net_node(g, OP_SIGMOID, &y, 1, NULL);
                break;
            }
            if (layer == 0) y = net_conv(g, y, 19, 19, 3, 1, 1, 19, true);
            if (layer == 1) y = net_conv(g, y, 19, 19, 1, 1, 0, 1, true);
        }
        mark(g, y);
        expect_agreement(g, CLOSE);
    }
}

/* What the fast path has no step for runs all the same, in between. */
static void foreign_operators_between(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 2, 8, 12, 12);
    int y = net_relu(g, net_conv(g, x, 8, 16, 3, 1, 1, 1, true));
    graph_attributes pool = {.window = {{2, 2}, {2, 2}, {1, 1}, {0}, 1, false}};
    y = net_node(g, OP_MAX_POOL, &y, 1, &pool);
    y = net_conv(g, y, 16, 16, 3, 1, 1, 4, true); /* grouped */
    y = net_inverted_residual(g, y, 16, 32, 16, 1, true);
    int flipped = net_node(
        g, OP_SLICE,
        (int[]){y, net_integers(g, 1, (int64_t[]){-1}), net_integers(g, 1, (int64_t[]){-100}),
                net_integers(g, 1, (int64_t[]){3}), net_integers(g, 1, (int64_t[]){-1})},
        5, NULL);
    y = net_conv(g, net_concat(g, (int[]){y, flipped}, 2), 32, 6, 1, 1, 0, 1, true);
    mark(g, net_upsample(g, y, RESIZE_HALF_PIXEL, 1.5f, 3));
    expect_agreement(g, CLOSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverted_residuals),
        cmocka_unit_test(small_unet),
        cmocka_unit_test(wide_up_block),
        cmocka_unit_test(concat_of_several),
        cmocka_unit_test(composed_block_in_memory),
        cmocka_unit_test(dense_convolutions),
        cmocka_unit_test(convolutions_of_inputs),
        cmocka_unit_test(residual_before_activation),
        cmocka_unit_test(activations),
        cmocka_unit_test(foreign_operators_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
