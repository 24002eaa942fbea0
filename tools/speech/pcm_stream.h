/* speech/pcm_stream.h - bare samples that come in pieces of any size, cut anywhere.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_PCM_STREAM_H
#define SPEECH_PCM_STREAM_H

#include "speech/speech.h"

#define PCM_MIN_RATE 1000 /* Hz */
#define PCM_MAX_RATE 768000

typedef struct pcm_format {
    int rate;     /* Hz */
    int channels; /* 1 or 2, which become their mean */
    int bits;     /* 16, 24 (integers) or 32 (floating-point numbers), little-endian */
} pcm_format;

/* Zero-initialised but for its format it is at the beginning. */
typedef struct pcm_stream {
    pcm_format format;
    uint8_t rest[8]; /* of a frame whose end has not come yet */
    size_t rest_size;
} pcm_stream;

bool pcm_format_known(const pcm_format *f);

/* Passes on what is complete; false: the sink wants no more. */
bool pcm_stream_take(pcm_stream *s, const uint8_t *bytes, size_t size, const speech_sink *sink);

#endif
