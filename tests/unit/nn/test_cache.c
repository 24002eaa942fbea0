/* tests/unit/nn/test_cache.c - what outlasts a run: the same bytes from kept results, whatever the
 * other input is, on every instruction set and without touching the input that is kept.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Two encoders that meet twice as in a lip-sync U-Net: side by side, and enlarged beside a skip.
 * `wide`: channels of the picture's part, 64 and more being expanded by a step of their own. */
static graph *two_inputs(int batch, int wide)
{
    random_seed(11);
    graph *g = net_create();
    vis_error err;
    int face = net_input(g, batch, 6, 26, 22), sound = net_input(g, batch, 5, 13, 11);
    int skip = net_inverted_residual(g, face, 6, 12, wide, 1, false);
    int low = net_inverted_residual(g, skip, wide, 2 * wide, 72, 2, false);
    int heard = net_inverted_residual(g, sound, 5, 10, 24, 1, false);
    int both[2] = {low, heard};
    int y = net_inverted_residual(g, net_concat(g, both, 2), 96, 2 * 96, 40, 1, false);
    int up[2] = {net_upsample(g, y, RESIZE_ALIGN_CORNERS, 2, 2), skip};
    y = net_inverted_residual(g, net_concat(g, up, 2), 40 + wide, 80, 16, 1, false);
    assert_int_equal(graph_mark_output(g, net_conv(g, y, 16, 3, 1, 1, 0, 1, true), &err), VIS_OK);
    return g;
}

typedef struct bench {
    graph *g;
    nn_program *program;
    nn_session *session;
    thread_pool *pool;
    float *inputs[2], *kept;
    int64_t count;
} bench;

static void set_up(bench *b, graph *g, bool reference, int threads)
{
    vis_error err;
    graph_shape shapes[2];
    *b = (bench){.g = g};
    make_inputs(g, b->inputs, shapes);
    assert_int_equal(nn_compile(g, shapes, 2,
                                &(nn_options){.reference = reference, .cache_inputs = 1},
                                &b->program, &err),
                     VIS_OK);
    assert_int_equal(thread_pool_create(threads, &b->pool, &err), VIS_OK);
    assert_int_equal(nn_session_create(b->program, b->pool, &b->session, &err), VIS_OK);
    const graph_shape *y = nn_output_shape(b->program, 0);
    assert_true(shape_count(y->dim, y->rank, &b->count));
    assert_true(nn_cache_floats(b->program) > 0);
    assert_false(nn_filled_reads_inputs(b->program));
    b->kept = aligned_calloc(nn_cache_floats(b->program), sizeof *b->kept);
    assert_non_null(b->kept);
}

static void tear_down(bench *b)
{
    nn_session_free(b->session);
    thread_pool_destroy(b->pool);
    nn_program_free(b->program);
    aligned_free(b->kept);
    free_inputs(b->g, b->inputs);
    graph_free(b->g);
}

/* A filled block gives the bytes of a whole run, under the sound it was filled with and another. */
static void expect_same_bytes(bench *b)
{
    const float *whole[2] = {b->inputs[0], b->inputs[1]}, *known[2] = {NULL, b->inputs[1]};
    float *want = malloc((size_t)b->count * sizeof *want);
    float *got = malloc((size_t)b->count * sizeof *got);
    nn_run_cached(b->session, whole, &got, b->kept, false);
    for (int sound = 0; sound < 2; sound++) {
        nn_run(b->session, whole, &want);
        if (sound == 0) assert_memory_equal(got, want, (size_t)b->count * sizeof *want);
        memset(got, 0xff, (size_t)b->count * sizeof *got);
        nn_run_cached(b->session, known, &got, b->kept, true);
        assert_memory_equal(got, want, (size_t)b->count * sizeof *want);
        for (int i = 0; i < 5 * 13 * 11; i++)
            b->inputs[1][i] = random_float();
    }
    free(want);
    free(got);
}

static void kept_is_whole(void **unused)
{
    for (int wide = 20; wide <= 84; wide += 64)
        for (int threads = 1; threads <= 3; threads += 2)
            for (int batch = 1; batch <= 2; batch++) {
                bench b;
                set_up(&b, two_inputs(batch, wide), false, threads);
                expect_same_bytes(&b);
                tear_down(&b);
            }
}

