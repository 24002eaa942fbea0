/* media/resize_area.c - shrinking by averaging areas.
 *
 * The numbers follow OpenCV's code (modules/imgproc/src/resize.cpp, version 4.6), order of float32
 * additions included.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/memory.h"
#include "media/resize_plan.h"

#include <math.h>

/* A source pixel cut by less than this is left out. */
#define SLIVER 1e-3

/* The weights with which destination cell i takes the source pixels under it: those cut at the
 * left, the whole ones, the one cut at the right. */
static int fill_cell(int src, int i, double scale, area_tap *taps)
{
    double from = i * scale;
    double to = from + scale;
    double width = fmin(scale, src - from);
    int whole_to = (int)floor(to), whole_from = (int)ceil(from);
    if (whole_to > src - 1) whole_to = src - 1;
    if (whole_from > whole_to) whole_from = whole_to;

    int count = 0;
    if (whole_from - from > SLIVER)
        taps[count++] = (area_tap){whole_from - 1, (float)((whole_from - from) / width)};
    for (int s = whole_from; s < whole_to; s++)
        taps[count++] = (area_tap){s, (float)(1.0 / width)};
    if (to - whole_to > SLIVER)
        taps[count++] = (area_tap){whole_to, (float)(fmin(fmin(to - whole_to, 1.), width) / width)};
    return count;
}

static bool fill_table(area_table *table, int src, int dst)
{
    double scale = 1.0 / ((double)dst / src);
    /* Cells share at most the pixel that their border cuts; each adds at most two to the whole
     * ones. */
    table->taps = aligned_calloc((size_t)src + 2 * (size_t)dst, sizeof *table->taps);
    table->first = aligned_calloc((size_t)dst + 1, sizeof *table->first);
    if (!table->taps || !table->first) return false;
    int count = 0;
    for (int i = 0; i < dst; i++) {
        table->first[i] = count;
        count += fill_cell(src, i, scale, table->taps + count);
    }
    table->first[dst] = count;
    return true;
}

bool resize_area_prepare(resize_plan *plan)
{
    size_t row = (size_t)plan->dst_width * (size_t)plan->channels;
    plan->area_row = aligned_calloc(row, sizeof(float));
    plan->area_sum = aligned_calloc(row, sizeof(float));
    return plan->area_row && plan->area_sum &&
           fill_table(&plan->x_area, plan->src_width, plan->dst_width) &&
           fill_table(&plan->y_area, plan->src_height, plan->dst_height);
}

/* src [src_width, channels] -> out [dst_width, channels] */
static inline __attribute__((always_inline)) void
area_row(const resize_plan *plan, const uint8_t *src, float *out, int channels)
{
    const area_tap *tap = plan->x_area.taps;
    for (int x = 0; x < plan->dst_width; x++) {
        const area_tap *end = plan->x_area.taps + plan->x_area.first[x + 1];
        float sum[4] = {0};
        for (; tap < end; tap++)
            for (int c = 0; c < channels; c++)
                sum[c] += (float)src[tap->source * channels + c] * tap->weight;
        for (int c = 0; c < channels; c++)
            out[x * channels + c] = sum[c];
    }
}

static void area_row_any(const resize_plan *plan, const uint8_t *src, float *out)
{
    switch (plan->channels) { /* constant channel counts let the compiler unroll */
    case 1:
        area_row(plan, src, out, 1);
        break;
    case 2:
        area_row(plan, src, out, 2);
        break;
    case 3:
        area_row(plan, src, out, 3);
        break;
    default:
        area_row(plan, src, out, 4);
        break;
    }
}

void resize_run_area(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                     ptrdiff_t dst_stride)
{
    int count = plan->dst_width * plan->channels;
    float *restrict row = plan->area_row, *restrict sum = plan->area_sum;
    for (int y = 0; y < plan->dst_height; y++) {
        int first = plan->y_area.first[y], end = plan->y_area.first[y + 1];
        for (int k = first; k < end; k++) {
            float weight = plan->y_area.taps[k].weight;
            area_row_any(plan, src + plan->y_area.taps[k].source * src_stride, row);
            if (k == first)
                for (int i = 0; i < count; i++)
                    sum[i] = weight * row[i];
            else
                for (int i = 0; i < count; i++)
                    sum[i] += weight * row[i];
        }
        uint8_t *restrict out = dst + y * dst_stride;
        for (int i = 0; i < count; i++)
            out[i] = saturate_u8(round_even(sum[i]));
    }
}

/* Blocks of 2x2, rounded half up; OpenCV does so for 1, 3 and 4 channels. */
static inline __attribute__((always_inline)) void halve_row(const uint8_t *restrict upper,
                                                            const uint8_t *restrict lower,
                                                            uint8_t *restrict out, int width,
                                                            int channels)
{
    for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++) {
            int i = 2 * x * channels + c, j = i + channels;
            out[x * channels + c] = (uint8_t)((upper[i] + upper[j] + lower[i] + lower[j] + 2) >> 2);
        }
}

static void halve(const resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                  ptrdiff_t dst_stride)
{
    for (int y = 0; y < plan->dst_height; y++) {
        const uint8_t *upper = src + 2 * y * src_stride, *lower = upper + src_stride;
        uint8_t *out = dst + y * dst_stride;
        if (plan->channels == 1)
            halve_row(upper, lower, out, plan->dst_width, 1);
        else if (plan->channels == 3)
            halve_row(upper, lower, out, plan->dst_width, 3);
        else
            halve_row(upper, lower, out, plan->dst_width, 4);
    }
}

void resize_run_blocks(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                       ptrdiff_t dst_stride)
{
    int width = plan->block_width, height = plan->block_height, channels = plan->channels;
    if (width == 2 && height == 2 && channels != 2) {
        halve(plan, src, src_stride, dst, dst_stride);
        return;
    }
    float scale = 1.f / (float)(width * height);
    for (int y = 0; y < plan->dst_height; y++)
        for (int x = 0; x < plan->dst_width; x++)
            for (int c = 0; c < channels; c++) {
                const uint8_t *s =
                    src + (ptrdiff_t)y * height * src_stride + (ptrdiff_t)x * width * channels + c;
                int64_t sum = 0;
                for (int j = 0; j < height; j++)
                    for (int i = 0; i < width; i++)
                        sum += s[j * src_stride + i * channels];
                dst[y * dst_stride + x * channels + c] =
                    saturate_u8(round_even((float)sum * scale));
            }
}
