/* engine/ops/i16_units.c - units so wide that nothing can overflow, and no wider.
 *
 * A sum over channels is at most the length of a row of weights times that of a pixel. In whole
 * numbers, with k channels: the pixel's length is at most NN_I16_INPUT + sqrt(k) / 2, since each
 * channel is rounded by half; a row of length |w| / unit becomes one of at most
 * |w| / unit + sqrt(k) / 2. With the bias and half a unit for rounding the sum stays below 2^31
 * where unit = (|w| + |bias| / min) * NN_I16_INPUT * (1 + SLACK) / room(k).
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16_units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLACK 1e-4    /* of float32's rounding where pixels are measured and quantised */
#define HIDDEN 32760  /* of 32767: a part of a sum is rounded once more each time it is scaled */
#define RESULT 32760  /* the same, for nine taps and the bias */
#define SEEN_TIMES 12 /* a depthwise result may be so much larger than on the sample */
#define NARROWEST 4   /* and has at least one part in so many of the widest range */
#define QUIET 64      /* below one part in so many a channel was hardly there */
#define SMALLEST 1e-30
#define BLOCK 256 /* depthwise results of a sum */

/* Weights as rows of channels. */
typedef struct matrix {
    int64_t k, stride; /* of a row, 0: there is none; from row to row */
    float *rows;       /* owned by who has unpacked them */
} matrix;

#define GROUP 8 /* loops of this length are vectors */

/* Rows k .. k + n of a panel, n at most GROUP, to `count` channels from `row` on. */
static void unpack_group(const float *packed, int64_t width, int64_t n, const float *factor,
                         int64_t count, float *row, int64_t stride)
{
    for (int64_t c = 0; c < count; c++, row += stride)
        for (int64_t i = 0; i < n; i++)
            row[i] = packed[i * width + c] * factor[i];
}

/* Weights [k, padded] from panels for `lanes` (engine/pack.h) to rows [n, k], for equalised channels.
 * `padded` may leave out half of a last vector, never all of it: a panel's width is the same. */
static vis_status unpack(const unit_source *from, int64_t padded, int lanes, int64_t n, matrix *out,
                         vis_error *err)
{
    *out = (matrix){0};
    if (!from->weights) return VIS_OK;
    const float *packed = from->weights;
    out->rows = calloc((size_t)(n * from->k + 1), sizeof *out->rows);
    if (!out->rows) return vis_fail_memory(err, "network weights");
    out->k = out->stride = from->k;
    for (int64_t o = 0; o < padded; o += 2 * lanes) {
        int64_t width = padded - o > lanes ? 2 * lanes : lanes;
        int64_t count = width < n - o ? width : n - o;
        for (int64_t k = 0; k < from->k; k += GROUP, packed += GROUP * width) {
            int64_t left = from->k - k < GROUP ? from->k - k : GROUP;
            float factor[GROUP];
            for (int64_t i = 0; i < left; i++)
                factor[i] = 1 / (from->equaliser[k + i] * from->gain);
            unpack_group(packed, width, left, factor, count, out->rows + o * from->k + k, from->k);
        }
        packed += (from->k - (from->k + GROUP - 1) / GROUP * GROUP) * width;
    }
    return VIS_OK;
}

/* B of 16-bit numbers: channel c of `m`, divided by unit[c], from k = slot, which is even, on. */
static void pack(const matrix *m, int64_t n, int64_t pairs, int64_t slot, bool halves,
                 const double *unit, int16_t *b)
{
    for (int64_t c = 0; c < n; c++) {
        const float *row = m->rows + c * m->stride;
        float factor = (float)(1 / unit[c]);
        int16_t *to = b + nn_i16_packed_index(pairs, halves, slot, c);
        int64_t k = 0;
        for (; k + 1 < m->k; k += 2, to += 2 * NN_I16_LANES) {
            to[0] = (int16_t)lrintf(row[k] * factor);
            to[1] = (int16_t)lrintf(row[k + 1] * factor);
        }
        if (k < m->k) to[0] = (int16_t)lrintf(row[k] * factor);
    }
}

