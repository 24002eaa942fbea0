/* media/video_marks.h - what a video file says about how it was made: tags and an XMP packet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_MARKS_H
#define MEDIA_VIDEO_MARKS_H

#include "base/status.h"

#include <libavformat/avformat.h>

/* "composite with elements made by trained models", IPTC NewsCodes, digital source type. */
#define VIDEO_SOURCE_TYPE_COMPOSITE "compositeWithTrainedAlgorithmicMedia"

/* Texts; NULL leaves one out. */
typedef struct video_marks {
    const char *comment;             /* tag "comment" */
    const char *description;         /* tag "description", and dc:description of the XMP packet */
    const char *creator;             /* program and version, for xmp:CreatorTool */
    const char *model_sha256;        /* of the checkpoint, for the XMP packet */
    const char *digital_source_type; /* IPTC term, e.g. VIDEO_SOURCE_TYPE_COMPOSITE; XMP packet */
    const char *instance_id;         /* of this very file, for xmpMM:InstanceID */
    const char *aigc;                /* JSON of China's GB 45438-2025, tag "AIGC" */
} video_marks;

/* Gives the tags to an MP4 muxer, before its header is written. With "AIGC" all of them stand under
 * their own names (moov/udta/meta of handler mdta), without it under those of iTunes. */
vis_status video_marks_tag(AVFormatContext *file, const video_marks *marks, vis_error *err);

#endif
