/* tests/kernels/kernels_i16.c - the 16-bit kernels: every number as the plain C twin has it.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "engine/cpu/kernels_i16.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* `count` 16-bit numbers that end where memory ends. */
static int16_t *halves(size_t count)
{
    return (int16_t *)(void *)check_buffer((count + 1) / 2) + count % 2;
}

static void release_halves(int16_t *buffer, size_t count)
{
    check_release((float *)(void *)(buffer - count % 2));
}

/* Numbers of up to `limit` in magnitude, mostly; every eighth one an end of the range, which is
 * -32768 below 32767. */
static void random_halves(int16_t *buffer, size_t count, int limit)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t r = check_integer(8);
        buffer[i] = (int16_t)(r == 0   ? limit
                              : r == 1 ? (limit == 32767 ? -32768 : -limit)
                                       : (int)check_integer(2 * (uint32_t)limit + 1) - limit);
    }
}

static void random_words(int32_t *buffer, size_t count, int32_t limit)
{
    for (size_t i = 0; i < count; i++)
        buffer[i] = (int32_t)check_integer(2 * (uint32_t)limit) - limit;
}

static void same(const char *what, const void *got, const void *want, size_t bytes)
{
    if (memcmp(got, want, bytes) != 0) check_fail(what, "differs from the plain C kernel");
}

/* --- gemm ---------------------------------------------------------------------------------------
 */

typedef struct shape_i16 {
    int rows, m, panels, pairs, floats; /* floats 0: results of 16 bits */
} shape_i16;

#define MOST_PIXELS 40 /* of a row */

/* Operands with gaps between pixels and rows, which must stay as they are. */
typedef struct operands {
    nn_gemm_i16 g;
    size_t a, b, c;
    int16_t *want_c;
    float *want_f;
} operands;

/* |a| |b| 2 pairs + |start| stays below 2^31. */
static void make_operands(const shape_i16 *s, operands *o)
{
    int n = s->panels * NN_I16_LANES, limit = s->pairs > 64 ? 2047 : 8191;
    nn_gemm_i16 *g = &o->g;
    *g = (nn_gemm_i16){.rows = s->rows,
                       .m = s->m,
                       .n = n,
                       .pairs = s->pairs,
                       .a_stride = 2 * s->pairs + 3,
                       .c_stride = n + 5,
                       .f_stride = s->floats + 3,
                       .floats = s->floats,
                       .weighed = s->floats};
    g->a_row = g->a_stride * s->m + 7;
    g->c_row = g->c_stride * s->m + 1;
    g->f_row = g->f_stride * s->m + 1;
    g->ready_stride = g->c_stride;
    g->ready_row = g->c_row;
    g->residual_stride = g->f_stride;
    g->residual_row = g->f_row;
    o->a = (size_t)(g->a_row * (s->rows - 1) + g->a_stride * (s->m - 1) + 2 * s->pairs);
    o->b = nn_i16_packed(s->pairs, n);
    ptrdiff_t row = s->floats ? g->f_row : g->c_row, stride = s->floats ? g->f_stride : g->c_stride;
    o->c = (size_t)(row * (s->rows - 1) + stride * (s->m - 1) + (s->floats ? s->floats : n));
    int16_t *a = halves(o->a), *b = halves(o->b);
    int32_t *start = (int32_t *)(void *)check_buffer((size_t)n);
    random_halves(a, o->a, limit);
    random_halves(b, o->b, limit);
    random_words(start, (size_t)n, 1 << 24);
    g->a = a;
    g->b = b;
    g->start = start;
}

static void release_operands(operands *o)
{
    release_halves((int16_t *)o->g.a, o->a);
    release_halves((int16_t *)o->g.b, o->b);
    check_release((float *)(void *)o->g.start);
}

static void name_gemm(const nn_kernels_i16 *k, const shape_i16 *s, int mode, char *what,
                      size_t size)
{
    snprintf(what, size, "%s gemm rows %d m %d panels %d pairs %d floats %d mode %d", k->name,
             s->rows, s->m, s->panels, s->pairs, s->floats, mode);
}

