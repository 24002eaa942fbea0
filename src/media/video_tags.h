/* media/video_tags.h - what the colours of a stream are said to be, and what follows from it.
 *
 * The numbers of ISO/IEC 23091-2 (ITU-T H.273), which FFmpeg's AVCOL_* are; 2 is "not said". The
 * usual colours of SDR video are kept as values, with their primaries and transfer carried into the
 * result, so that it looks in any player as the footage does. HDR (HLG, PQ) and wide gamuts
 * (BT.2020, Display P3) are converted (media/video_light.h). What neither goes for is refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_TAGS_H
#define MEDIA_VIDEO_TAGS_H

#include "base/status.h"

#include <libavformat/avformat.h>
#include <stdbool.h>

typedef struct video_tags {
    int primaries, transfer, matrix;
} video_tags;

#define VIDEO_TAGS_NONE ((video_tags){2, 2, 2})

/* As the container says; before FFmpeg looks into the stream, whose word replaces it. */
video_tags video_tags_of_stream(const AVStream *stream);
video_tags video_tags_of_frame(const AVFrame *frame);

/* Fills in what a frame leaves open: from the container, then from what is known (BT.2020's matrix
 * goes with its primaries). VIS_ERR_UNSUPPORTED for colours that are not converted; the message
 * says how to. `path` for messages. */
vis_status video_tags_settle(AVFrame *frame, const video_tags *container, const char *path,
                             vis_error *err);

/* VIS_ERR_UNSUPPORTED for Dolby Vision without a picture that others understand. */
vis_status video_tags_check_stream(const AVStream *stream, const char *path, vis_error *err);

/* Are colours so tagged converted to BT.709? */
bool video_tags_converted(const video_tags *settled);

/* Whether stream and container contradict each other: names the first contradiction in `text`. */
bool video_tags_differ(const video_tags *frame, const video_tags *container, char *text,
                       size_t size);

#endif
