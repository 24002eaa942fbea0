/* tests/kernels/rows.c - blend and sigmoid.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void check_blend(const check_pair *pair, int m, int vectors, check_fill fill)
{
    int width = vectors * pair->fast->lanes, stride = width + 3;
    size_t in = (size_t)((m - 1) * stride + width), n = (size_t)(m * width);
    float *a = check_buffer(in), *b = check_buffer(in), *got = check_buffer(n),
          *want = check_buffer(n);
    float *scale = check_buffer(n), w = (float)check_integer(1000) / 999;
    check_random(a, in, fill);
    check_random(b, in, fill);
    for (int i = 0; i < m; i++)
        for (int c = 0; c < width; c++)
            scale[i * width + c] = fabsf(a[i * stride + c]) + fabsf(b[i * stride + c]);
    pair->twin->blend(want, a, b, 1 - w, w, m, width, stride);
    pair->fast->blend(got, a, b, 1 - w, w, m, width, stride);
    check_close("blend", got, want, scale, n, 3);
    float *all[] = {a, b, got, want, scale};
    for (int i = 0; i < 5; i++)
        check_release(all[i]);
}

static void check_sigmoid(const check_pair *pair, size_t n)
{
    const float special[] = {0,     -0.0f,  1,        -1,        17,  -17,    50,
                             -50,   86.9f,  -86.9f,   88,        -88, 200,    -200,
                             1e30f, -1e30f, INFINITY, -INFINITY, NAN, 1e-20f, 1e-45f};
    size_t count = sizeof special / sizeof *special;
    float *got = check_buffer(n), *want = check_buffer(n), *scale = check_buffer(n);
    check_random(got, n, FILL_NORMAL);
    for (size_t i = 0; i < n; i++)
        got[i] = n > count && i < count ? special[i] : got[i] * 15;
    memcpy(want, got, n * sizeof(float));
    pair->twin->sigmoid(want, n);
    pair->fast->sigmoid(got, n);
    for (size_t i = 0; i < n; i++)
        scale[i] = want[i] < 1e-37f ? 1e-37f * 0x1p24f : want[i]; /* exp is cut off at +-87 */
    check_close("sigmoid", got, want, scale, n, 8);
    check_release(got);
    check_release(want);
    check_release(scale);
}

void check_rows(const check_pair *pair)
{
    for (int m = 1; m < 6; m++)
        for (int vectors = 1; vectors < 4; vectors++)
            for (int fill = 0; fill < FILL_KINDS; fill++)
                check_blend(pair, m, vectors, (check_fill)fill);
    for (size_t n = 1; n < 70; n++)
        check_sigmoid(pair, n);
    check_sigmoid(pair, 100003);
}

typedef struct timed {
    const nn_kernels *kernels;
    float *a, *b, *c;
    size_t n;
} timed;

static void run_blend(void *argument)
{
    timed *t = argument;
    t->kernels->blend(t->c, t->a, t->b, 0.25f, 0.75f, (int)t->n / 32, 32, 128);
}

static void run_sigmoid(void *argument)
{
    timed *t = argument;
    t->kernels->sigmoid(t->c, t->n);
}

void bench_rows(const nn_kernels *k)
{
    timed t = {k, check_buffer(20480), check_buffer(20480), check_buffer(20480), 55 * 32};
    check_random(t.a, 20480, FILL_NORMAL);
    check_random(t.b, 20480, FILL_NORMAL);
    printf("  %-9s blend %zu floats %8.0f ns\n", k->name, t.n, check_time(run_blend, &t));
    check_random(t.c, 20480, FILL_NORMAL);
    t.n = 1000;
    printf("  %-9s sigmoid %zu floats %8.0f ns\n", k->name, t.n, check_time(run_sigmoid, &t));
    check_release(t.a);
    check_release(t.b);
    check_release(t.c);
}