/* Where a kernel may fetch from. Only hints: nothing of it is read. */
static void hint(nn_gemm_i16 *g, int mode)
{
    g->next = mode & 1 ? g->b : NULL;
    g->prefetch = mode & 2 ? g->a : NULL;
    g->prefetch_lines = 7;
}

/* Taps among as many pixels as there are results, laid out like them. */
static void interpolate_into(operands *o, const int16_t *low, nn_tap_i16 tap[MOST_PIXELS])
{
    nn_gemm_i16 *g = &o->g;
    for (int i = 0; i < g->m; i++) {
        int32_t left = (int32_t)check_integer((uint32_t)g->m),
                right = left + 1 < g->m ? left + 1 : left;
        int16_t w = (int16_t)check_integer(32768), v = (int16_t)(32767 - w);
        tap[i] = (nn_tap_i16){{left, right}, {{w, w}, {v, v}}};
    }
    g->tap = tap;
    g->low = low;
    g->low_stride = g->c_stride;
    g->low_row = g->c_row;
}

static void gemm_to_halves(const nn_kernels_i16 *k, const shape_i16 *s, int mode)
{
    operands o;
    make_operands(s, &o);
    int16_t *got = halves(o.c), *want = halves(o.c), *ready = halves(o.c), *low = halves(o.c);
    nn_tap_i16 tap[MOST_PIXELS];
    random_halves(got, o.c, 32767);
    random_halves(low, o.c, 32767);
    random_halves(ready, o.c, 32767);
    memcpy(want, got, o.c * sizeof *got);
    o.g.relu = mode & 1;
    if (mode & 2) interpolate_into(&o, low, tap);
    if (mode & 4) o.g.ready = ready;
    o.g.scales = mode & 8;
    o.g.factor = (int16_t[]){0, 31234, -32767}[s->m % 3]; /* 0 is a factor like others */
    o.g.ready_factor = s->m % 2 ? 23456 : -32767;
    o.g.c = want;
    nn_kernels_i16_c.gemm(&o.g);
    o.g.c = got;
    hint(&o.g, mode);
    k->gemm(&o.g);
    char what[160];
    name_gemm(k, s, mode, what, sizeof what);
    same(what, got, want, o.c * sizeof *got);
    release_halves(got, o.c);
    release_halves(want, o.c);
    release_halves(ready, o.c);
    release_halves(low, o.c);
    release_operands(&o);
}

/* No weights for channels from `weighed` on. */
static void clear_channels(operands *o, int weighed)
{
    nn_gemm_i16 *g = &o->g;
    g->weighed = weighed;
    for (int c = weighed; c < g->n; c++) {
        ((int32_t *)g->start)[c] = 0;
        for (int k = 0; k < 2 * g->pairs; k++)
            ((int16_t *)g->b)[nn_i16_packed_index(g->pairs, false, k, c)] = 0;
    }
}

static void gemm_to_floats(const nn_kernels_i16 *k, const shape_i16 *s, int mode)
{
    operands o;
    make_operands(s, &o);
    float *got = check_buffer(o.c), *want = check_buffer(o.c), *residual = check_buffer(o.c);
    float *scale = check_buffer((size_t)s->floats), *bias = check_buffer((size_t)s->floats);
    check_random(got, o.c, FILL_NORMAL);
    check_random(residual, o.c, FILL_NORMAL);
    check_random(scale, (size_t)s->floats, FILL_TINY);
    check_random(bias, (size_t)s->floats, FILL_NORMAL);
    memcpy(want, got, o.c * sizeof *got);
    o.g.relu = mode & 1;
    if (mode & 2) o.g.residual = residual;
    if (mode & 4) {
        clear_channels(&o, s->floats - NN_I16_LANES / 2);
        bias[0] = NAN; /* a ReLU leaves it, and a zero's sign */
        bias[s->floats - 1] = -0.0f;
        scale[s->floats - 1] = -1e-6f;
    }
    o.g.scale = scale;
    o.g.bias = bias;
    o.g.f = want;
    nn_kernels_i16_c.gemm(&o.g);
    o.g.f = got;
    hint(&o.g, mode);
    k->gemm(&o.g);
    char what[160];
    name_gemm(k, s, mode, what, sizeof what);
    same(what, got, want, o.c * sizeof *got);
    float *all[] = {got, want, residual, scale, bias};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_release(all[i]);
    release_operands(&o);
}

