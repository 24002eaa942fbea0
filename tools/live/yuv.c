/* live/yuv.c - through media's conversion.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/yuv.h"

#include <libavutil/imgutils.h>

vis_status yuv_open(yuv *y, int width, int height, vis_error *err)
{
    y->width = width & ~1;
    y->height = height & ~1;
    if (y->width < 2 || y->height < 2)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "footage of %dx%d is too small for video", width,
                        height);
    y->frame = av_frame_alloc();
    if (!y->frame) return vis_fail_memory(err, "a video frame");
    y->frame->width = y->width;
    y->frame->height = y->height;
    y->frame->format = AV_PIX_FMT_YUV420P;
    video_colors_tag(y->frame, AVCOL_PRI_UNSPECIFIED, AVCOL_TRC_UNSPECIFIED);
    return av_frame_get_buffer(y->frame, 0) < 0 ? vis_fail_memory(err, "a video frame") : VIS_OK;
}

void yuv_close(yuv *y)
{
    av_frame_free(&y->frame);
}

vis_status yuv_convert(yuv *y, const uint8_t *pixels, int stride, vis_error *err)
{
    const picture p = {
        .width = y->width, .height = y->height, .stride = stride, .data = (uint8_t *)pixels};
    /* The encoder copies what it keeps, so this frees nothing and copies nothing as a rule. */
    if (av_frame_make_writable(y->frame) < 0) return vis_fail_memory(err, "a video frame");
    video_colors_from_bgr(&p, y->frame);
    return VIS_OK;
}

vis_status yuv_planes(const yuv *y, live_bytes **out, vis_error *err)
{
    int size = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, y->width, y->height, 1);
    *out = size > 0 ? live_bytes_new((size_t)size) : NULL;
    if (!*out) return vis_fail_memory(err, "a video frame");
    av_image_copy_to_buffer((*out)->data, size, (const uint8_t *const *)y->frame->data,
                            y->frame->linesize, AV_PIX_FMT_YUV420P, y->width, y->height, 1);
    return VIS_OK;
}
