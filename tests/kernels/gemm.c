/* tests/kernels/gemm.c - gemm at odd sizes, with every combination of what its epilogue adds.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct shape {
    int rows, m, n, k, skip; /* n in vectors; skip: rows of B before and after the slice */
} shape;

typedef struct buffers {
    float *a, *b, *bias, *c, *want, *scale, *residual, *low, *slope;
    nn_tap *tap;
    size_t c_count;
} buffers;

/* Makes the operands of a product; strides leave gaps, which must stay as they are. */
static void make(const check_pair *pair, const shape *s, check_fill fill, nn_gemm *g, buffers *b)
{
    int lanes = pair->fast->lanes, depth = s->k + 2 * s->skip, low_pixels = s->m / 2 + 2;
    *g = (nn_gemm){.rows = s->rows,
                   .m = s->m,
                   .n = s->n * lanes,
                   .k = s->k,
                   .first = s->skip,
                   .lanes = lanes,
                   .a_stride = s->k + 3,
                   .c_stride = s->n * lanes + 5,
                   .residual_stride = s->n * lanes + 2,
                   .low_stride = s->n * lanes,
                   .panel_stride = (ptrdiff_t)depth * 2 * lanes};
    g->a_row = g->a_stride * s->m + 7;
    g->c_row = g->c_stride * s->m + 11;
    g->residual_row = g->residual_stride * s->m + 1;
    g->low_row = g->low_stride * low_pixels;
    size_t a = (size_t)(g->a_row * (s->rows - 1) + g->a_stride * (s->m - 1) + s->k);
    size_t n = (size_t)g->n, depth_n = (size_t)depth * n;
    b->c_count = (size_t)(g->c_row * (s->rows - 1) + g->c_stride * (s->m - 1)) + n;
    size_t r = (size_t)(g->residual_row * (s->rows - 1) + g->residual_stride * (s->m - 1)) + n;
    size_t low = (size_t)(g->low_row * s->rows);
    check_random(b->a = check_buffer(a), a, fill);
    check_random(b->b = check_buffer(depth_n), depth_n, fill);
    check_random(b->bias = check_buffer(n), n, fill);
    check_random(b->c = check_buffer(b->c_count), b->c_count, fill);
    check_random(b->residual = check_buffer(r), r, fill);
    check_random(b->low = check_buffer(low), low, fill);
    check_random(b->slope = check_buffer(n), n, FILL_NORMAL);
    b->want = check_buffer(b->c_count);
    b->scale = check_buffer(b->c_count);
    memcpy(b->want, b->c, b->c_count * sizeof(float));
    b->tap = (nn_tap *)check_buffer((size_t)s->m * sizeof(nn_tap) / sizeof(float));
    for (int i = 0; i < s->m; i++) {
        float w = (float)check_integer(1000) / 1000;
        int32_t at = (int32_t)check_integer((uint32_t)low_pixels - 1);
        b->tap[i] = (nn_tap){{at, at + 1}, {1 - w, w}};
    }
    g->a = b->a;
    g->b = b->b;
    g->c = b->want;
}

static void release(buffers *b)
{
    float *all[] = {b->a,     b->b,        b->bias, b->c,     b->want,
                    b->scale, b->residual, b->low,  b->slope, (float *)b->tap};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_release(all[i]);
}

/* What lies behind the half of a last vector may have become anything. */
static void forget_halves(const nn_gemm *g, const buffers *b)
{
    for (int r = 0; r < g->rows; r++)
        for (int i = 0; i < g->m; i++) {
            ptrdiff_t at = r * g->c_row + i * g->c_stride + g->n;
            memcpy(b->want + at, b->c + at, 8 * sizeof(float));
        }
}