static void check_gemm_i16(const nn_kernels_i16 *k)
{
    static const shape_i16 shapes[] = {{1, 1, 1, 1, 0},  {1, 6, 1, 6, 0},   {2, 13, 2, 5, 0},
                                       {3, 11, 3, 0, 0}, {1, 40, 1, 96, 0}, {10, 10, 2, 33, 0}};
    static const shape_i16 floats[] = {{1, 1, 1, 1, 8},   {1, 7, 1, 4, 16},   {2, 25, 2, 9, 24},
                                       {1, 12, 1, 16, 8}, {1, 13, 2, 64, 32}, {1, 26, 3, 7, 40}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int mode = 0; mode < 16; mode++)
            gemm_to_halves(k, &shapes[i], mode);
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        for (int mode = 0; mode < 8; mode++)
            gemm_to_floats(k, &floats[i], mode);
    for (int pairs = 125; pairs < 140; pairs += 3) /* more than are kept at hand */
        gemm_to_floats(k, &(shape_i16){1, 13, 1, pairs, 8 + pairs % 2 * 8}, pairs % 4 | 4);
    for (int pairs = 1; pairs < 11; pairs++)
        for (int mode = 0; mode < 16; mode++)
            gemm_to_halves(k, &(shape_i16){2, 9, 2 + pairs % 2, pairs, 0}, mode);
    for (int m = 1; m < MOST_PIXELS; m++) {
        for (int panels = 1; panels <= 3; panels++) {
            gemm_to_halves(k, &(shape_i16){1, m, panels, 3, 0}, (m + panels) % 16);
            gemm_to_floats(k, &(shape_i16){1, m, panels, 3, 16 * panels - m % 2 * 8}, m % 8);
            gemm_to_floats(k, &(shape_i16){1, m, panels, m % 7, 16 * panels}, m % 8 | 4);
        }
    }
}

/* --- rows ---------------------------------------------------------------------------------------
 */

/* `gap`: numbers between pixels. */
static void depthwise_case(const nn_kernels_i16 *k, int m, int vectors, int step, int gap)
{
    int n = vectors * NN_I16_LANES, columns = (m - 1) * step + 3;
    ptrdiff_t stride = n + gap, out_stride = n + 1;
    size_t in = (size_t)(stride * (columns - 1) + n), out = (size_t)(out_stride * (m - 1) + n);
    int16_t *row[3], *weights = halves((size_t)(NN_I16_TAPS * n));
    int32_t *bias = (int32_t *)(void *)check_buffer((size_t)n);
    int16_t *got = halves(out), *want = halves(out);
    nn_depthwise_i16 d = {.m = m,
                          .n = n,
                          .step = step,
                          .stride = stride,
                          .weights = weights,
                          .bias = bias,
                          .out_stride = out_stride};
    for (int i = 0; i < 3; i++) {
        random_halves(row[i] = halves(in), in, 32767);
        d.row[i] = row[i];
    }
    random_halves(weights, (size_t)(NN_I16_TAPS * n), 32767 / m); /* within 16 bits, and beyond */
    for (int c = 0; c < n; c++)
        weights[nn_i16_tap(c, 8) + 1] = 0;
    random_words(bias, (size_t)n, 1 << 26);
    random_halves(got, out, 100);
    memcpy(want, got, out * sizeof *got);
    d.out = want;
    nn_kernels_i16_c.depthwise(&d);
    d.out = got;
    k->depthwise(&d);
    char what[120];
    snprintf(what, sizeof what, "%s depthwise m %d n %d step %d gap %d", k->name, m, n, step, gap);
    same(what, got, want, out * sizeof *got);
    for (int i = 0; i < 3; i++)
        release_halves(row[i], in);
    release_halves(weights, (size_t)(NN_I16_TAPS * n));
    check_release((float *)(void *)bias);
    release_halves(got, out);
    release_halves(want, out);
}

