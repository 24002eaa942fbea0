/* engine/ops/ir_strips.c - the sizes of strips and tiles, and where each lies.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/ir_strips.h"

#define RING_FLOATS 49152 /* 192 KiB */
#define GROUP_FLOATS 4096 /* 16 KiB of depthwise results at once */
#define GROUP_PIXELS 24   /* their number is a multiple: of the tiles of all kernels */
#define STRIPS_A_THREAD 2 /* for balance; but each costs two rows */
#define STRIP_MIN_ROWS 32 /* below, one strip a thread */

static int64_t tile_begin(const ir_step *q, const ir_strips *strips, int64_t tile)
{
    return q->out_width * tile / strips->tiles;
}

/* The tile that a column lies in. */
static int64_t tile_of(const ir_step *q, const ir_strips *strips, int64_t x)
{
    int64_t tile = 0;
    while (tile_begin(q, strips, tile + 1) <= x)
        tile++;
    return tile;
}

void ir_strips_for(const ir_step *q, const nn_region *region, int threads, int64_t pitch,
                   ir_strips *strips)
{
    int64_t rows = region->y1 - region->y0;
    int64_t widest = ir_max((RING_FLOATS / 3 / pitch - 2) / q->stride[1], 8);
    strips->tiles = (q->out_width + widest - 1) / widest;
    strips->tile_width = (q->out_width + strips->tiles - 1) / strips->tiles;
    strips->ring_width = (strips->tile_width - 1) * q->stride[1] + 3;
    strips->low_width = ir_min(q->low_width, strips->ring_width * q->low_width / q->width + 4);
    strips->first = tile_of(q, strips, region->x0);
    strips->used = tile_of(q, strips, region->x1 - 1) + 1 - strips->first;
    int64_t whole = q->images * strips->used, tasks = threads;
    if (threads > 1 && rows * whole / (tasks * STRIPS_A_THREAD) >= STRIP_MIN_ROWS)
        tasks *= STRIPS_A_THREAD;
    strips->count = ir_min((tasks + whole - 1) / whole, rows);
    strips->group = ir_max(GROUP_FLOATS / pitch / GROUP_PIXELS, 1) * GROUP_PIXELS;
    strips->group = ir_min(strips->group, strips->tile_width);
}

void ir_whole_groups(const ir_step *q, int64_t pitch, nn_region *region)
{
    ir_strips strips;
    ir_strips_for(q, region, 1, pitch, &strips);
    int64_t begin = tile_begin(q, &strips, strips.first);
    int64_t group = q->project.weights ? strips.group : q->out_width; /* all of a tile at once */
    int64_t last = strips.first + strips.used - 1, end = tile_begin(q, &strips, last + 1);
    region->x0 = begin + (region->x0 - begin) / group * group;
    begin = tile_begin(q, &strips, last);
    region->x1 = ir_min(begin + round_up(region->x1 - begin, group), end);
}

/* Input rows or columns [first, end) under outputs [first, end) and their neighbours. */
static void take_halo(int64_t stride, int64_t size, int64_t *first, int64_t *end)
{
    *first = ir_max(*first * stride - 1, 0);
    *end = ir_min((*end - 1) * stride + 2, size);
}

static void include(nn_program *p, const nn_step *step, int input, const nn_region *region)
{
    if (input >= 0) region_include(&p->tensor[step->input[input]], region);
}

void ir_need(nn_program *p, const nn_step *step, const ir_step *q)
{
    nn_region in = p->tensor[step->output].region;
    include(p, step, q->residual, &in);
    include(p, step, q->direct.input, &in);
    take_halo(q->stride[0], q->height, &in.y0, &in.y1);
    take_halo(q->stride[1], q->width, &in.x0, &in.x1);
    for (int i = 0; i < q->n_parts; i++)
        include(p, step, q->part[i].input, &in);
    include(p, step, q->ready, &in);
    if (q->low.input < 0) return;
    nn_region low = {.y0 = q->row_tap[in.y0].at[0], .y1 = q->row_tap[in.y1 - 1].at[1] + 1};
    ir_low_columns(q, in.x0, in.x1, &low.x0, &low.x1);
    include(p, step, q->low.input, &low);
}

/* Columns [left, right) of input row `row`, and what is interpolated into them. */
static void need_expanded(nn_program *p, const nn_step *step, const ir_step *q, int64_t row,
                          nn_span columns)
{
    nn_region in = {columns.x0, row, columns.x1, row + 1};
    for (int i = 0; i < q->n_parts; i++)
        include(p, step, q->part[i].input, &in);
    include(p, step, q->ready, &in);
    if (q->low.input < 0) return;
    nn_region low = {.y0 = q->row_tap[row].at[0], .y1 = q->row_tap[row].at[1] + 1};
    ir_low_columns(q, columns.x0, columns.x1, &low.x0, &low.x1);
    include(p, step, q->low.input, &low);
}

