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
                   const ir_span *span, int64_t row, int spread)
{
    if (row >= q->height) return;
    for (int i = 0; i < q->n_parts; i++)
        if (q->part[i].input != spread)
            fetch(step, s, q->part[i].input, span->image, row, span->left, span->right);
    if (q->ready >= 0 && q->ready != spread)
        fetch(step, s, q->ready, span->image, row, span->left, span->right);
    if (q->low.input < 0 || row < 1) return;
    int64_t low = q->row_tap[row].at[1];
    if (low > q->row_tap[row - 1].at[1])
        fetch(step, s, q->low.input, span->image, low, span->low_left, span->low_right);
}
