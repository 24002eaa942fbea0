/* serve/speaker.h - makes a session say what clients ask for, in their order, on a thread of its own:
 * texts through a voice maker, sound files, sound that comes piece by piece.
 *
 * Whoever asks never waits. What waits to be said is bounded.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_SPEAKER_H
#define SERVE_SPEAKER_H

#include "base/buffer.h"
#include "live/session.h"
#include "speech/chat.h"
#include "speech/speech.h"

#include <stdbool.h>

#define SPEAKER_MAX_JOBS 64            /* that wait */
#define SPEAKER_MAX_BYTES (48 << 20)   /* of sound and files that wait */
#define SPEAKER_MAX_FILE_SECONDS 3600. /* of an uploaded file */

typedef struct speaker speaker;

typedef struct speaker_options {
    live_session *session; /* must outlive it */
    speech_maker *voice;   /* NULL: texts are refused */
    chat_maker *chat;      /* NULL: nothing is answered */
    /* What becomes of a job; any thread, must not call back. `told`: the session has an event of it.
     */
    void (*failed)(void *user, const char *id, const char *message, bool told);
    void (*dropped)(void *user, const char *id); /* interrupted before it began */
    void (*replied)(void *user, const char *id,
                    const char *text); /* what is said next of an answer */
    void *user;
} speaker_options;

vis_status speaker_open(const speaker_options *options, speaker **out, vis_error *err);

/* Cancels all and waits for the thread. NULL is fine. */
void speaker_close(speaker *s);

/* All: VIS_ERR_LIMIT where too much waits. `id` names the utterance; with `interrupt` it is said
 * instead of what is being said. */

/* VIS_ERR_UNSUPPORTED without a voice, VIS_ERR_USAGE where the text is empty or too long. */
vis_status speaker_say(speaker *s, const char *id, const char *text, const char *voice,
                       bool interrupt, vis_error *err);

/* The same, but the text is answered: what the chat server replies is said. VIS_ERR_UNSUPPORTED
 * without one. */
vis_status speaker_answer(speaker *s, const char *id, const char *text, const char *voice,
                          bool interrupt, vis_error *err);

/* A sound file; what `file` holds is taken where that succeeds. */
vis_status speaker_play(speaker *s, const char *id, buffer *file, bool interrupt, vis_error *err);

/* PCM s16le mono of the utterance that is open; one is opened where none is. VIS_ERR_FORMAT where it
 * began with another rate. */
vis_status speaker_push(speaker *s, const char *id, const uint8_t *pcm, size_t size, int rate,
                        vis_error *err);
void speaker_end(speaker *s);

/* From now on nothing new is taken (VIS_ERR_LIMIT); what waits is said, and sound that is open may go
 * on to its end. */
void speaker_drain(speaker *s);

/* Drops what waits and silences the session; returns its playback position, or -1. */
int64_t speaker_interrupt(speaker *s);

/* What waits, for figures. */
int speaker_waiting(speaker *s);

/* Does anything wait, or is it being given to the session? */
bool speaker_is_busy(speaker *s);

#endif