static vis_status pack_new(nn_program *p, const matrix *m, int64_t n, int64_t pairs, bool halves,
                           const double *unit, const int16_t **out, vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, nn_i16_packed(pairs, n) + 1, sizeof(int16_t), &memory, err));
    if (m->k) pack(m, n, pairs, 0, halves, unit, memory);
    *out = memory;
    return VIS_OK;
}

/* Adds a row's squares, and raises the largest magnitude. */
static void measure_row(const matrix *m, int64_t c, double *squares, double *largest)
{
    const float *row = m->rows + c * m->stride;
    double sum[GROUP] = {0}; /* squares of what is equalised may leave a float */
    float most[GROUP] = {0};
    int64_t k = 0;
    for (; k + GROUP <= m->k; k += GROUP)
        for (int i = 0; i < GROUP; i++) {
            float w = fabsf(row[k + i]);
            sum[i] += (double)w * (double)w;
            most[i] = w > most[i] ? w : most[i];
        }
    for (int i = 0; k < m->k; k++, i++) {
        sum[i] += (double)row[k] * (double)row[k];
        most[i] = fmaxf(most[i], fabsf(row[k]));
    }
    for (int i = 0; i < GROUP; i++) {
        *squares += sum[i];
        *largest = fmax(*largest, (double)most[i]);
    }
}

/* What is left of 2^31 for lengths, once half a unit and the roundings of k channels are in. */
static double room(double k)
{
    double rounded = sqrt(k) / 2;
    return 2147483647.0 - NN_I16_HALF - 2 - 2 * rounded * (NN_I16_INPUT * (1 + SLACK) + rounded);
}

/* The unit of a row of weights. */
static double row_unit(double length, double bias, double largest, double k)
{
    double unit = (length + bias) * NN_I16_INPUT * (1 + SLACK) / room(k);
    return fmax(fmax(unit, largest / 32767), SMALLEST);
}

/* --- expansion ------------------------------------------------------------------------------ */

/* Numbers of a front while its units are chosen. */
typedef struct front_units {
    matrix m[UNIT_SOURCES]; /* the parts, then low, then what is cached */
    double *unit;           /* [hidden]: of the weights, for P = NN_I16_INPUT */
    float *bias;            /* [hidden] */
} front_units;

enum { LOW = SOURCE_MAX_PARTS, CACHED };

static vis_status units_open(const nn_program *p, const i16_front *f, const front_sources *from,
                             front_units *w, vis_error *err)
{
    const ir_step *q = f->q;
    int lanes = p->kernels->lanes;
    size_t n = (size_t)f->hidden;
    *w = (front_units){0};
    w->unit = calloc(n + 1, sizeof *w->unit);
    w->bias = calloc(n + 1, sizeof *w->bias);
    if (!w->unit || !w->bias) return vis_fail_memory(err, "network weights");
    for (int64_t c = 0; c < q->hidden; c++)
        w->bias[c] = q->expand_bias[c];
    for (int i = 0; i < q->n_parts; i++)
        VIS_TRY(unpack(&from->part[i], q->hidden, lanes, f->hidden, &w->m[i], err));
    VIS_TRY(unpack(&from->low, q->hidden, lanes, f->hidden, &w->m[LOW], err));
    return unpack(&from->cached, q->hidden, lanes, f->hidden, &w->m[CACHED], err);
}

