/* media/resize_taps.c - linear and cubic resizing: first along rows, then down columns.
 *
 * The numbers follow OpenCV's 8-bit code (modules/imgproc/src/resize.cpp, version 4.6): where its
 * rounding is peculiar, so is ours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/memory.h"
#include "media/resize_plan.h"

#include <math.h>

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* Keys' cubic kernel with A = -0.75 at distances 1 + f, f, 1 - f, 2 - f, in OpenCV's order of
 * operations (float32). */
static void cubic_weights(float f, float w[4])
{
    const float a = -0.75f;
    w[0] = ((a * (f + 1) - 5 * a) * (f + 1) + 8 * a) * (f + 1) - 4 * a;
    w[1] = ((a + 2) * f - (a + 3)) * f * f + 1;
    w[2] = ((a + 2) * (1 - f) - (a + 3)) * (1 - f) * (1 - f) + 1;
    w[3] = 1.f - w[0] - w[1] - w[2];
}

/* The source position of destination pixel i: its integer part, and the fraction in [0, 1). */
static int position(int i, double scale, double inverse, bool area_weights, float *fraction)
{
    if (area_weights) {
        int start = (int)floor(i * scale);
        float f = (float)((i + 1) - (start + 1) * inverse);
        *fraction = f <= 0 ? 0.f : f - floorf(f);
        return start;
    }
    float f = (float)((i + 0.5) * scale - 0.5);
    int start = (int)floorf(f);
    *fraction = f - (float)start;
    return start;
}

/* Fills one direction's table. `clamped`: linear weights do not reach beyond the edges (rows only;
 * down the columns OpenCV clamps the row numbers instead, which rounds differently). */
static void fill_direction(int src, int dst, int taps, bool area_weights, bool clamped, int *starts,
                           int16_t *weights)
{
    double inverse = (double)dst / src;
    double scale = 1.0 / inverse;
    for (int i = 0; i < dst; i++) {
        float f, w[4];
        int start = position(i, scale, inverse, area_weights, &f);
        if (clamped && taps == 2) {
            if (start < 0) f = 0, start = 0;
            if (start >= src - 1) f = 0, start = src - 1;
        }
        if (taps == 4) {
            cubic_weights(f, w);
        } else {
            w[0] = 1.f - f;
            w[1] = f;
        }
        starts[i] = start - (taps / 2 - 1);
        for (int k = 0; k < taps; k++)
            weights[i * taps + k] = (int16_t)round_even(w[k] * RESIZE_WEIGHT_ONE);
    }
}

bool resize_taps_prepare(resize_plan *plan, bool area_weights)
{
    int taps = plan->method == RESIZE_METHOD_CUBIC ? 4 : 2;
    size_t width = (size_t)plan->dst_width, height = (size_t)plan->dst_height;
    size_t row = width * (size_t)plan->channels;
    plan->taps = taps;
    plan->row_size = (row + VIS_ALIGN - 1) / VIS_ALIGN * VIS_ALIGN;
    plan->x_start = aligned_calloc(width, sizeof(int));
    plan->y_start = aligned_calloc(height, sizeof(int));
    plan->x_weights = aligned_calloc(width * (size_t)taps, sizeof(int16_t));
    plan->y_weights = aligned_calloc(height * (size_t)taps, sizeof(int16_t));
    if (taps == 4)
        plan->cubic_rows = aligned_calloc(4 * plan->row_size, sizeof(float));
    else
        plan->linear_rows = aligned_calloc(2 * plan->row_size, sizeof(int16_t));
    if (!plan->x_start || !plan->y_start || !plan->x_weights || !plan->y_weights ||
        !(plan->cubic_rows || plan->linear_rows))
        return false;

    fill_direction(plan->src_width, plan->dst_width, taps, area_weights, true, plan->x_start,
                   plan->x_weights);
    fill_direction(plan->src_height, plan->dst_height, taps, area_weights, false, plan->y_start,
                   plan->y_weights);
    int from = 0, to = plan->dst_width;
    while (from < to && plan->x_start[from] < 0)
        from++;
    while (to > from && plan->x_start[to - 1] + taps > plan->src_width)
        to--;
    plan->inner_from = from;
    plan->inner_to = to;
    return true;
}

/* --- along a row: src [src_width, channels] -> out [dst_width, channels], columns [from, to) --- */

static inline __attribute__((always_inline)) void linear_inner(const resize_plan *plan,
                                                               const uint8_t *src, int from, int to,
                                                               int16_t *out, int channels)
{
    for (int x = from; x < to; x++) {
        const uint8_t *s = src + plan->x_start[x] * channels;
        int w0 = plan->x_weights[2 * x], w1 = plan->x_weights[2 * x + 1];
        for (int c = 0; c < channels; c++)
            out[x * channels + c] = (int16_t)((s[c] * w0 + s[channels + c] * w1) >> 4);
    }
}

static inline __attribute__((always_inline)) void
cubic_inner(const resize_plan *plan, const uint8_t *src, int from, int to, float *out, int channels)
{
    for (int x = from; x < to; x++) {
        const uint8_t *s = src + plan->x_start[x] * channels;
        const int16_t *w = plan->x_weights + 4 * x;
        for (int c = 0; c < channels; c++)
            out[x * channels + c] =
                (float)(s[c] * w[0] + s[channels + c] * w[1] + s[2 * channels + c] * w[2] +
                        s[3 * channels + c] * w[3]);
    }
}