static void plain_kernels_keep_too(void **unused)
{
    bench b;
    set_up(&b, two_inputs(1, 84), true, 1);
    expect_same_bytes(&b);
    tear_down(&b);
}

/* Expanding a part beforehand changes the order of a sum, and nothing else. */
static void keeping_changes_rounding_only(void **unused)
{
    bench b;
    set_up(&b, two_inputs(1, 84), false, 1);
    int64_t n;
    float *got = malloc((size_t)b.count * sizeof *got);
    float *want = run_once(b.g, (const float *const *)b.inputs, &(run_options){true, 1}, &n);
    nn_run(b.session, (const float *const *)b.inputs, &got);
    assert_int_equal(n, b.count);
    float most = 0;
    for (int64_t i = 0; i < n; i++)
        if (want[i] > most || -want[i] > most) most = want[i] > 0 ? want[i] : -want[i];
    for (int64_t i = 0; i < n; i++)
        assert_true(got[i] - want[i] < 2e-6f * most && want[i] - got[i] < 2e-6f * most);
    free(got);
    free(want);
    tear_down(&b);
}

/* Two sessions, each at another frame's block, do not disturb each other. */
static void blocks_belong_to_frames(void **unused)
{
    bench b;
    set_up(&b, two_inputs(1, 84), false, 1);
    float *second = aligned_calloc(nn_cache_floats(b.program), sizeof *second);
    float *face = malloc(6 * 26 * 22 * sizeof *face);
    float *one = malloc((size_t)b.count * sizeof *one),
          *two = malloc((size_t)b.count * sizeof *two);
    float *again = malloc((size_t)b.count * sizeof *again);
    for (int i = 0; i < 6 * 26 * 22; i++)
        face[i] = random_float();
    const float *first_in[2] = {b.inputs[0], b.inputs[1]}, *second_in[2] = {face, b.inputs[1]};
    nn_run_cached(b.session, first_in, &one, b.kept, false);
    nn_run_cached(b.session, second_in, &two, second, false);
    assert_memory_not_equal(one, two, (size_t)b.count * sizeof *one);
    nn_run_cached(b.session, first_in, &again, b.kept, true);
    assert_memory_equal(again, one, (size_t)b.count * sizeof *one);
    nn_run_cached(b.session, second_in, &again, second, true);
    assert_memory_equal(again, two, (size_t)b.count * sizeof *two);
    aligned_free(second);
    free(face);
    free(one);
    free(two);
    free(again);
    tear_down(&b);
}

/* A result that depends on the kept input alone is still written by every run. */
static void results_are_always_written(void **unused)
{
    graph *g = net_create();
    vis_error err;
    int x = net_input(g, 1, 2, 4, 4), z = net_input(g, 1, 2, 4, 4);
    int y = net_relu(g, x);
    assert_int_equal(graph_mark_output(g, y, &err), VIS_OK);
    assert_int_equal(graph_mark_output(g, net_add(g, net_relu(g, y), z), &err), VIS_OK);
    float *inputs[2], first[32], other[32], *outputs[2] = {first, other};
    graph_shape shapes[2];
    make_inputs(g, inputs, shapes);
    nn_program *p;
    nn_session *s;
    assert_int_equal(nn_compile(g, shapes, 2, &(nn_options){.cache_inputs = 1}, &p, &err), VIS_OK);
    assert_int_equal(nn_session_create(p, NULL, &s, &err), VIS_OK);
    assert_true(nn_filled_reads_inputs(p)); /* so that it is there to be read */
    float *kept = aligned_calloc(nn_cache_floats(p) + 1, sizeof *kept);
    nn_run_cached(s, (const float *const *)inputs, outputs, kept, false);
    memset(first, 0xff, sizeof first);
    nn_run_cached(s, (const float *const *)inputs, outputs, kept, true);
    for (int i = 0; i < 32; i++)
        assert_true(first[i] == (inputs[0][i] > 0 ? inputs[0][i] : 0));
    aligned_free(kept);
    nn_session_free(s);
    nn_program_free(p);
    free_inputs(g, inputs);
    graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_is_whole),
        cmocka_unit_test(plain_kernels_keep_too),
        cmocka_unit_test(keeping_changes_rounding_only),
        cmocka_unit_test(blocks_belong_to_frames),
        cmocka_unit_test(results_are_always_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
