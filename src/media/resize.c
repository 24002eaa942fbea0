/* media/resize.c - choosing the method and owning the plan.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/resize.h"

#include "base/memory.h"
#include "media/picture.h"
#include "media/resize_plan.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* OpenCV works with the reciprocal of the rounded quotient; a plain src / dst differs in the last
 * bit and, through it, in the choice between blocks and area. */
static double ratio(int src, int dst)
{
    return 1.0 / ((double)dst / src);
}

static bool is_whole(double value, int *whole)
{
    *whole = (int)lrint(value);
    return fabs(value - *whole) < DBL_EPSILON;
}

static bool prepare(resize_plan *plan, resize_mode mode)
{
    double x_ratio = ratio(plan->src_width, plan->dst_width);
    double y_ratio = ratio(plan->src_height, plan->dst_height);
    bool x_whole = is_whole(x_ratio, &plan->block_width);
    bool y_whole = is_whole(y_ratio, &plan->block_height);
    bool blocks = x_whole && y_whole;

    if (plan->src_width == plan->dst_width && plan->src_height == plan->dst_height) {
        plan->method = RESIZE_METHOD_COPY;
        return true;
    }
    if (mode == RESIZE_LINEAR && blocks && plan->block_width == 2 && plan->block_height == 2) {
        plan->method = RESIZE_METHOD_BLOCKS;
        return true;
    }
    if (mode == RESIZE_AREA && x_ratio >= 1 && y_ratio >= 1) {
        plan->method = blocks ? RESIZE_METHOD_BLOCKS : RESIZE_METHOD_AREA;
        return blocks || resize_area_prepare(plan);
    }
    plan->method = mode == RESIZE_CUBIC ? RESIZE_METHOD_CUBIC : RESIZE_METHOD_LINEAR;
    return resize_taps_prepare(plan, mode == RESIZE_AREA);
}

vis_status resize_plan_create(resize_mode mode, int src_width, int src_height, int dst_width,
                              int dst_height, int channels, resize_plan **out, vis_error *err)
{
    *out = NULL;
    if (mode != RESIZE_LINEAR && mode != RESIZE_CUBIC && mode != RESIZE_AREA)
        return vis_fail(err, VIS_ERR_USAGE, "resize: unknown mode %d", (int)mode);
    if (channels < 1 || channels > 4)
        return vis_fail(err, VIS_ERR_USAGE, "resize: %d channels; give 1 to 4", channels);
    VIS_TRY(picture_check_size(src_width, src_height, "picture to resize", err));
    VIS_TRY(picture_check_size(dst_width, dst_height, "resized picture", err));

    resize_plan *plan = calloc(1, sizeof *plan);
    if (!plan) return vis_fail_memory(err, "a resize plan");
    plan->src_width = src_width;
    plan->src_height = src_height;
    plan->dst_width = dst_width;
    plan->dst_height = dst_height;
    plan->channels = channels;
    plan->rows = pixel_rows_best();
    if (!prepare(plan, mode)) {
        resize_plan_destroy(plan);
        return vis_fail_memory(err, "a resize plan");
    }
    *out = plan;
    return VIS_OK;
}

void resize_plan_destroy(resize_plan *plan)
{
    if (!plan) return;
    aligned_free(plan->x_start);
    aligned_free(plan->y_start);
    aligned_free(plan->x_weights);
    aligned_free(plan->y_weights);
    aligned_free(plan->linear_rows);
    aligned_free(plan->cubic_rows);
    aligned_free(plan->x_area.taps);
    aligned_free(plan->x_area.first);
    aligned_free(plan->y_area.taps);
    aligned_free(plan->y_area.first);
    aligned_free(plan->area_row);
    aligned_free(plan->area_sum);
    free(plan);
}

static void copy_part(const resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride,
                      uint8_t *dst, ptrdiff_t dst_stride, const int part[4])
{
    ptrdiff_t from = (ptrdiff_t)plan->channels * part[0];
    size_t bytes = (size_t)plan->channels * (size_t)(part[2] - part[0]);
    for (int y = part[1]; y < part[3]; y++)
        memcpy(dst + y * dst_stride + from, src + y * src_stride + from, bytes);
}

void resize_run_part(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                     ptrdiff_t dst_stride, const int part[4])
{
    switch (plan->method) {
    case RESIZE_METHOD_COPY:
        copy_part(plan, src, src_stride, dst, dst_stride, part);
        break;
    case RESIZE_METHOD_LINEAR:
        resize_run_linear(plan, src, src_stride, dst, dst_stride, part);
        break;
    case RESIZE_METHOD_CUBIC:
        resize_run_cubic(plan, src, src_stride, dst, dst_stride, part);
        break;
    case RESIZE_METHOD_BLOCKS:
        resize_run_blocks(plan, src, src_stride, dst, dst_stride);
        break;
    case RESIZE_METHOD_AREA:
        resize_run_area(plan, src, src_stride, dst, dst_stride);
        break;
    }
}

void resize_run(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                ptrdiff_t dst_stride)
{
    const int whole[4] = {0, 0, plan->dst_width, plan->dst_height};
    resize_run_part(plan, src, src_stride, dst, dst_stride, whole);
}

const char *resize_mode_name(resize_mode mode)
{
    switch (mode) {
    case RESIZE_LINEAR:
        return "linear";
    case RESIZE_CUBIC:
        return "cubic";
    case RESIZE_AREA:
        return "area";
    }
    return "?";
}