static void units_close(front_units *w)
{
    for (int i = 0; i < UNIT_SOURCES; i++)
        free(w->m[i].rows);
    free(w->unit);
    free(w->bias);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle one of |bias| over the length of a row. */
static double usual_bias(const double *all, const float *bias, int64_t n, double *ratio)
{
    size_t count = 0;
    for (int64_t c = 0; c < n; c++)
        if (all[c] > 0 && bias[c] != 0) ratio[count++] = fabs((double)bias[c]) / sqrt(all[c]);
    if (!count) return 1;
    qsort(ratio, count, sizeof *ratio, ascending);
    return fmax(ratio[count / 2], SMALLEST);
}

static unit_source *source_at(front_sources *from, int i)
{
    return i == LOW ? &from->low : i == CACHED ? &from->cached : &from->part[i];
}

/* of[i, c]: squares of row c of source i; all[c] of all. */
static void add_squares(const front_units *w, int64_t hidden, double *of, double *all)
{
    for (int i = 0; i < UNIT_SOURCES; i++)
        for (int64_t c = 0; c < hidden; c++) {
            double largest = 0, squares = 0;
            measure_row(&w->m[i], c, &squares, &largest);
            of[i * hidden + c] = squares;
            all[c] += squares;
        }
}

/* What a source's weights have of all, rows alike. */
static double share_of(const double *of, const double *all, int64_t hidden)
{
    double share = 0;
    for (int64_t c = 0; c < hidden; c++)
        if (all[c] > 0) share += of[c] / all[c];
    return sqrt(share);
}

static float gain_of(double share, float length)
{
    if (!(share > 0) || !(length > 0)) return 1;
    return ldexpf(1, (int)lrint(log2(share / (double)length) / 2));
}

/* The least P: shorter pixels are treated as if they were so long. Much below, the biases would
 * take most of the room; half of the sample's loses at most one bit, and the error of a quiet frame
 * is not larger than that of the sample. */
static float min_norm(double sample, double usual)
{
    return (float)(sample > 0 ? sample / 2 : usual);
}

/* Gains, P on the sample, and the least P. */
static vis_status balance(i16_front *f, front_sources *from, front_units *w, vis_error *err)
{
    int64_t n = f->hidden;
    double *of = calloc((size_t)((UNIT_SOURCES + 2) * n + 1), sizeof *of), squares = 0;
    if (!of) return vis_fail_memory(err, "network weights");
    double *all = of + UNIT_SOURCES * n;
    add_squares(w, n, of, all);
    for (int i = 0; i < UNIT_SOURCES; i++) {
        unit_source *s = source_at(from, i);
        if (!s->weights) continue;
        s->gain = gain_of(share_of(of + i * n, all, n), s->length);
        squares += pow((double)(s->gain * s->length), 2);
        float inverse = 1 / s->gain;
        for (int64_t k = 0; inverse != 1 && k < n * w->m[i].k; k++)
            w->m[i].rows[k] *= inverse;
    }
    from->length = (float)sqrt(squares);
    f->range.min = min_norm((double)from->length, usual_bias(all, w->bias, n, all + n));
    free(of);
    return VIS_OK;
}

/* u of each channel, from all that is added up in it; the bias in units. */
static void expand_units(const i16_front *f, front_units *w, float *u, float *bias)
{
    double k = 0, part = 32768.0 / HIDDEN;
    for (int i = 0; i < UNIT_SOURCES; i++)
        k += (double)w->m[i].k;
    for (int64_t c = 0; c < f->hidden; c++) {
        double squares = 0, largest = 0;
        for (int i = 0; i < UNIT_SOURCES; i++)
            measure_row(&w->m[i], c, &squares, &largest);
        double of_bias = fabs((double)w->bias[c]) / (double)f->range.min;
        w->unit[c] = row_unit(sqrt(squares) * part, of_bias * part, largest, k);
        u[c] = (float)(w->unit[c] / NN_I16_INPUT * 65536);
        bias[nn_i16_packed_index(1, true, 0, c) / 2] =
            (float)((double)w->bias[c] / w->unit[c] * NN_I16_INPUT);
    }
}

static vis_status pack_expansion(nn_program *p, i16_front *f, const front_units *w,
                                 i16_gemm *cached, vis_error *err)
{
    void *memory;
    VIS_TRY(
        program_alloc(p, nn_i16_packed(f->pairs, f->hidden) + 1, sizeof(int16_t), &memory, err));
    for (int i = 0; i < f->n_parts; i++)
        pack(&w->m[i], f->hidden, f->pairs, f->part[i].slot, true, w->unit, memory);
    f->expand = memory;
    VIS_TRY(pack_new(p, &w->m[LOW], f->hidden, f->low_pairs, true, w->unit, &f->low_weights, err));
    if (!w->m[CACHED].k) return VIS_OK;
    return pack_new(p, &w->m[CACHED], f->hidden, cached->pairs, true, w->unit, &cached->weights,
                    err);
}

/* --- depthwise ------------------------------------------------------------------------------ */

typedef struct taps9 {
    double tap[9], bias, up, down; /* up, down: sums of those above and below zero */
} taps9;

static void read_taps(const ir_step *q, int lanes, int64_t c, taps9 *t)
{
    *t = (taps9){0};
    if (c >= q->hidden) return;
    const float *packed = q->depthwise_weights + c / lanes * 10 * lanes + c % lanes;
    for (int i = 0; i < 9; i++) {
        double w = t->tap[i] = (double)packed[i * lanes];
        *(w > 0 ? &t->up : &t->down) += fabs(w);
    }
    t->bias = (double)packed[9 * lanes];
}

/* v of a channel. Never wider than what may come of inputs that reach 32767, and at least one part
 * in NARROWEST of that, so that sums stay below 2^30. */
static double result_unit(const i16_front *f, const front_sources *from, const taps9 *t, double u,
                          int64_t c)
{
    double of_bias = fabs(t->bias) / (double)f->range.min;
    double widest = (fmax(t->up, t->down) * 32767 * u + of_bias) / RESULT;
    double seen = c < f->q->hidden ? (double)from->results[c] / (double)from->length : 0;
    double v = fmax(seen * SEEN_TIMES / RESULT, widest / NARROWEST);
    /* Quiet on the sample, and so quiet that it says little of other frames. */
    if (!(seen > widest * RESULT / QUIET)) v = widest / 2;
    v = fmax(v, of_bias * 2 / RESULT);
    return fmax(fmin(v, widest), SMALLEST);
}

/* v, and the depthwise convolution's weights and biases. */
static vis_status depthwise_units(nn_program *p, i16_front *f, const front_sources *from,
                                  const float *u, float *v, vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)(NN_I16_TAPS * f->hidden), sizeof(int16_t), &memory, err));
    int16_t *weights = memory;
    f->depthwise = weights;
    VIS_TRY(program_alloc(p, (size_t)f->hidden, sizeof(float), &memory, err));
    float *biases = memory;
    f->depthwise_bias = biases;
    for (int64_t c = 0; c < f->hidden; c++) {
        taps9 t;
        read_taps(f->q, p->kernels->lanes, c, &t);
        v[c] = (float)result_unit(f, from, &t, (double)u[c], c);
        double unit = (double)v[c] / (1 << NN_I16_TAP_BITS);
        for (int i = 0; i < 9; i++)
            weights[nn_i16_tap(c, i)] = (int16_t)lrint(t.tap[i] * (double)u[c] / unit);
        biases[nn_i16_bias(c)] = (float)(t.bias / unit);
    }
    return VIS_OK;
}

