/* engine/ops/ir_channels.c - the front of an inverted residual over blocks of hidden channels.
 *
 * A task expands a whole image into a few of the hidden channels, with a border of zeros, and takes
 * the depthwise convolution of them: hidden channels do not mix until the projection, which is a
 * step of its own. Each weight is read once, and nothing is computed twice.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/conv.h"
#include "engine/ops/inverted_residual.h"

#include <string.h>

#define BLOCK_FLOATS 57344 /* 224 KiB of scratch for a task */
#define MAX_PIXELS 1024    /* of an image: it is read once for each block, from L3 if not from L2 */

typedef struct channels_run {
    const ir_step *q;
    const nn_step *step;
    const struct nn_session *s;
    const nn_kernels *kernels;
    int64_t width, blocks;
} channels_run;

/* Floats of scratch for each channel of a block. */
static int64_t floats_a_channel(const ir_step *q)
{
    int64_t floats = (q->height + 2) * (q->width + 2);
    if (q->low.input >= 0) floats += q->low_height * q->low_width + q->height * q->low_width;
    return floats;
}

bool ir_channels_fit(const ir_step *q)
{
    return q->height * q->width <= MAX_PIXELS && floats_a_channel(q) * 2 * q->lanes <= BLOCK_FLOATS;
}

/* Channels in a block: as many as fit, in whole panels, and enough blocks for all threads. */
static int64_t block_width(const ir_step *q, int threads)
{
    int64_t panel = 2 * q->lanes, width = BLOCK_FLOATS / floats_a_channel(q) / panel * panel;
    if (threads > 1) {
        int64_t share = round_up((q->hidden * q->images + threads * 4 - 1) / (threads * 4), panel);
        if (width > share) width = share;
    }
    if (width < panel) width = panel;
    return width < q->hidden ? width : round_up(q->hidden, panel);
}

static int64_t channels_scratch(const nn_step *step, int threads)
{
    const ir_step *q = step->data;
    return floats_a_channel(q) * block_width(q, threads) + 64;
}

/* One part of the expansion for channels [c, c + n), K_BLOCK products at a time. `g` says where the
 * sums go and what finishes them. */
static void multiply(const channels_run *r, const ir_gemm *part, int64_t image, int64_t height,
                     int64_t width, int64_t c, nn_gemm *g, const nn_gemm *finish)
{
    int from = r->step->input[part->input];
    int64_t pitch = r->s->program->tensor[from].pitch;
    const float *a = session_data(r->s, from) + image * height * width * pitch;
    int64_t pieces = (part->k + CONV_K_BLOCK - 1) / CONV_K_BLOCK;
    g->a_stride = pitch;
    g->a_row = width * pitch;
    g->b = part->weights + c * part->k;
    g->panel_stride = part->k * 2 * r->kernels->lanes;
    for (int64_t piece = 0; piece < pieces; piece++) {
        g->first = (int)(part->k * piece / pieces);
        g->k = (int)(part->k * (piece + 1) / pieces) - g->first;
        g->a = a + g->first;
        g->next = g->b +
                  (piece + 1 < pieces ? (g->first + g->k) * 2 * r->kernels->lanes : g->n * part->k);
        if (finish && piece == pieces - 1) {
            g->activation = finish->activation;
            g->tap = finish->tap;
            g->low = finish->low;
            g->low_stride = finish->low_stride;
            g->low_row = finish->low_row;
            g->residual = finish->residual;
            g->residual_stride = finish->residual_stride;
            g->residual_row = finish->residual_row;
        }
        r->kernels->gemm(g);
        g->bias = NULL;
    }
}

/* An expansion that has no part of its own left to multiply. */
static void finish_only(const channels_run *r, const nn_gemm *g, const nn_gemm *finish)
{
    nn_gemm all = *finish;
    all.rows = g->rows;
    all.m = g->m;
    all.n = g->n;
    all.lanes = g->lanes;
    all.bias = g->bias;
    all.c = g->c;
    all.c_stride = g->c_stride;
    all.c_row = g->c_row;
    r->kernels->gemm(&all);
}

/* The enlarged part for channels [c, c + n): expanded at low resolution, then all rows interpolated
 * vertically into `blended` [H, LW, n]. */
