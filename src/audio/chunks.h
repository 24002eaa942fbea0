/* audio/chunks.h - where the chunks of a sound file end, against where the file does.
 *
 * WAV, RF64, AIFF, CAF and W64 are rows of chunks, one of them the samples; MP4 is a row of boxes.
 * Who reads such a file stops behind the last, as players do, whatever follows: another recording,
 * when files were joined byte by byte. And who writes one to a pipe does not know yet how many
 * samples there will be: a number that means "all" stands where their size should.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_CHUNKS_H
#define AUDIO_CHUNKS_H

#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct chunk_facts {
    bool streamed;  /* the size of the samples is such a number */
    int64_t behind; /* bytes that follow the last chunk and are not read; 0: none to speak of */
    bool another;   /* they begin as a file of the same kind does */
} chunk_facts;

/* Walks over the chunks of an open file and leaves it where it was. All false for other containers
 * and for what cannot be walked over: pipes. */
chunk_facts chunks_examine(const AVFormatContext *file);

#endif
