/* tests/unit/audio/encode.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "encode.h"

#include "media/ffmpeg_versions.h"
#include "support.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <math.h>

static void put_sample(AVFrame *f, int i, float value)
{
    switch (f->format) {
    case AV_SAMPLE_FMT_FLT:
    case AV_SAMPLE_FMT_FLTP:
        ((float *)f->data[0])[i] = value;
        break;
    case AV_SAMPLE_FMT_S16:
    case AV_SAMPLE_FMT_S16P:
        ((int16_t *)f->data[0])[i] = (int16_t)lrintf(value * 32767);
        break;
    case AV_SAMPLE_FMT_S32:
    case AV_SAMPLE_FMT_S32P:
        ((int32_t *)f->data[0])[i] = (int32_t)lrint((double)value * 2147483647);
        break;
    default:
        fail_msg("an encoder with samples in %s", av_get_sample_fmt_name(f->format));
    }
}

static void write_packets(AVFormatContext *out, AVCodecContext *codec, AVPacket *packet)
{
    while (avcodec_receive_packet(codec, packet) == 0) {
        av_packet_rescale_ts(packet, codec->time_base, out->streams[0]->time_base);
        assert_true(av_interleaved_write_frame(out, packet) >= 0);
    }
}

static void write_sound(AVFormatContext *out, AVCodecContext *codec, const float *samples,
                        int count)
{
    AVPacket *packet = av_packet_alloc();
    int block = codec->frame_size > 0 ? codec->frame_size : 1024;
    for (int done = 0; done < count; done += block) {
        AVFrame *f = av_frame_alloc();
        f->nb_samples = count - done < block ? count - done : block;
        f->format = codec->sample_fmt;
        f->sample_rate = codec->sample_rate;
        f->pts = done;
        assert_int_equal(av_channel_layout_copy(&f->ch_layout, &codec->ch_layout), 0);
        assert_int_equal(av_frame_get_buffer(f, 0), 0);
        for (int i = 0; i < f->nb_samples; i++)
            put_sample(f, i, samples[done + i]);
        assert_int_equal(avcodec_send_frame(codec, f), 0);
        av_frame_free(&f);
        write_packets(out, codec, packet);
    }
    assert_int_equal(avcodec_send_frame(codec, NULL), 0);
    write_packets(out, codec, packet);
    av_packet_free(&packet);
}

bool encode_sound(const char *path, const char *encoder, int rate, const float *samples, int count)
{
    const AVCodec *kind = avcodec_find_encoder_by_name(encoder);
    if (kind == NULL) return false;
    AVFormatContext *out = NULL;
    assert_true(avformat_alloc_output_context2(&out, NULL, NULL, path) >= 0);
    AVCodecContext *codec = avcodec_alloc_context3(kind);
    av_channel_layout_default(&codec->ch_layout, 1);
    codec->sample_rate = rate;
    codec->sample_fmt = ffmpeg_encodes_samples(kind);
    codec->bit_rate = 192000;
    codec->time_base = (AVRational){1, rate};
    if (out->oformat->flags & AVFMT_GLOBALHEADER) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    assert_int_equal(avcodec_open2(codec, kind, NULL), 0);
    AVStream *stream = avformat_new_stream(out, NULL);
    stream->time_base = codec->time_base;
    assert_true(avcodec_parameters_from_context(stream->codecpar, codec) >= 0);
    assert_true(avio_open(&out->pb, path, AVIO_FLAG_WRITE) >= 0);
    assert_true(avformat_write_header(out, NULL) >= 0);
    write_sound(out, codec, samples, count);
    assert_int_equal(av_write_trailer(out), 0);
    avio_closep(&out->pb);
    avcodec_free_context(&codec);
    avformat_free_context(out);
    return true;
}