vis_status i16_front_units(nn_program *p, i16_front *f, front_sources *from, i16_gemm *cached,
                           vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)(3 * f->hidden), sizeof(float), &memory, err));
    float *u = memory, *v = u + f->hidden, *bias = v + f->hidden;
    front_units w;
    vis_status status = units_open(p, f, from, &w, err);
    if (status == VIS_OK) status = balance(f, from, &w, err);
    if (status == VIS_OK) {
        expand_units(f, &w, u, bias);
        f->expand_bias = bias;
        f->v = v;
        status = pack_expansion(p, f, &w, cached, err);
    }
    units_close(&w);
    return status == VIS_OK ? depthwise_units(p, f, from, u, v, err) : status;
}

/* --- products to floats --------------------------------------------------------------------- */

/* Channels [first, first + k) of a row. */
static matrix columns_of(const matrix *m, int64_t first, int64_t k)
{
    return (matrix){k, m->stride, m->rows + first};
}

/* The larger of a row's sums above and below zero; raises the largest magnitude. */
static double larger_sum(const matrix *m, int64_t c, double *largest)
{
    const float *row = m->rows + c * m->stride;
    double sum[GROUP] = {0}, all[GROUP] = {0}, total = 0, magnitude = 0;
    float most[GROUP] = {0};
    for (int64_t k = 0; k < m->k; k += GROUP) {
        const int n = m->k - k < GROUP ? (int)(m->k - k) : GROUP;
        float w[GROUP] = {0};
        memcpy(w, row + k, (size_t)n * sizeof *w);
        for (int i = 0; i < GROUP; i++) {
            sum[i] += (double)w[i];
            all[i] += (double)fabsf(w[i]);
            most[i] = fabsf(w[i]) > most[i] ? fabsf(w[i]) : most[i];
        }
    }
    for (int i = 0; i < GROUP; i++) {
        total += sum[i];
        magnitude += all[i];
        *largest = fmax(*largest, (double)most[i]);
    }
    return (magnitude + fabs(total)) / 2;
}

