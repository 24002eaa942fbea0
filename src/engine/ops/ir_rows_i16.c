/* engine/ops/ir_rows_i16.c - an inverted residual in 16 bits over strips of rows (see ir_rows.c).
 *
 * What is read is quantised row by row, side by side for one product; everything else goes as in
 * float32, on numbers of half the size.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16.h"
#include "engine/ops/ir_strips.h"

#include <string.h>

#define CHUNK 64 /* channels that are interpolated and expanded at once */
#define GROUPS 2 /* of float32's at once: beginning one costs more than reading it from L2 */

/* Where things lie in a task's scratch, in numbers of 16 bits. */
typedef struct ir_rows_i16_cut {
    ir_strips strips;
    int64_t chunk;
    int64_t ring_row, low_ring, low_row, blended, results, a, low_a, start, bias, scale, planes,
        size;
} ir_rows_i16_cut;

typedef struct ir_rows_i16_run {
    const ir_rows_i16_step *w;
    const ir_step *q;
    const nn_step *step;
    const struct nn_session *s;
    const nn_kernels_i16 *kernels;
    ir_rows_i16_cut cut;
    int spread; /* index of the input that is fetched while the row above is finished, or -1 */
} ir_rows_i16_run;

/* One task's place and scratch. */
typedef struct ir_rows_i16_strip {
    const ir_rows_i16_run *r;
    const nn_tensor *out;
    ir_span at;
    nn_span columns, low_columns; /* of the row that is expanded */
    float norm;
    int64_t low_row[2]; /* which rows the low ring holds; -1 none */
    int16_t *ring[3], *low_ring[2], *blended, *results, *a, *low_a;
    int32_t *start, *depthwise_bias;
    float *scale, *planes;
} ir_rows_i16_strip;

/* `count` numbers of `halves` 16-bit units each, on a cache line of their own. */
static int64_t reserve(int64_t *at, int64_t count, int64_t halves)
{
    int64_t begin = *at;
    *at += round_up(count * halves, VIS_ALIGN / 2);
    return begin;
}

static void ir_rows_i16_cut_for(const nn_step *step, int threads, ir_rows_i16_cut *cut)
{
    const ir_rows_i16_step *w = step->data;
    const i16_front *f = &w->front;
    const ir_step *q = f->q;
    ir_strips_for(q, &step->region, threads, f->pitch / 2, &cut->strips);
    cut->strips.group = ir_min(GROUPS * cut->strips.group, cut->strips.tile_width);
    const ir_strips *strips = &cut->strips;
    bool low = q->low.input >= 0;
    cut->chunk = low ? ir_min(CHUNK, f->hidden) : f->hidden;
    cut->ring_row = round_up(strips->ring_width * f->pitch, VIS_ALIGN / 2);
    cut->low_row = low ? round_up(strips->low_width * f->hidden, VIS_ALIGN / 2) : 0;
    int64_t at = 3 * cut->ring_row;
    cut->low_ring = reserve(&at, 2, cut->low_row);
    cut->blended = reserve(&at, low ? strips->low_width : 0, cut->chunk);
    cut->results = reserve(&at, strips->group, w->project.a_pitch);
    cut->a = reserve(&at, strips->ring_width, f->a_pitch);
    cut->low_a = reserve(&at, low ? strips->low_width : 0, f->low_pitch);
    cut->start = reserve(&at, f->hidden, 2);
    cut->bias = reserve(&at, f->hidden, 2);
    cut->scale = reserve(&at, w->project.blocks * w->project.floats, 2);
    cut->planes = reserve(&at, q->plain_output ? strips->tile_width : 0, 2 * w->project.floats);
    cut->size = at;
}

static int64_t ir_rows_i16_scratch(const nn_step *step, int threads)
{
    ir_rows_i16_cut cut;
    ir_rows_i16_cut_for(step, threads, &cut);
    return cut.size / 2;
}

/* Pixels [left, right) of a row of one input -> 16 bits, from channel `slot` of A on. */
static void quantise_row(const ir_rows_i16_strip *t, const i16_part *part, int64_t row,
                         int64_t left, int64_t right, int64_t height, int64_t width, int16_t *a,
                         int64_t pitch)
{
    const ir_rows_i16_run *r = t->r;
    int from = r->step->input[part->input];
    const float *x = session_data(r->s, from) + ((t->at.image * height + row) * width + left) *
                                                    r->s->program->tensor[from].pitch;
    i16_quantise_pixels(r->s, from, part, t->norm, x, right - left, a, pitch);
}

