/* engine/ops/conv.c - dense convolution as a matrix product, [M, K] x [K, O] with all pixels of all
 * images as one long list.
 *
 * A 1x1 kernel reads its input where it lies. A larger one over few channels gathers the pixels
 * under its taps into a block of A first (im2col), a slice of K at a time, so that the block stays
 * in L2; over many channels, and for most 3x3 kernels, there are steps of their own (conv_taps.c,
 * conv_winograd.c). Tasks are blocks of pixels x blocks of channels.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/conv.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_FLOATS 24576    /* of A: 96 KiB, which leaves most of L2 to B and C */
#define STREAM_FLOATS 65536   /* of weights: more come from L3 or memory each time */
#define WORTH_SPLITTING 60000 /* multiply-adds: below, a task is not worth another thread */

typedef struct conv_run {
    const conv_step *q;
    const nn_step *step;
    const struct nn_session *s;
    const nn_kernels *kernels;
    int64_t first, end; /* of the pixels that are computed */
    gemm_tiling cut;
} conv_run;

/* Of a region, which has whole rows only, and not fewer of them where there are several images. */
static void conv_pixels(const nn_step *step, int64_t *first, int64_t *end)
{
    const conv_step *q = step->data;
    *first = step->region.y0 * q->out_width;
    *end = q->pixels - (q->out_height - step->region.y1) * q->out_width;
}

void conv_tap_range(const conv_step *q, int axis, int64_t tap, int64_t *first, int64_t *end)
{
    int64_t stride = q->stride[axis], in = axis ? q->width : q->height,
            out = axis ? q->out_width : q->out_height;
    int64_t shift = q->pad[axis] - tap * q->dilation[axis]; /* 0 <= o * stride - shift < in */
    *first = shift > 0 ? (shift + stride - 1) / stride : 0;
    int64_t beyond = in + shift; /* o * stride < beyond */
    *end = beyond > 0 ? (beyond + stride - 1) / stride : 0;
    if (*end > out) *end = out;
}

bool conv_tap_rectangle(const conv_step *q, int64_t tap, conv_rectangle *r)
{
    int64_t i = tap / q->kernel[1], j = tap % q->kernel[1];
    conv_tap_range(q, 0, i, &r->y0, &r->y1);
    conv_tap_range(q, 1, j, &r->x0, &r->x1);
    r->y_in = r->y0 * q->stride[0] + i * q->dilation[0] - q->pad[0];
    r->x_in = r->x0 * q->stride[1] + j * q->dilation[1] - q->pad[1];
    return r->y0 < r->y1 && r->x0 < r->x1;
}

void gemm_tiling_for(int64_t images, int64_t pixels, int64_t depth, int64_t n, int64_t panel,
                     int64_t block, int threads, gemm_tiling *cut)
{
    int64_t tasks = images * pixels * depth * n / WORTH_SPLITTING, panels = (n + panel - 1) / panel;
    if (tasks > threads * 4) tasks = threads * 4;
    if (threads == 1 || tasks < 1) tasks = 1;
    cut->blocks = (pixels + block - 1) / block;
    cut->block = (pixels + cut->blocks - 1) / cut->blocks;
    cut->columns = (tasks + images * cut->blocks - 1) / (images * cut->blocks);
    if (cut->columns > panels) cut->columns = panels;
    cut->width = (panels + cut->columns - 1) / cut->columns * panel;
    cut->columns = (n + cut->width - 1) / cut->width;
}

/* How the work is cut for `threads` workers. */
static void conv_cut(const nn_step *step, int threads, int lanes, gemm_tiling *cut)
{
    const conv_step *q = step->data;
    int64_t k = q->part[0].k < CONV_K_BLOCK ? q->part[0].k : CONV_K_BLOCK, total = 0, first, end;
    int64_t block = BLOCK_FLOATS / k / 12 * 12;
    for (int i = 0; i < q->n_parts; i++)
        total += q->part[i].k;
    conv_pixels(step, &first, &end);
    gemm_tiling_for(1, end - first, total, q->padded, 2 * lanes, block < 48 ? 48 : block, threads,
                    cut);
}