void ir_need_rows(nn_program *p, const nn_step *step, const ir_step *q)
{
    const nn_tensor *out = &p->tensor[step->output];
    const ir_span all = {.y1 = q->out_height, .x1 = q->out_width, .right = q->width};
    for (int64_t y = out->region.y0; y < out->region.y1; y++) {
        nn_span columns = ir_columns(out, &all, y);
        nn_region row = {columns.x0, y, columns.x1, y + 1};
        if (columns.x0 >= columns.x1) continue;
        include(p, step, q->residual, &row);
        include(p, step, q->direct.input, &row);
    }
    for (int64_t row = 0; row < q->height; row++) {
        nn_span columns = ir_expanded_columns(q, out, &all, row);
        if (columns.x0 < columns.x1) need_expanded(p, step, q, row, columns);
    }
}

nn_span ir_columns(const nn_tensor *out, const ir_span *span, int64_t y)
{
    nn_span row = region_row(out, y);
    return (nn_span){ir_max(row.x0, span->x0), ir_min(row.x1, span->x1)};
}

/* Widens columns, perhaps none, by others. */
static void join(nn_span *columns, nn_span more)
{
    if (more.x0 >= more.x1) return;
    if (columns->x0 >= columns->x1) *columns = more;
    columns->x0 = ir_min(columns->x0, more.x0);
    columns->x1 = ir_max(columns->x1, more.x1);
}

nn_span ir_expanded_columns(const ir_step *q, const nn_tensor *out, const ir_span *span,
                            int64_t row)
{
    nn_span all = {0};
    if (row < 0 || row >= q->height) return all;
    const int halved = q->stride[0] > 1; /* no division: strides are 1 or 2 */
    int64_t first = row > 0 ? (row + halved - 1) >> halved : 0;
    int64_t last = ir_min((row + 1) >> halved, span->y1 - 1);
    for (int64_t y = ir_max(first, span->y0); y <= last; y++)
        join(&all, ir_columns(out, span, y));
    if (all.x0 >= all.x1) return (nn_span){0};
    return (nn_span){ir_max(all.x0 * q->stride[1] - 1, span->left),
                     ir_min((all.x1 - 1) * q->stride[1] + 2, span->right)};
}

nn_span ir_enlarged_columns(const ir_step *q, const nn_tensor *out, const ir_span *span,
                            int64_t row, int64_t low)
{
    nn_span all = {0};
    for (; row < q->height && q->row_tap[row].at[0] <= low; row++)
        join(&all, ir_expanded_columns(q, out, span, row));
    ir_low_columns(q, all.x0, all.x1, &all.x0, &all.x1);
    return all;
}

void ir_span_of(const ir_step *q, const nn_region *region, const ir_strips *strips, int task,
                ir_span *span)
{
    int64_t tile = strips->first + task % strips->used, strip = task / strips->used % strips->count,
            rows = region->y1 - region->y0;
    *span = (ir_span){.image = task / strips->used / strips->count};
    span->y0 = region->y0 + rows * strip / strips->count;
    span->y1 = region->y0 + rows * (strip + 1) / strips->count;
    span->x0 = ir_max(tile_begin(q, strips, tile), region->x0);
    span->x1 = ir_min(tile_begin(q, strips, tile + 1), region->x1);
    span->first = span->x0 * q->stride[1] - 1;
    span->end = (span->x1 - 1) * q->stride[1] + 2;
    span->left = ir_max(span->first, 0);
    span->right = ir_min(span->end, q->width);
    if (q->low.input >= 0)
        ir_low_columns(q, span->left, span->right, &span->low_left, &span->low_right);
}

const char *ir_pixel(const nn_step *step, const struct nn_session *s, int input, int64_t image,
                     int64_t row, int64_t x, int64_t *bytes)
{
    int id = step->input[input];
    const nn_tensor *t = &s->program->tensor[id];
    *bytes = t->pitch * (int64_t)(t->layout == NN_NHWC_I16 ? sizeof(int16_t) : sizeof(float));
    return (const char *)session_data(s, id) +
           ((image * t->shape.dim[2] + row) * t->shape.dim[3] + x) * *bytes;
}

static void fetch(const nn_step *step, const struct nn_session *s, int input, int64_t image,
                  int64_t row, int64_t left, int64_t right)
{
    int64_t bytes;
    const char *at = ir_pixel(step, s, input, image, row, left, &bytes);
    for (const char *end = at + (right - left) * bytes; at < end; at += VIS_ALIGN)
        __builtin_prefetch(at, 0, 2);
}

void ir_look_ahead(const ir_step *q, const nn_step *step, const struct nn_session *s,
                   const ir_span *span, int64_t row, nn_span columns, int spread)
{
    if (row >= q->height || columns.x0 >= columns.x1) return;
    for (int i = 0; i < q->n_parts; i++)
        if (q->part[i].input != spread)
            fetch(step, s, q->part[i].input, span->image, row, columns.x0, columns.x1);
    if (q->ready >= 0 && q->ready != spread)
        fetch(step, s, q->ready, span->image, row, columns.x0, columns.x1);
    if (q->low.input < 0 || row < 1) return;
    int64_t low = q->row_tap[row].at[1];
    if (low == q->row_tap[row - 1].at[1]) return;
    ir_low_columns(q, columns.x0, columns.x1, &columns.x0, &columns.x1);
    fetch(step, s, q->low.input, span->image, low, columns.x0, columns.x1);
}
