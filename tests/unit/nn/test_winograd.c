/* tests/unit/nn/test_winograd.c - dense 3x3 convolutions after Winograd against one operator after
 * another: odd sizes, every padding, what is fused behind them, and the division among threads.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/cpu.h"
#include "engine/program.h"

#include <stdlib.h>
#include <string.h>

#define CLOSE 4e-6f

typedef struct form {
    int in, out, height, width, batch;
    int pad[4];           /* top, left, bottom, right */
    int stride, dilation; /* of the rows */
} form;

static int mark(graph *g, int value)
{
    vis_error err;
    assert_int_equal(graph_mark_output(g, value, &err), VIS_OK);
    return value;
}

static int conv3x3(graph *g, int x, const form *f)
{
    int64_t dim[4] = {f->out, f->in, 3, 3};
    float *w = malloc((size_t)(f->out * f->in * 9) * sizeof *w);
    for (int i = 0; i < f->out * f->in * 9; i++)
        w[i] = random_float() * 0.3f;
    int inputs[3] = {x, net_constant(g, 4, dim, w), net_constant(g, 1, dim, NULL)};
    free(w);
    graph_attributes a = {.window = {{3, 3}, {f->stride, 1}, {f->dilation, 1}, {0}, 1, false}};
    for (int i = 0; i < 4; i++)
        a.window.pad[i] = f->pad[i];
    return net_node(g, OP_CONV, inputs, 3, &a);
}

/* How many steps of the compiled network are done after Winograd. */
static int winograd_steps(const graph *g, const form *f)
{
    graph_shape shape = {.rank = 4, .dim = {f->batch, f->in, f->height, f->width}};
    nn_program *p;
    vis_error err;
    int count = 0;
    assert_int_equal(nn_compile(g, &shape, 1, &(nn_options){0}, &p, &err), VIS_OK);
    for (int i = 0; i < p->n_steps; i++)
        count += strcmp(p->step[i].kind->name, "conv, Winograd") == 0;
    nn_program_free(p);
    return count;
}

/* The convolution between things that live in memory as pixels. */
static graph *alone(const form *f)
{
    graph *g = net_create();
    int x = net_relu(g, net_input(g, f->batch, f->in, f->height, f->width));
    int y = net_relu(g, conv3x3(g, x, f));
    mark(g, net_add(g, y, y));
    return g;
}

static void expect_winograd(const form *f)
{
    random_seed((uint32_t)(f->in * 31 + f->height));
    graph *g = alone(f);
    assert_int_equal(winograd_steps(g, f), 1);
    expect_agreement(g, CLOSE);
}

