/* speech/speech.h - sound from words, or from a file that somebody sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_SPEECH_H
#define SPEECH_SPEECH_H

#include "viseme/status.h"
#include "viseme/viseme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes mono samples in [-1, 1] as they come; waits as long as there is no room. false: no more are
 * wanted, and whoever makes them stops soon (VIS_ERR_CANCELLED). */
typedef struct speech_sink {
    void *user;
    bool (*samples)(void *user, const float *samples, int64_t count, int rate);
    bool (*wanted)(void *user); /* asked now and then while nothing comes; may be NULL */
} speech_sink;

#define SPEECH_MAX_TEXT 20000 /* bytes of UTF-8 that are said at once */

/* A voice maker. Any number of threads; espeak speaks for one at a time, the others wait. */
typedef struct speech_maker speech_maker;

typedef struct speech_options {
    const char *from;  /* "espeak", or an http(s) URL: the base of an OpenAI-shaped speech server
                          ("/v1/audio/speech" is added unless the path ends so), or one that ends in
                          "/synthesize" (Piper) */
    const char *voice; /* the default; NULL: espeak "en", OpenAI "alloy" */
    const char *model; /* OpenAI's `model`; NULL: "tts-1" */
    const char *key;   /* bearer token for the server; NULL: none */
    int pcm_rate;      /* Hz of headerless PCM; 0: 24000 */
    int timeout_ms;    /* without a byte of the answer; 0: 10000 */
    vis_log log;
} speech_options;
vis_status speech_open(const speech_options *options, speech_maker **out, vis_error *err);
void speech_close(speech_maker *m); /* NULL is fine */

/* Names of voices, NULL behind the last; belongs to the maker. A server that does not say: just the
 * default. */
const char *const *speech_voices(speech_maker *m);

/* The voice that speaks where none is asked for; belongs to the maker. */
const char *speech_default_voice(speech_maker *m);

/* Says `text` (UTF-8) in `voice` (NULL: the default), blocking, samples passed on as they come.
 * Whole or VIS_ERR_...: VIS_ERR_USAGE (empty, too long, not UTF-8, no such voice), VIS_ERR_OPEN (server does
 * not answer), VIS_ERR_FORMAT (answers something else, or breaks off), VIS_ERR_CANCELLED. */
vis_status speech_say(speech_maker *m, const char *text, const char *voice, const speech_sink *sink,
                      vis_error *err);

/* A sound file that somebody sent: only formats that viseme reads anyway, mixed to mono, at its own rate.
 * VIS_ERR_FORMAT: no sound file; VIS_ERR_LIMIT: longer than `max_seconds`. Blocking. */
vis_status speech_from_file(const void *bytes, size_t size, double max_seconds,
                            const speech_sink *sink, vis_error *err);

#endif
