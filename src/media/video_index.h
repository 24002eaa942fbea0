/* media/video_index.h - which frames a video stream holds, found by walking over its packets.
 *
 * Packets come in decoding order; frames are shown in the order of their presentation times (pts),
 * so frame n is the one with the n-th smallest pts. A packet's times are in units of the stream's
 * time base.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_INDEX_H
#define MEDIA_VIDEO_INDEX_H

#include "base/status.h"

#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

#define VIDEO_MAX_FRAMES (8LL << 20) /* 93 hours at 25 fps */

typedef struct video_index {
    int64_t count;
    bool by_time;     /* all frames carry different pts; otherwise frames can only be counted */
    int64_t *pts;     /* [count] ascending; NULL unless by_time */
    int64_t *keys;    /* [key_count] pts of the key frames, ascending; NULL unless by_time */
    int64_t *key_dts; /* [key_count] where to seek for them */
    int64_t key_count;
} video_index;

/* Reads all packets of the stream; the file stands at its end afterwards. VIS_ERR_FORMAT for a file
 * that ends early or holds no frames. `path` for messages. */
vis_status video_index_build(AVFormatContext *file, const AVStream *stream, const char *path,
                             video_index *out, vis_error *err);
void video_index_free(video_index *index);

/* The number of the frame shown at `pts`, -1 when there is none. */
int64_t video_index_find(const video_index *index, int64_t pts);

/* The last key frame not after frame `frame`: its place in keys and key_dts, -1 when there is none.
 */
int64_t video_index_key_before(const video_index *index, int64_t frame);

/* Frames a second: a rate the container names when the times lie on its grid, else a common rate
 * whose grid they lie on, else the mean, with *variable set. */
AVRational video_index_rate(const video_index *index, const AVStream *stream, bool *variable);

#endif