static void odd_sizes(void **unused)
{
    static const form forms[] = {
        {32, 32, 80, 16, 2, {1, 1, 1, 1}, 1, 1}, {30, 33, 9, 11, 3, {1, 1, 1, 1}, 1, 1},
        {63, 40, 5, 4, 7, {1, 1, 1, 1}, 1, 1},   {128, 24, 9, 6, 5, {1, 1, 1, 1}, 1, 1},
        {16, 16, 4, 64, 1, {1, 1, 1, 1}, 1, 1},  {24, 19, 64, 4, 1, {1, 1, 1, 1}, 1, 1},
        {300, 70, 8, 7, 1, {1, 1, 1, 1}, 1, 1},  {28, 600, 6, 6, 2, {1, 1, 1, 1}, 1, 1},
        {32, 32, 3, 130, 1, {1, 1, 1, 1}, 1, 1}, {530, 17, 4, 4, 3, {1, 1, 1, 1}, 1, 1},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        expect_winograd(&forms[i]);
}

static void paddings(void **unused)
{
    for (int top = 0; top <= 3; top++)
        for (int left = 0; left <= 3; left++) {
            form f = {31, 32, 18 + top, 20, 1, {top, left, 3 - left, 3 - top}, 1, 1};
            expect_winograd(&f);
        }
}

/* Only the columns are neighbours: products are saved along rows alone. */
static void rows_apart(void **unused)
{
    static const form forms[] = {
        {32, 64, 80, 16, 2, {1, 1, 1, 1}, 3, 1}, {31, 40, 16, 21, 3, {1, 1, 1, 1}, 2, 1},
        {90, 50, 20, 17, 2, {2, 0, 1, 3}, 1, 2}, {44, 300, 13, 9, 1, {0, 1, 0, 1}, 2, 3},
        {128, 64, 8, 8, 1, {1, 1, 1, 1}, 2, 1},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        expect_winograd(&forms[i]);
}

static int activated(graph *g, int y, int kind, int channels)
{
    graph_attributes leaky = {.alpha = 0.2f};
    switch (kind) {
    case 0:
        return net_relu(g, y);
    case 1:
        return net_node(g, OP_LEAKY_RELU, &y, 1, &leaky);
    case 2:
        return net_node(g, OP_PRELU,
                        (int[]){y, net_constant(g, 3, (int64_t[]){channels, 1, 1}, NULL)}, 2, NULL);
    case 3:
        return net_node(g, OP_CLIP, (int[]){y, net_number(g, -0.1f), net_number(g, 0.4f)}, 3, NULL);
    default:
        return y;
    }
}

/* Batch norm, a value that is added, and each activation; both forms. */
static void what_follows(void **unused)
{
    for (int kind = 0; kind < 5; kind++)
        for (int residual = 0; residual < 2; residual++)
            for (int stride = 1; stride <= 2; stride++) {
                form f = {45, 45, 11, 18, 2, {1, 1, 1, 1}, stride, 1};
                graph *g = net_create();
                int x = net_relu(g, net_input(g, f.batch, f.in, f.height, f.width));
                int add = net_relu(g, net_conv(g, x, 45, 45, 1, 1, 0, 1, true));
                if (stride == 2) add = net_relu(g, conv3x3(g, x, &f));
                int y = net_batch_norm(g, conv3x3(g, x, &f), 45);
                if (residual) y = net_add(g, y, add);
                y = activated(g, y, kind, 45);
                mark(g, net_concat(g, (int[]){y, add}, 2)); /* so that it is made */
                assert_int_equal(winograd_steps(g, &f), stride);
                expect_agreement(g, CLOSE);
            }
}

/* Padding is most of these pictures: tap by tap fewer products are left. */
static void small_pictures_stay_direct(void **unused)
{
    static const form forms[] = {
        {64, 64, 3, 3, 25, {1, 1, 1, 1}, 1, 1},
        {64, 64, 3, 3, 25, {0, 0, 0, 0}, 1, 1},
        {64, 64, 1, 1, 4, {1, 1, 1, 1}, 1, 1},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        graph *g = alone(&forms[i]);
        assert_int_equal(winograd_steps(g, &forms[i]), 0);
        expect_agreement(g, CLOSE);
    }
}

/* Threads get blocks of other sizes, and nobody can tell from the result. */
static void same_bytes_on_any_threads(void **unused)
{
    static const form f = {33, 50, 37, 19, 3, {1, 1, 1, 1}, 1, 1};
    for (int isa = CPU_ALL; isa >= CPU_PORTABLE; isa--) {
        cpu_limit((cpu_isa)isa);
        if ((int)cpu_best() != isa) continue;
        float *inputs[GRAPH_MAX_INPUTS];
        graph_shape shapes[GRAPH_MAX_INPUTS];
        graph *g = alone(&f);
        int64_t count, n;
        make_inputs(g, inputs, shapes);
        const float *const *x = (const float *const *)inputs;
        float *one = run_once(g, x, &(run_options){false, 1}, &count);
        for (int threads = 2; threads <= 5; threads++) {
            float *many = run_once(g, x, &(run_options){false, threads}, &n);
            assert_int_equal(n, count);
            assert_memory_equal(one, many, (size_t)n * sizeof *one);
            free(many);
        }
        free(one);
        free_inputs(g, inputs);
        graph_free(g);
    }
    cpu_limit(CPU_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_sizes),
        cmocka_unit_test(paddings),
        cmocka_unit_test(rows_apart),
        cmocka_unit_test(what_follows),
        cmocka_unit_test(small_pictures_stay_direct),
        cmocka_unit_test(same_bytes_on_any_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
