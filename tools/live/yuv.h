/* live/yuv.h - BGR pictures as I420 with even sides, in the colours that renders have.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_YUV_H
#define LIVE_YUV_H

#include "live/bytes.h"
#include "media/video_colors.h"

/* Zero-initialised is valid: yuv_open makes it ready. */
typedef struct yuv {
    int width, height; /* even */
    AVFrame *frame;    /* yuv420p, tagged (video_colors_tag) */
} yuv;

/* Pictures of this size; an odd last row or column is cut. */
vis_status yuv_open(yuv *y, int width, int height, vis_error *err);
void yuv_close(yuv *y);

/* Fills y->frame, which is writable then. */
vis_status yuv_convert(yuv *y, const uint8_t *pixels, int stride, vis_error *err);

/* The planes of y->frame without padding; the caller's to release. */
vis_status yuv_planes(const yuv *y, live_bytes **out, vis_error *err);

#endif
