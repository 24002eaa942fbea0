/* tests/kernels/depthwise.c - rows of a 3x3 depthwise convolution.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct rows {
    float *in, *magnitude, *weights, *weight_magnitude, *slope, *out, *want, *scale;
    size_t in_count, weight_count, out_count;
} rows;

static void make(const nn_kernels *k, int m, int vectors, int step, check_fill fill,
                 nn_depthwise *d, rows *b)
{
    int n = vectors * k->lanes;
    *d = (nn_depthwise){
        .m = m, .n = n, .step = step, .lanes = k->lanes, .stride = n + 3, .out_stride = n + 1};
    size_t row = (size_t)(((m - 1) * step + 2) * d->stride + n);
    b->in_count = 3 * row;
    b->weight_count = (size_t)(10 * n);
    b->out_count = (size_t)((m - 1) * d->out_stride + n);
    check_random(b->in = check_buffer(b->in_count), b->in_count, fill);
    check_random(b->weights = check_buffer(b->weight_count), b->weight_count, fill);
    check_random(b->slope = check_buffer((size_t)n), (size_t)n, FILL_NORMAL);
    check_random(b->out = check_buffer(b->out_count), b->out_count, fill);
    b->want = check_buffer(b->out_count);
    b->scale = check_buffer(b->out_count);
    memcpy(b->want, b->out, b->out_count * sizeof(float));
    memcpy(b->scale, b->out, b->out_count * sizeof(float));
    b->magnitude = check_buffer(b->in_count);
    b->weight_magnitude = check_buffer(b->weight_count);
    for (size_t i = 0; i < b->in_count; i++)
        b->magnitude[i] = fabsf(b->in[i]);
    for (size_t i = 0; i < b->weight_count; i++)
        b->weight_magnitude[i] = fabsf(b->weights[i]);
    for (int i = 0; i < 3; i++)
        d->row[i] = b->in + (size_t)(2 - i) * row; /* in any order */
    d->weights = b->weights;
}

static void release(rows *b)
{
    float *all[] = {b->in,    b->magnitude, b->weights, b->weight_magnitude,
                    b->slope, b->out,       b->want,    b->scale};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_release(all[i]);
}

static void one(const check_pair *pair, int m, int vectors, int step, int kind, check_fill fill)
{
    nn_depthwise d;
    rows b;
    make(pair->fast, m, vectors, step, fill, &d, &b);
    nn_depthwise h = d;
    ptrdiff_t to_magnitude = b.magnitude - b.in;
    for (int i = 0; i < 3; i++)
        h.row[i] = d.row[i] + to_magnitude;
    h.weights = b.weight_magnitude;
    h.out = b.scale;
    pair->twin->depthwise(&h);
    d.activation = (nn_activation){(nn_activation_kind)kind, 0.1f, 0.9f, b.slope};
    d.out = b.want;
    pair->twin->depthwise(&d);
    d.out = b.out;
    pair->fast->depthwise(&d);
    char what[120];
    snprintf(what, sizeof what, "%s depthwise m %d n %d step %d activation %d fill %d",
             pair->fast->name, m, d.n, step, kind, fill);
    check_close(what, b.out, b.want, b.scale, b.out_count, 24);
    release(&b);
}

void check_depthwise(const check_pair *pair)
{
    for (int step = 1; step <= 2; step++)
        for (int m = 1; m <= 14; m++)
            for (int vectors = 1; vectors <= 3; vectors++)
                for (int kind = 0; kind < 4; kind++)
                    one(pair, m, vectors, step, kind, (check_fill)check_integer(FILL_KINDS));
}

typedef struct timed {
    const nn_kernels *kernels;
    nn_depthwise d;
} timed;

static void run_timed(void *argument)
{
    timed *t = argument;
    t->kernels->depthwise(&t->d);
}

static void bench_one(const nn_kernels *k, int m, int n, int step)
{
    size_t row = (size_t)(((m - 1) * step + 3) * n),
           floats = 3 * row + (size_t)(m * n) + (size_t)(10 * n);
    float *memory = check_buffer((floats + 15) / 16 * 16); /* aligned, as in the networks */
    check_random(memory, floats, FILL_POSITIVE);
    timed t = {k,
               {.m = m,
                .n = n,
                .step = step,
                .lanes = k->lanes,
                .stride = n,
                .out_stride = n,
                .activation.kind = NN_ACTIVATION_RELU}};
    for (int i = 0; i < 3; i++)
        t.d.row[i] = memory + (size_t)i * row;
    t.d.out = memory + 3 * row;
    t.d.weights = t.d.out + m * n;
    double ns = check_time(run_timed, &t);
    printf("  %-9s depthwise step %d  m %4d n %4d  %8.0f ns %6.1f GFLOP/s\n", k->name, step, m, n,
           ns, 18.0 * m * n / ns);
    check_release(memory);
}

void bench_depthwise(const nn_kernels *k)
{
    bench_one(k, 12, 64, 1); /* in L1 */
    bench_one(k, 24, 128, 1);
    bench_one(k, 107, 128, 1);
    bench_one(k, 96, 32, 1);
    bench_one(k, 48, 64, 2);
    bench_one(k, 10, 1040, 1);
}