/* The sum of magnitudes of everything that is added up: the same product on absolute values. */
static void magnitudes(const check_pair *pair, const nn_gemm *g, buffers *b, size_t a_count)
{
    nn_gemm h = *g;
    int n = (g->n + g->lanes - 1) / g->lanes * g->lanes;
    float *parts[] = {b->a, b->b, b->bias, b->c, b->residual, b->low};
    const float *of[] = {g->a, g->b, g->bias, b->c, g->residual, g->low};
    size_t depth_n = (size_t)(g->panel_stride / (2 * g->lanes)) * (size_t)n;
    size_t counts[] = {a_count,
                       depth_n,
                       (size_t)n,
                       b->c_count,
                       (size_t)(g->residual_row * (g->rows - 1) + g->residual_stride * (g->m - 1)) +
                           (size_t)n,
                       (size_t)(g->low_row * g->rows)};
    float *copies[6];
    for (int i = 0; i < 6; i++) {
        copies[i] = check_buffer(counts[i]);
        for (size_t k = 0; k < counts[i]; k++)
            copies[i][k] = fabsf(parts[i][k]);
    }
    h.a = copies[0];
    h.b = copies[1];
    h.bias = of[2] ? copies[2] : NULL;
    memcpy(b->scale, copies[3], b->c_count * sizeof(float));
    h.c = b->scale;
    h.residual = of[4] ? copies[4] : NULL;
    h.low = copies[5];
    h.activation.kind = NN_ACTIVATION_NONE;
    pair->twin->gemm(&h);
    for (int i = 0; i < 6; i++)
        check_release(copies[i]);
}

#define HALF 32 /* in a mode: only half of the last vector */

/* mode: what is added, 1 | 2 | 4, the kind of activation times 8, and HALF */
static void one(const check_pair *pair, const shape *s, int mode, check_fill fill)
{
    nn_gemm g;
    buffers b;
    make(pair, s, fill, &g, &b);
    if (mode & HALF) g.n -= 8;
    if (mode & 1) g.bias = b.bias;
    if (mode & 2) g.residual = b.residual;
    if (mode & 4) {
        g.tap = b.tap;
        g.low = b.low;
    }
    g.activation = (nn_activation){(nn_activation_kind)(mode >> 3 & 3), -0.25f, 0.75f,
                                   (mode >> 3 & 3) == NN_ACTIVATION_SLOPE ? b.slope : NULL};
    magnitudes(pair, &g, &b, (size_t)(g.a_row * (s->rows - 1) + g.a_stride * (s->m - 1) + s->k));
    pair->twin->gemm(&g);
    g.c = b.c;
    g.next = mode & 1 ? b.b : NULL; /* only a hint */
    pair->fast->gemm(&g);
    if (mode & HALF) forget_halves(&g, &b);
    char what[160];
    snprintf(what, sizeof what, "%s gemm rows %d m %d n %d k %d skip %d mode %d fill %d",
             pair->fast->name, s->rows, s->m, g.n, s->k, s->skip, mode, fill);
    /* slopes of up to 2 in magnitude enlarge the error with the value */
    check_close(what, b.c, b.want, b.scale, b.c_count, (float)(s->k + 8) * 2);
    release(&b);
}

/* A NaN in A reaches all results of its pixel and no other, also through a ReLU. */
static void nan_stays(const check_pair *pair)
{
    shape s = {1, 2 * pair->fast->tile + 1, 3, 5, 0};
    nn_gemm g;
    buffers b;
    make(pair, &s, FILL_NORMAL, &g, &b);
    g.bias = b.bias;
    g.activation.kind = NN_ACTIVATION_RELU;
    b.a[3 * g.a_stride + 2] = NAN;
    g.c = b.c;
    pair->fast->gemm(&g);
    for (int i = 0; i < s.m; i++)
        for (int n = 0; n < g.n; n++)
            if (!isnan(b.c[i * g.c_stride + n]) == (i == 3)) {
                check_fail(pair->fast->name, "gemm: NaN lost or spread");
                i = s.m;
                break;
            }
    release(&b);
}