/* A[m, k - first] for pixels [pixel, pixel + count) and k in [first, first + length). */
static void gather(const conv_step *q, const float *x, int64_t pitch, int64_t pixel, int64_t count,
                   int64_t first, int64_t length, float *a)
{
    int64_t area = q->out_height * q->out_width;
    for (int64_t m = pixel; m < pixel + count; m++) {
        int64_t n = m / area, oy = m % area / q->out_width, ox = m % q->out_width;
        int64_t tap = first / q->channels, c = first % q->channels;
        for (int64_t left = length; left > 0; tap++, c = 0) {
            int64_t run = q->channels - c < left ? q->channels - c : left;
            int64_t y = oy * q->stride[0] + tap / q->kernel[1] * q->dilation[0] - q->pad[0];
            int64_t col = ox * q->stride[1] + tap % q->kernel[1] * q->dilation[1] - q->pad[1];
            if (y >= 0 && y < q->height && col >= 0 && col < q->width)
                memcpy(a, x + ((n * q->height + y) * q->width + col) * pitch + c,
                       (size_t)run * sizeof *a);
            else
                memset(a, 0, (size_t)run * sizeof *a);
            a += run;
            left -= run;
        }
    }
}

/* What channel k % C of the input contributes under tap k / C to a part of an output row, into a
 * column of A. */
static void gather_column(const conv_step *q, const float *x, int64_t image, int64_t oy, int64_t ox,
                          int64_t count, int64_t k, float *a)
{
    int64_t tap = k / q->channels, i = tap / q->kernel[1], j = tap % q->kernel[1];
    int64_t y = oy * q->stride[0] + i * q->dilation[0] - q->pad[0], depth = q->part[0].k;
    const float *plane = x + (image * q->channels + k % q->channels) * q->height * q->width;
    int64_t first, end, at = y * q->width + j * q->dilation[1] - q->pad[1];
    conv_tap_range(q, 1, j, &first, &end);
    if (y < 0 || y >= q->height) end = 0;
    for (int64_t o = ox; o < ox + count; o++, a += depth)
        *a = o >= first && o < end ? plane[at + o * q->stride[1]] : 0;
}

/* A[m, k] for pixels [pixel, pixel + count) from planes of channels. */
static void gather_planes(const conv_step *q, const float *x, int64_t pixel, int64_t count,
                          float *a)
{
    int64_t depth = q->part[0].k;
    for (int64_t done = 0, run; done < count; done += run) {
        int64_t row = (pixel + done) / q->out_width, ox = (pixel + done) % q->out_width;
        run = q->out_width - ox < count - done ? q->out_width - ox : count - done;
        for (int64_t k = 0; k < depth; k++)
            gather_column(q, x, row / q->out_height, row % q->out_height, ox, run, k,
                          a + done * depth + k);
    }
}

void scatter_planes(const nn_kernels *kernels, const float *c, int64_t pitch, int64_t count,
                    int64_t channels, bool sigmoid, float *y, int64_t area)
{
    for (int64_t o = 0; o < channels; o++) {
        float *plane = y + o * area;
        for (int64_t i = 0; i < count; i++)
            plane[i] = c[i * pitch + o];
        if (sigmoid) kernels->sigmoid(plane, (size_t)count);
    }
}

/* Pixels of several images -> planes of the caller's output. */
static void scatter(const conv_run *r, const float *c, int64_t pixel, int64_t count, int64_t first,
                    int64_t channels)
{
    const conv_step *q = r->q;
    float *y = session_data(r->s, r->step->output);
    int64_t area = q->out_height * q->out_width;
    for (int64_t done = 0; done < count;) {
        int64_t n = (pixel + done) / area, at = (pixel + done) % area;
        int64_t run = area - at < count - done ? area - at : count - done;
        scatter_planes(r->kernels, c + done * q->padded, q->padded, run, channels, q->sigmoid,
                       y + (n * q->outputs + first) * area + at, area);
        done += run;
    }
}

