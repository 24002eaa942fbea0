/* media/ffmpeg_versions.c - see ffmpeg_versions.h.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/ffmpeg_versions.h"

#include <libavcodec/packet.h>

const void *ffmpeg_stream_side_data(const AVStream *stream, enum AVPacketSideDataType type,
                                    size_t *size)
{
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(60, 15, 100) /* FFmpeg 6.1 */
    return av_stream_get_side_data(stream, type, size);
#else
    const AVPacketSideData *found = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, type);
    *size = found ? found->size : 0;
    return found ? found->data : NULL;
#endif
}

/* Lists of what an encoder takes; NULL: it says nothing. */
#if LIBAVCODEC_VERSION_INT < AV_VERSION_INT(61, 13, 100) /* FFmpeg 7.1 */
#define RATES(codec) ((codec)->supported_samplerates)
#define SAMPLES(codec) ((codec)->sample_fmts)
#else
#define RATES(codec) supported(codec, AV_CODEC_CONFIG_SAMPLE_RATE)
#define SAMPLES(codec) supported(codec, AV_CODEC_CONFIG_SAMPLE_FORMAT)
static const void *supported(const AVCodec *codec, enum AVCodecConfig what)
{
    const void *list = NULL;
    return avcodec_get_supported_config(NULL, codec, what, 0, &list, NULL) < 0 ? NULL : list;
}
#endif

bool ffmpeg_encodes_rate(const AVCodec *codec, int rate)
{
    const int *rates = RATES(codec); /* 0 behind the last */
    if (!rates) return true;
    while (*rates && *rates != rate)
        rates++;
    return *rates == rate;
}

enum AVSampleFormat ffmpeg_encodes_samples(const AVCodec *codec)
{
    const enum AVSampleFormat *formats = SAMPLES(codec);
    return formats ? formats[0] : AV_SAMPLE_FMT_NONE;
}
