/* engine/cpu/trial_i16.c - a table of 16-bit kernels held against another before it is used.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/trial_i16.h"

#define CHANNELS (2 * NN_I16_LANES)
#define PIXELS 13 /* of a row: more than any tile has */
#define ROWS 2
#define PAIRS 5
#define COLUMNS 19 /* that 9 pixels of a depthwise convolution see at a step of 2 */

enum { UNKNOWN, TRUSTED, DISTRUSTED };

/* What all kernels are tried on, and where the one and the other write to. */
typedef struct trial_operands {
    int16_t pixels[3 * COLUMNS * CHANNELS], weights[2 * PAIRS * CHANNELS],
        taps[NN_I16_TAPS * CHANNELS];
    int32_t start[CHANNELS];
    float scale[CHANNELS], bias[CHANNELS], values[PIXELS * CHANNELS];
} trial_operands;

typedef struct trial_results {
    int16_t halves[ROWS * PIXELS * CHANNELS];
    float floats[ROWS * PIXELS * CHANNELS];
} trial_results;

_Static_assert(ROWS *PIXELS < 3 * COLUMNS, "pixels are read from the second on, too");

/* Numbers that look drawn by lot, the same each time (Numerical Recipes' generator). */
static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* Of every eight one is -32768, so that pairs of products reach 2^31. */
static void draw_halves(uint32_t *seed, int16_t *x, int count)
{
    for (int i = 0; i < count; i++)
        x[i] = (int16_t)(draw(seed) % 8 ? (int)(draw(seed) & 0xFFFF) - 32768 : -32768);
}

static void draw_floats(uint32_t *seed, float *x, int count, float scale)
{
    for (int i = 0; i < count; i++)
        x[i] = (float)((int)(draw(seed) & 0xFFFF) - 32768) * scale;
}

static void make_operands(trial_operands *o)
{
    uint32_t seed = 1;
    draw_halves(&seed, o->pixels, 3 * COLUMNS * CHANNELS);
    draw_halves(&seed, o->weights, 2 * PAIRS * CHANNELS);
    draw_halves(&seed, o->taps, NN_I16_TAPS * CHANNELS);
    for (int i = 0; i < CHANNELS; i++)
        o->taps[nn_i16_tap(i, 8) + 1] = 0; /* the tenth */
    for (int i = 0; i < CHANNELS; i++)
        o->start[i] = (int32_t)(draw(&seed) << 16 | draw(&seed));
    draw_floats(&seed, o->scale, CHANNELS, 0x1p-30f);
    draw_floats(&seed, o->bias, CHANNELS, 1);
    draw_floats(&seed, o->values, PIXELS * CHANNELS, 1);
}

typedef void (*trial_fn)(const nn_kernels_i16 *k, const trial_operands *o, int m, trial_results *r);

static nn_gemm_i16 product_of(const trial_operands *o, int m)
{
    return (nn_gemm_i16){.rows = ROWS,
                         .m = m,
                         .n = CHANNELS,
                         .pairs = PAIRS,
                         .a = o->pixels,
                         .a_stride = CHANNELS,
                         .a_row = PIXELS * CHANNELS,
                         .b = o->weights,
                         .start = o->start};
}

static void try_halves(const nn_kernels_i16 *k, const trial_operands *o, int m, trial_results *r)
{
    nn_tap_i16 tap[PIXELS];
    for (int i = 0; i < m; i++)
        tap[i] = (nn_tap_i16){{i / 2, i / 2 + 1}, {{20000, 20000}, {-12345, -12345}}};
    nn_gemm_i16 g = product_of(o, m);
    g.c = r->halves;
    g.c_stride = CHANNELS;
    g.c_row = PIXELS * CHANNELS;
    g.scales = true;
    g.factor = 31234;
    g.relu = m % 2;
    g.ready = o->pixels + CHANNELS;
    g.ready_stride = g.c_stride;
    g.ready_row = g.c_row;
    g.ready_factor = -23456;
    g.tap = tap;
    g.low = o->pixels;
    g.low_stride = g.c_stride;
    g.low_row = g.c_row;
    k->gemm(&g);
}