/* Makes sure that the low ring holds what input row `expanded` and later ones need of low-resolution
 * `row`, expanded; biased if nothing else is. */
static const int16_t *low_row(ir_rows_i16_strip *t, int64_t row, int64_t expanded)
{
    const ir_rows_i16_run *r = t->r;
    const i16_front *f = &r->w->front;
    int slot = (int)(row % 2);
    if (t->low_row[slot] == row) return t->low_ring[slot];
    const nn_span columns = ir_enlarged_columns(r->q, t->out, &t->at, expanded, row);
    quantise_row(t, &f->low, row, columns.x0, columns.x1, r->q->low_height, r->q->low_width,
                 t->low_a, f->low_pitch);
    nn_gemm_i16 g = {.rows = 1,
                     .m = (int)(columns.x1 - columns.x0),
                     .n = (int)f->hidden,
                     .pairs = (int)f->low_pairs,
                     .a = t->low_a,
                     .a_stride = f->low_pitch,
                     .b = f->low_weights,
                     .start = f->quantised ? t->start : f->half,
                     .c = t->low_ring[slot] + (columns.x0 - t->at.low_left) * f->hidden,
                     .c_stride = f->hidden};
    r->kernels->gemm(&g);
    t->low_row[slot] = row;
    return t->low_ring[slot];
}

/* The part that was quantised beforehand, in a range of its own, which the biases are not in: they
 * come with the enlarged part, as the weights of an interpolation add up to 1. */
static void place_quantised(const ir_rows_i16_strip *t, int64_t row, nn_gemm_i16 *g)
{
    const ir_rows_i16_run *r = t->r;
    int from = r->step->input[r->w->front.part[0].input];
    g->a_stride = r->s->program->tensor[from].pitch;
    g->a = (const int16_t *)session_data(r->s, from) +
           ((t->at.image * r->q->height + row) * r->q->width + t->columns.x0) * g->a_stride;
    g->scales = true;
    g->factor = i16_weight((double)(*session_squares(r->s, from, t->at.image) / t->norm));
}

/* Channels [c, c + n) of an expanded row. `low`: the low-resolution rows above and below it. */
static void expand_chunk(const ir_rows_i16_strip *t, int64_t row, int16_t *ring,
                         const int16_t *const low[2], int64_t c, int64_t n)
{
    const ir_rows_i16_run *r = t->r;
    const i16_front *f = &r->w->front;
    const ir_span *at = &t->at;
    const nn_span columns = t->columns, below = t->low_columns;
    nn_gemm_i16 g = {.rows = 1,
                     .m = (int)(columns.x1 - columns.x0),
                     .n = (int)n,
                     .pairs = (int)f->pairs,
                     .relu = true,
                     .a = t->a,
                     .a_stride = f->a_pitch,
                     .b = f->expand + nn_i16_packed(f->pairs, c),
                     .start = f->quantised ? f->half + c : t->start + c,
                     .c = ring + (columns.x0 - at->first) * f->pitch + c,
                     .c_stride = f->pitch};
    if (f->quantised) place_quantised(t, row, &g);
    if (r->q->ready >= 0) {
        int from = r->step->input[r->q->ready];
        g.ready_stride = r->s->program->tensor[from].pitch;
        g.ready = (const int16_t *)session_data(r->s, from) + c +
                  ((at->image * r->q->height + row) * r->q->width + columns.x0) * g.ready_stride;
        g.ready_factor = i16_weight((double)(*session_squares(r->s, from, at->image) / t->norm));
    }
    if (r->q->low.input >= 0) {
        const nn_tap_i16 *tap = &f->row_tap[row];
        const int64_t first = (below.x0 - at->low_left) * f->hidden + c;
        r->kernels->blend(t->blended, low[0] + first, low[1] + first, tap->weight[0][0],
                          tap->weight[1][0], (int)(below.x1 - below.x0), (int)n, f->hidden);
        g.tap = f->column_tap + columns.x0;
        g.low = t->blended - below.x0 * n;
        g.low_stride = n;
    }
    r->kernels->gemm(&g);
}

