/* nn/steps/narrow_units.c - units so wide that nothing can overflow, and no wider.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/steps/narrow_units.h"

#include <math.h>
#include <stdlib.h>

/* Sums stay below 2^31: what remains for |weights| |input| when each of 4,096 weights may have been
 * rounded up by half and the bias and the half unit are in. */
#define SUM_ROOM (2147483648.0 - 16777216.0 - 131072.0)
#define DEPTHWISE_ROOM 32750.0 /* of 32767, for nine roundings and the bias's */
#define SMALLEST 1e-30

/* A matrix of weights as rows of channels. */
typedef struct matrix {
    int64_t k, stride; /* of a row; from row to row */
    float *rows;       /* or NULL; owned by who has unpacked them */
} matrix;

#define FRONT_MATRICES (SOURCE_MAX_PARTS + 2)

/* Weights [k, padded] from panels for `lanes` (nn/pack.h) to rows [n, k]. `padded` may leave out
 * half of a last vector, never all of it: a panel's width is the same. */
static vis_status unpack(const float *packed, int64_t k, int64_t padded, int lanes, int64_t n,
                         matrix *out, vis_error *err)
{
    out->k = out->stride = k;
    out->rows = calloc((size_t)(n * k + 1), sizeof *out->rows);
    if (!out->rows) return vis_fail_memory(err, "network weights");
    for (int64_t o = 0; o < padded; o += 2 * lanes) {
        int64_t width = padded - o > lanes ? 2 * lanes : lanes;
        for (int64_t i = 0; i < k; i++, packed += width)
            for (int64_t c = 0; c < width; c++)
                out->rows[(o + c) * k + i] = packed[c];
    }
    return VIS_OK;
}

/* B of 16-bit numbers: channel c of `m`, divided by unit[c], from k = slot on. */
static void pack(const matrix *m, int64_t n, int64_t pairs, int64_t slot, bool halves,
                 const double *unit, int16_t *b)
{
    for (int64_t c = 0; c < n; c++) {
        const float *row = m->rows + c * m->stride;
        double factor = 1 / unit[c];
        int16_t *first = b + nn16_place(pairs, halves, 0, c);
        for (int64_t k = slot; k < slot + m->k; k++)
            first[k / 2 * 2 * NN16_LANES + k % 2] = (int16_t)lrint((double)*row++ * factor);
    }
}

static vis_status pack_new(nn_program *p, const matrix *m, int64_t n, int64_t pairs, bool halves,
                           const double *unit, const int16_t **out, vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, nn16_packed(pairs, n), sizeof(int16_t), &memory, err));
    pack(m, n, pairs, 0, halves, unit, memory);
    *out = memory;
    return VIS_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The sum of magnitudes and the largest of a channel's weights. */
static void measure_row(const matrix *m, int count, int64_t c, double *sum, double *largest)
{
    *sum = *largest = 0;
    for (int i = 0; i < count; i++)
        for (int64_t k = 0; m[i].rows && k < m[i].k; k++) {
            double w = fabs((double)m[i].rows[c * m[i].stride + k]);
            *sum += w;
            if (w > *largest) *largest = w;
        }
}

/* The range below which biases would take most of the room: the median of |bias| over the sum of
 * |weights|. Channels far above it (dead ones, that have nothing but a bias) widen their own unit
 * instead. */
static double choose_least_peak(const double *sum, const float *bias, int64_t n, double *ratio)
{
    int64_t count = 0;
    for (int64_t c = 0; c < n; c++)
        if (sum[c] > 0) ratio[count++] = fabs((double)bias[c]) / sum[c];
    if (!count) return 1;
    qsort(ratio, (size_t)count, sizeof *ratio, ascending);
    return ratio[count / 2] > SMALLEST ? ratio[count / 2] : SMALLEST;
}

/* Numbers of a front while its units are chosen, each [hidden]. */
typedef struct front_units {
    matrix m[FRONT_MATRICES];     /* the parts, then low, then what is kept */
    double *sum, *largest, *unit; /* of the weights: of a sum's unit, for P = NN16_INPUT */
    float *bias;
} front_units;

static vis_status units_open(const nn_program *p, const narrow_front *f, const conv_step *kept,
                             front_units *w, vis_error *err)
{
    const ir_step *q = f->q;
    int lanes = p->kernels->lanes;
    size_t n = (size_t)f->hidden;
    *w = (front_units){0};
    w->sum = calloc(3 * n + 1, sizeof *w->sum);
    w->bias = calloc(n + 1, sizeof *w->bias);
    if (!w->sum || !w->bias) return vis_fail_memory(err, "network weights");
    w->largest = w->sum + n;
    w->unit = w->largest + n;
    for (int64_t c = 0; c < q->hidden; c++)
        w->bias[c] = q->expand_bias[c];
    for (int i = 0; i < q->n_parts; i++)
        VIS_TRY(
            unpack(q->part[i].weights, q->part[i].k, q->hidden, lanes, f->hidden, &w->m[i], err));
    if (q->low.weights)
        VIS_TRY(unpack(q->low.weights, q->low.k, q->hidden, lanes, f->hidden,
                       &w->m[SOURCE_MAX_PARTS], err));
    if (kept)
        VIS_TRY(unpack(kept->part[0].weights, kept->part[0].k, kept->padded, lanes, f->hidden,
                       &w->m[SOURCE_MAX_PARTS + 1], err));
    return VIS_OK;
}

