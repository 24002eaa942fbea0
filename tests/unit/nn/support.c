/* tests/unit/nn/support.c - small networks with random weights, and running them every way there
 * is.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/cpu.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 1;

void random_seed(uint32_t seed)
{
    state = seed * 2654435761u + 1;
}

float random_float(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (float)(state >> 8) / 8388608.0f - 1;
}

static void must(vis_status status, const vis_error *err)
{
    if (status != VIS_OK) fail_msg("%s", err->message);
}

graph *net_create(void)
{
    graph *g;
    vis_error err;
    must(graph_create(&g, &err), &err);
    return g;
}

int net_input(graph *g, int n, int c, int h, int w)
{
    int id;
    vis_error err;
    must(graph_add_input(g, "x", 4, (int64_t[]){n, c, h, w}, &id, &err), &err);
    return id;
}

int net_constant(graph *g, int rank, const int64_t *dim, const float *values)
{
    tensor t;
    vis_error err;
    int id;
    must(tensor_create(&t, TENSOR_F32, rank, dim, &err), &err);
    for (int64_t i = 0; i < tensor_count(&t); i++)
        tensor_f32(&t)[i] = values ? values[i] : random_float();
    must(graph_add_constant(g, "constant", &t, &id, &err), &err);
    return id;
}

int net_integers(graph *g, int count, const int64_t *values)
{
    tensor t;
    vis_error err;
    int id;
    must(tensor_create(&t, TENSOR_I64, 1, (int64_t[]){count}, &err), &err);
    memcpy(t.data, values, (size_t)count * sizeof *values);
    must(graph_add_constant(g, "integers", &t, &id, &err), &err);
    return id;
}

int net_number(graph *g, float value)
{
    return net_constant(g, 0, NULL, &value);
}

int net_node(graph *g, graph_op op, const int *inputs, int n, const graph_attributes *attr)
{
    static const graph_attributes none;
    vis_error err;
    int id;
    must(graph_add_node(g, op, graph_op_name(op), inputs, n, attr ? attr : &none, &id, &err), &err);
    return id;
}

int net_conv(graph *g, int x, int in, int out, int kernel, int stride, int pad, int groups,
             bool bias)
{
    int64_t dim[4] = {out, in / groups, kernel, kernel};
    int64_t count = dim[0] * dim[1] * dim[2] * dim[3];
    float *w = malloc((size_t)count * sizeof *w), scale = sqrtf(3.0f * (float)out / (float)count);
    for (int64_t i = 0; i < count; i++)
        w[i] = random_float() * scale;
    int inputs[3] = {x, net_constant(g, 4, dim, w), 0};
    free(w);
    if (bias) inputs[2] = net_constant(g, 1, dim, NULL);
    graph_attributes a = {
        .window = {
            {kernel, kernel}, {stride, stride}, {1, 1}, {pad, pad, pad, pad}, groups, false}};
    return net_node(g, OP_CONV, inputs, bias ? 3 : 2, &a);
}

int net_batch_norm(graph *g, int x, int channels)
{
    int inputs[5] = {x};
    for (int i = 1; i < 5; i++) {
        float *v = malloc((size_t)channels * sizeof *v);
        for (int c = 0; c < channels; c++)
            v[c] = i == 1 || i == 4 ? 1 + random_float() / 2 : random_float() / 4;
        inputs[i] = net_constant(g, 1, (int64_t[]){channels}, v);
        free(v);
    }
    graph_attributes a = {.batch_norm = {1e-5f}};
    return net_node(g, OP_BATCH_NORM, inputs, 5, &a);
}

int net_relu(graph *g, int x)
{
    return net_node(g, OP_RELU, &x, 1, NULL);
}

int net_add(graph *g, int a, int b)
{
    return net_node(g, OP_ADD, (int[]){a, b}, 2, NULL);
}

int net_concat(graph *g, const int *parts, int n)
{
    graph_attributes a = {.axis = 1};
    return net_node(g, OP_CONCAT, parts, n, &a);
}

int net_upsample(graph *g, int x, resize_coordinates mode, float by_height, float by_width)
{
    graph_attributes a = {.resize = {GRAPH_RESIZE_LINEAR, mode, RESIZE_FLOOR}};
    int scales = net_constant(g, 1, (int64_t[]){4}, (float[]){1, 1, by_height, by_width});
    return net_node(g, OP_RESIZE, (int[]){x, GRAPH_NONE, scales}, 3, &a);
}

int net_inverted_residual(graph *g, int x, int in, int hidden, int out, int stride, bool residual)
{
    int y = net_relu(g, net_batch_norm(g, net_conv(g, x, in, hidden, 1, 1, 0, 1, false), hidden));
    y = net_relu(
        g, net_batch_norm(g, net_conv(g, y, hidden, hidden, 3, stride, 1, hidden, false), hidden));
    y = net_batch_norm(g, net_conv(g, y, hidden, out, 1, 1, 0, 1, false), out);
    return residual ? net_add(g, x, y) : y;
}

void make_inputs(const graph *g, float **inputs, graph_shape *shapes)
{
    for (int i = 0; i < g->n_inputs; i++) {
        const graph_value *v = &g->value[g->input[i]];
        int64_t count;
        shapes[i].rank = v->rank;
        memcpy(shapes[i].dim, v->dim, sizeof v->dim);
        assert_true(shape_count(v->dim, v->rank, &count));
        /* one float further than malloc aligns: inputs may lie anywhere */
        inputs[i] = (float *)malloc((size_t)(count + 1) * sizeof(float)) + 1;
        for (int64_t k = 0; k < count; k++)
            inputs[i][k] = random_float();
    }
}