/* The unit of each channel's weights. Depthwise results lie between 0 and 32767: a sum of theirs is
 * at most that of the weights of one sign. */
static void gemm_units(const matrix *results, const matrix *direct, int64_t n, double *unit)
{
    for (int64_t o = 0; o < n; o++) {
        double squares = 0, largest = 0;
        if (direct->k) measure_row(direct, o, &squares, &largest);
        double most = larger_sum(results, o, &largest) * 32767;
        double left = room((double)direct->k) - (double)results->k * 16384;
        most = (most + sqrt(squares) * NN_I16_INPUT) * (1 + SLACK);
        unit[o] = fmax(fmax(most / left, largest / 32767), SMALLEST);
    }
}

/* Sums of so many channels that the weights keep most of their 16 bits; the last block has what is
 * multiplied beside the results, and all that follows its first channel. */
static vis_status cut_into_blocks(nn_program *p, const matrix *results, i16_gemm *w, vis_error *err)
{
    void *memory;
    w->blocks = (results->k + BLOCK - 1) / BLOCK;
    w->block_pairs = round_up((results->k + w->blocks - 1) / w->blocks, NN_I16_LANES) / 2;
    w->blocks = (results->k + 2 * w->block_pairs - 1) / (2 * w->block_pairs);
    if (w->blocks == 1) {
        w->block_pairs = w->pairs;
        return VIS_OK;
    }
    VIS_TRY(program_alloc(p, (size_t)w->floats, sizeof(float), &memory, err));
    w->zeros = memory;
    return VIS_OK;
}

/* Weights and scale of block i; returns where the weights of the next one begin. */
static int16_t *pack_block(const matrix *results, const matrix *direct, int64_t slot, int64_t i,
                           const i16_gemm *w, double *unit, int16_t *weights, float *scale)
{
    const bool last = i + 1 == w->blocks;
    const int64_t first = 2 * i * w->block_pairs,
                  pairs = last ? w->pairs - i * w->block_pairs : w->block_pairs;
    const matrix part = columns_of(results, first, last ? results->k - first : 2 * w->block_pairs);
    const matrix beside = last ? *direct : (matrix){0};
    gemm_units(&part, &beside, w->n, unit);
    pack(&part, w->n, pairs, 0, false, unit, weights);
    pack(&beside, w->n, pairs, slot - first, false, unit, weights);
    for (int64_t o = 0; o < w->floats; o++)
        scale[i * w->floats + o] = (float)unit[o];
    return weights + nn_i16_packed(pairs, w->n);
}

static vis_status pack_i16_gemm(nn_program *p, const matrix *results, const matrix *direct,
                                int64_t slot, double *unit, i16_gemm *w, vis_error *err)
{
    void *memory;
    VIS_TRY(cut_into_blocks(p, results, w, err));
    VIS_TRY(program_alloc(p, nn_i16_packed(w->pairs, w->n), sizeof(int16_t), &memory, err));
    int16_t *weights = memory;
    w->weights = weights;
    VIS_TRY(program_alloc(p, (size_t)(w->blocks * w->floats), sizeof(float), &memory, err));
    w->scale = memory;
    for (int64_t i = 0; i < w->blocks; i++)
        weights = pack_block(results, direct, slot, i, w, unit, weights, memory);
    VIS_TRY(program_alloc(p, (size_t)w->n, sizeof(int32_t), &memory, err));
    w->start = memory;
    return VIS_OK;
}