static void units_close(front_units *w)
{
    for (int i = 0; i < FRONT_MATRICES; i++)
        free(w->m[i].rows);
    free(w->sum);
    free(w->bias);
}

/* u, and the expansion's weights and biases. */
static vis_status expand_units(nn_program *p, narrow_front *f, front_units *w,
                               narrow_product *ready, float *u, vis_error *err)
{
    for (int64_t c = 0; c < f->hidden; c++)
        measure_row(w->m, FRONT_MATRICES, c, &w->sum[c], &w->largest[c]);
    double least = choose_least_peak(w->sum, w->bias, f->hidden, w->unit);
    f->least_peak = (float)(least * (1 + 1e-6));
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)f->hidden, sizeof(float), &memory, err));
    float *bias = memory;
    f->expand_bias = bias;
    for (int64_t c = 0; c < f->hidden; c++) {
        double room = (w->sum[c] + fabs((double)w->bias[c]) / least) * NN16_INPUT / SUM_ROOM;
        w->unit[c] = fmax(fmax(room, w->largest[c] / 32767), SMALLEST);
        u[c] = (float)(w->unit[c] / NN16_INPUT * 65536);
        bias[nn16_place(1, true, 0, c) / 2] = (float)((double)w->bias[c] / w->unit[c] * NN16_INPUT);
    }
    VIS_TRY(program_alloc(p, nn16_packed(f->pairs, f->hidden) + 1, sizeof(int16_t), &memory, err));
    for (int i = 0; i < f->n_parts; i++)
        pack(&w->m[i], f->hidden, f->pairs, f->part[i].slot, true, w->unit, memory);
    f->expand = memory;
    if (w->m[SOURCE_MAX_PARTS].rows)
        VIS_TRY(pack_new(p, &w->m[SOURCE_MAX_PARTS], f->hidden, f->low_pairs, true, w->unit,
                         &f->low_weights, err));
    if (!w->m[SOURCE_MAX_PARTS + 1].rows) return VIS_OK;
    return pack_new(p, &w->m[SOURCE_MAX_PARTS + 1], f->hidden, ready->pairs, true, w->unit,
                    &ready->weights, err);
}

/* v, and the depthwise convolution's weights and biases. */
static vis_status depthwise_units(nn_program *p, narrow_front *f, const float *u, float *v,
                                  vis_error *err)
{
    int lanes = p->kernels->lanes;
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)(9 * f->hidden), sizeof(int16_t), &memory, err));
    int16_t *weights = memory;
    f->depthwise = weights;
    VIS_TRY(program_alloc(p, (size_t)f->hidden, sizeof(float), &memory, err));
    float *biases = memory;
    f->depthwise_bias = biases;
    for (int64_t c = 0; c < f->hidden; c++) {
        double tap[9] = {0}, bias = 0, up = 0, down = 0;
        const float *packed = f->q->depthwise_weights + c / lanes * 10 * lanes + c % lanes;
        for (int i = 0; c < f->q->hidden && i < 10; i++) {
            double w = (double)packed[i * lanes];
            if (i == 9) {
                bias = w;
                break;
            }
            tap[i] = w;
            up += w > 0 ? w : 0;
            down += w < 0 ? -w : 0;
        }
        double most = fmax(up, down) * 32767 * (double)u[c] + fabs(bias) / (double)f->least_peak;
        v[c] = (float)fmax(most / DEPTHWISE_ROOM, SMALLEST);
        for (int i = 0; i < 9; i++)
            weights[c / NN16_LANES * 9 * NN16_LANES + i * NN16_LANES + c % NN16_LANES] =
                narrow_weight(tap[i] * (double)u[c] / (double)v[c]);
        biases[c] = (float)(bias / (double)v[c]);
    }
    return VIS_OK;
}

vis_status narrow_front_units(nn_program *p, narrow_front *f, const conv_step *kept,
                              narrow_product *ready, vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)(2 * f->hidden), sizeof(float), &memory, err));
    float *u = memory, *v = u + f->hidden;
    front_units w;
    vis_status status = units_open(p, f, kept, &w, err);
    if (status == VIS_OK) status = expand_units(p, f, &w, ready, u, err);
    units_close(&w);
    VIS_TRY(status);
    f->v = v;
    return depthwise_units(p, f, u, v, err);
}

