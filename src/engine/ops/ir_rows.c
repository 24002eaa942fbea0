/* engine/ops/ir_rows.c - an inverted residual over strips of rows.
 *
 * A task is a strip of output rows, one column tile wide. It walks down the strip and keeps the
 * last three expanded rows in a ring; from them a row of the depthwise result is made, a few pixels
 * at a time so that they are still in L1 when the projection reads them. The rings are sized to
 * stay in L2. Strips and tiles recompute one expanded pixel all around.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/conv.h"
#include "engine/ops/i16.h"
#include "engine/ops/ir_strips.h"

#include <string.h>

#define OBSERVED 64 /* channels at once */

typedef struct ir_cut {
    ir_strips strips;
    int64_t chunk; /* channels that are interpolated and expanded at once */
    /* offsets of the scratch of a task, floats */
    int64_t low_ring, blended, results, pixels, planes, scratch;
} ir_cut;

typedef struct ir_run {
    const ir_step *q;
    const nn_step *step;
    const struct nn_session *s;
    const nn_kernels *kernels;
    ir_cut cut;
} ir_run;

/* One task's place and scratch. */
typedef struct ir_strip {
    const ir_run *r;
    ir_span at;
    int64_t low_row[2]; /* which rows the low ring holds; -1 none */
    float *ring[3], *low_ring[2], *blended, *results, *pixels, *planes;
} ir_strip;

static void cut_scratch(const ir_step *q, ir_cut *cut)
{
    bool low = q->low.input >= 0;
    int64_t at = 3 * round_up(cut->strips.ring_width * q->pitch, 16);
    cut->low_ring = at;
    at += low ? 2 * round_up(cut->strips.low_width * q->hidden, 16) : 0;
    cut->blended = at;
    at += low ? round_up(cut->strips.low_width * cut->chunk, 16) : 0;
    cut->results = at;
    at += round_up(cut->strips.group * q->pitch, 16);
    cut->pixels = at;
    at += q->plain_input ? round_up(cut->strips.ring_width * q->part[0].k, 16) : 0;
    cut->planes = at;
    at += q->plain_output ? round_up(cut->strips.tile_width * q->padded, 16) : 0;
    cut->scratch = at;
}

static void ir_cut_for(const nn_step *step, int threads, ir_cut *cut)
{
    const ir_step *q = step->data;
    ir_strips_for(q, &step->region, threads, q->pitch, &cut->strips);
    cut->chunk = q->low.input >= 0 ? ir_min(4 * q->lanes, q->hidden) : q->hidden;
    cut_scratch(q, cut);
}

static int64_t ir_scratch(const nn_step *step, int threads)
{
    ir_cut cut;
    ir_cut_for(step, threads, &cut);
    return cut.scratch;
}

/* Columns [left, right) of a row in the caller's layout, as pixels of k floats. */
static void gather_pixels(const ir_strip *t, const float *x, int64_t row)
{
    const ir_step *q = t->r->q;
    int64_t k = q->part[0].k, area = q->height * q->width;
    const float *from = x + t->at.image * k * area + row * q->width;
    for (int64_t c = 0; c < k; c++)
        for (int64_t i = t->at.left; i < t->at.right; i++)
            t->pixels[(i - t->at.left) * k + c] = from[c * area + i];
}

/* The products with part `part` of the input for columns [left, right) of `row`. */
static nn_gemm row_gemm(const ir_strip *t, const ir_gemm *part, int64_t row, int64_t left,
                        int64_t right, int64_t height, int64_t width)
{
    const ir_run *r = t->r;
    int from = r->step->input[part->input];
    int64_t pitch = r->s->program->tensor[from].pitch;
    return (nn_gemm){.rows = 1,
                     .m = (int)(right - left),
                     .k = (int)part->k,
                     .lanes = r->kernels->lanes,
                     .b = part->weights,
                     .panel_stride = part->k * 2 * r->kernels->lanes,
                     .a_stride = pitch,
                     .a = session_data(r->s, from) +
                          ((t->at.image * height + row) * width + left) * pitch};
}

/* Makes sure that the low ring holds `row`, expanded but neither biased nor activated. */
static const float *low_row(ir_strip *t, int64_t row)
{
    const ir_step *q = t->r->q;
    int slot = (int)(row % 2);
    if (t->low_row[slot] != row) {
        nn_gemm g =
            row_gemm(t, &q->low, row, t->at.low_left, t->at.low_right, q->low_height, q->low_width);
        g.n = (int)q->hidden;
        g.bias = q->no_bias;
        g.c = t->low_ring[slot];
        g.c_stride = q->hidden;
        t->r->kernels->gemm(&g);
        t->low_row[slot] = row;
    }
    return t->low_ring[slot];
}

