/* media/resize.h - resizing 8-bit pictures with OpenCV's pixels.
 *
 * The result equals cv2.resize(src, (dst_width, dst_height), interpolation=...) of OpenCV 4.6 as
 * Debian builds it for amd64 (SSE baseline, no IPP), byte for byte, for 1 to 4 interleaved channels
 * and any sizes:
 *   linear  11-bit weights; halving both sides exactly averages 2x2 blocks, as OpenCV does
 *   cubic   A = -0.75, 11-bit weights, edges replicated; the vertical pass in float32 for all but
 *           the last (row bytes mod 8) bytes of a row, which OpenCV's scalar tail does in integers
 *   area    shrinking in both directions: box averages in float32 (integer sums for whole ratios);
 *           otherwise OpenCV's "linear with area weights"
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_RESIZE_H
#define MEDIA_RESIZE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum resize_mode { RESIZE_LINEAR, RESIZE_CUBIC, RESIZE_AREA } resize_mode;

/* Tables and scratch memory for one pair of sizes, to be used for any number of pictures. Not for
 * two threads at once: each needs its own plan. */
typedef struct resize_plan resize_plan;

/* Sizes in pixels, 1 to PICTURE_MAX_SIDE; channels 1 to 4. VIS_ERR_USAGE, VIS_ERR_LIMIT,
 * VIS_ERR_MEMORY. The plan is the caller's, released with resize_plan_destroy. */
vis_status resize_plan_create(resize_mode mode, int src_width, int src_height, int dst_width,
                              int dst_height, int channels, resize_plan **out, vis_error *err);
void resize_plan_destroy(resize_plan *plan); /* NULL is fine */

/* src [src_height, src_width, channels] -> dst [dst_height, dst_width, channels], rows `*_stride`
 * bytes apart, so that both may be rectangles within larger pictures. They must not overlap.
 * Nothing outside the rectangles is read or written. Never fails, never allocates. */
void resize_run(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                ptrdiff_t dst_stride);

/* The same where only `part` of dst is looked at, x1, y1, x2, y2, not empty: the rest may stay as it
 * was, and of src only what the part is made of is read, with at most 16 bytes beside it. */
void resize_run_part(resize_plan *plan, const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst,
                     ptrdiff_t dst_stride, const int part[4]);

/* "linear", "cubic", "area". */
const char *resize_mode_name(resize_mode mode);

#endif
