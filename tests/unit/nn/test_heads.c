/* tests/unit/nn/test_heads.c - what the heads of detectors and classifiers are made of (pools,
 * products, Softmax, Split, reductions), on numbers small enough to follow by hand, on both paths.
 * ONNX's own tests of the same operators run in tests/parity/test_conformance.py.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <math.h>
#include <stdlib.h>

static const float nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

/* A window of 2 x 2, steps of 2, one pad at each side of 3 x 3: its corners see one number each. */
static void averages_with_and_without_padding(void **unused)
{
    const float without[] = {1, 2.5f, 5.5f, 7}, with[] = {0.25f, 1.25f, 2.75f, 7};
    for (int count_pad = 0; count_pad < 2; count_pad++) {
        graph *g = net_create();
        int x = net_input(g, 1, 1, 3, 3);
        graph_attributes a = {
            .window = {{2, 2}, {2, 2}, {1, 1}, {1, 1, 0, 0}, .count_pad = count_pad != 0}};
        expect_result(g, net_node(g, OP_AVERAGE_POOL, &x, 1, &a), nine, count_pad ? with : without,
                      4);
    }
}

/* With ceil the last window hangs over the end; what it does not cover does not count, not even as
 * padding. */
static void averages_what_hangs_over(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 1, 3, 3);
    graph_attributes a = {.window = {{2, 2}, {2, 2}, {1, 1}, .ceil = true, .count_pad = true}};
    const float want[] = {3, 4.5f, 7.5f, 9};
    expect_result(g, net_node(g, OP_AVERAGE_POOL, &x, 1, &a), nine, want, 4);
}

static void largest_of_planes(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 3, 1, 3);
    expect_result(g, net_node(g, OP_GLOBAL_MAX_POOL, &x, 1, NULL), nine, (float[]){3, 6, 9}, 3);
}

/* 2 * A^T * B + 3 * C, A [3, 3] of nine, B [3, 1], C [1]. */
static void gemm_with_everything(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 1, 3, 3), list = net_integers(g, 2, (int64_t[]){3, 3});
    int a = net_node(g, OP_RESHAPE, (int[]){x, list}, 2, NULL);
    int b = net_constant(g, 2, (int64_t[]){3, 1}, (float[]){1, 0, -1});
    graph_attributes attr = {.gemm = {2, 3, true, false}};
    int y = net_node(g, OP_GEMM, (int[]){a, b, net_number(g, 10)}, 3, &attr);
    expect_result(g, y, nine, (float[]){18, 18, 18}, 3);
}

/* Three matrices of one row by one that is stretched to all of them, then by a vector. */
static void matmul_stretches(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 3, 1, 3);
    int b = net_constant(g, 2, (int64_t[]){3, 2}, (float[]){1, 0, 0, 1, 0, 1});
    int v = net_constant(g, 1, (int64_t[]){2}, (float[]){10, 1});
    int y = net_node(g, OP_MATMUL, (int[]){x, b}, 2, NULL);
    y = net_node(g, OP_MATMUL, (int[]){y, v}, 2, NULL);
    expect_result(g, y, nine, (float[]){15, 51, 87}, 3);
}

/* Along an axis the parts of a whole; in the older form over all that follows. Large numbers do not
 * overflow. */
static void softmax_forms(void **unused)
{
    const float x[] = {1000, 1000, 1000, 1000 + 0.6931472f};
    const float lines[] = {0.5f, 1.0f / 3, 0.5f, 2.0f / 3}, all[] = {0.2f, 0.2f, 0.2f, 0.4f};
    for (int flat = 0; flat < 2; flat++) {
        graph *g = net_create();
        int in = net_input(g, 1, 1, 2, 2);
        graph_attributes a = {.softmax = {flat ? 1 : 2, flat != 0}};
        vis_error err;
        assert_int_equal(graph_mark_output(g, net_node(g, OP_SOFTMAX, &in, 1, &a), &err), VIS_OK);
        const float *inputs = x;
        int64_t n;
        float *got = run_once(g, &inputs, &(run_options){false, 1}, &n);
        for (int i = 0; i < 4; i++) /* 1000.69 is a float with 4 places after the point */
            assert_true(fabsf(got[i] - (flat ? all[i] : lines[i])) < 2e-5f);
        free(got);
        graph_free(g);
    }
}

static void split_parts(void **unused)
{
    graph *g = net_create();
    int x = net_input(g, 1, 1, 1, 9), lengths = net_integers(g, 3, (int64_t[]){2, 3, 4});
    graph_attributes a = {.split = {.axis = 3, .index = 1, .parts = 3}};
    expect_result(g, net_node(g, OP_SPLIT, (int[]){x, lengths}, 2, &a), nine, (float[]){3, 4, 5},
                  3);
}

static void reductions(void **unused)
{
    static const struct {
        graph_op op;
        float want[3];
    } cases[] = {{OP_REDUCE_MEAN, {4, 5, 6}},
                 {OP_REDUCE_SUM, {12, 15, 18}},
                 {OP_REDUCE_MAX, {7, 8, 9}},
                 {OP_REDUCE_MIN, {1, 2, 3}},
                 {OP_REDUCE_PROD, {28, 80, 162}}};
    for (int i = 0; i < 5; i++) {
        graph *g = net_create();
        int x = net_input(g, 1, 1, 3, 3), axes = net_integers(g, 1, (int64_t[]){-2});
        graph_attributes a = {.reduce = {.keep = false}};
        expect_result(g, net_node(g, cases[i].op, (int[]){x, axes}, 2, &a), nine, cases[i].want, 3);
    }
}

/* Each further input is put onto what is there, stretched where it is smaller. */
static void extremes_of_many(void **unused)
{
    const float least[] = {1, 2, 3, 4, 4, 4, 4, 4, 4}, most[] = {5, 5, 5, 5, 5, 6, 7, 8, 9};
    for (int i = 0; i < 2; i++) {
        graph *g = net_create();
        int in[] = {net_number(g, i ? 5 : 4), net_input(g, 1, 1, 3, 3), net_number(g, i ? -9 : 90)};
        expect_result(g, net_node(g, i ? OP_MAX : OP_MIN, in, 3, NULL), nine, i ? most : least, 9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_with_and_without_padding),
        cmocka_unit_test(averages_what_hangs_over),
        cmocka_unit_test(largest_of_planes),
        cmocka_unit_test(gemm_with_everything),
        cmocka_unit_test(matmul_stretches),
        cmocka_unit_test(softmax_forms),
        cmocka_unit_test(split_parts),
        cmocka_unit_test(reductions),
        cmocka_unit_test(extremes_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
