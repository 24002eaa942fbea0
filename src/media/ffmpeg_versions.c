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

/* The rates of an encoder, 0 behind the last; NULL: any. */
static const int *rates_of(const AVCodec *codec)
{
#if LIBAVCODEC_VERSION_INT < AV_VERSION_INT(61, 13, 100) /* FFmpeg 7.1 */
    return codec->supported_samplerates;
#else
    const void *rates = NULL;
    if (avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_SAMPLE_RATE, 0, &rates, NULL) < 0)
        return NULL;
    return rates;
#endif
}

bool ffmpeg_encodes_rate(const AVCodec *codec, int rate)
{
    const int *rates = rates_of(codec);
    if (!rates) return true;
    while (*rates && *rates != rate)
        rates++;
    return *rates == rate;
}