/* Between two rows. */
static void blend_case(const nn_kernels_i16 *k, int m, int vectors)
{
    int n = vectors * NN_I16_LANES;
    ptrdiff_t stride = n + 5;
    size_t in = (size_t)(stride * (m - 1) + n), out = (size_t)(m * n);
    int16_t *a = halves(in), *b = halves(in), *got = halves(out), *want = halves(out);
    random_halves(a, in, 32767);
    random_halves(b, in, 32767);
    nn_kernels_i16_c.blend(want, a, b, 12345, 32767, m, n, stride);
    k->blend(got, a, b, 12345, 32767, m, n, stride);
    char what[120];
    snprintf(what, sizeof what, "%s blend m %d n %d", k->name, m, n);
    same(what, got, want, out * sizeof *got);
    release_halves(a, in);
    release_halves(b, in);
    release_halves(got, out);
    release_halves(want, out);
}

/* In the second and third channel of each pixel what a factor of 0.5 makes a half of. */
static void place_halves(float *x, int m, ptrdiff_t stride, const float *equaliser)
{
    for (int i = 0; i < m; i++, x += stride)
        for (int c = 1; c < 3; c++)
            x[c] = (float)(2 * (int)check_integer(400) - 399) / equaliser[c];
}

/* Pixels of floats to whole numbers. */
static void quantise_case(const nn_kernels_i16 *k, int m, int vectors, check_fill fill)
{
    int n = vectors * 8;
    ptrdiff_t stride = n + 3, out_stride = n + 1;
    size_t in = (size_t)(stride * (m - 1) + n), out = (size_t)(out_stride * (m - 1) + n);
    float *x = check_buffer(in);
    int16_t *got = halves(out), *want = halves(out);
    check_random(x, in, fill);
    if (fill == FILL_NORMAL) {
        x[0] = NAN;
        x[in - 1] = INFINITY;
        x[n / 2] = -INFINITY;
    }
    random_halves(got, out, 100);
    memcpy(want, got, out * sizeof *got);
    float *equaliser = check_buffer((size_t)n);
    for (int c = 0; c < n; c++)
        equaliser[c] = ldexpf(1, (int)check_integer(9) - 4);
    const float factor = m % 2 ? 3333.25f : 0.5f;
    if (m % 2 == 0) place_halves(x, m, stride, equaliser);
    nn_kernels_i16_c.quantise(want, out_stride, x, stride, m, n, equaliser, factor);
    k->quantise(got, out_stride, x, stride, m, n, equaliser, factor);
    char what[120];
    snprintf(what, sizeof what, "%s quantise m %d n %d fill %d", k->name, m, n, (int)fill);
    same(what, got, want, out * sizeof *got);
    check_release(x);
    check_release(equaliser);
    release_halves(got, out);
    release_halves(want, out);
}

/* Lanes that do not end with NaN are the same to the bit. */
static void measure_case(const nn_kernels_i16 *k, int m, int vectors, check_fill fill)
{
    int n = vectors * 8;
    ptrdiff_t stride = n + 3;
    size_t in = (size_t)(stride * (m - 1) + n);
    float *x = check_buffer(in), *equaliser = check_buffer((size_t)n);
    float got[NN_I16_LANES] = {0}, want[NN_I16_LANES] = {0};
    check_random(x, in, fill);
    for (int c = 0; c < n; c++)
        equaliser[c] = ldexpf(1, (int)check_integer(9) - 4);
    if (m > 2) x[stride + 1] = NAN, x[2 * stride + 2] = -INFINITY;
    got[5] = want[5] = 1e30f; /* larger before */
    k->measure(got, x, stride, m, n, equaliser);
    nn_kernels_i16_c.measure(want, x, stride, m, n, equaliser);
    char what[120];
    snprintf(what, sizeof what, "%s measure m %d n %d fill %d", k->name, m, n, (int)fill);
    for (int lane = 0; lane < NN_I16_LANES; lane++)
        if (!isnan(got[lane]) || !isnan(want[lane]))
            same(what, &got[lane], &want[lane], sizeof *got);
    if (m > 2 && (!isnan(got[1]) || !isinf(got[2]) || got[5] < 1e30f))
        check_fail(what, "what is not finite, or larger before, was lost");
    check_release(x);
    check_release(equaliser);
}

