/* tests/kernels/winograd.c - rows of tiles to Winograd's positions, and sums back to pixels.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float largest(const float *values, size_t count)
{
    float most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmaxf(most, fabsf(values[i]));
    return most;
}

/* `left` columns are missing in front, `right` behind; what exists ends where memory ends. */
static void check_in(const check_pair *pair, int m, int vectors, int left, int right,
                     check_fill fill)
{
    int n = vectors * pair->fast->lanes, columns = 2 * m + 2, stride = n + 3;
    int end = columns - right > left ? columns - right : left;
    bool still = check_integer(2); /* b is the same pixel everywhere */
    size_t count = end > left ? (size_t)((end - left - 1) * stride + n) : 0;
    size_t b_count = still ? (size_t)n : count;
    nn_winograd_in w = {.m = m,
                        .n = n,
                        .left = left,
                        .right = end,
                        .sign = check_integer(2) ? 1 : -1,
                        .a_stride = stride,
                        .b_stride = still ? 0 : stride,
                        .out_stride = n + 2};
    w.position = m * w.out_stride + 1;
    size_t out_count = (size_t)(3 * w.position + (m - 1) * w.out_stride + n);
    float *a = check_buffer(count), *b = check_buffer(b_count), *scale = check_buffer(out_count),
          *got = check_buffer(out_count), *want = check_buffer(out_count);
    check_random(a, count, fill);
    check_random(b, b_count, fill);
    check_random(got, out_count, fill); /* the gaps must stay as they are */
    memcpy(want, got, out_count * sizeof *got);
    float most = 2 * (largest(a, count) + largest(b, b_count));
    for (size_t i = 0; i < out_count; i++)
        scale[i] = most;
    w.a = a;
    w.b = b;
    w.out = want;
    pair->twin->winograd_in(&w);
    w.out = got;
    pair->fast->winograd_in(&w);
    char what[120];
    snprintf(what, sizeof what, "%s winograd_in m %d n %d columns %d to %d fill %d",
             pair->fast->name, m, n, left, end, fill);
    check_close(what, got, want, scale, out_count, 2);
    float *all[] = {a, b, scale, got, want};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_release(all[i]);
}

typedef struct sums {
    float *in, *residual, *slope, *got, *want, *scale;
    size_t in_count, out_count, row; /* row: floats of an output row */
} sums;

/* m tiles with all their columns, or one less. */
static nn_winograd_out make_out(const check_pair *pair, int m, int vectors, bool odd,
                                bool along_rows, check_fill fill, sums *b)
{
    int n = vectors * pair->fast->lanes, columns = 2 * m - odd, positions = along_rows ? 4 : 16;
    nn_winograd_out w = {.m = m,
                         .n = n,
                         .columns = columns,
                         .along_rows = along_rows,
                         .stride = n + 1,
                         .position = m * (n + 1) + 2,
                         .out_stride = n + 4,
                         .residual_stride = n + 3};
    b->in_count = (size_t)((positions - 1) * w.position + (m - 1) * w.stride + n);
    b->row = (size_t)((columns - 1) * w.out_stride + n);
    b->out_count = (along_rows ? 1 : 2) * b->row;
    check_random(b->in = check_buffer(b->in_count), b->in_count, fill);
    check_random(b->slope = check_buffer((size_t)n), (size_t)n, FILL_NORMAL);
    check_random(b->residual = check_buffer(b->out_count), b->out_count, fill);
    check_random(b->got = check_buffer(b->out_count), b->out_count, fill);
    b->want = check_buffer(b->out_count);
    memcpy(b->want, b->got, b->out_count * sizeof(float));
    b->scale = check_buffer(b->out_count);
    float most = 9 * largest(b->in, b->in_count) + largest(b->residual, b->out_count);
    for (size_t i = 0; i < b->out_count; i++)
        b->scale[i] = most;
    w.sums = b->in;
    return w;
}