/* Channels [c, c + n) of an expanded row. `low`: the low-resolution rows above and below it. */
static void expand_chunk(ir_strip *t, int64_t row, float *ring, const float *const low[2],
                         int64_t c, int64_t n)
{
    const ir_run *r = t->r;
    const ir_step *q = r->q;
    int last = q->n_parts > 0 ? q->n_parts - 1 : 0;
    for (int i = 0; i <= last; i++) {
        nn_gemm g = {.rows = 1, .m = (int)(t->at.right - t->at.left), .lanes = q->lanes};
        if (q->n_parts > 0) {
            g = row_gemm(t, &q->part[i], row, t->at.left, t->at.right, q->height, q->width);
            g.b += c * q->part[i].k;
        }
        if (q->plain_input) {
            g.a = t->pixels;
            g.a_stride = q->part[i].k;
        }
        g.n = (int)n;
        g.bias = i == 0 ? q->expand_bias + c : NULL;
        g.c = ring + (t->at.left - t->at.first) * q->pitch + c;
        g.c_stride = q->pitch;
        if (i == last) {
            if (q->ready >= 0) {
                g.residual = session_data(r->s, r->step->input[q->ready]) +
                             ((t->at.image * q->height + row) * q->width + t->at.left) * q->hidden +
                             c;
                g.residual_stride = q->hidden;
            }
            g.activation = q->expand_activation;
            if (g.activation.slope) g.activation.slope += c;
            if (q->low.input >= 0) {
                const nn_tap *tap = &q->row_tap[row];
                r->kernels->blend(t->blended, low[0] + c, low[1] + c, tap->weight[0],
                                  tap->weight[1], (int)(t->at.low_right - t->at.low_left), (int)n,
                                  q->hidden);
                g.tap = q->column_tap + t->at.left;
                g.low = t->blended - t->at.low_left * n;
                g.low_stride = n;
            }
        }
        r->kernels->gemm(&g);
    }
}

static void expand_row(ir_strip *t, int64_t row, float *ring)
{
    const ir_run *r = t->r;
    const ir_step *q = r->q;
    const float *low[2] = {NULL, NULL};
    if (row < 0 || row >= q->height) {
        memset(ring, 0, (size_t)(r->cut.strips.ring_width * q->pitch) * sizeof *ring);
        return;
    }
    if (q->plain_input) gather_pixels(t, session_data(r->s, r->step->input[0]), row);
    if (q->low.input >= 0)
        for (int i = 0; i < 2; i++)
            low[i] = low_row(t, q->row_tap[row].at[i]);
    for (int64_t c = 0; c < q->hidden; c += r->cut.chunk)
        expand_chunk(t, row, ring, low, c, ir_min(r->cut.chunk, q->hidden - c));
}

/* Output pixels [x, x + count) of row y from the depthwise results. */
static void project(const ir_strip *t, int64_t y, int64_t x, int64_t count)
{
    const ir_run *r = t->r;
    const ir_step *q = r->q;
    int64_t at = (t->at.image * q->out_height + y) * q->out_width + x;
    float *out = session_data(r->s, r->step->output);
    nn_gemm g = {.rows = 1,
                 .m = (int)count,
                 .n = q->plain_output ? nn_gemm_width(q->outputs, q->lanes) : (int)q->padded,
                 .k = (int)q->project.k,
                 .lanes = r->kernels->lanes,
                 .a = t->results,
                 .a_stride = q->pitch,
                 .b = q->project.weights,
                 .panel_stride = q->project.k * 2 * r->kernels->lanes,
                 .bias = q->project_bias,
                 .c = q->plain_output ? t->planes + (x - t->at.x0) * q->padded
                                      : out + at * q->padded,
                 .c_stride = q->padded};
    if (q->direct.input >= 0) {
        r->kernels->gemm(&g);
        nn_gemm more = row_gemm(t, &q->direct, y, x, x + count, q->out_height, q->out_width);
        more.n = g.n;
        more.c = g.c;
        more.c_stride = g.c_stride;
        g = more;
    }
    g.activation = q->project_activation;
    if (q->residual >= 0) {
        g.residual = session_data(r->s, r->step->input[q->residual]) + at * q->padded;
        g.residual_stride = q->padded;
    }
    r->kernels->gemm(&g);
    if (!q->plain_output) i16_raise_squares(r->s, r->step->output, t->at.image, g.c, count);
}

/* A finished row of the tile -> planes of the caller's output. */
static void scatter_row(const ir_strip *t, int64_t y)
{
    const ir_step *q = t->r->q;
    int64_t area = q->out_height * q->out_width;
    float *out = session_data(t->r->s, t->r->step->output) + t->at.image * q->outputs * area;
    scatter_planes(t->r->kernels, t->planes, q->padded, t->at.x1 - t->at.x0, q->outputs, q->sigmoid,
                   out + y * q->out_width + t->at.x0, area);
}

