/* engine/ops/conv_taps.c - dense convolution tap by tap, for kernels over many channels.
 *
 * For one tap, the output pixels whose input pixel exists form a rectangle, and their sums grow by
 * A[rectangle, C] x B[tap]: nothing is gathered, and products with padding are never computed (they
 * are a third of a 3x3 convolution with padding 3 from 16x16 to 10x10). Images side by side take
 * the place of neighbouring pixels when the rows are short. Tasks are images (or all of them) x
 * blocks of channels.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/conv.h"

typedef struct taps_run {
    const conv_step *q;
    const nn_step *step;
    const struct nn_session *s;
    const nn_kernels *kernels;
    bool across;            /* m counts images, rows count pixels of a row */
    int64_t groups;         /* tasks along the images */
    int64_t width, columns; /* channels in a block, how many */
} taps_run;

/* Adds the products of one tap and one slice of channels to the sums of images [image, image +
 * count). */
static void add_tap(const taps_run *r, nn_gemm *g, int64_t tap, int64_t image, int64_t count,
                    int64_t column)
{
    const conv_step *q = r->q;
    conv_rectangle at;
    if (!conv_tap_rectangle(q, tap, &at)) return;
    int64_t pitch = r->s->program->tensor[r->step->input[0]].pitch;
    int64_t in_row = q->width * pitch, out_row = q->out_width * q->padded;
    const float *a = session_data(r->s, r->step->input[0]) +
                     (image * q->height + at.y_in) * in_row + at.x_in * pitch +
                     g->first % q->channels;
    float *c = session_data(r->s, r->step->output) + (image * q->out_height + at.y0) * out_row +
               at.x0 * q->padded + column;
    g->a = a;
    g->c = c;
    if (!r->across) {
        g->rows = (int)(at.y1 - at.y0);
        g->m = (int)(at.x1 - at.x0);
        g->a_stride = q->stride[1] * pitch;
        g->a_row = q->stride[0] * in_row;
        g->c_stride = q->padded;
        g->c_row = out_row;
        r->kernels->gemm(g);
        return;
    }
    g->rows = (int)(at.x1 - at.x0);
    g->m = (int)count;
    g->a_stride = q->height * in_row;
    g->a_row = q->stride[1] * pitch;
    g->c_stride = q->out_height * out_row;
    g->c_row = q->padded;
    for (int64_t y = at.y0; y < at.y1; y++, g->a += q->stride[0] * in_row, g->c += out_row)
        r->kernels->gemm(g);
}

/* All output pixels of the images, as they lie: bias in, or residual and activation on. */
static nn_gemm whole(const taps_run *r, int64_t image, int64_t count, int64_t column, int64_t width)
{
    const conv_step *q = r->q;
    int64_t area = q->out_height * q->out_width;
    float *c = session_data(r->s, r->step->output) + image * area * q->padded + column;
    return (nn_gemm){.rows = 1,
                     .m = (int)(count * area),
                     .n = (int)width,
                     .lanes = r->kernels->lanes,
                     .a = c,
                     .b = q->part[0].weights,
                     .c = c,
                     .c_stride = q->padded};
}

static void taps_task(void *argument, int index, int worker)
{
    const taps_run *r = argument;
    const conv_step *q = r->q;
    int64_t group = index / r->columns, column = index % r->columns * r->width;
    int64_t image = q->images * group / r->groups, end = q->images * (group + 1) / r->groups;
    int64_t width = q->padded - column < r->width ? q->padded - column : r->width;
    int64_t area = q->out_height * q->out_width,
            pieces = (q->channels + CONV_K_BLOCK - 1) / CONV_K_BLOCK;
    nn_gemm g = whole(r, image, end - image, column, width);
    g.bias = q->bias + column;
    r->kernels->gemm(&g);
    g = (nn_gemm){.n = (int)width,
                  .lanes = r->kernels->lanes,
                  .b = q->part[0].weights + column * q->part[0].k,
                  .panel_stride = q->part[0].k * 2 * r->kernels->lanes};
    for (int64_t tap = 0; tap < q->kernel[0] * q->kernel[1]; tap++)
        for (int64_t piece = 0; piece < pieces; piece++) {
            int64_t first = q->channels * piece / pieces;
            g.first = (int)(tap * q->channels + first);
            g.k = (int)(q->channels * (piece + 1) / pieces - first);
            g.next = g.b + (g.first + g.k) * 2 * r->kernels->lanes;
            if (r->across)
                add_tap(r, &g, tap, image, end - image, column);
            else
                for (int64_t n = image; n < end; n++)
                    add_tap(r, &g, tap, n, 1, column);
        }
    if (q->residual < 0 && q->activation.kind == NN_ACTIVATION_NONE) return;
    g = whole(r, image, end - image, column, width);
    conv_finish(q, r->step, r->s, image * area, column, &g);
    r->kernels->gemm(&g);
}

static void taps_step_run(const nn_step *step, struct nn_session *s)
{
    const conv_step *q = step->data;
    taps_run r = {.q = q, .step = step, .s = s, .kernels = s->program->kernels};
    int64_t tasks = s->threads > 1 ? s->threads * 4 : 1, panel = 2 * r.kernels->lanes;
    int64_t panels = (q->padded + panel - 1) / panel;
    r.across = q->out_width < r.kernels->tile && q->images > q->out_width;
    r.columns = tasks < panels ? tasks : panels;
    r.width = (panels + r.columns - 1) / r.columns * panel;
    r.columns = (q->padded + r.width - 1) / r.width;
    r.groups = (tasks + r.columns - 1) / r.columns;
    if (r.groups > q->images) r.groups = q->images;
    if (r.across && r.groups > q->images / r.kernels->tile) r.groups = q->images / r.kernels->tile;
    if (r.groups < 1) r.groups = 1;
    thread_pool_run(s->pool, (int)(r.groups * r.columns), taps_task, &r);
}

const nn_step_class conv_taps_class = {"conv, tap by tap", taps_step_run, NULL};
