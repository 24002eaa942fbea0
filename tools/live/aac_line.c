/* live/aac_line.c - decoded, gathered into frames of 1024 samples, encoded.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/aac_line.h"

#include "live/session.h"

#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>
#include <stdlib.h>

#define BIT_RATE 96000
#define MOST_GAP (LIVE_SOUND_RATE / 20) /* samples: what is lacking is not made up for */

struct aac_line {
    AVCodecContext *decoder, *encoder;
    AVAudioFifo *fifo;
    AVPacket *packet;
    AVFrame *decoded, *frame;
    int64_t next; /* sample from the origin that the fifo begins with; INT64_MIN: none came yet */
    AVStream *stream;
};

static vis_status no_codec(vis_error *err)
{
    return vis_fail(err, VIS_ERR_UNSUPPORTED, "this FFmpeg has no AAC encoder, or no Opus decoder");
}

/* Planar floats, mono, at the rate of all sessions. */
static vis_status open_codec(const AVCodec *codec, bool encodes, AVCodecContext **out,
                             vis_error *err)
{
    AVCodecContext *c = *out = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!codec) return no_codec(err);
    if (!c) return vis_fail_memory(err, "sound");
    c->sample_rate = LIVE_SOUND_RATE;
    c->sample_fmt = c->request_sample_fmt = AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&c->ch_layout, 1);
    if (encodes) c->bit_rate = BIT_RATE;
    if (encodes) c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    return avcodec_open2(c, codec, NULL) < 0 ? no_codec(err) : VIS_OK;
}

static vis_status open_all(aac_line *l, AVFormatContext *file, vis_error *err)
{
    VIS_TRY(open_codec(avcodec_find_decoder_by_name("opus"), false, &l->decoder, err));
    VIS_TRY(open_codec(avcodec_find_encoder_by_name("aac"), true, &l->encoder, err));
    l->fifo = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, 1, 2 * l->encoder->frame_size);
    l->packet = av_packet_alloc();
    l->decoded = av_frame_alloc();
    l->frame = av_frame_alloc();
    l->stream = avformat_new_stream(file, NULL);
    if (!l->fifo || !l->packet || !l->decoded || !l->frame || !l->stream ||
        avcodec_parameters_from_context(l->stream->codecpar, l->encoder) < 0)
        return vis_fail_memory(err, "sound");
    l->stream->time_base = (AVRational){1, LIVE_SOUND_RATE};
    l->next = INT64_MIN;
    return VIS_OK;
}

vis_status aac_line_open(AVFormatContext *file, AVStream **stream, aac_line **out, vis_error *err)
{
    aac_line *l = *out = calloc(1, sizeof *l);
    if (!l) return vis_fail_memory(err, "sound");
    vis_status status = open_all(l, file, err);
    *stream = l->stream;
    return status;
}

void aac_line_close(aac_line *l)
{
    if (!l) return;
    avcodec_free_context(&l->decoder);
    avcodec_free_context(&l->encoder);
    if (l->fifo) av_audio_fifo_free(l->fifo);
    av_packet_free(&l->packet);
    av_frame_free(&l->decoded);
    av_frame_free(&l->frame);
    free(l);
}

static vis_status fail_codec(vis_error *err)
{
    return vis_fail(err, VIS_ERR_INTERNAL, "Opus does not become AAC");
}

static vis_status decode(aac_line *l, const live_packet *opus, vis_error *err)
{
    l->packet->data = (uint8_t *)opus->bytes;
    l->packet->size = (int)opus->size;
    int rc = avcodec_send_packet(l->decoder, l->packet);
    l->packet->data = NULL;
    l->packet->size = 0;
    if (rc < 0) return fail_codec(err);
    while (avcodec_receive_frame(l->decoder, l->decoded) >= 0) {
        int count = l->decoded->nb_samples;
        rc = av_audio_fifo_write(l->fifo, (void **)l->decoded->extended_data, count);
        av_frame_unref(l->decoded);
        if (rc < count) return vis_fail_memory(err, "sound");
    }
    return VIS_OK;
}

/* A frame of the encoder's from what was gathered. */
static vis_status next_frame(aac_line *l, vis_error *err)
{
    AVFrame *f = l->frame;
    av_frame_unref(f);
    f->nb_samples = l->encoder->frame_size;
    f->format = AV_SAMPLE_FMT_FLTP;
    f->sample_rate = LIVE_SOUND_RATE;
    f->pts = l->next;
    l->next += f->nb_samples;
    if (av_channel_layout_copy(&f->ch_layout, &l->encoder->ch_layout) < 0 ||
        av_frame_get_buffer(f, 0) < 0)
        return vis_fail_memory(err, "sound");
    av_audio_fifo_read(l->fifo, (void **)f->extended_data, f->nb_samples);
    return avcodec_send_frame(l->encoder, f) < 0 ? fail_codec(err) : VIS_OK;
}

/* Of a network that is too slow, packets are dropped: what comes then is heard at its own time. */
static void follow_time(aac_line *l, int64_t at)
{
    if (l->next != INT64_MIN && at - l->next - av_audio_fifo_size(l->fifo) < MOST_GAP) return;
    av_audio_fifo_reset(l->fifo);
    l->next = at;
}

vis_status aac_line_add(aac_line *l, const live_packet *opus, int64_t origin_us,
                        vis_status (*give)(void *user, AVPacket *p, vis_error *err), void *user,
                        vis_error *err)
{
    const AVRational us = {1, 1000000}, samples = {1, LIVE_SOUND_RATE};
    follow_time(l, av_rescale_q(opus->time_us - origin_us, us, samples));
    VIS_TRY(decode(l, opus, err));
    while (av_audio_fifo_size(l->fifo) >= l->encoder->frame_size) {
        VIS_TRY(next_frame(l, err));
        while (avcodec_receive_packet(l->encoder, l->packet) >= 0) {
            l->packet->stream_index = l->stream->index;
            av_packet_rescale_ts(l->packet, samples, l->stream->time_base);
            VIS_TRY(give(user, l->packet, err));
            av_packet_unref(l->packet);
        }
    }
    return VIS_OK;
}
