/* engine/ops/gemm_i16.c - a 1x1 convolution of 16-bit numbers.
 *
 * Tasks are blocks of pixels x blocks of channels, as in conv.c.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16.h"

#define BLOCK_NUMBERS 49152   /* of A: 96 KiB, which leaves most of L2 to B and C */
#define STREAM_NUMBERS 131072 /* of weights: more come from L3 or memory each time */

typedef struct gemm_i16_run {
    const i16_gemm *w;
    const nn_step *step;
    const struct nn_session *s;
    int64_t first, pixels; /* of an image those that are computed: whole rows */
    gemm_tiling cut;
} gemm_i16_run;

static void gemm_i16_cut(const nn_step *step, int threads, gemm_tiling *cut)
{
    const i16_gemm *w = step->data;
    int64_t block = BLOCK_NUMBERS / (2 * w->pairs) / 12 * 12;
    gemm_tiling_for(w->images, region_area(&step->region), 2 * w->pairs, w->n, NN_I16_LANES,
                    block < 48 ? 48 : block, threads, cut);
}

/* Floats: scaled, and finished with what is added. */
static void multiply_floats(const gemm_i16_run *r, int64_t image, int64_t pixel, int64_t column,
                            float *scale, nn_gemm_i16 *g)
{
    const i16_gemm *w = r->w;
    const nn_tensor *tensors = r->s->program->tensor;
    const float norm = *session_squares(r->s, r->step->input[0], image);
    g->floats = (int)(w->floats - column < g->n ? w->floats - column : g->n);
    g->weighed = g->floats;
    for (int64_t i = 0; i < w->blocks; i++)
        for (int o = 0; o < g->floats; o++)
            scale[i * r->cut.width + o] = w->scale[i * w->floats + column + o] * norm;
    g->f_stride = tensors[r->step->output].pitch;
    g->f = session_data(r->s, r->step->output) + pixel * g->f_stride + column;
    if (w->residual >= 0) {
        int from = r->step->input[w->residual];
        g->residual_stride = tensors[from].pitch;
        g->residual = session_data(r->s, from) + pixel * g->residual_stride + column;
    }
    i16_multiply(r->s->program->kernels_i16, w, column, scale, r->cut.width,
                 w->pairs * 2 * w->n > STREAM_NUMBERS, g);
}

/* To expanded channels, for a later step. */
static void multiply_halves(const gemm_i16_run *r, int64_t pixel, int64_t column, nn_gemm_i16 *g)
{
    const i16_gemm *w = r->w;
    g->pairs = (int)w->pairs;
    g->b = w->weights + nn_i16_packed(w->pairs, column);
    if (w->pairs * 2 * w->n > STREAM_NUMBERS) g->next = g->b + nn_i16_packed(w->pairs, g->n);
    g->c_stride = r->s->program->tensor[r->step->output].pitch;
    g->c = (int16_t *)session_data(r->s, r->step->output) + pixel * g->c_stride + column;
    r->s->program->kernels_i16->gemm(g);
}

static void gemm_i16_task(void *argument, int index, int worker)
{
    const gemm_i16_run *r = argument;
    const i16_gemm *w = r->w;
    const nn_tensor *tensors = r->s->program->tensor;
    int64_t image = index / r->cut.columns / r->cut.blocks,
            column = index % r->cut.columns * r->cut.width;
    int64_t pixel = index / r->cut.columns % r->cut.blocks * r->cut.block;
    int64_t count = r->pixels - pixel < r->cut.block ? r->pixels - pixel : r->cut.block;
    int from = r->step->input[0];
    pixel += image * w->pixels + r->first;
    nn_gemm_i16 g = {.rows = 1,
                     .m = (int)count,
                     .n = (int)(w->n - column < r->cut.width ? w->n - column : r->cut.width),
                     .relu = w->relu,
                     .a_stride = tensors[from].pitch,
                     .start = w->start + column};
    g.a = (const int16_t *)session_data(r->s, from) + pixel * g.a_stride;
    if (w->scale)
        multiply_floats(r, image, pixel, column, session_scratch(r->s, worker), &g);
    else
        multiply_halves(r, pixel, column, &g);
}

static void gemm_i16_step_run(const nn_step *step, struct nn_session *s)
{
    const i16_gemm *w = step->data;
    gemm_i16_run r = {.w = w,
                      .step = step,
                      .s = s,
                      .first = step->region.y0 * step->region.x1,
                      .pixels = region_area(&step->region)};
    gemm_i16_cut(step, s->threads, &r.cut);
    thread_pool_run(s->pool, (int)(w->images * r.cut.blocks * r.cut.columns), gemm_i16_task, &r);
    for (int64_t i = 0; !w->scale && i < w->images; i++)
        *session_squares(s, step->output, i) = *session_squares(s, step->input[0], i);
}

static int64_t gemm_i16_scratch(const nn_step *step, int threads)
{
    const i16_gemm *w = step->data;
    gemm_tiling cut;
    gemm_i16_cut(step, threads, &cut);
    return w->scale ? w->blocks * cut.width : 0;
}

static bool gemm_i16_limit(nn_program *p, const nn_step *step)
{
    nn_tensor *t = &p->tensor[step->output];
    t->region.x0 = 0;
    t->region.x1 = t->shape.dim[3];
    for (int i = 0; i < step->n_inputs; i++)
        region_include(&p->tensor[step->input[i]], &t->region);
    return true;
}

const nn_step_class gemm_i16_class = {"product, 16 bits", gemm_i16_step_run, gemm_i16_scratch,
                                      gemm_i16_limit};