#define MOST_SOURCES 2

/* A product's weights in the units of what they are multiplied with. */
static vis_status open_sources(const nn_program *p, const product_source *sources, int n,
                               const narrow_product *w, matrix *m, vis_error *err)
{
    for (int i = 0; i < n; i++) {
        const product_source *s = &sources[i];
        VIS_TRY(unpack(s->weights, s->k, w->floats, p->kernels->lanes, w->n, &m[i], err));
        for (int64_t o = 0; o < w->n; o++)
            for (int64_t k = 0; k < s->k; k++)
                m[i].rows[o * s->k + k] *= s->unit ? s->unit[k] : 1.0f / NN16_INPUT;
    }
    return VIS_OK;
}

/* The unit of each channel's weights: inputs reach 32767, and the sums 2^31. */
static void choose_units(const matrix *m, const narrow_product *w, double *unit)
{
    double room = 2147483647.0 / 32767 - (double)w->pairs - 1;
    for (int64_t o = 0; o < w->n; o++) {
        double sum, largest;
        measure_row(m, MOST_SOURCES, o, &sum, &largest);
        unit[o] = fmax(fmax(sum / room, largest / 32767), SMALLEST);
    }
}

/* Scale [floats], a multiple of the units, and a start [n] of zeros. */
static vis_status make_scale(nn_program *p, const double *unit, double factor, int64_t floats,
                             int64_t n, const float **scale, const int32_t **start, vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)floats, sizeof(float), &memory, err));
    float *made = memory;
    for (int64_t o = 0; o < floats; o++)
        made[o] = (float)(unit[o] * factor);
    *scale = made;
    VIS_TRY(program_alloc(p, (size_t)n, sizeof(int32_t), &memory, err));
    *start = memory;
    return VIS_OK;
}

static vis_status pack_product(nn_program *p, const product_source *sources, int n, const matrix *m,
                               const double *unit, narrow_product *w, vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, nn16_packed(w->pairs, w->n), sizeof(int16_t), &memory, err));
    for (int i = 0; i < n; i++)
        pack(&m[i], w->n, w->pairs, sources[i].slot, false, unit, memory);
    w->weights = memory;
    return make_scale(p, unit, 1, w->floats, w->n, &w->scale, &w->start, err);
}

vis_status narrow_product_units(nn_program *p, const product_source *sources, int n_sources,
                                narrow_product *w, vis_error *err)
{
    matrix m[MOST_SOURCES] = {{0}};
    double *unit = calloc((size_t)w->n + 1, sizeof *unit);
    vis_status status = unit ? open_sources(p, sources, n_sources, w, m, err)
                             : vis_fail_memory(err, "network weights");
    if (status == VIS_OK) {
        choose_units(m, w, unit);
        status = pack_product(p, sources, n_sources, m, unit, w, err);
    }
    for (int i = 0; i < MOST_SOURCES; i++)
        free(m[i].rows);
    free(unit);
    return status;
}

/* Each tap as a matrix of its own; the sums of one of them reach 2^31. */
static vis_status pack_taps(nn_program *p, const matrix *all, int64_t taps, double *unit,
                            taps16_step *w, vis_error *err)
{
    int64_t channels = w->q->channels;
    size_t size = nn16_packed(w->pairs, w->n);
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)taps * size, sizeof(int16_t), &memory, err));
    w->weights = memory;
    for (int64_t o = 0; o < w->n; o++)
        unit[o] = SMALLEST;
    for (int64_t t = 0; t < taps; t++) {
        matrix tap = {channels, all->stride, all->rows + t * channels};
        for (int64_t o = 0; o < w->n; o++) {
            double sum, largest;
            measure_row(&tap, 1, o, &sum, &largest);
            unit[o] = fmax(unit[o], fmax(sum * NN16_INPUT / SUM_ROOM, largest / 32767));
        }
    }
    for (int64_t t = 0; t < taps; t++) {
        matrix tap = {channels, all->stride, all->rows + t * channels};
        pack(&tap, w->n, w->pairs, 0, false, unit, (int16_t *)memory + (size_t)t * size);
    }
    return make_scale(p, unit, 1.0 / NN16_INPUT, w->q->padded, w->n, &w->scale, &w->start, err);
}

vis_status narrow_taps_units(nn_program *p, taps16_step *w, vis_error *err)
{
    const conv_step *q = w->q;
    int64_t taps = q->kernel[0] * q->kernel[1];
    matrix all = {0};
    double *unit = calloc((size_t)w->n + 1, sizeof *unit);
    vis_status status = unit ? unpack(q->part[0].weights, q->part[0].k, q->padded,
                                      p->kernels->lanes, w->n, &all, err)
                             : vis_fail_memory(err, "network weights");
    if (status == VIS_OK) status = pack_taps(p, &all, taps, unit, w, err);
    free(all.rows);
    free(unit);
    return status;
}