/* Weights of depthwise results, in their units; of an input, in 1 / NN_I16_INPUT. */
static vis_status open_gemm(const nn_program *p, const float *weights, const float *v, int64_t k,
                            const unit_source *direct, const i16_gemm *w, matrix *results,
                            matrix *beside, vis_error *err)
{
    int lanes = p->kernels->lanes;
    float *inverse = malloc((size_t)(k + 1) * sizeof *inverse);
    if (!inverse) return vis_fail_memory(err, "network weights");
    for (int64_t i = 0; i < k; i++)
        inverse[i] = 1 / v[i];
    vis_status status =
        unpack(&(unit_source){weights, inverse, k, 0, 1, 0}, w->floats, lanes, w->n, results, err);
    free(inverse);
    if (status == VIS_OK) status = unpack(direct, w->floats, lanes, w->n, beside, err);
    for (int64_t i = 0; status == VIS_OK && i < w->n * beside->k; i++)
        beside->rows[i] /= NN_I16_INPUT;
    return status;
}

vis_status i16_gemm_units(nn_program *p, const float *weights, const float *v, int64_t k,
                          const unit_source *direct, i16_gemm *w, vis_error *err)
{
    matrix results = {0}, beside = {0};
    double *unit = calloc((size_t)w->n + 1, sizeof *unit);
    vis_status status = unit ? open_gemm(p, weights, v, k, direct, w, &results, &beside, err)
                             : vis_fail_memory(err, "network weights");
    if (status == VIS_OK) status = pack_i16_gemm(p, &results, &beside, direct->slot, unit, w, err);
    free(results.rows);
    free(beside.rows);
    free(unit);
    return status;
}

/* --- tap by tap ----------------------------------------------------------------------------- */

static matrix tap_of(const matrix *all, const conv_taps_i16_step *w, int64_t t)
{
    return (matrix){w->q->channels, all->stride, all->rows + t * w->q->channels};
}

/* Scales, and a start of zeros. */
static vis_status make_scale(nn_program *p, const double *unit, conv_taps_i16_step *w,
                             vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)w->q->padded, sizeof(float), &memory, err));
    float *scale = memory;
    for (int64_t o = 0; o < w->q->padded; o++)
        scale[o] = (float)(unit[o] / NN_I16_INPUT);
    w->scale = scale;
    VIS_TRY(program_alloc(p, (size_t)w->n, sizeof(int32_t), &memory, err));
    w->start = memory;
    return VIS_OK;
}

/* Each tap as a matrix of its own; the sums of one of them reach 2^31. */
static vis_status pack_taps(nn_program *p, const matrix *all, int64_t taps, double *unit,
                            conv_taps_i16_step *w, vis_error *err)
{
    size_t size = nn_i16_packed(w->pairs, w->n);
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)taps * size, sizeof(int16_t), &memory, err));
    w->weights = memory;
    for (int64_t o = 0; o < w->n; o++) {
        unit[o] = SMALLEST;
        for (int64_t t = 0; t < taps; t++) {
            double squares = 0, largest = 0;
            matrix tap = tap_of(all, w, t);
            measure_row(&tap, o, &squares, &largest);
            unit[o] = fmax(unit[o], row_unit(sqrt(squares), 0, largest, (double)tap.k));
        }
    }
    for (int64_t t = 0; t < taps; t++) {
        matrix tap = tap_of(all, w, t);
        pack(&tap, w->n, w->pairs, 0, false, unit, (int16_t *)memory + (size_t)t * size);
    }
    return make_scale(p, unit, w, err);
}

vis_status i16_taps_units(nn_program *p, const float *equaliser, conv_taps_i16_step *w,
                          vis_error *err)
{
    const conv_step *q = w->q;
    int64_t taps = q->kernel[0] * q->kernel[1], k = q->part[0].k;
    float *repeated = malloc((size_t)(k + 1) * sizeof *repeated);
    double *unit = calloc((size_t)w->n + 1, sizeof *unit);
    matrix all = {0};
    vis_status status = VIS_OK;
    if (!repeated || !unit) status = vis_fail_memory(err, "network weights");
    for (int64_t i = 0; status == VIS_OK && i < k; i++)
        repeated[i] = equaliser[i % q->channels];
    if (status == VIS_OK)
        status = unpack(&(unit_source){q->part[0].weights, repeated, k, 0, 1, 0}, q->padded,
                        p->kernels->lanes, w->n, &all, err);
    if (status == VIS_OK) status = pack_taps(p, &all, taps, unit, w, err);
    free(all.rows);
    free(unit);
    free(repeated);
    return status;
}