/* One part's products for a block, K_BLOCK of K at a time; `last`: finish the sums. */
static void multiply_part(const conv_run *r, nn_gemm *g, int i, int64_t pixel, int64_t column,
                          float *gathered)
{
    const conv_step *q = r->q;
    const nn_tensor *tensors = r->s->program->tensor;
    int64_t k = q->part[i].k, pitch = tensors[r->step->input[i]].pitch;
    const float *x = session_data(r->s, r->step->input[i]);
    int64_t pieces = (k + CONV_K_BLOCK - 1) / CONV_K_BLOCK;
    g->panel_stride = k * 2 * r->kernels->lanes;
    g->b = q->part[i].weights + column * k;
    for (int64_t piece = 0; piece < pieces; piece++) {
        int64_t first = k * piece / pieces;
        g->first = (int)first;
        g->k = (int)(k * (piece + 1) / pieces - first);
        if (k * q->padded > STREAM_FLOATS)
            g->next =
                g->b + (piece + 1 < pieces ? (first + g->k) * 2 * r->kernels->lanes : g->n * k);
        if (q->gathers) {
            if (q->plain_input)
                gather_planes(q, x, pixel, g->m, gathered);
            else
                gather(q, x, pitch, pixel, g->m, first, g->k, gathered);
            g->a = gathered;
            g->a_stride = g->k;
        } else {
            g->a = x + pixel * pitch + first;
            g->a_stride = pitch;
        }
        if (i == q->n_parts - 1 && piece == pieces - 1)
            conv_finish(q, r->step, r->s, pixel, column, g);
        r->kernels->gemm(g);
        g->bias = NULL;
    }
}

void conv_finish(const conv_step *q, const nn_step *step, const struct nn_session *s, int64_t pixel,
                 int64_t column, nn_gemm *g)
{
    g->activation = q->activation;
    if (g->activation.slope) g->activation.slope += column;
    if (q->residual < 0) return;
    g->residual_stride = s->program->tensor[step->input[q->residual]].pitch;
    g->residual = session_data(s, step->input[q->residual]) + pixel * g->residual_stride + column;
}

static void conv_task(void *argument, int index, int worker)
{
    const conv_run *r = argument;
    const conv_step *q = r->q;
    int64_t pixel = r->first + index / r->cut.columns * r->cut.block,
            column = index % r->cut.columns * r->cut.width;
    int64_t count = r->end - pixel < r->cut.block ? r->end - pixel : r->cut.block;
    int64_t width = q->padded - column < r->cut.width ? q->padded - column : r->cut.width;
    if (count <= 0) return;
    float *scratch = session_scratch(r->s, worker), *gathered = scratch;
    float *c = session_data(r->s, r->step->output) + pixel * q->padded;
    if (q->plain_output) {
        c = scratch;
        gathered += round_up(r->cut.block * q->padded, 16);
    }
    nn_gemm g = {.rows = 1,
                 .m = (int)count,
                 .n = (int)width,
                 .lanes = r->kernels->lanes,
                 .bias = q->bias + column,
                 .c = c + column,
                 .c_stride = q->padded};
    for (int i = 0; i < q->n_parts; i++)
        multiply_part(r, &g, i, pixel, column, gathered);
    if (q->plain_output && column < q->outputs)
        scatter(r, c + column, pixel, count, column,
                q->outputs - column < width ? q->outputs - column : width);
}

static void conv_step_run(const nn_step *step, struct nn_session *s)
{
    const conv_step *q = step->data;
    conv_run r = {.q = q, .step = step, .s = s, .kernels = s->program->kernels};
    conv_pixels(step, &r.first, &r.end);
    conv_cut(step, s->threads, r.kernels->lanes, &r.cut);
    thread_pool_run(s->pool, (int)(r.cut.blocks * r.cut.columns), conv_task, &r);
}

static int64_t conv_scratch(const nn_step *step, int threads)
{
    const conv_step *q = step->data;
    int64_t k = q->part[0].k < CONV_K_BLOCK ? q->part[0].k : CONV_K_BLOCK;
    gemm_tiling cut;
    conv_cut(step, threads, q->lanes, &cut);
    return round_up(cut.block * q->padded, 16) * q->plain_output + cut.block * k * q->gathers;
}

static bool conv_limit(nn_program *p, const nn_step *step)
{
    const conv_step *q = step->data;
    nn_region *out = &p->tensor[step->output].region;
    if (q->gathers || q->images != 1) return false;
    out->x0 = 0;
    out->x1 = q->out_width;
    for (int i = 0; i < step->n_inputs; i++)
        region_include(&p->tensor[step->input[i]], out);
    return true;
}

const nn_step_class conv_class = {"conv", conv_step_run, conv_scratch, conv_limit};
