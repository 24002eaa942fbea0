/* media/resize_plan.h - what a resize plan holds; private to the files resize*.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_RESIZE_PLAN_H
#define MEDIA_RESIZE_PLAN_H

#include "media/pixel_rows.h"
#include "media/resize.h"
#include "media/rounding.h"

#include <stdbool.h>

#define RESIZE_WEIGHT_BITS 11 /* weights are integers of 1 / 2048 */
#define RESIZE_WEIGHT_ONE (1 << RESIZE_WEIGHT_BITS)

typedef enum resize_method {
    RESIZE_METHOD_COPY,   /* equal sizes */
    RESIZE_METHOD_LINEAR, /* 2 taps a direction */
    RESIZE_METHOD_CUBIC,  /* 4 taps a direction */
    RESIZE_METHOD_BLOCKS, /* both ratios whole: averages of equal blocks */
    RESIZE_METHOD_AREA,   /* averages over boxes that cut through pixels */
} resize_method;

/* One source pixel's share in a destination pixel of the area method. */
typedef struct area_tap {
    int source; /* pixel index in the direction */
    float weight;
} area_tap;

/* Per destination position: taps[first[i]] up to taps[first[i + 1] - 1]. */
typedef struct area_table {
    area_tap *taps;
    int *first; /* [dst + 1] */
} area_table;

struct resize_plan {
    resize_method method;
    int src_width, src_height, dst_width, dst_height, channels;
    const pixel_rows *rows;

    /* linear and cubic */
    int taps;                 /* 2 or 4 */
    int *x_start;             /* [dst_width] source column of the first tap; may lie outside */
    int *y_start;             /* [dst_height] likewise for rows */
    int16_t *x_weights;       /* [dst_width, taps] */
    int16_t *y_weights;       /* [dst_height, taps] */
    int inner_from, inner_to; /* destination columns whose taps all lie within the source */
    int row_source[4];        /* source row that each row buffer holds, -1 = none */
    int16_t *linear_rows;     /* [2, row_size] horizontally resized rows, sums >> 4 */
    float *cubic_rows;        /* [4, row_size] horizontally resized rows, sums: whole numbers */
    size_t row_size;          /* elements from one row buffer to the next */

    /* area */
    int block_width, block_height;
    area_table x_area, y_area;
    float *area_row; /* [dst_width * channels] one source row, horizontally averaged */
    float *area_sum; /* [dst_width * channels] */
};

/* Fill the parts of a plan that their method needs; false when out of memory. */
bool resize_taps_prepare(resize_plan *plan, bool area_weights);
bool resize_area_prepare(resize_plan *plan);

/* `part` x1, y1, x2, y2 of the destination: no more than that is written. */
void resize_run_linear(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                       ptrdiff_t dst_stride, const int part[4]);
void resize_run_cubic(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                      ptrdiff_t dst_stride, const int part[4]);
/* All of it. */
void resize_run_blocks(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                       ptrdiff_t dst_stride);
void resize_run_area(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                     ptrdiff_t dst_stride);

#endif
