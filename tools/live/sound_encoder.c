/* live/sound_encoder.c - libopus through libavcodec.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/sound_encoder.h"

#include "live/session.h"
#include "media/ffmpeg.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#define BITRATE 64000
#define COMPLEXITY 5 /* of 10: half the time, and speech that sounds the same */

struct sound_encoder {
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
    int64_t samples;
};

static int set_options(AVCodecContext *codec)
{
    int rc = av_opt_set(codec->priv_data, "application", "audio", 0);
    if (rc >= 0) rc = av_opt_set(codec->priv_data, "frame_duration", "20", 0);
    if (rc >= 0) rc = av_opt_set(codec->priv_data, "vbr", "on", 0);
    return rc;
}

static vis_status open_codec(sound_encoder *e, vis_error *err)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libopus");
    if (!codec)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "FFmpeg's libraries were built without libopus");
    e->codec = avcodec_alloc_context3(codec);
    e->frame = av_frame_alloc();
    e->packet = av_packet_alloc();
    if (!e->codec || !e->frame || !e->packet) return vis_fail_memory(err, "the sound encoder");
    e->codec->log_level_offset = FFMPEG_QUIET;
    e->codec->sample_rate = LIVE_SOUND_RATE;
    e->codec->sample_fmt = AV_SAMPLE_FMT_FLT;
    e->codec->bit_rate = BITRATE;
    e->codec->time_base = (AVRational){1, LIVE_SOUND_RATE};
    e->codec->thread_count = 1;
    e->codec->compression_level = COMPLEXITY;
    av_channel_layout_default(&e->codec->ch_layout, 1);
    int rc = set_options(e->codec);
    if (rc >= 0) rc = avcodec_open2(e->codec, codec, NULL);
    if (rc < 0)
        return ffmpeg_fail(err, VIS_ERR_UNSUPPORTED, "live sound",
                           "the Opus encoder does not start", rc);
    e->frame->nb_samples = SOUND_PACKET_SAMPLES;
    e->frame->format = e->codec->sample_fmt;
    e->frame->sample_rate = LIVE_SOUND_RATE;
    if (av_channel_layout_copy(&e->frame->ch_layout, &e->codec->ch_layout) < 0 ||
        av_frame_get_buffer(e->frame, 0) < 0)
        return vis_fail_memory(err, "a block of sound");
    return VIS_OK;
}

vis_status sound_encoder_open(sound_encoder **out, vis_error *err)
{
    *out = NULL;
    sound_encoder *e = calloc(1, sizeof *e);
    if (!e) return vis_fail_memory(err, "the sound encoder");
    vis_status status = open_codec(e, err);
    if (status == VIS_OK)
        *out = e;
    else
        sound_encoder_close(e);
    return status;
}

void sound_encoder_close(sound_encoder *e)
{
    if (!e) return;
    avcodec_free_context(&e->codec);
    av_frame_free(&e->frame);
    av_packet_free(&e->packet);
    free(e);
}

int sound_encoder_delay(const sound_encoder *e)
{
    return e->codec->initial_padding;
}

static float clip(float v)
{
    return v < -1.f ? -1.f : v > 1.f ? 1.f : v == v ? v : 0.f;
}

vis_status sound_encoder_packet(sound_encoder *e, const float *samples, live_bytes **out,
                                vis_error *err)
{
    *out = NULL;
    if (av_frame_make_writable(e->frame) < 0) return vis_fail_memory(err, "a block of sound");
    float *to = (float *)e->frame->data[0];
    for (int i = 0; i < SOUND_PACKET_SAMPLES; i++)
        to[i] = clip(samples[i]);
    e->frame->pts = e->samples;
    e->samples += SOUND_PACKET_SAMPLES;
    int rc = avcodec_send_frame(e->codec, e->frame);
    if (rc >= 0) rc = avcodec_receive_packet(e->codec, e->packet);
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_INTERNAL, "live sound", "cannot encode", rc);
    *out = live_bytes_new((size_t)e->packet->size);
    if (*out) memcpy((*out)->data, e->packet->data, (*out)->size);
    av_packet_unref(e->packet);
    return *out ? VIS_OK : vis_fail_memory(err, "a packet of sound");
}
