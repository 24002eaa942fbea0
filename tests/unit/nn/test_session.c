/* tests/unit/nn/test_session.c - what a run may rely on: no allocation, the same bytes again, a
 * batch that is so many single images, results wherever the graph takes them from.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static graph *two_blocks(int batch)
{
    random_seed(5);
    graph *g = net_create();
    vis_error err;
    int y = net_inverted_residual(g, net_input(g, batch, 6, 30, 26), 6, 12, 16, 1, false);
    y = net_inverted_residual(g, y, 16, 32, 24, 2, false);
    y = net_inverted_residual(g, y, 24, 48, 24, 1, true);
    y = net_relu(g, net_conv(g, y, 24, 70, 3, 1, 1, 1, true));
    assert_int_equal(graph_mark_output(g, net_conv(g, y, 70, 4, 3, 1, 1, 1, true), &err), VIS_OK);
    return g;
}

static void same_bytes_again(void **unused)
{
    graph *g = two_blocks(2);
    float *inputs[1];
    graph_shape shape;
    make_inputs(g, inputs, &shape);
    int64_t n;
    float *first = run_once(g, (const float *const *)inputs, &(run_options){false, 1}, &n);
    for (int threads = 1; threads <= 4; threads++) {
        float *again =
            run_once(g, (const float *const *)inputs, &(run_options){false, threads}, &n);
        assert_memory_equal(again, first, (size_t)n * sizeof *first);
        free(again);
    }
    free(first);
    free_inputs(g, inputs);
    graph_free(g);
}

static void batch_is_single_images(void **unused)
{
    graph *many = two_blocks(3), *one = two_blocks(1);
    float *inputs[1];
    graph_shape shape;
    make_inputs(many, inputs, &shape);
    int64_t n, n1;
    float *all = run_once(many, (const float *const *)inputs, &(run_options){false, 2}, &n);
    for (int i = 0; i < 3; i++) {
        const float *image = inputs[0] + i * 6 * 30 * 26;
        float *single = run_once(one, &image, &(run_options){false, 2}, &n1);
        assert_int_equal(n1 * 3, n);
        expect_floats(all + i * n1, single, n1);
        free(single);
    }
    free(all);
    free_inputs(many, inputs);
    graph_free(many);
    graph_free(one);
}

static void runs_allocate_nothing(void **unused)
{
    graph *g = two_blocks(1);
    float *inputs[1];
    graph_shape shape;
    make_inputs(g, inputs, &shape);
    vis_error err;
    nn_program *p;
    nn_session *s;
    assert_int_equal(nn_compile(g, &shape, 1, NULL, &p, &err), VIS_OK);
    assert_int_equal(nn_session_create(p, NULL, &s, &err), VIS_OK);
    assert_true(nn_weight_bytes(p) > 4000);
    assert_true(nn_arena_bytes(p, 1) > 4 * 15 * 13 * 24);
    assert_int_equal(nn_input_count(p), 1);
    assert_int_equal(nn_input_shape(p, 0)->dim[1], 6);
    float *out = malloc(4 * 15 * 13 * sizeof *out);
    struct mallinfo2 before = mallinfo2();
    for (int i = 0; i < 3; i++)
        nn_run(s, (const float *const *)inputs, &out);
    struct mallinfo2 after = mallinfo2();
    assert_int_equal(before.uordblks, after.uordblks);
    assert_int_equal(before.arena + before.hblkhd, after.arena + after.hblkhd);
    free(out);
    nn_session_free(s);
    nn_program_free(p);
    free_inputs(g, inputs);
    graph_free(g);
}

/* The program holds nothing of the graph. */
static void graph_may_go(void **unused)
{
    graph *g = two_blocks(1);
    float *inputs[1];
    graph_shape shape;
    make_inputs(g, inputs, &shape);
    int64_t n;
    float *want = run_once(g, (const float *const *)inputs, &(run_options){false, 1}, &n);
    vis_error err;
    nn_program *p;
    nn_session *s;
    assert_int_equal(nn_compile(g, &shape, 1, NULL, &p, &err), VIS_OK);
    free(inputs[0] - 1);
    graph_free(g);
    random_seed(5);
    g = two_blocks(1); /* the same numbers again, elsewhere */
    make_inputs(g, inputs, &shape);
    assert_int_equal(nn_session_create(p, NULL, &s, &err), VIS_OK);
    float *out = malloc((size_t)n * sizeof *out);
    nn_run(s, (const float *const *)inputs, &out);
    assert_memory_equal(out, want, (size_t)n * sizeof *out);
    free(out);
    free(want);
    nn_session_free(s);
    nn_program_free(p);
    free_inputs(g, inputs);
    graph_free(g);
}

/* A result that is an input, a constant, or another result as well. */
static void odd_outputs(void **unused)
{
    for (int reference = 0; reference < 2; reference++) {
        graph *g = net_create();
        vis_error err;
        int x = net_input(g, 1, 2, 2, 3), c = net_constant(g, 1, (int64_t[]){3}, NULL);
        int y = net_relu(g, x);
        int outputs[] = {x, y, y, c};
        for (int i = 0; i < 4; i++)
            assert_int_equal(graph_mark_output(g, outputs[i], &err), VIS_OK);
        float *inputs[1];
        graph_shape shape;
        make_inputs(g, inputs, &shape);
        nn_program *p;
        nn_session *s;
        assert_int_equal(nn_compile(g, &shape, 1, &(nn_options){.reference = reference}, &p, &err),
                         VIS_OK);
        assert_int_equal(nn_session_create(p, NULL, &s, &err), VIS_OK);
        float memory[4][12], *to[4] = {memory[0], memory[1], memory[2], memory[3]};
        nn_run(s, (const float *const *)inputs, to);
        assert_memory_equal(memory[0], inputs[0], 12 * sizeof(float));
        assert_memory_equal(memory[1], memory[2], 12 * sizeof(float));
        assert_memory_equal(memory[3], tensor_f32(g->value[c].constant), 3 * sizeof(float));
        for (int i = 0; i < 12; i++)
            assert_true(memory[1][i] == (inputs[0][i] > 0 ? inputs[0][i] : 0));
        nn_session_free(s);
        nn_program_free(p);
        free_inputs(g, inputs);
        graph_free(g);
    }
}

static void expect_refusal(graph *g, vis_status wanted, const char *name)
{
    graph_shape shape = {.rank = 4, .dim = {1, 4, 5, 5}};
    for (int reference = 0; reference < 2; reference++) {
        vis_error err = {0};
        nn_program *p = NULL;
        assert_int_equal(nn_compile(g, &shape, 1, &(nn_options){.reference = reference}, &p, &err),
                         wanted);
        assert_non_null(strstr(err.message, name));
        assert_null(p);
    }
    graph_free(g);
}

static void refuses_by_name(void **unused)
{
    vis_error err;
    graph *g = net_create();
    int x = net_input(g, 1, 4, 5, 5);
    graph_attributes to_integer = {.to = TENSOR_I64};
    int y = net_node(g, OP_CAST, &x, 1, &to_integer);
    assert_int_equal(graph_mark_output(g, y, &err), VIS_OK);
    expect_refusal(g, VIS_ERR_UNSUPPORTED, "Cast");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes_again),      cmocka_unit_test(batch_is_single_images),
        cmocka_unit_test(runs_allocate_nothing), cmocka_unit_test(graph_may_go),
        cmocka_unit_test(odd_outputs),           cmocka_unit_test(refuses_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