static void blend_rows(const channels_run *r, int64_t image, int64_t c, int64_t n, float *low,
                       float *blended)
{
    const ir_step *q = r->q;
    nn_gemm g = {.rows = (int)q->low_height,
                 .m = (int)q->low_width,
                 .n = (int)n,
                 .lanes = r->kernels->lanes,
                 .bias = q->no_bias,
                 .c = low,
                 .c_stride = n,
                 .c_row = q->low_width * n};
    multiply(r, &q->low, image, q->low_height, q->low_width, c, &g, NULL);
    for (int64_t y = 0; y < q->height; y++) {
        const nn_tap *tap = &q->row_tap[y];
        r->kernels->blend(blended + y * g.c_row, low + tap->at[0] * g.c_row,
                          low + tap->at[1] * g.c_row, tap->weight[0], tap->weight[1],
                          (int)q->low_width, (int)n, n);
    }
}

void ir_clear_border(const ir_step *q, void *hidden, size_t pixel)
{
    char *at = hidden;
    size_t row = (size_t)(q->width + 2) * pixel;
    memset(at, 0, row);
    memset(at + (size_t)(q->height + 1) * row, 0, row);
    for (int64_t y = 1; y <= q->height; y++) {
        memset(at + (size_t)y * row, 0, pixel);
        memset(at + (size_t)(y + 1) * row - pixel, 0, pixel);
    }
}

static void depthwise_rows(const channels_run *r, int64_t image, int64_t c, int64_t n,
                           const float *hidden)
{
    const ir_step *q = r->q;
    int64_t row = (q->width + 2) * n;
    float *out =
        session_data(r->s, r->step->output) + image * q->out_height * q->out_width * q->hidden + c;
    nn_depthwise d = {.m = (int)q->out_width,
                      .n = (int)n,
                      .step = (int)q->stride[1],
                      .lanes = r->kernels->lanes,
                      .stride = n,
                      .weights = q->depthwise_weights + 10 * c,
                      .out_stride = q->hidden,
                      .activation = q->depthwise_activation};
    if (d.activation.slope) d.activation.slope += c;
    for (int64_t y = 0; y < q->out_height; y++) {
        for (int i = 0; i < 3; i++)
            d.row[i] = hidden + (y * q->stride[0] + i) * row;
        d.out = out + y * q->out_width * q->hidden;
        r->kernels->depthwise(&d);
    }
}

static void channels_task(void *argument, int index, int worker)
{
    const channels_run *r = argument;
    const ir_step *q = r->q;
    int64_t image = index % q->images, c = index / q->images * r->width;
    int64_t n = q->hidden - c < r->width ? q->hidden - c : r->width, row = (q->width + 2) * n;
    float *hidden = session_scratch(r->s, worker);
    float *low = hidden + (q->height + 2) * row;
    nn_gemm finish = {.activation = q->expand_activation};
    if (finish.activation.slope) finish.activation.slope += c;
    if (q->low.input >= 0) {
        float *blended = low + q->low_height * q->low_width * n;
        blend_rows(r, image, c, n, low, blended);
        finish.tap = q->column_tap;
        finish.low = blended;
        finish.low_stride = n;
        finish.low_row = q->low_width * n;
    }
    if (q->ready >= 0) {
        finish.residual = session_data(r->s, r->step->input[q->ready]) +
                          image * q->height * q->width * q->hidden + c;
        finish.residual_stride = q->hidden;
        finish.residual_row = q->width * q->hidden;
    }
    ir_clear_border(q, hidden, (size_t)n * sizeof *hidden);
    nn_gemm g = {.rows = (int)q->height,
                 .m = (int)q->width,
                 .n = (int)n,
                 .lanes = r->kernels->lanes,
                 .bias = q->expand_bias + c,
                 .c = hidden + row + n,
                 .c_stride = n,
                 .c_row = row};
    for (int i = 0; i < q->n_parts; i++)
        multiply(r, &q->part[i], image, q->height, q->width, c, &g,
                 i == q->n_parts - 1 ? &finish : NULL);
    if (q->n_parts == 0) finish_only(r, &g, &finish);
    depthwise_rows(r, image, c, n, hidden);
}

static void channels_step_run(const nn_step *step, struct nn_session *s)
{
    channels_run r = {.q = step->data, .step = step, .s = s, .kernels = s->program->kernels};
    r.width = block_width(r.q, s->threads);
    r.blocks = (r.q->hidden + r.width - 1) / r.width;
    thread_pool_run(s->pool, (int)(r.blocks * r.q->images), channels_task, &r);
}

const nn_step_class ir_channels_class = {"inverted residual, channels", channels_step_run,
                                         channels_scratch};
