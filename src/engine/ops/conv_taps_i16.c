/* engine/ops/conv_taps_i16.c - dense convolution tap by tap in 16 bits (see conv_taps.c).
 *
 * The sums of one tap over the channels are whole numbers; over the taps they are added up in
 * float32, where the result lies.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16.h"

typedef struct conv_taps_i16_run {
    const conv_taps_i16_step *w;
    const conv_step *q;
    const nn_step *step;
    const struct nn_session *s;
    int64_t width, columns; /* channels in a block, how many */
} conv_taps_i16_run;

/* Channels [column, column + width) of one image. */
typedef struct conv_taps_i16_block {
    const conv_taps_i16_run *r;
    int64_t image, column, width;
    float *scale, *zeros; /* [width] */
    float *out;           /* channel `column` of the image's first pixel */
    int64_t pitch;        /* of its pixels */
} conv_taps_i16_block;

/* Adds the products of one tap to the sums of the output pixels whose input pixel exists. */
static void add_tap(const conv_taps_i16_block *b, int64_t tap)
{
    const conv_taps_i16_run *r = b->r;
    const conv_step *q = r->q;
    conv_rectangle at;
    if (!conv_tap_rectangle(q, tap, &at)) return;
    int from = r->step->input[0];
    int64_t in_pitch = r->s->program->tensor[from].pitch, in_row = q->width * in_pitch;
    size_t tap_weights = nn_i16_packed(r->w->pairs, r->w->n);
    nn_gemm_i16 g = {.rows = (int)(at.y1 - at.y0),
                     .m = (int)(at.x1 - at.x0),
                     .n = (int)b->width,
                     .pairs = (int)r->w->pairs,
                     .a = (const int16_t *)session_data(r->s, from) +
                          (b->image * q->height + at.y_in) * in_row + at.x_in * in_pitch,
                     .a_stride = q->stride[1] * in_pitch,
                     .a_row = q->stride[0] * in_row,
                     .b = r->w->weights + (size_t)tap * tap_weights +
                          nn_i16_packed(r->w->pairs, b->column),
                     .start = r->w->start,
                     .f = b->out + (at.y0 * q->out_width + at.x0) * b->pitch,
                     .floats = (int)b->width,
                     .f_stride = b->pitch,
                     .f_row = q->out_width * b->pitch,
                     .scale = b->scale,
                     .bias = b->zeros};
    g.next = g.b + tap_weights;
    g.residual = g.f;
    g.residual_stride = g.f_stride;
    g.residual_row = g.f_row;
    if (g.floats > q->padded - b->column) g.floats = (int)(q->padded - b->column);
    g.weighed = g.floats;
    r->s->program->kernels_i16->gemm(&g);
}

static void conv_taps_i16_task(void *argument, int index, int worker)
{
    const conv_taps_i16_run *r = argument;
    const conv_step *q = r->q;
    int64_t area = q->out_height * q->out_width;
    conv_taps_i16_block b = {.r = r,
                             .image = index / r->columns,
                             .column = index % r->columns * r->width,
                             .scale = session_scratch(r->s, worker),
                             .pitch = r->s->program->tensor[r->step->output].pitch};
    b.width = r->w->n - b.column < r->width ? r->w->n - b.column : r->width;
    b.zeros = b.scale + r->width;
    b.out = session_data(r->s, r->step->output) + b.image * area * b.pitch + b.column;
    float norm = *session_squares(r->s, r->step->input[0], b.image);
    int64_t channels = q->padded - b.column < b.width ? q->padded - b.column : b.width;
    for (int64_t c = 0; c < channels; c++) {
        b.scale[c] = r->w->scale[b.column + c] * norm;
        b.zeros[c] = 0;
    }
    for (int64_t i = 0; i < area; i++)
        for (int64_t c = 0; c < channels; c++)
            b.out[i * b.pitch + c] = q->bias[b.column + c];
    for (int64_t tap = 0; tap < q->kernel[0] * q->kernel[1]; tap++)
        add_tap(&b, tap);
    for (int64_t i = 0; q->activation.kind == NN_ACTIVATION_RELU && i < area; i++)
        for (int64_t c = 0; c < channels; c++)
            if (b.out[i * b.pitch + c] < 0) b.out[i * b.pitch + c] = 0;
}

/* Blocks of whole panels, enough for all threads. */
static int64_t block_width(const conv_taps_i16_step *w, int threads)
{
    int64_t panels = w->n / NN_I16_LANES, tasks = threads > 1 ? threads * 4 : 1;
    if (tasks > panels) tasks = panels;
    return (panels + tasks - 1) / tasks * NN_I16_LANES;
}

static void conv_taps_i16_step_run(const nn_step *step, struct nn_session *s)
{
    const conv_taps_i16_step *w = step->data;
    conv_taps_i16_run r = {.w = w, .q = w->q, .step = step, .s = s};
    r.width = block_width(w, s->threads);
    r.columns = (w->n + r.width - 1) / r.width;
    thread_pool_run(s->pool, (int)(w->q->images * r.columns), conv_taps_i16_task, &r);
}

static int64_t conv_taps_i16_scratch(const nn_step *step, int threads)
{
    return 2 * block_width(step->data, threads);
}

const nn_step_class conv_taps_i16_class = {"conv, tap by tap, 16 bits", conv_taps_i16_step_run,
                                           conv_taps_i16_scratch};