/* The largest of each channel of some pixels of depthwise results, for calibration. */
static void observe(const ir_run *r, const float *results, int64_t count)
{
    for (int64_t c = 0; c < r->q->hidden; c += OBSERVED) {
        float most[OBSERVED] = {0};
        int64_t n = ir_min(OBSERVED, r->q->hidden - c);
        for (int64_t i = 0; i < count; i++)
            for (int64_t k = 0; k < n; k++) {
                float x = results[i * r->q->pitch + c + k];
                most[k] = x > most[k] ? x : most[k];
            }
        for (int64_t k = 0; k < n; k++)
            session_raise(&r->s->observed[c + k], most[k]);
    }
}

/* Output row y from the three ring rows. */
static void finish_row(const ir_strip *t, int64_t y, float *const rows[3])
{
    const ir_run *r = t->r;
    const ir_step *q = r->q;
    nn_depthwise d = {.n = (int)q->hidden,
                      .step = (int)q->stride[1],
                      .lanes = r->kernels->lanes,
                      .stride = q->pitch,
                      .weights = q->depthwise_weights,
                      .out = t->results,
                      .out_stride = q->pitch,
                      .activation = q->depthwise_activation};
    int64_t group = q->project.weights ? r->cut.strips.group : t->at.x1 - t->at.x0;
    for (int64_t x = t->at.x0; x < t->at.x1; x += group) {
        d.m = (int)ir_min(t->at.x1 - x, group);
        for (int i = 0; i < 3; i++)
            d.row[i] = rows[i] + (x - t->at.x0) * q->stride[1] * q->pitch;
        if (!q->project.weights) {
            d.out_stride = q->hidden;
            d.out = session_data(r->s, r->step->output) +
                    ((t->at.image * q->out_height + y) * q->out_width + x) * q->hidden;
        }
        r->kernels->depthwise(&d);
        if (r->s->observed) observe(r, t->results, d.m);
        if (q->project.weights)
            project(t, y, x, d.m);
        else /* while it is at hand, for a reader in 16 bits */
            i16_raise_squares(r->s, r->step->output, t->at.image, d.out, d.m);
    }
    if (q->plain_output) scatter_row(t, y);
}

static void place_strip(ir_strip *t, const ir_run *r, int index, float *scratch)
{
    const ir_step *q = r->q;
    const ir_cut *cut = &r->cut;
    *t = (ir_strip){.r = r, .low_row = {-1, -1}};
    ir_span_of(q, &r->step->region, &cut->strips, index, &t->at);
    const ir_span *at = &t->at;
    for (int i = 0; i < 3; i++) {
        t->ring[i] = scratch + i * round_up(cut->strips.ring_width * q->pitch, 16);
        /* what lies left and right of the image stays zero throughout */
        memset(t->ring[i], 0, (size_t)((at->left - at->first) * q->pitch) * sizeof(float));
        memset(t->ring[i] + (at->right - at->first) * q->pitch, 0,
               (size_t)((at->end - at->right) * q->pitch) * sizeof(float));
    }
    for (int i = 0; i < 2; i++)
        t->low_ring[i] =
            scratch + cut->low_ring + i * round_up(cut->strips.low_width * q->hidden, 16);
    t->blended = scratch + cut->blended;
    t->results = scratch + cut->results;
    t->pixels = scratch + cut->pixels;
    t->planes = scratch + cut->planes;
}

static void ir_task(void *argument, int index, int worker)
{
    const ir_run *r = argument;
    const ir_step *q = r->q;
    ir_strip t;
    place_strip(&t, r, index, session_scratch(r->s, worker));
    int64_t next = t.at.y0 * q->stride[0] -
                   1; /* the input row to expand next; row i lives in ring i + 1 mod 3 */
    for (int64_t y = t.at.y0; y < t.at.y1; y++) {
        int64_t top = y * q->stride[0] - 1;
        float *rows[3];
        for (; next < top + 3; next++)
            expand_row(&t, next, t.ring[(next + 1) % 3]);
        for (int i = 0; i < 3; i++)
            rows[i] = t.ring[(top + i + 1) % 3];
        finish_row(&t, y, rows);
    }
}

static void ir_rows_run(const nn_step *step, struct nn_session *s)
{
    ir_run r = {.q = step->data, .step = step, .s = s, .kernels = s->program->kernels};
    i16_clear_squares(s, step->output);
    ir_cut_for(step, s->threads, &r.cut);
    thread_pool_run(s->pool, ir_tasks(r.q, &r.cut.strips), ir_task, &r);
}

static bool ir_rows_limit(nn_program *p, const nn_step *step)
{
    const ir_step *q = step->data;
    ir_whole_groups(q, q->pitch, &p->tensor[step->output].region);
    ir_need(p, step, q);
    return true;
}

const nn_step_class ir_rows_class = {"inverted residual, rows", ir_rows_run, ir_scratch,
                                     ir_rows_limit};
