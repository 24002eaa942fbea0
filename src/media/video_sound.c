/* media/video_sound.c - the AAC track of a video under construction.
 *
 * The encoder's first 1024 samples are priming; it numbers its packets from -1024 on, and the muxer
 * turns that into an edit list, so that sample 0 is heard at time 0.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_sound.h"

#include "media/ffmpeg.h"
#include "media/ffmpeg_versions.h"

#include <stdbool.h>
#include <string.h>

#define DEFAULT_BITRATE 96000 /* bits a second and channel */

/* A fresh block to fill: the encoder may still hold the last one. */
static vis_status new_block(video_sound *s, vis_error *err)
{
    av_frame_unref(s->frame);
    s->frame->nb_samples = s->codec->frame_size;
    s->frame->format = s->codec->sample_fmt;
    s->frame->sample_rate = s->codec->sample_rate;
    s->filled = 0;
    if (av_channel_layout_copy(&s->frame->ch_layout, &s->codec->ch_layout) < 0 ||
        av_frame_get_buffer(s->frame, 0) < 0)
        return vis_fail_memory(err, "a block of sound");
    return VIS_OK;
}

vis_status video_sound_open(video_sound *s, AVFormatContext *file, int rate, int channels,
                            int bitrate, const char *name, vis_error *err)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    if (!codec)
        return vis_fail(err, VIS_ERR_WRITE, "%s: FFmpeg's libraries lack an AAC encoder", name);
    if (channels < 1 || channels > 2)
        return vis_fail(err, VIS_ERR_USAGE, "%s: %d sound channels; give 1 or 2", name, channels);
    if (!ffmpeg_encodes_rate(codec, rate))
        return vis_fail(err, VIS_ERR_USAGE, "%s: AAC has no sample rate of %d Hz; try 48000", name,
                        rate);
    s->codec = avcodec_alloc_context3(codec);
    s->frame = av_frame_alloc();
    s->stream = avformat_new_stream(file, NULL);
    if (!s->codec || !s->frame || !s->stream) return vis_fail_memory(err, "the sound encoder");
    s->codec->log_level_offset = FFMPEG_QUIET;
    s->codec->sample_rate = rate;
    s->codec->sample_fmt = AV_SAMPLE_FMT_FLTP;
    s->codec->bit_rate = bitrate > 0 ? bitrate : (int64_t)DEFAULT_BITRATE * channels;
    s->codec->time_base = (AVRational){1, rate};
    s->codec->thread_count = 1;
    av_channel_layout_default(&s->codec->ch_layout, channels);
    if (file->oformat->flags & AVFMT_GLOBALHEADER) s->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int rc = avcodec_open2(s->codec, codec, NULL);
    if (rc == -1) rc = AVERROR(ENOMEM); /* as the encoder puts it in places */
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, name, "the AAC encoder does not start", rc);
    s->stream->time_base = s->codec->time_base;
    rc = avcodec_parameters_from_context(s->stream->codecpar, s->codec);
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, name, "no sound track", rc);
    return new_block(s, err);
}

void video_sound_close(video_sound *s)
{
    avcodec_free_context(&s->codec);
    av_frame_free(&s->frame);
    memset(s, 0, sizeof *s);
}

vis_status video_encode(AVFormatContext *file, AVStream *stream, AVCodecContext *codec,
                        const AVFrame *frame, AVPacket *packet, const char *name, vis_error *err)
{
    int rc = avcodec_send_frame(codec, frame);
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, name, "cannot encode", rc);
    while ((rc = avcodec_receive_packet(codec, packet)) >= 0) {
        av_packet_rescale_ts(packet, codec->time_base, stream->time_base);
        packet->stream_index = stream->index;
        rc = av_interleaved_write_frame(file, packet);
        if (rc >= 0 && file->pb->error < 0) rc = file->pb->error;
        if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, name, "cannot be written", rc);
    }
    if (rc != AVERROR(EAGAIN) && rc != AVERROR_EOF)
        return ffmpeg_fail(err, VIS_ERR_WRITE, name, "cannot encode", rc);
    return VIS_OK;
}

static vis_status send_block(video_sound *s, AVFormatContext *file, AVPacket *packet,
                             const char *name, vis_error *err)
{
    s->frame->nb_samples = s->filled;
    s->frame->pts = s->samples;
    s->samples += s->filled;
    VIS_TRY(video_encode(file, s->stream, s->codec, s->frame, packet, name, err));
    return new_block(s, err);
}

static float clip(float v)
{
    return v < -1.f ? -1.f : v > 1.f ? 1.f : v == v ? v : 0.f;
}

vis_status video_sound_write(video_sound *s, AVFormatContext *file, AVPacket *packet,
                             const float *interleaved, int64_t frames, const char *name,
                             vis_error *err)
{
    int channels = s->codec->ch_layout.nb_channels;
    while (frames > 0) {
        int room = s->codec->frame_size - s->filled;
        int count = frames < room ? (int)frames : room;
        for (int c = 0; c < channels; c++) {
            float *out = (float *)s->frame->extended_data[c] + s->filled;
            for (int i = 0; i < count; i++)
                out[i] = clip(interleaved[i * channels + c]);
        }
        s->filled += count;
        interleaved += (ptrdiff_t)count * channels;
        frames -= count;
        if (s->filled == s->codec->frame_size) VIS_TRY(send_block(s, file, packet, name, err));
    }
    return VIS_OK;
}

vis_status video_sound_flush(video_sound *s, AVFormatContext *file, AVPacket *packet,
                             const char *name, vis_error *err)
{
    if (s->filled > 0) VIS_TRY(send_block(s, file, packet, name, err));
    return video_encode(file, s->stream, s->codec, NULL, packet, name, err);
}
