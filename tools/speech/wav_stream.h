/* speech/wav_stream.h - a WAV that is read while it comes, in pieces of any size.
 *
 * Samples of 16 and 24 bits and floating-point ones of 32, one or two channels. Who writes a WAV
 * while it is made does not know yet how long it will be: 0, or a size near 2 or 4 GiB, means up to
 * the end. What follows the samples is passed over.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_WAV_STREAM_H
#define SPEECH_WAV_STREAM_H

#include "base/status.h"
#include "speech/pcm_stream.h"

#define WAV_BEGINNING 12 /* bytes by which a WAV is known */
#define WAV_FORMAT 40    /* bytes of the longest format that is read */

typedef enum wav_place { WAV_HEAD, WAV_CHUNK, WAV_FMT, WAV_SKIP, WAV_DATA } wav_place;

/* Zero-initialised it is at the beginning. */
typedef struct wav_stream {
    wav_place place;
    uint8_t gathered[WAV_FORMAT]; /* of what is read whole: the head, a chunk's head, the format */
    size_t gathered_size;
    uint64_t left; /* bytes of the chunk, padding included */
    bool endless;  /* its samples go on to the end */
    bool heard;    /* they were there */
    pcm_stream pcm;
} wav_stream;

bool wav_begins(const uint8_t bytes[WAV_BEGINNING]);

/* Passes samples on as they come. VIS_ERR_FORMAT: it is no WAV; VIS_ERR_UNSUPPORTED: one of another
 * kind; VIS_ERR_CANCELLED: the sink wants no more. */
vis_status wav_stream_take(wav_stream *w, const uint8_t *bytes, size_t size,
                           const speech_sink *sink, vis_error *err);

/* Nothing more comes. VIS_ERR_FORMAT: it has broken off. */
vis_status wav_stream_end(const wav_stream *w, vis_error *err);

#endif
