/* media/video_sound.h - the AAC track of a video under construction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_SOUND_H
#define MEDIA_VIDEO_SOUND_H

#include "base/status.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdint.h>

/* Zero-initialised is valid: no track. */
typedef struct video_sound {
    AVCodecContext *codec;
    AVStream *stream; /* belongs to the file */
    AVFrame *frame;   /* being filled */
    int filled;       /* samples a channel in it */
    int64_t samples;  /* a channel, sent to the encoder */
} video_sound;

/* Adds an AAC stream to the file, whose header is not written yet. bitrate 0: 96 kbit/s a channel.
 */
vis_status video_sound_open(video_sound *s, AVFormatContext *file, int rate, int channels,
                            int bitrate, const char *name, vis_error *err);
void video_sound_close(video_sound *s);

/* Appends samples, encodes what fills a block. `packet` is scratch. */
vis_status video_sound_write(video_sound *s, AVFormatContext *file, AVPacket *packet,
                             const float *interleaved, int64_t frames, const char *name,
                             vis_error *err);

/* Encodes the rest. */
vis_status video_sound_flush(video_sound *s, AVFormatContext *file, AVPacket *packet,
                             const char *name, vis_error *err);

/* Gives a frame (NULL: no more) to an encoder and writes all packets that it yields. For sound and
 * picture alike. */
vis_status video_encode(AVFormatContext *file, AVStream *stream, AVCodecContext *codec,
                        const AVFrame *frame, AVPacket *packet, const char *name, vis_error *err);

#endif
