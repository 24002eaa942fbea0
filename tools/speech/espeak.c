/* speech/espeak.c - espeak-ng as a voice: a text, sentence by sentence.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/memory.h"
#include "speech/espeak_engine.h"
#include "speech/sentences.h"
#include "speech/voice_maker.h"

#include <stdlib.h>
#include <string.h>

#define SENTENCE_MAX 300 /* bytes: half a minute */

typedef struct espeak {
    char *voice; /* the default */
} espeak;

static bool knows(const void *self, const char *voice)
{
    return espeak_voices_have(espeak_engine_voices(), voice);
}

static vis_status say(void *self, const char *text, const char *voice, const speech_sink *sink,
                      vis_error *err)
{
    const espeak *e = self;
    for (size_t size; (size = sentence_length(text, SENTENCE_MAX)) > 0; text += size) {
        espeak_sentence sentence = {text, size, voice ? voice : e->voice, text[size] == '\0'};
        VIS_TRY(espeak_engine_say(&sentence, sink, err));
    }
    return VIS_OK;
}

static void close_espeak(void *self)
{
    espeak *e = self;
    espeak_engine_stop();
    free(e->voice);
    free(e);
}

static vis_status choose(espeak *e, const char *voice, vis_error *err)
{
    if (!espeak_voices_have(espeak_engine_voices(), voice))
        return vis_fail(
            err, VIS_ERR_USAGE,
            "espeak-ng has no voice '%s'; `espeak-ng --voices` lists them, as en, de or "
            "en-us+f3",
            voice);
    e->voice = text_copy(voice, strlen(voice));
    return e->voice ? VIS_OK : vis_fail_memory(err, "a voice");
}

vis_status voice_open_espeak(const speech_options *o, voice_maker *out, vis_error *err)
{
    espeak *e = calloc(1, sizeof *e);
    if (!e) return vis_fail_memory(err, "a voice");
    vis_status status = espeak_engine_start(err);
    if (status != VIS_OK) {
        free(e);
        return status;
    }
    status = choose(e, o->voice ? o->voice : "en", err);
    if (status != VIS_OK) {
        close_espeak(e);
        return status;
    }
    *out = (voice_maker){.self = e,
                         .voices = (const char *const *)espeak_engine_voices()->names,
                         .standard = e->voice,
                         .knows = knows,
                         .say = say,
                         .close = close_espeak};
    return VIS_OK;
}
