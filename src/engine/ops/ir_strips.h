/* engine/ops/ir_strips.h - how an inverted residual is cut into strips of rows and tiles of columns.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_IR_STRIPS_H
#define ENGINE_OPS_IR_STRIPS_H

#include "engine/ops/inverted_residual.h"

typedef struct ir_strips {
    int64_t tiles, tile_width; /* column tiles, and the output columns of the widest */
    int64_t first, used;       /* of the tiles those that are computed */
    int64_t count;             /* strips of each */
    int64_t ring_width;        /* pixels of a row of expanded pixels */
    int64_t low_width;         /* pixels of a low-resolution one */
    int64_t group;             /* pixels of the depthwise result that are made at once */
} ir_strips;

/* One task's place in the image. */
typedef struct ir_span {
    int64_t image, y0, y1, x0, x1; /* output rows and columns */
    int64_t left, right;           /* input columns that exist under the tile */
    int64_t first, end;            /* and with those that do not: -1, or one too many */
    int64_t low_left, low_right;   /* low-resolution columns */
} ir_span;

/* For pixels that take `pitch` floats while they are expanded: three rows of them stay in L2. Tiles
 * are those of the whole image whatever is computed of it. So are groups if ir_whole_groups was
 * asked: the order in which the depthwise kernel adds floats depends on where in a group a pixel
 * lies. */
void ir_strips_for(const ir_step *q, const nn_region *region, int threads, int64_t pitch,
                   ir_strips *strips);

/* Widens a region of the output to whole groups of columns. */
void ir_whole_groups(const ir_step *q, int64_t pitch, nn_region *region);

/* Adds what the region of the step's output needs to those of its inputs; ir_need_rows: row by row. */
void ir_need(nn_program *p, const nn_step *step, const ir_step *q);
void ir_need_rows(nn_program *p, const nn_step *step, const ir_step *q);

static inline int ir_tasks(const ir_step *q, const ir_strips *strips)
{
    return (int)(q->images * strips->count * strips->used);
}

void ir_span_of(const ir_step *q, const nn_region *region, const ir_strips *strips, int task,
                ir_span *span);

/* Output columns of row y that are computed within the span. */
nn_span ir_columns(const nn_tensor *out, const ir_span *span, int64_t y);

/* Input columns that exist under those of all rows that see input row `row`. */
nn_span ir_expanded_columns(const ir_step *q, const nn_tensor *out, const ir_span *span,
                            int64_t row);

/* Low-resolution columns that the expanded ones of `row`, and of later rows that are interpolated from
 * the same low-resolution row `low`, are made of. */
nn_span ir_enlarged_columns(const ir_step *q, const nn_tensor *out, const ir_span *span,
                            int64_t row, int64_t low);

/* Where pixel (row, x) of an image of an input lies, and the bytes of one. */
const char *ir_pixel(const nn_step *step, const struct nn_session *s, int input, int64_t image,
                     int64_t row, int64_t x, int64_t *bytes);

/* Fetches what these columns of expanded row `row` will be made of into L2, while the row before is being made: it
 * comes from L3 or memory, and strided, so that the processor does not see it coming. But not input
 * `spread` (-1: none), which is fetched little by little. */
void ir_look_ahead(const ir_step *q, const nn_step *step, const struct nn_session *s,
                   const ir_span *span, int64_t row, nn_span columns, int spread);

static inline int64_t ir_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t ir_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

#endif
