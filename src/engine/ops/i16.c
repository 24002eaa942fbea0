/* engine/ops/i16.c - what the steps in 16 bits share: the range of a frame, biases for it, and the step
 * that quantises.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16.h"

#include <math.h>
#include <string.h>

#define MEASURE_FLOATS 16384 /* in a task */

/* What the length of an image's pixels cannot exceed, in the tensor's own equalisation; of
 * NN_NHWC_I16, P. */
static float length_of(const struct nn_session *s, int id, int64_t image)
{
    const float *squares = session_squares(s, id, image);
    if (s->program->tensor[id].layout == NN_NHWC_I16) return *squares;
    float sum = 0;
    for (int i = 0; i < NN_SQUARES; i++)
        sum += squares[i];
    return sqrtf(sum);
}

float i16_norm(const struct nn_session *s, const nn_step *step, const i16_range *range,
               int64_t image)
{
    float sum = 0;
    for (int i = 0; i < range->n; i++) {
        float length = length_of(s, step->input[i], image) * range->gain[i];
        sum += length * length;
    }
    if (!isfinite(sum)) return NAN;
    float norm = sqrtf(sum);
    return norm > range->min ? norm : range->min;
}

void i16_clear_squares(const struct nn_session *s, int id)
{
    const nn_tensor *t = &s->program->tensor[id];
    if (t->squares)
        memset(session_squares(s, id, 0), 0, (size_t)t->shape.dim[0] * NN_SQUARES * sizeof(float));
}

void i16_raise_squares(const struct nn_session *s, int id, int64_t image, const float *pixels,
                       int64_t count)
{
    const nn_tensor *t = &s->program->tensor[id];
    if (!t->squares) return;
    float squares[NN_SQUARES] = {0}, *shared = session_squares(s, id, image);
    s->program->kernels_i16->measure(squares, pixels, t->pitch, (int)count, (int)t->pitch,
                                     t->equaliser);
    for (int i = 0; i < NN_SQUARES; i++)
        session_raise(&shared[i], squares[i]);
}

typedef struct measuring {
    const struct nn_session *s;
    int id;
    int64_t pixels, block, blocks; /* of an image; of a task; tasks of an image */
    int64_t begin, end;            /* of an image's pixels, those that are computed */
} measuring;

static void measure_task(void *argument, int index, int worker)
{
    const measuring *m = argument;
    int64_t image = index / m->blocks, first = m->begin + index % m->blocks * m->block;
    int64_t count = m->end - first < m->block ? m->end - first : m->block;
    int64_t pitch = m->s->program->tensor[m->id].pitch;
    const float *data = session_data(m->s, m->id) + (image * m->pixels + first) * pitch;
    i16_raise_squares(m->s, m->id, image, data, count);
    (void)worker;
}

void i16_measure(const struct nn_session *s, int id)
{
    const nn_tensor *t = &s->program->tensor[id];
    measuring m = {.s = s, .id = id, .pixels = t->shape.dim[2] * t->shape.dim[3]};
    m.begin = t->region.y0 * t->shape.dim[3];
    m.end = t->region.y1 * t->shape.dim[3];
    m.block = MEASURE_FLOATS / t->pitch + 1;
    m.blocks = (m.end - m.begin + m.block - 1) / m.block;
    i16_clear_squares(s, id);
    thread_pool_run(s->pool, (int)(t->shape.dim[0] * m.blocks), measure_task, &m);
}

void i16_quantise_pixels(const struct nn_session *s, int id, const i16_part *part, float norm,
                         const float *x, int64_t count, int16_t *a, int64_t pitch)
{
    const nn_tensor *t = &s->program->tensor[id];
    s->program->kernels_i16->quantise(a + part->slot, pitch, x, t->pitch, (int)count,
                                      (int)round_up(part->k, 8), t->equaliser,
                                      part->gain * (NN_I16_INPUT / norm));
}

/* A rounded quotient; 0 where there is none. */
static int32_t rounded(float bias, float norm, float most)
{
    float q = bias / norm;
    if (!(fabsf(q) <= most)) q = 0; /* P is NaN, and so will be all that comes of it */
    return (int32_t)lrintf(q);
}

void i16_expand_bias(const i16_front *f, float norm, int64_t c, int64_t n, int32_t *start)
{
    for (int64_t i = 0; i < n; i++)
        start[i] = rounded(f->expand_bias[c + i], norm, 2147400000.0f) + NN_I16_HALF;
}

void i16_depthwise_bias(const i16_front *f, float norm, int64_t c, int64_t n, int32_t *bias)
{
    for (int64_t i = 0; i < n; i++)
        bias[i] = rounded(f->depthwise_bias[c + i], norm, 0x1p30f) + (1 << (NN_I16_TAP_BITS - 1));
}