/* The sum of destination pixel x, edge pixels repeated beyond the edges. */
static int32_t edge_sum(const resize_plan *plan, const uint8_t *src, int x, int c)
{
    int32_t sum = 0;
    for (int k = 0; k < plan->taps; k++) {
        int column = clamp(plan->x_start[x] + k, 0, plan->src_width - 1);
        sum += src[column * plan->channels + c] * plan->x_weights[x * plan->taps + k];
    }
    return sum;
}

/* Of the columns [*from, *to) those whose taps all lie within the source. */
static void inner_part(const resize_plan *plan, int *from, int *to)
{
    *from = clamp(plan->inner_from, *from, *to);
    *to = clamp(plan->inner_to, *from, *to);
}

static void linear_row(const resize_plan *plan, const uint8_t *src, int from, int to, int16_t *out)
{
    int inner = from, outer = to;
    inner_part(plan, &inner, &outer);
    switch (plan->channels) { /* constant channel counts let the compiler unroll */
    case 1:
        linear_inner(plan, src, inner, outer, out, 1);
        break;
    case 2:
        linear_inner(plan, src, inner, outer, out, 2);
        break;
    case 3:
        linear_inner(plan, src, inner, outer, out, 3);
        break;
    default:
        linear_inner(plan, src, inner, outer, out, 4);
        break;
    }
    for (int x = from < inner ? from : outer; x < to; x = x + 1 == inner ? outer : x + 1)
        for (int c = 0; c < plan->channels; c++)
            out[x * plan->channels + c] = (int16_t)(edge_sum(plan, src, x, c) >> 4);
}

static void cubic_row(const resize_plan *plan, const uint8_t *src, int from, int to, float *out)
{
    int inner = from, outer = to;
    inner_part(plan, &inner, &outer);
    switch (plan->channels) {
    case 1:
        cubic_inner(plan, src, inner, outer, out, 1);
        break;
    case 2:
        cubic_inner(plan, src, inner, outer, out, 2);
        break;
    case 3:
        plan->rows->cubic_along(src, 3 * plan->src_width, plan->x_start, plan->x_weights, inner,
                                outer, out);
        break;
    default:
        cubic_inner(plan, src, inner, outer, out, 4);
        break;
    }
    for (int x = from < inner ? from : outer; x < to; x = x + 1 == inner ? outer : x + 1)
        for (int c = 0; c < plan->channels; c++)
            out[x * plan->channels + c] = (float)edge_sum(plan, src, x, c);
}

/* --- down the columns --- */

/* Numbers [from, to) of a row of `count`: groups of 8 in float32, the rest in integers, as OpenCV's
 * SSE code does. */
static void cubic_column(const resize_plan *plan, const float *const rows[4], const int16_t *w,
                         int from, int to, uint8_t *dst)
{
    const float unit = 1.f / (RESIZE_WEIGHT_ONE * RESIZE_WEIGHT_ONE);
    const float weights[4] = {(float)w[0] * unit, (float)w[1] * unit, (float)w[2] * unit,
                              (float)w[3] * unit};
    int whole = clamp((plan->dst_width * plan->channels) & ~7, from, to);
    plan->rows->cubic_down(rows, weights, from, whole, dst);
    for (int i = whole; i < to; i++) {
        int32_t v = 0;
        for (int k = 0; k < 4; k++)
            v += (int32_t)rows[k][i] * w[k];
        dst[i] = saturate_u8((v + (1 << (2 * RESIZE_WEIGHT_BITS - 1))) >> (2 * RESIZE_WEIGHT_BITS));
    }
}

/* Row buffer for source row `row`: neighbouring rows never share one. *filled says whether it holds
 * that row already. */
static int row_slot(resize_plan *plan, int row, bool *filled)
{
    int slot = row % plan->taps;
    *filled = plan->row_source[slot] == row;
    plan->row_source[slot] = row;
    return slot;
}

static void forget_rows(resize_plan *plan)
{
    for (int k = 0; k < 4; k++)
        plan->row_source[k] = -1;
}

void resize_run_linear(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                       ptrdiff_t dst_stride, const int part[4])
{
    int channels = plan->channels;
    forget_rows(plan);
    for (int y = part[1]; y < part[3]; y++) {
        const int16_t *rows[2];
        for (int k = 0; k < 2; k++) {
            int row = clamp(plan->y_start[y] + k, 0, plan->src_height - 1);
            bool filled;
            int16_t *out =
                plan->linear_rows + (size_t)row_slot(plan, row, &filled) * plan->row_size;
            if (!filled) linear_row(plan, src + row * src_stride, part[0], part[2], out);
            rows[k] = out;
        }
        plan->rows->linear_down(rows[0], rows[1], plan->y_weights[2 * y],
                                plan->y_weights[2 * y + 1], channels * part[0], channels * part[2],
                                dst + y * dst_stride);
    }
}

void resize_run_cubic(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                      ptrdiff_t dst_stride, const int part[4])
{
    int channels = plan->channels;
    forget_rows(plan);
    for (int y = part[1]; y < part[3]; y++) {
        const float *rows[4];
        for (int k = 0; k < 4; k++) {
            int row = clamp(plan->y_start[y] + k, 0, plan->src_height - 1);
            bool filled;
            float *out = plan->cubic_rows + (size_t)row_slot(plan, row, &filled) * plan->row_size;
            if (!filled) cubic_row(plan, src + row * src_stride, part[0], part[2], out);
            rows[k] = out;
        }
        cubic_column(plan, rows, plan->y_weights + 4 * y, channels * part[0], channels * part[2],
                     dst + y * dst_stride);
    }
}
