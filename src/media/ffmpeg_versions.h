/* media/ffmpeg_versions.h - what differs between FFmpeg's libraries of 5.1 and later ones. Nothing
 * else looks at their versions.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MEDIA_FFMPEG_VERSIONS_H
#define MEDIA_FFMPEG_VERSIONS_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>

/* What a callback that writes is given: it may not change it since FFmpeg 7. */
#if LIBAVFORMAT_VERSION_MAJOR < 61
typedef uint8_t ffmpeg_written;
#else
typedef const uint8_t ffmpeg_written;
#endif

/* Side data of a whole stream, `size` bytes, or NULL; owned by the stream. */
const void *ffmpeg_stream_side_data(const AVStream *stream, enum AVPacketSideDataType type,
                                    size_t *size);

/* Has an encoder of sound this sample rate, in Hz? */
bool ffmpeg_encodes_rate(const AVCodec *codec, int rate);

/* The first format of samples that it takes, or AV_SAMPLE_FMT_NONE: it says none. */
enum AVSampleFormat ffmpeg_encodes_samples(const AVCodec *codec);

#endif
