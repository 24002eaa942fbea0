/* media/ffmpeg_input.h - a media file that nobody vouches for, opened: the one way in to FFmpeg.
 *
 * The file is read through one handle; whatever is in it, no other file is opened and no address
 * asked. Only the containers and decoders of media/ffmpeg_allowed.h are used, and sizes are limited
 * before anything is decoded: streams, pixels a frame, samples a frame, threads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_FFMPEG_INPUT_H
#define MEDIA_FFMPEG_INPUT_H

#include "base/status.h"
#include "media/ffmpeg_allowed.h"
#include "media/input_file.h"
#include "media/video_tags.h"

/* An open file and the stream of it that is wanted; the others are discarded. Zero-initialised is
 * valid: none is open. */
typedef struct ffmpeg_input {
    ffmpeg_kind kind;
    AVIOContext *io;
    AVFormatContext *file;
    AVStream *stream;     /* belongs to the file */
    bool playlist;        /* of other files: what it is is known */
    bool headless;        /* the contents do not tell for sure what the file is */
    video_tags container; /* the stream's colours as the container says */
} ffmpeg_input;

/* Opens the file and chooses its best stream of that kind among those that can be decoded.
 * VIS_ERR_OPEN: missing, unreadable, a folder, or footage in a pipe; VIS_ERR_FORMAT: damaged, or
 * nothing of that kind in it; VIS_ERR_UNSUPPORTED: a container or codec that is not allowed. A file
 * that is something else altogether is named for what it is. On failure nothing stays open. */
vis_status ffmpeg_input_open(ffmpeg_input *in, input_file from, ffmpeg_kind kind, vis_error *err);
void ffmpeg_input_close(ffmpeg_input *in);

/* The stream's decoder, started; the caller's, released with avcodec_free_context. Sound gets one
 * thread, whatever `threads` says. Besides the errors above, VIS_ERR_LIMIT for a stream whose
 * pictures are too large. `path` for messages. */
vis_status ffmpeg_input_decoder(const ffmpeg_input *in, const char *path, int threads,
                                AVCodecContext **out, vis_error *err);

#endif