void free_inputs(const graph *g, float **inputs)
{
    for (int i = 0; i < g->n_inputs; i++)
        free(inputs[i] - 1);
}

static int64_t shape_floats(const graph_shape *shape)
{
    int64_t count;
    assert_true(shape_count(shape->dim, shape->rank, &count));
    return count;
}

float *run_once(const graph *g, const float *const *inputs, const run_options *options,
                int64_t *count)
{
    graph_shape shapes[GRAPH_MAX_INPUTS];
    for (int i = 0; i < g->n_inputs; i++) {
        shapes[i].rank = g->value[g->input[i]].rank;
        memcpy(shapes[i].dim, g->value[g->input[i]].dim, sizeof shapes[i].dim);
    }
    vis_error err;
    nn_program *p;
    nn_session *s;
    thread_pool *pool = NULL;
    nn_options compile = {.reference = options->reference};
    must(nn_compile(g, shapes, g->n_inputs, &compile, &p, &err), &err);
    if (options->threads > 1) must(thread_pool_create(options->threads, &pool, &err), &err);
    must(nn_session_create(p, pool, &s, &err), &err);
    float *outputs[GRAPH_MAX_INPUTS];
    for (int i = 0; i < nn_output_count(p); i++) {
        int64_t n = shape_floats(nn_output_shape(p, i));
        outputs[i] = malloc((size_t)(n + 1) * sizeof(float));
        for (int64_t k = 0; k < n; k++)
            outputs[i][k] = NAN; /* every element must be written */
        if (i == 0) *count = n;
    }
    nn_run(s, inputs, outputs);
    nn_run(s, inputs, outputs); /* the second run finds what the first left in memory */
    for (int i = 1; i < nn_output_count(p); i++)
        free(outputs[i]);
    nn_session_free(s);
    thread_pool_destroy(pool);
    nn_program_free(p);
    return outputs[0];
}

void expect_agreement(graph *g, float tolerance)
{
    float *inputs[GRAPH_MAX_INPUTS];
    graph_shape shapes[GRAPH_MAX_INPUTS];
    make_inputs(g, inputs, shapes);
    int64_t count;
    float *want = run_once(g, (const float *const *)inputs, &(run_options){true, 1}, &count),
          most = 0;
    for (int64_t i = 0; i < count; i++) {
        assert_false(isnan(want[i]));
        most = fmaxf(most, fabsf(want[i]));
    }
    for (int isa = CPU_ALL; isa >= CPU_PORTABLE; isa--) {
        cpu_limit((cpu_isa)isa);
        if ((int)cpu_best() != isa) continue;
        for (int threads = 1; threads <= 3; threads++) {
            int64_t n;
            float *got =
                run_once(g, (const float *const *)inputs, &(run_options){false, threads}, &n);
            assert_int_equal(n, count);
            for (int64_t i = 0; i < count; i++)
                if (!(fabsf(got[i] - want[i]) <= tolerance * most))
                    fail_msg("%s, %d threads: element %ld is %g, should be %g",
                             cpu_isa_name((cpu_isa)isa), threads, (long)i, (double)got[i],
                             (double)want[i]);
            free(got);
        }
    }
    cpu_limit(CPU_ALL);
    free(want);
    free_inputs(g, inputs);
    graph_free(g);
}

void expect_floats(const float *got, const float *want, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!(fabsf(got[i] - want[i]) <= 1e-6f * fmaxf(1, fabsf(want[i]))))
            fail_msg("element %ld is %.8g, should be %.8g", (long)i, (double)got[i],
                     (double)want[i]);
}

void expect_result(graph *g, int y, const float *x, const float *want, int64_t count)
{
    vis_error err;
    assert_int_equal(graph_mark_output(g, y, &err), VIS_OK);
    for (int reference = 0; reference < 2; reference++) {
        int64_t n;
        float *got = run_once(g, &x, &(run_options){reference, 1}, &n);
        assert_int_equal(n, count);
        expect_floats(got, want, count);
        free(got);
    }
    graph_free(g);
}