/* Pairs of a block of A's channels, and its weights from a column on. */
static int64_t pairs_of(const i16_gemm *w, int64_t block)
{
    int64_t left = w->pairs - block * w->block_pairs;
    return left < w->block_pairs ? left : w->block_pairs;
}

static const int16_t *weights_of(const i16_gemm *w, int64_t block, int64_t column)
{
    return w->weights + nn_i16_packed(block * w->block_pairs, w->n) +
           nn_i16_packed(pairs_of(w, block), column);
}

void i16_multiply(const nn_kernels_i16 *kernels, const i16_gemm *w, int64_t column,
                  const float *scale, int64_t stride, bool streams, const nn_gemm_i16 *g)
{
    for (int64_t i = 0; i < w->blocks; i++) {
        const bool last = i + 1 == w->blocks;
        nn_gemm_i16 part = *g;
        part.pairs = (int)pairs_of(w, i);
        part.a += 2 * i * w->block_pairs;
        part.b = weights_of(w, i, column);
        part.scale = scale + i * stride;
        part.bias = (i ? w->zeros : w->bias) + column;
        if (i) { /* upon what was added up so far */
            part.residual = g->f;
            part.residual_stride = g->f_stride;
            part.residual_row = g->f_row;
        }
        if (streams)
            part.next = last ? weights_of(w, 0, column + g->n) : weights_of(w, i + 1, column);
        if (!last) {
            part.relu = false;
            part.prefetch = NULL;
        }
        kernels->gemm(&part);
    }
}

int16_t i16_weight(double weight)
{
    double q = floor(weight * NN_I16_ONE + 0.5);
    return (int16_t)(q > 32767 ? 32767 : q > -32767 ? q : q <= -32767 ? -32767 : 0);
}

/* --- the step that quantises pixels of several tensors, side by side -------------------------- */

typedef struct quantise_run {
    const i16_quantise *w;
    const nn_step *step;
    const struct nn_session *s;
    int64_t block, blocks; /* rows in a task; tasks of an image */
} quantise_run;

#define TASK_NUMBERS 16384

/* Pixels [at, at + count), of all images, of each part. */
static void quantise_pixels(const quantise_run *r, float norm, int64_t at, int64_t count)
{
    const nn_tensor *tensors = r->s->program->tensor;
    int64_t pitch = tensors[r->step->output].pitch;
    int16_t *out = (int16_t *)session_data(r->s, r->step->output) + at * pitch;
    for (int i = 0; i < r->w->n_parts; i++) {
        const i16_part *part = &r->w->part[i];
        int from = r->step->input[part->input];
        i16_quantise_pixels(r->s, from, part, norm,
                            session_data(r->s, from) + at * tensors[from].pitch, count, out, pitch);
    }
}

static void quantise_task(void *argument, int index, int worker)
{
    const quantise_run *r = argument;
    const nn_region *region = &r->step->region;
    int64_t image = index / r->blocks, first = region->y0 + index % r->blocks * r->block;
    int64_t end = first + r->block < region->y1 ? first + r->block : region->y1;
    int64_t width = r->s->program->tensor[r->step->output].shape.dim[3];
    int64_t columns = region->x1 - region->x0, at = image * r->w->pixels + first * width;
    float norm = *session_squares(r->s, r->step->output, image);
    if (columns == width) {
        quantise_pixels(r, norm, at, (end - first) * width);
        return;
    }
    for (int64_t y = first; y < end; y++, at += width)
        quantise_pixels(r, norm, at + region->x0, columns);
    (void)worker;
}

static void quantise_step_run(const nn_step *step, struct nn_session *s)
{
    const i16_quantise *w = step->data;
    const nn_region *region = &step->region;
    for (int64_t i = 0; i < w->images; i++)
        *session_squares(s, step->output, i) = i16_norm(s, step, &w->range, i);
    quantise_run r = {.w = w, .step = step, .s = s};
    r.block = TASK_NUMBERS / s->program->tensor[step->output].pitch / (region->x1 - region->x0) + 1;
    r.blocks = (region->y1 - region->y0 + r.block - 1) / r.block;
    thread_pool_run(s->pool, (int)(w->images * r.blocks), quantise_task, &r);
}

static bool quantise_limit(nn_program *p, const nn_step *step)
{
    for (int i = 0; i < step->n_inputs; i++)
        region_include(&p->tensor[step->input[i]], &p->tensor[step->output].region);
    return true;
}

const nn_step_class quantise_i16_class = {"quantise", quantise_step_run, NULL, quantise_limit};
