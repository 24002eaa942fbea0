/* speech/espeak_engine.h - the one espeak-ng of this process, on a thread of its own.
 *
 * The library has one state for the whole process and speaks some hundred times faster than people
 * do. So that a listener who hears slowly keeps nobody waiting, the thread says one sentence after
 * the other, whoever asked, as fast as it can, into memory; who asked passes the sound on from there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_ESPEAK_ENGINE_H
#define SPEECH_ESPEAK_ENGINE_H

#include "speech/espeak_voices.h"
#include "speech/speech.h"

/* Starts it, or counts one more who uses it. VIS_ERR_OPEN: its data are not installed;
 * VIS_ERR_MEMORY. */
vis_status espeak_engine_start(vis_error *err);
void espeak_engine_stop(void); /* the last one ends it */

/* Which voices there are; as long as it runs. */
const espeak_voices *espeak_engine_voices(void);

/* One sentence of a text that goes on behind it, or is its end. Whole, or VIS_ERR_CANCELLED,
 * VIS_ERR_LIMIT (it would take more than ten minutes), VIS_ERR_MEMORY, VIS_ERR_UNSUPPORTED (some
 * voices that the library lists it cannot load). */
typedef struct espeak_sentence {
    const char *text;
    size_t size;
    const char *voice; /* one that espeak_voices_have */
    bool last;         /* no pause behind it */
} espeak_sentence;
vis_status espeak_engine_say(const espeak_sentence *sentence, const speech_sink *sink,
                             vis_error *err);

#endif