/* mode: bit 0 residual, bit 1 only the first of two rows is wanted. */
static void check_out(const check_pair *pair, int m, int vectors, bool odd, bool along_rows,
                      int mode, int kind, check_fill fill)
{
    sums b;
    nn_winograd_out w = make_out(pair, m, vectors, odd, along_rows, fill, &b);
    w.activation = (nn_activation){(nn_activation_kind)kind, 0.1f, 0.9f, b.slope};
    bool second = !along_rows && !(mode & 2);
    if (mode & 1) {
        w.residual[0] = b.residual;
        w.residual[1] = second ? b.residual + b.row - (w.out_stride - w.residual_stride) : NULL;
    }
    w.out[0] = b.want;
    w.out[1] = second ? b.want + b.row : NULL;
    pair->twin->winograd_out(&w);
    w.out[0] = b.got;
    w.out[1] = second ? b.got + b.row : NULL;
    pair->fast->winograd_out(&w);
    char what[120];
    snprintf(what, sizeof what,
             "%s winograd_out m %d n %d columns %d rows only %d mode %d activation %d fill %d",
             pair->fast->name, m, w.n, w.columns, along_rows, mode, kind, fill);
    check_close(what, b.got, b.want, b.scale, b.out_count, 4);
    float *all[] = {b.in, b.residual, b.slope, b.got, b.want, b.scale};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_release(all[i]);
}

void check_winograd(const check_pair *pair)
{
    for (int m = 1; m <= 5; m++)
        for (int vectors = 1; vectors <= 4; vectors++) {
            for (int left = 0; left <= 4; left++)
                for (int right = 0; right <= 4; right++)
                    check_in(pair, m, vectors, left, right, (check_fill)check_integer(FILL_KINDS));
            for (int mode = 0; mode < 4; mode++)
                for (int kind = 0; kind < 4; kind++)
                    for (int form = 0; form < 4; form++)
                        check_out(pair, m, vectors, form & 1, form & 2, mode, kind,
                                  (check_fill)check_integer(FILL_KINDS));
        }
}

typedef struct timed {
    const nn_kernels *kernels;
    nn_winograd_in in;
    nn_winograd_out out;
} timed;

static void run_in(void *argument)
{
    timed *t = argument;
    t->kernels->winograd_in(&t->in);
}

static void run_out(void *argument)
{
    timed *t = argument;
    t->kernels->winograd_out(&t->out);
}

/* A row of m tiles of n channels; its sums as panels. */
static void bench_one(const nn_kernels *k, int m, int n)
{
    int columns = 2 * m + 2, panel = 2 * k->lanes, gap = 16;
    size_t floats = (size_t)(columns * n * 3 + 16 * (m * n + gap) + 64) / 16 * 16;
    float *pixels = check_buffer(floats), *tiles = pixels + 3 * columns * n;
    check_random(pixels, floats, FILL_NORMAL);
    timed t = {k, .in = {.m = m, .n = n, .left = 1, .right = columns - 1, .a = pixels}};
    t.in.b = pixels + columns * n;
    t.in.sign = -1;
    t.in.a_stride = t.in.b_stride = t.in.out_stride = n;
    t.in.out = tiles;
    t.in.position = m * n + gap;
    double in = check_time(run_in, &t);
    t.out = (nn_winograd_out){.m = m, .n = panel, .columns = 2 * m, .sums = tiles};
    t.out.stride = panel;
    t.out.position = m * panel + gap;
    t.out.out[0] = pixels;
    t.out.out[1] = pixels + columns * n;
    t.out.residual[0] = t.out.residual[1] = pixels + 2 * columns * n;
    t.out.out_stride = t.out.residual_stride = n;
    t.out.activation.kind = NN_ACTIVATION_RELU;
    double out = check_time(run_out, &t);
    printf("  %-9s winograd m %3d n %4d  a position's number: in %.3f ns, out %.3f ns\n", k->name,
           m, n, in / (4.0 * m * n), out / (16.0 * m * panel));
    check_release(pixels);
}

void bench_winograd(const nn_kernels *k)
{
    bench_one(k, 8, 32);
    bench_one(k, 8, 64);
    bench_one(k, 3, 128);
}
