/* live/packet_streams.c - H.264 and Opus described.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/packet_streams.h"

#include "live/session.h"
#include "live/sound_encoder.h"

#include <libavcodec/avcodec.h>
#include <string.h>

#define OPUS_HEAD 19 /* bytes: RFC 7845, section 5.1 */

static vis_status set_extradata(AVStream *stream, const uint8_t *bytes, size_t size, vis_error *err)
{
    AVCodecParameters *par = stream->codecpar;
    av_freep(&par->extradata);
    par->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!par->extradata) return vis_fail_memory(err, "a stream");
    memcpy(par->extradata, bytes, size);
    par->extradata_size = (int)size;
    return VIS_OK;
}

vis_status packet_streams_video(AVFormatContext *file, int width, int height, int fps,
                                AVStream **out, vis_error *err)
{
    AVStream *video = *out = avformat_new_stream(file, NULL);
    if (!video) return vis_fail_memory(err, "a stream");
    video->time_base = (AVRational){1, 1000000};
    video->avg_frame_rate = (AVRational){fps, 1};
    AVCodecParameters *par = video->codecpar;
    par->codec_type = AVMEDIA_TYPE_VIDEO;
    par->codec_id = AV_CODEC_ID_H264;
    par->width = width;
    par->height = height;
    par->format = AV_PIX_FMT_YUV420P;
    return VIS_OK;
}

vis_status packet_streams_opus(AVFormatContext *file, int delay, AVStream **out, vis_error *err)
{
    uint8_t head[OPUS_HEAD] = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 1};
    head[10] = (uint8_t)delay;
    head[11] = (uint8_t)(delay >> 8);
    head[12] = LIVE_SOUND_RATE & 0xff;
    head[13] = LIVE_SOUND_RATE >> 8 & 0xff;
    AVStream *sound = *out = avformat_new_stream(file, NULL);
    if (!sound) return vis_fail_memory(err, "a stream");
    sound->time_base = (AVRational){1, LIVE_SOUND_RATE};
    AVCodecParameters *par = sound->codecpar;
    par->codec_type = AVMEDIA_TYPE_AUDIO;
    par->codec_id = AV_CODEC_ID_OPUS;
    par->sample_rate = LIVE_SOUND_RATE;
    par->frame_size = SOUND_PACKET_SAMPLES;
    par->initial_padding = delay;
    av_channel_layout_default(&par->ch_layout, 1);
    return set_extradata(sound, head, sizeof head, err);
}

/* What stands before the picture itself. */
static size_t headers_size(const live_packet *p)
{
    for (size_t i = 0; i + 3 < p->size; i++)
        if (p->bytes[i] == 0 && p->bytes[i + 1] == 0 && p->bytes[i + 2] == 1 &&
            (p->bytes[i + 3] & 31) == 5)
            return i;
    return p->size;
}

vis_status packet_streams_headers(AVStream *video, const live_packet *key, vis_error *err)
{
    return set_extradata(video, key->bytes, headers_size(key), err);
}

void packet_streams_fill(AVPacket *packet, const live_packet *p, const AVStream *stream,
                         int64_t origin_us)
{
    const AVRational us = {1, 1000000};
    packet->data = (uint8_t *)p->bytes;
    packet->size = (int)p->size;
    packet->stream_index = stream->index;
    packet->pts = packet->dts = av_rescale_q(p->time_us - origin_us, us, stream->time_base);
    packet->duration = av_rescale_q(p->duration_us, us, stream->time_base);
    packet->flags = p->key ? AV_PKT_FLAG_KEY : 0;
}