/* Row `row` of the input, as far as any output sees it. */
static void expand_row(ir_rows_i16_strip *t, int64_t row, int16_t *ring)
{
    const ir_rows_i16_run *r = t->r;
    const i16_front *f = &r->w->front;
    const ir_step *q = r->q;
    const int16_t *low[2] = {NULL, NULL};
    if (row < 0 || row >= q->height) {
        memset(ring, 0, (size_t)(r->cut.strips.ring_width * f->pitch) * sizeof *ring);
        return;
    }
    const nn_span columns = t->columns = ir_expanded_columns(q, t->out, &t->at, row);
    if (columns.x0 >= columns.x1) return;
    for (int i = 0; i < f->n_parts && !f->quantised; i++)
        quantise_row(t, &f->part[i], row, columns.x0, columns.x1, q->height, q->width, t->a,
                     f->a_pitch);
    if (q->low.input >= 0) {
        ir_low_columns(q, columns.x0, columns.x1, &t->low_columns.x0, &t->low_columns.x1);
        for (int i = 0; i < 2; i++)
            low[i] = low_row(t, f->row_tap[row].at[i], row);
    }
    ir_look_ahead(q, r->step, r->s, &t->at, row + 1,
                  ir_expanded_columns(q, t->out, &t->at, row + 1), r->spread);
    for (int64_t c = 0; c < f->hidden; c += r->cut.chunk)
        expand_chunk(t, row, ring, low, c, ir_min(r->cut.chunk, f->hidden - c));
}

/* While these pixels are projected, those two rows below are fetched, which will be expanded next:
 * what is kept of the footage comes from memory, and a row of it at once is more than can be on its
 * way at a time. */
static void fetch_below(const ir_rows_i16_strip *t, int64_t y, int64_t x, int64_t count,
                        nn_gemm_i16 *g)
{
    const ir_rows_i16_run *r = t->r;
    if (r->spread < 0 || y + 2 >= r->q->height) return;
    int64_t bytes;
    g->prefetch = ir_pixel(r->step, r->s, r->spread, t->at.image, y + 2, x, &bytes);
    g->prefetch_lines = (int)((count * bytes + VIS_ALIGN - 1) / VIS_ALIGN);
}

/* Output pixels [x, x + count) of row y from the depthwise results. */
static void project(const ir_rows_i16_strip *t, int64_t y, int64_t x, int64_t count)
{
    const ir_rows_i16_run *r = t->r;
    const i16_gemm *w = &r->w->project;
    const ir_step *q = r->q;
    int64_t at = (t->at.image * q->out_height + y) * q->out_width + x;
    int64_t pitch = q->plain_output ? w->floats : r->s->program->tensor[r->step->output].pitch;
    nn_gemm_i16 g = {.rows = 1,
                     .m = (int)count,
                     .n = (int)w->n,
                     .relu = w->relu,
                     .a = t->results,
                     .a_stride = w->a_pitch,
                     .start = w->start,
                     .f = q->plain_output ? t->planes + (x - t->at.x0) * pitch
                                          : session_data(r->s, r->step->output) + at * pitch,
                     .floats = (int)w->floats,
                     .weighed = (int)q->outputs,
                     .f_stride = pitch};
    if (w->direct.k) /* side by side with the depthwise results */
        quantise_row(t, &w->direct, y, x, x + count, q->out_height, q->out_width, t->results,
                     g.a_stride);
    if (q->residual >= 0) {
        g.residual_stride = r->s->program->tensor[r->step->input[q->residual]].pitch;
        g.residual = session_data(r->s, r->step->input[q->residual]) + at * g.residual_stride;
    }
    fetch_below(t, y, x, count, &g);
    i16_multiply(r->kernels, w, 0, t->scale, w->floats, false, &g);
    if (!q->plain_output) i16_raise_squares(r->s, r->step->output, t->at.image, g.f, count);
}

/* A finished row of the tile -> planes of the caller's output. */
static void scatter_row(const ir_rows_i16_strip *t, int64_t y, nn_span columns)
{
    const ir_step *q = t->r->q;
    int64_t area = q->out_height * q->out_width;
    float *out = session_data(t->r->s, t->r->step->output) + t->at.image * q->outputs * area;
    const int64_t pitch = t->r->w->project.floats;
    scatter_planes(t->r->s->program->kernels, t->planes + (columns.x0 - t->at.x0) * pitch, pitch,
                   columns.x1 - columns.x0, q->outputs, q->sigmoid,
                   out + y * q->out_width + columns.x0, area);
}

