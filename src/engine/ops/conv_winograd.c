/* engine/ops/conv_winograd.c - dense convolution with fewer products, after Winograd.
 *
 * F(2x2, 3x3): a tile of 2x2 output pixels takes 16 products a pair of channels in place of 36.
 * Where only the columns are neighbours (a stride between rows) F(2, 3) along the rows takes 4 in
 * place of 6, and the rows of the kernel lie one behind the other in the sum. kernels.h has the
 * formulas. The factors of these two are 1 and 1/2, so that they round no worse than a direct
 * convolution; larger tiles have larger factors, and are left alone.
 *
 * The tiles of all images are one list; a task is a block of them. It makes all positions of its
 * block, V [position][tile][depth], which stay in L2. Then, a panel of output channels after the
 * other, V times the weights of each position gives the sums [position][tile][panel], and the
 * output pixels are made of them at once. Panels of weights are read once a block. While products
 * are computed, the pixels that will be written, added and read next are fetched.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/conv.h"

#define BLOCK_FLOATS 49152   /* of V: 192 KiB, which leaves L2 room for weights */
#define MAX_TILES 48         /* of a block */
#define MIN_TILES 24         /* fewer do not keep the multipliers busy while weights come in */
#define STREAM_FLOATS 262144 /* of weights: more come from memory, and are fetched rather */
#define APART 16             /* floats between positions: not the same L1 sets */

typedef struct winograd_run {
    const conv_step *q;
    const nn_step *step;
    const struct nn_session *s;
    const nn_kernels *kernels;
    int64_t columns, rows;        /* tiles of an image */
    int64_t tiles, block, blocks; /* of all images, in a task, tasks */
    int64_t in_position, out_position;
} winograd_run;

/* A part of a row of tiles. */
typedef struct winograd_span {
    int64_t image, row, column, count;
} winograd_span;

/* How the work is cut for `threads` workers. */
static void winograd_cut(const conv_step *q, int threads, winograd_run *r)
{
    int64_t most = BLOCK_FLOATS / (q->positions * q->depth);
    if (most < MIN_TILES) most = MIN_TILES;
    if (most > MAX_TILES) most = MAX_TILES;
    r->columns = (q->out_width + 1) / 2;
    r->rows = q->positions == 4 ? q->out_height : (q->out_height + 1) / 2;
    r->tiles = q->images * r->rows * r->columns;
    r->blocks = round_up((r->tiles + most - 1) / most, threads);
    r->block = (r->tiles + r->blocks - 1) / r->blocks;
    r->blocks = (r->tiles + r->block - 1) / r->block;
    r->in_position = r->block * q->depth + APART;
    r->out_position = r->block * 2 * q->lanes + APART;
}

static winograd_span span_at(const winograd_run *r, int64_t tile, int64_t end)
{
    int64_t row = tile / r->columns, column = tile % r->columns, left = r->columns - column;
    return (winograd_span){row / r->rows, row % r->rows, column,
                           left < end - tile ? left : end - tile};
}

/* Row `y` of the input from column `x` on, or from the first column that exists. */
static const float *input_row(const winograd_run *r, int64_t image, int64_t y, int64_t x,
                              ptrdiff_t *stride)
{
    const conv_step *q = r->q;
    *stride = 0;
    if (y < 0 || y >= q->height) return q->zeros;
    *stride = q->pitch;
    x = x < 0 ? 0 : x > q->width ? q->width : x;
    return session_data(r->s, r->step->input[0]) +
           ((image * q->height + y) * q->width + x) * q->pitch;
}

/* The positions of a span of tiles in one dimension: the rows under the kernel one by one. */
static void span_along_rows(const winograd_run *r, const winograd_span *t, nn_winograd_in *w)
{
    const conv_step *q = r->q;
    w->b = q->zeros;
    w->sign = 1;
    for (int64_t i = 0; i < q->kernel[0]; i++, w->out += q->pitch) {
        int64_t y = t->row * q->stride[0] + i * q->dilation[0] - q->pad[0];
        w->a = input_row(r, t->image, y, t->column * 2 - q->pad[1], &w->a_stride);
        r->kernels->winograd_in(w);
    }
}

/* In two dimensions: the positions along columns are sums or differences of two rows. */
static void span_both_ways(const winograd_run *r, const winograd_span *t, nn_winograd_in *w)
{
    static const struct {
        int a, b, sign;
    } position[4] = {{0, 2, -1}, {1, 2, 1}, {2, 1, -1}, {1, 3, -1}};
    int64_t y = t->row * 2 - r->q->pad[0], x = t->column * 2 - r->q->pad[1];
    for (int i = 0; i < 4; i++, w->out += 4 * w->position) {
        w->a = input_row(r, t->image, y + position[i].a, x, &w->a_stride);
        w->b = input_row(r, t->image, y + position[i].b, x, &w->b_stride);
        w->sign = (float)position[i].sign;
        r->kernels->winograd_in(w);
    }
}

static void transform_block(const winograd_run *r, int64_t tile, int64_t count, float *v)
{
    const conv_step *q = r->q;
    winograd_span t;
    for (int64_t done = 0; done < count; done += t.count) {
        t = span_at(r, tile + done, tile + count);
        int64_t x = t.column * 2 - q->pad[1];
        nn_winograd_in w = {.m = (int)t.count,
                            .n = (int)q->pitch,
                            .left = (int)(x < 0 ? -x : 0),
                            .right = (int)(q->width - x),
                            .out = v + done * q->depth,
                            .out_stride = q->depth,
                            .position = r->in_position};
        if (q->positions == 4)
            span_along_rows(r, &t, &w);
        else
            span_both_ways(r, &t, &w);
    }
}

