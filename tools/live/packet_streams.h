/* live/packet_streams.h - what a session sends, as the streams of a container that FFmpeg writes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_PACKET_STREAMS_H
#define LIVE_PACKET_STREAMS_H

#include "base/status.h"
#include "live/packet.h"

#include <libavformat/avformat.h>

/* The streams belong to `file`. VIS_ERR_MEMORY. */
vis_status packet_streams_video(AVFormatContext *file, int width, int height, int fps,
                                AVStream **out, vis_error *err);

/* `delay`: of the sound's encoder, in samples. */
vis_status packet_streams_opus(AVFormatContext *file, int delay, AVStream **out, vis_error *err);

/* The parameter sets of a key picture, before the file's header is written. */
vis_status packet_streams_headers(AVStream *video, const live_packet *key, vis_error *err);

/* Fills `packet` with one of the session's, whose bytes stay its own; times count from `origin_us`. */
void packet_streams_fill(AVPacket *packet, const live_packet *p, const AVStream *stream,
                         int64_t origin_us);

#endif
