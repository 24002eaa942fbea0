/* engine/ops/ir_channels_i16.c - the front of an inverted residual in 16 bits over blocks of hidden
 * channels (see ir_channels.c).
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16.h"

#define BLOCK_NUMBERS 114688 /* 224 KiB of scratch for a task */

typedef struct ir_channels_i16_run {
    const i16_front *f;
    const ir_step *q;
    const nn_step *step;
    const struct nn_session *s;
    const nn_kernels_i16 *kernels;
    int64_t width, blocks;
} ir_channels_i16_run;

/* Numbers of scratch for each channel of a block: pixels, and the two biases. */
static int64_t numbers_a_channel(const i16_front *f)
{
    const ir_step *q = f->q;
    int64_t numbers = (q->height + 2) * (q->width + 2) + 4;
    if (f->low_input >= 0) numbers += q->low_height * q->low_width + q->height * q->low_width;
    return numbers;
}

/* Channels in a block: as many as fit, in whole panels, and enough blocks for all threads. */
static int64_t block_width(const i16_front *f, int threads)
{
    int64_t panel = NN_I16_LANES, width = BLOCK_NUMBERS / numbers_a_channel(f) / panel * panel;
    if (threads > 1) {
        int64_t share = f->hidden * f->q->images / (threads * 4) / panel * panel;
        if (width > share) width = share;
    }
    if (width < panel) width = panel;
    return width < f->hidden ? width : f->hidden;
}

static int64_t ir_channels_i16_scratch(const nn_step *step, int threads)
{
    const i16_front *f = step->data;
    return numbers_a_channel(f) * block_width(f, threads) / 2 + 64;
}

/* Products of all pixels of [height, width] of an input with channels [c, c + g->n). */
static void read_gemm(const ir_channels_i16_run *r, int input, int64_t image, int64_t height,
                      int64_t width, const int16_t *weights, int64_t pairs, int64_t c,
                      nn_gemm_i16 *g)
{
    g->rows = (int)height;
    g->m = (int)width;
    g->pairs = (int)pairs;
    if (input < 0) return;
    int from = r->step->input[input];
    g->a_stride = r->s->program->tensor[from].pitch;
    g->a_row = width * g->a_stride;
    g->a = (const int16_t *)session_data(r->s, from) + image * height * g->a_row;
    g->b = weights + nn_i16_packed(pairs, c);
    g->next = g->b + nn_i16_packed(pairs, g->n);
}

/* The enlarged part for channels [c, c + n): expanded at low resolution, then all rows interpolated
 * vertically into `blended` [H, LW, n]. */
static void blend_rows(const ir_channels_i16_run *r, int64_t image, int64_t c, int64_t n,
                       int16_t *low, int16_t *blended)
{
    const i16_front *f = r->f;
    const ir_step *q = r->q;
    nn_gemm_i16 g = {
        .n = (int)n, .start = f->half + c, .c = low, .c_stride = n, .c_row = q->low_width * n};
    read_gemm(r, f->low_input, image, q->low_height, q->low_width, f->low_weights, f->low_pairs, c,
              &g);
    r->kernels->gemm(&g);
    for (int64_t y = 0; y < q->height; y++) {
        const nn_tap_i16 *tap = &f->row_tap[y];
        r->kernels->blend(blended + y * g.c_row, low + tap->at[0] * g.c_row,
                          low + tap->at[1] * g.c_row, tap->weight[0][0], tap->weight[1][0],
                          (int)q->low_width, (int)n, n);
    }
}

static void depthwise_rows(const ir_channels_i16_run *r, int64_t image, int64_t c, int64_t n,
                           const int16_t *hidden, float norm, int32_t *bias)
{
    const ir_step *q = r->q;
    int64_t row = (q->width + 2) * n, pitch = r->s->program->tensor[r->step->output].pitch;
    int16_t *out = (int16_t *)session_data(r->s, r->step->output) +
                   image * q->out_height * q->out_width * pitch + c;
    i16_depthwise_bias(r->f, norm, c, n, bias);
    nn_depthwise_i16 d = {.m = (int)q->out_width,
                          .n = (int)n,
                          .step = (int)q->stride[1],
                          .stride = n,
                          .weights = r->f->depthwise + NN_I16_TAPS * c,
                          .bias = bias,
                          .out_stride = pitch};
    for (int64_t y = 0; y < q->out_height; y++) {
        for (int i = 0; i < 3; i++)
            d.row[i] = hidden + (y * q->stride[0] + i) * row;
        d.out = out + y * q->out_width * pitch;
        r->kernels->depthwise(&d);
    }
}

/* What else goes into the expansion of an image's channels [c, ..): kept sums, the enlarged part.
 */
static void add_others(const ir_channels_i16_run *r, int64_t image, int64_t c, int64_t n,
                       const int16_t *blended, float norm, nn_gemm_i16 *g)
{
    const ir_step *q = r->q;
    if (r->f->ready_input >= 0) {
        int from = r->step->input[r->f->ready_input];
        g->ready_stride = r->s->program->tensor[from].pitch;
        g->ready_row = q->width * g->ready_stride;
        g->ready = (const int16_t *)session_data(r->s, from) + image * q->height * g->ready_row + c;
        g->ready_factor = i16_weight((double)(*session_squares(r->s, from, image) / norm));
    }
    if (r->f->low_input < 0) return;
    g->tap = r->f->column_tap;
    g->low = blended;
    g->low_stride = n;
    g->low_row = q->low_width * n;
}

static void ir_channels_i16_task(void *argument, int index, int worker)
{
    const ir_channels_i16_run *r = argument;
    const i16_front *f = r->f;
    const ir_step *q = r->q;
    int64_t image = index % q->images, c = index / q->images * r->width;
    int64_t n = f->hidden - c < r->width ? f->hidden - c : r->width, row = (q->width + 2) * n;
    int32_t *start = (int32_t *)(void *)session_scratch(r->s, worker);
    int32_t *bias = start + n;
    int16_t *hidden = (int16_t *)(bias + n);
    int16_t *low = hidden + (q->height + 2) * row;
    int16_t *blended = low + q->low_height * q->low_width * n;
    float norm = *session_squares(r->s, r->step->output, image);
    if (f->low_input >= 0) blend_rows(r, image, c, n, low, blended);
    ir_clear_border(q, hidden, (size_t)n * sizeof *hidden);
    i16_expand_bias(f, norm, c, n, start);
    nn_gemm_i16 g = {.n = (int)n,
                     .relu = true,
                     .start = start,
                     .c = hidden + row + n,
                     .c_stride = n,
                     .c_row = row};
    read_gemm(r, f->a_input, image, q->height, q->width, f->expand, f->pairs, c, &g);
    add_others(r, image, c, n, blended, norm, &g);
    r->kernels->gemm(&g);
    depthwise_rows(r, image, c, n, hidden, norm, bias);
}

static void ir_channels_i16_step_run(const nn_step *step, struct nn_session *s)
{
    const i16_front *f = step->data;
    ir_channels_i16_run r = {
        .f = f, .q = f->q, .step = step, .s = s, .kernels = s->program->kernels_i16};
    for (int64_t i = 0; i < r.q->images; i++)
        *session_squares(s, step->output, i) = i16_norm(s, step, &f->range, i);
    r.width = block_width(f, s->threads);
    r.blocks = (f->hidden + r.width - 1) / r.width;
    thread_pool_run(s->pool, (int)(r.blocks * r.q->images), ir_channels_i16_task, &r);
}

const nn_step_class ir_channels_i16_class = {"inverted residual, channels, 16 bits",
                                             ir_channels_i16_step_run, ir_channels_i16_scratch};
