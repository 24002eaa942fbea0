/* speech/voice_maker.h - what makes a voice, behind a speech_maker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_VOICE_MAKER_H
#define SPEECH_VOICE_MAKER_H

#include "speech/speech.h"

typedef struct voice_maker {
    void *self;
    const char *const *voices; /* as speech_voices gives them; belong to `self` */
    const char *standard;      /* the voice that speaks where none is asked for; likewise */

    /* Is there such a voice? NULL: whatever is asked for is passed on. */
    bool (*knows)(const void *self, const char *voice);

    /* Says a text that is UTF-8, not empty, not too long and free of control characters. `voice` may
     * be NULL: the default. Any number of threads. */
    vis_status (*say)(void *self, const char *text, const char *voice, const speech_sink *sink,
                      vis_error *err);
    void (*close)(void *self);
} voice_maker;

/* Each opens what its name says, with options that speech_open has checked; on failure nothing
 * stays open. */
vis_status voice_open_espeak(const speech_options *o, voice_maker *out, vis_error *err);
vis_status voice_open_server(const speech_options *o, voice_maker *out, vis_error *err);

static inline bool sink_wanted(const speech_sink *sink)
{
    return !sink->wanted || sink->wanted(sink->user);
}

#endif