void check_gemm(const check_pair *pair)
{
    for (int m = 1; m <= 2 * pair->fast->tile + 1; m++)
        for (int n = 1; n <= 4; n++)
            for (int k = 1; k <= 9; k += 4)
                one(pair, &(shape){1, m, n, k, 0}, 1 + 8, FILL_NORMAL);
    shape some[] = {
        {1, 5, 3, 7, 0}, {3, 13, 2, 16, 2}, {2, 1, 1, 1, 1}, {1, 29, 5, 33, 0}, {4, 6, 4, 3, 0}};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        for (int mode = 0; mode < 32; mode++)
            for (int fill = 0; fill < FILL_KINDS; fill++)
                one(pair, &some[i], mode, (check_fill)fill);
    for (int m = 1; pair->fast->lanes == 16 && m < 40; m++)
        one(pair, &(shape){1 + m % 2, m, 1 + m % 2 * 2, 1 + m % 7, m % 3}, HALF + m % 32,
            FILL_NORMAL);
    one(pair, &(shape){1, 10, 3, 2304, 0}, 1 + 2 + 8, FILL_NORMAL);
    nan_stays(pair);
}

typedef struct timed {
    const nn_kernels *kernels;
    nn_gemm g;
} timed;

static void run_timed(void *argument)
{
    timed *t = argument;
    t->kernels->gemm(&t->g);
}

static void bench_one(const nn_kernels *k, const char *what, int m, int n, int depth, bool taps)
{
    int padded = (int)nn_padded(n, k->lanes), wanted = nn_gemm_width(n, k->lanes);
    size_t counts[] = {(size_t)(m * depth), (size_t)(depth * padded), (size_t)(m * padded),
                       (size_t)padded, (size_t)((m / 2 + 2) * padded)};
    float *part[5];
    nn_tap *tap = (nn_tap *)check_buffer((size_t)m * 4);
    for (int i = 0; i < 5; i++) {
        counts[i] = (counts[i] + 15) / 16 * 16; /* aligned, as in the networks */
        check_random(part[i] = check_buffer(counts[i]), counts[i], FILL_POSITIVE);
    }
    for (int i = 0; i < m; i++)
        tap[i] = (nn_tap){{i / 2, i / 2 + 1}, {0.25f, 0.75f}};
    timed t = {k,
               {.rows = 1,
                .m = m,
                .n = wanted,
                .k = depth,
                .lanes = k->lanes,
                .a = part[0],
                .a_stride = depth,
                .b = part[1],
                .panel_stride = (ptrdiff_t)depth * 2 * k->lanes,
                .bias = part[3],
                .c = part[2],
                .c_stride = padded,
                .tap = taps ? tap : NULL,
                .low = part[4],
                .low_stride = padded,
                .activation.kind = NN_ACTIVATION_RELU}};
    double ns = check_time(run_timed, &t);
    printf("  %-9s gemm %-34s m %4d n %4d k %4d  %8.0f ns %6.1f GFLOP/s\n", k->name, what, m,
           wanted, depth, ns, 2.0 * m * wanted * depth / ns);
    for (int i = 0; i < 5; i++)
        check_release(part[i]);
    check_release((float *)tap);
}

void bench_gemm(const nn_kernels *k)
{
    bench_one(k, "peak", 96, 64, 128, false);
    bench_one(k, "up5 expand, skip half", 108, 128, 32, false);
    bench_one(k, "up5 expand, interpolating", 108, 128, 32, true);
    bench_one(k, "up5 expand, composed", 108, 32, 12, true);
    bench_one(k, "the same, not interpolating", 108, 32, 12, false);
    bench_one(k, "down1 expand, composed", 162, 64, 12, false);
    bench_one(k, "up5 second expand", 162, 32, 16, false);
    bench_one(k, "outc composed", 96, 3, 32, false);
    bench_one(k, "up5 project", 24, 16, 128, false);
    bench_one(k, "up4 project", 24, 32, 128, false);
    bench_one(k, "inc expand", 108, 12, 6, false);
    bench_one(k, "inc project", 96, 32, 12, false);
    bench_one(k, "down1 expand", 162, 64, 32, false);
    bench_one(k, "down5 expand", 10, 1024, 512, false);
    bench_one(k, "down5 project", 10, 512, 1024, false);
    bench_one(k, "outc", 384, 3, 16, false);
}