void check_kernels_i16(const nn_kernels_i16 *k)
{
    check_gemm_i16(k);
    for (int m = 1; m < 28; m++)
        for (int vectors = 1; vectors <= 3; vectors++)
            for (int step = 1; step <= 2; step++)
                for (int gap = 0; gap <= 3; gap += 3)
                    depthwise_case(k, m, vectors, step, gap);
    for (int m = 1; m < 20; m++) {
        blend_case(k, m, 1 + m % 4);
        quantise_case(k, m, 1 + m % 5, (check_fill)(m % FILL_KINDS));
        measure_case(k, m, 1 + m % 5, (check_fill)(m % FILL_KINDS));
    }
}

/* --- speed --------------------------------------------------------------------------------------
 */

typedef struct timed_i16 {
    const nn_kernels_i16 *k;
    nn_gemm_i16 g;
    nn_depthwise_i16 d;
} timed_i16;

static void call_gemm_i16(void *argument)
{
    timed_i16 *t = argument;
    t->k->gemm(&t->g);
}

static void call_depthwise_i16(void *argument)
{
    timed_i16 *t = argument;
    t->k->depthwise(&t->d);
}

void bench_kernels_i16(const nn_kernels_i16 *k)
{
    static const shape_i16 shapes[] = {{1, 160, 8, 6, 0},    {1, 80, 8, 16, 0},
                                       {1, 80, 1, 64, 16},   {1, 24, 1, 64, 8},
                                       {10, 10, 32, 128, 0}, {1, 96, 16, 256, 256}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        operands o;
        make_operands(&shapes[i], &o);
        timed_i16 t = {.k = k, .g = o.g};
        int16_t *c = halves(o.c);
        float *f = check_buffer(o.c), *scale = check_buffer(o.c);
        memset(scale, 0, o.c * sizeof *scale);
        if (shapes[i].floats)
            t.g.f = f, t.g.scale = t.g.bias = scale;
        else
            t.g.c = c;
        double macs = (double)t.g.rows * t.g.m * t.g.pairs * 2 *
                      (shapes[i].floats ? shapes[i].floats : t.g.n);
        printf("     gemm %3d x %4d x %3d to %s %6.1f billion products a second\n",
               t.g.rows * t.g.m, 2 * t.g.pairs, t.g.n, shapes[i].floats ? "floats" : "halves",
               macs / check_time(call_gemm_i16, &t));
        release_halves(c, o.c);
        check_release(f);
        check_release(scale);
        release_operands(&o);
    }
    size_t count = 26 * 128;
    int16_t *x = halves(count), *w = halves(NN_I16_TAPS * 128);
    int32_t bias[128] = {0};
    random_halves(x, count, 1000);
    random_halves(w, NN_I16_TAPS * 128, 1000);
    timed_i16 t = {k,
                   {0},
                   {.m = 24,
                    .n = 128,
                    .step = 1,
                    .row = {x, x, x},
                    .stride = 128,
                    .weights = w,
                    .bias = bias,
                    .out = x,
                    .out_stride = 128}};
    printf("     depthwise 24 x 128           %6.1f billion products a second\n",
           24 * 128 * 9 / check_time(call_depthwise_i16, &t));
    release_halves(x, count);
    release_halves(w, NN_I16_TAPS * 128);
}
