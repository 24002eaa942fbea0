/* media/video_shape.h - how a stream's pictures are to be shown: which way up, mirrored or not, and
 * how wide their pixels are.
 *
 * The display matrix (ISO/IEC 14496-12, track header; FFmpeg's libavutil/display.h): a stored point
 * (x, y) is shown at (a x + c y, b x + d y), the numbers standing in the order a b u c d v x y w.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_SHAPE_H
#define MEDIA_VIDEO_SHAPE_H

#include "base/status.h"

#include <libavformat/avformat.h>

typedef struct video_shape {
    int orientation;         /* EXIF's number, 1 to 8; 5 to 8 exchange width and height */
    AVRational pixel_aspect; /* width : height of a pixel as shown, thus after turning; 1:1 when the
                                file does not say */
} video_shape;

/* From the stream and its first frame (NULL: none could be decoded). VIS_ERR_UNSUPPORTED for a
 * matrix that does more than quarter turns and mirrors, and for pixels beyond 1:16. */
vis_status video_shape_read(AVFormatContext *file, AVStream *stream, AVFrame *first,
                            const char *path, video_shape *out, vis_error *err);

#endif
