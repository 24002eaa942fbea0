/* media/ffmpeg_allowed.h - which containers are opened and which decoders may run.
 *
 * FFmpeg reads some 350 kinds of files, many of which nobody films or records with and few of which
 * are well tried; some name further files or addresses. Media come from strangers, so only what
 * phones, cameras, recorders and editors write is taken. A file's kind is told by its contents.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_FFMPEG_ALLOWED_H
#define MEDIA_FFMPEG_ALLOWED_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>

/* What a file is opened for: nothing of the other kind is decoded. */
typedef enum ffmpeg_kind { FFMPEG_PICTURES, FFMPEG_SOUND } ffmpeg_kind;

/* FFmpeg's names separated by commas, as AVFormatContext's whitelists want them. Owned by this
 * file. */
const char *ffmpeg_allowed_containers(ffmpeg_kind kind);
const char *ffmpeg_allowed_decoders(ffmpeg_kind kind);

bool ffmpeg_container_allowed(ffmpeg_kind kind, const AVInputFormat *container);

/* Is it a list of other files or addresses? Such are not to be converted either. */
bool ffmpeg_is_playlist(const AVInputFormat *container);

/* The one decoder that is used for a codec; NULL when it is not allowed or this build of FFmpeg
 * lacks it. */
const AVCodec *ffmpeg_allowed_decoder(ffmpeg_kind kind, enum AVCodecID codec);

#endif