/* Where a part of what belongs to tiles [tile, tile + count) lies, about. */
static const float *pixels_of(const winograd_run *r, int id, int64_t tile, int64_t count, int part,
                              int parts)
{
    const nn_tensor *t = &r->s->program->tensor[id];
    int64_t at = tile + count * part / parts;
    if (at >= r->tiles) at = r->tiles - 1;
    return session_data(r->s, id) + t->floats / t->pitch * at / r->tiles * t->pitch;
}

/* What to fetch during the products of position p: with the first panel what will be written and
 * added, with the others the input of the next block. */
static const float *fetch_next(const winograd_run *r, int64_t tile, int64_t count, int64_t column,
                               int p)
{
    const conv_step *q = r->q;
    int panel = (int)(column / (2 * q->lanes)), panels = (int)((q->padded - 1) / (2 * q->lanes));
    const int *input = r->step->input;
    if (panel > 0)
        return pixels_of(r, input[0], tile + count, count, (panel - 1) * q->positions + p,
                         panels * q->positions);
    if (q->residual < 0) return pixels_of(r, r->step->output, tile, count, p, q->positions);
    return pixels_of(r, p % 2 ? input[q->residual] : r->step->output, tile, count, p / 2,
                     q->positions / 2);
}

/* The sums of a panel of output channels. All outputs contain position 1 along each dimension once:
 * it carries the bias. */
static void multiply_panel(const winograd_run *r, const float *v, int64_t tile, int64_t count,
                           int64_t column, int64_t width, float *sums)
{
    const conv_step *q = r->q;
    int64_t k = q->part[0].k, pieces = (q->depth + CONV_K_BLOCK - 1) / CONV_K_BLOCK;
    nn_gemm g = {.rows = 1,
                 .m = (int)count,
                 .n = (int)width,
                 .lanes = q->lanes,
                 .a_stride = q->depth,
                 .b = q->part[0].weights + column * k,
                 .panel_stride = k * 2 * q->lanes,
                 .c_stride = width};
    for (int p = 0; p < q->positions; p++) {
        g.bias = p == (q->positions == 4 ? 1 : 5) ? q->bias + column : q->no_bias;
        g.c = sums + p * r->out_position;
        g.next = fetch_next(r, tile, count, column, p);
        for (int64_t piece = 0; piece < pieces; piece++) {
            int64_t first = q->depth * piece / pieces;
            g.a = v + p * r->in_position + first;
            g.first = (int)(p * q->depth + first);
            g.k = (int)(q->depth * (piece + 1) / pieces - first);
            if (k * q->padded > STREAM_FLOATS) g.next = g.b + (g.first + g.k) * width;
            r->kernels->gemm(&g);
            g.bias = NULL;
        }
    }
}

/* Where an output row of tiles begins, in a tensor of that shape. */
static float *output_row(const winograd_run *r, int id, int64_t image, int64_t y, int64_t x,
                         int64_t column)
{
    int64_t pixel = (image * r->q->out_height + y) * r->q->out_width + x;
    return session_data(r->s, id) + pixel * r->s->program->tensor[id].pitch + column;
}

static void finish_panel(const winograd_run *r, const float *sums, int64_t tile, int64_t count,
                         int64_t column, int64_t width)
{
    const conv_step *q = r->q;
    int height = q->positions == 4 ? 1 : 2, output = r->step->output;
    nn_winograd_out w = {.n = (int)width,
                         .along_rows = q->positions == 4,
                         .stride = width,
                         .position = r->out_position,
                         .out_stride = q->padded,
                         .activation = q->activation};
    if (w.activation.slope) w.activation.slope += column;
    int residual = q->residual < 0 ? -1 : r->step->input[q->residual];
    if (residual >= 0) w.residual_stride = r->s->program->tensor[residual].pitch;
    winograd_span t;
    for (int64_t done = 0; done < count; done += t.count) {
        t = span_at(r, tile + done, tile + count);
        int64_t x = t.column * 2, left = q->out_width - x;
        w.m = (int)t.count;
        w.columns = (int)(left < 2 * t.count ? left : 2 * t.count);
        w.sums = sums + done * width;
        for (int i = 0; i < height; i++) {
            int64_t y = t.row * height + i;
            bool exists = y < q->out_height;
            w.out[i] = exists ? output_row(r, output, t.image, y, x, column) : NULL;
            if (residual >= 0)
                w.residual[i] = exists ? output_row(r, residual, t.image, y, x, column) : NULL;
        }
        r->kernels->winograd_out(&w);
    }
}

static void winograd_task(void *argument, int index, int worker)
{
    const winograd_run *r = argument;
    const conv_step *q = r->q;
    int64_t tile = index * r->block, panel = 2 * q->lanes;
    int64_t count = r->tiles - tile < r->block ? r->tiles - tile : r->block;
    float *v = session_scratch(r->s, worker), *sums = v + q->positions * r->in_position;
    transform_block(r, tile, count, v);
    for (int64_t column = 0; column < q->padded; column += panel) {
        int64_t width = q->padded - column < panel ? q->padded - column : panel;
        multiply_panel(r, v, tile, count, column, width, sums);
        finish_panel(r, sums, tile, count, column, width);
    }
}

static void winograd_step_run(const nn_step *step, struct nn_session *s)
{
    winograd_run r = {.q = step->data, .step = step, .s = s, .kernels = s->program->kernels};
    winograd_cut(r.q, s->threads, &r);
    thread_pool_run(s->pool, (int)r.blocks, winograd_task, &r);
}

static int64_t winograd_scratch(const nn_step *step, int threads)
{
    const conv_step *q = step->data;
    winograd_run r = {0};
    winograd_cut(q, threads, &r);
    return q->positions * (r.in_position + r.out_position);
}

const nn_step_class conv_winograd_class = {"conv, Winograd", winograd_step_run, winograd_scratch};