/* Two whole panels, or one and half of another. */
static void try_floats(const nn_kernels_i16 *k, const trial_operands *o, int m, trial_results *r)
{
    nn_gemm_i16 g = product_of(o, m);
    for (g.floats = CHANNELS; g.floats >= CHANNELS - 8; g.floats -= 8) {
        g.weighed = g.floats;
        g.f = r->floats;
        g.f_stride = CHANNELS;
        g.f_row = PIXELS * CHANNELS;
        g.scale = o->scale;
        g.bias = o->bias;
        g.relu = g.floats == CHANNELS;
        k->gemm(&g);
        if (g.relu) memcpy(r->halves, r->floats, sizeof r->halves);
    }
}

static void try_depthwise(const nn_kernels_i16 *k, const trial_operands *o, int m, trial_results *r)
{
    nn_depthwise_i16 d = {.m = m < 9 ? m : 9,
                          .n = CHANNELS,
                          .stride = CHANNELS,
                          .weights = o->taps,
                          .bias = o->start,
                          .out_stride = CHANNELS};
    for (int i = 0; i < 3; i++)
        d.row[i] = o->pixels + i * COLUMNS * CHANNELS;
    for (d.step = 1; d.step <= 2; d.step++) {
        d.out = r->halves + (d.step - 1) * PIXELS * CHANNELS;
        k->depthwise(&d);
    }
}

static void try_rows(const nn_kernels_i16 *k, const trial_operands *o, int m, trial_results *r)
{
    k->blend(r->halves, o->pixels, o->pixels + CHANNELS, -12345, 32767, m, CHANNELS, CHANNELS);
    k->quantise(r->halves + PIXELS * CHANNELS, CHANNELS, o->values, CHANNELS, m, CHANNELS - 8,
                o->bias, 0x1p-15f);
    k->measure(r->floats, o->values, CHANNELS, m, CHANNELS - 8, o->bias);
}

/* To the bit, NaN and the signs of zeros too. */
static bool same(const void *a, const void *b, size_t bytes)
{
    return memcmp(a, b, bytes) == 0;
}

static bool agree_on(trial_fn try_it, const nn_kernels_i16 *a, const nn_kernels_i16 *b,
                     const trial_operands *o, int m)
{
    trial_results of[2];
    memset(of, 0, sizeof of);
    try_it(a, o, m, &of[0]);
    try_it(b, o, m, &of[1]);
    return same(of[0].halves, of[1].halves, sizeof of->halves) &&
           same(of[0].floats, of[1].floats, sizeof of->floats);
}

bool nn_i16_agree(const nn_kernels_i16 *a, const nn_kernels_i16 *b)
{
    static const trial_fn each[] = {try_halves, try_floats, try_depthwise, try_rows};
    trial_operands o;
    make_operands(&o);
    for (int m = 1; m <= PIXELS; m++)
        for (size_t i = 0; i < sizeof each / sizeof *each; i++)
            if (!agree_on(each[i], a, b, &o, m)) return false;
    return true;
}

const nn_kernels_i16 *nn_i16_trusted(nn_i16_trial *trial, const nn_kernels_i16 *table,
                                     const nn_kernels_i16 *known)
{
    int outcome = atomic_load(&trial->outcome);
    if (outcome == UNKNOWN) { /* two threads at once come to the same */
        outcome = nn_i16_agree(table, known) ? TRUSTED : DISTRUSTED;
        atomic_store(&trial->outcome, outcome);
    }
    return outcome == TRUSTED ? table : known;
}

bool nn_i16_distrusted(const nn_i16_trial *trial)
{
    return atomic_load(&trial->outcome) == DISTRUSTED;
}