/* Output row y from the three ring rows. */
static void finish_row(const ir_rows_i16_strip *t, int64_t y, int16_t *const rows[3])
{
    const ir_rows_i16_run *r = t->r;
    const i16_front *f = &r->w->front;
    nn_depthwise_i16 d = {.n = (int)f->hidden,
                          .step = (int)r->q->stride[1],
                          .stride = f->pitch,
                          .weights = f->depthwise,
                          .bias = t->depthwise_bias,
                          .out = t->results,
                          .out_stride = r->w->project.a_pitch};
    const nn_span columns = ir_columns(t->out, &t->at, y);
    for (int64_t x = columns.x0; x < columns.x1; x += r->cut.strips.group) {
        d.m = (int)ir_min(columns.x1 - x, r->cut.strips.group);
        for (int i = 0; i < 3; i++)
            d.row[i] = rows[i] + (x - t->at.x0) * r->q->stride[1] * f->pitch;
        r->kernels->depthwise(&d);
        project(t, y, x, d.m);
    }
    if (r->q->plain_output && columns.x0 < columns.x1) scatter_row(t, y, columns);
}

static void place_strip(ir_rows_i16_strip *t, const ir_rows_i16_run *r, int index, float *scratch)
{
    const ir_rows_i16_cut *cut = &r->cut;
    const i16_front *f = &r->w->front;
    int16_t *base = (int16_t *)scratch;
    *t = (ir_rows_i16_strip){
        .r = r, .out = &r->s->program->tensor[r->step->output], .low_row = {-1, -1}};
    ir_span_of(r->q, &r->step->region, &cut->strips, index, &t->at);
    const ir_span *at = &t->at;
    for (int i = 0; i < 3; i++) {
        t->ring[i] = base + i * cut->ring_row;
        /* what lies left and right of the image stays zero throughout */
        memset(t->ring[i], 0, (size_t)((at->left - at->first) * f->pitch) * sizeof(int16_t));
        memset(t->ring[i] + (at->right - at->first) * f->pitch, 0,
               (size_t)((at->end - at->right) * f->pitch) * sizeof(int16_t));
    }
    for (int i = 0; i < 2; i++)
        t->low_ring[i] = base + cut->low_ring + i * cut->low_row;
    t->blended = base + cut->blended;
    t->results = base + cut->results;
    t->a = base + cut->a;
    t->low_a = base + cut->low_a;
    t->start = (int32_t *)(void *)(base + cut->start);
    t->depthwise_bias = (int32_t *)(void *)(base + cut->bias);
    t->scale = (float *)(void *)(base + cut->scale);
    t->planes = (float *)(void *)(base + cut->planes);
    t->norm = i16_norm(r->s, r->step, &f->range, at->image);
    i16_expand_bias(f, t->norm, 0, f->hidden, t->start);
    i16_depthwise_bias(f, t->norm, 0, f->hidden, t->depthwise_bias);
    for (int64_t o = 0; o < r->w->project.blocks * r->w->project.floats; o++)
        t->scale[o] = r->w->project.scale[o] * t->norm;
}

static void ir_rows_i16_task(void *argument, int index, int worker)
{
    const ir_rows_i16_run *r = argument;
    ir_rows_i16_strip t;
    place_strip(&t, r, index, session_scratch(r->s, worker));
    int64_t stride = r->q->stride[0];
    int64_t next = t.at.y0 * stride - 1; /* the input row to expand next; row i: ring i + 1 mod 3 */
    for (int64_t y = t.at.y0; y < t.at.y1; y++) {
        int64_t top = y * stride - 1;
        int16_t *rows[3];
        for (; next < top + 3; next++)
            expand_row(&t, next, t.ring[(next + 1) % 3]);
        for (int i = 0; i < 3; i++)
            rows[i] = t.ring[(top + i + 1) % 3];
        finish_row(&t, y, rows);
    }
}

static void ir_rows_i16_run_step(const nn_step *step, struct nn_session *s)
{
    const ir_rows_i16_step *w = step->data;
    ir_rows_i16_run r = {
        .w = w, .q = w->front.q, .step = step, .s = s, .kernels = s->program->kernels_i16};
    r.spread = r.q->ready >= 0 ? r.q->ready : r.q->n_parts == 1 ? w->front.part[0].input : -1;
    if (r.q->stride[0] != 1) r.spread = -1;
    i16_clear_squares(s, step->output);
    ir_rows_i16_cut_for(step, s->threads, &r.cut);
    thread_pool_run(s->pool, ir_tasks(r.q, &r.cut.strips), ir_rows_i16_task, &r);
}

static bool ir_rows_i16_limit(nn_program *p, const nn_step *step)
{
    const ir_rows_i16_step *w = step->data;
    ir_need_rows(p, step, w->front.q);
    return true;
}

const nn_step_class ir_rows_i16_class = {"inverted residual, rows, 16 bits", ir_rows_i16_run_step,
                                         ir_rows_i16_scratch, ir_rows_i16_limit, true};
