/* live/session.h - one viewer's face: it is always there, says what it is given, and falls silent
 * when told.
 *
 *   utterances ──sound──► stream ──frames──┐
 *                  └──────samples──────────┴─► one clock ─► encoders ─► packets ─► who receives
 *
 * One media clock: picture n and its samples get their times from the same counter, and are sent
 * together when it says so. Where nothing is said the footage goes on with the mouth at rest.
 * Sound that comes too late makes the clock wait for nothing: picture and silence go on, and the
 * rest of the sentence follows with its own lips. Frames that are late are counted; where they are
 * later than a bound the clock slips, sound and picture together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_SESSION_H
#define LIVE_SESSION_H

#include "live/packet.h"
#include "live/presenter.h"
#include "live/recording.h"

#define LIVE_SOUND_RATE 48000
#define LIVE_MAX_UTTERANCES 16 /* that wait to be said */

typedef struct live_session live_session;

typedef struct live_session_options {
    bool raw;              /* LIVE_I420 and LIVE_PCM instead of LIVE_H264 and LIVE_OPUS */
    bool short_look_ahead; /* speak sooner, hearing less of what follows */
    bool no_rest;
    const char
        *record; /* an MP4 of all that is sent; NULL: none. Where it cannot be written that is
                           logged, and she talks without */
    vis_log log;
    void (*wake)(void *user); /* there are packets. On the session's thread; must not block or call
                                 back; may be NULL */
    void *user;
} live_session_options;

/* Starts the session's thread, which opens all else: this never waits. VIS_ERR_LIMIT: the machine
 * could not keep the frame rate (live/admission.h). */
vis_status live_session_open(live_presenter *p, const live_session_options *options,
                             live_session **out, vis_error *err);

/* Ends at once: utterances are cancelled, the recording is finished. Waits for the thread.
 * Utterances that are still held stay valid, and take nothing any more. NULL is fine. */
void live_session_close(live_session *s);

/* ---- What is received ---- One receiver at a time, any thread. */

/* From now on packets are made, from a key on; again: those that wait are dropped. Nothing is
 * encoded while nobody receives (a recording counts). */
void live_session_attach(live_session *s);
void live_session_detach(live_session *s);

/* The next packet, the caller's to release; NULL: none waits. What is not fetched is bounded: of a
 * receiver that falls behind media are dropped, from a key on they come again; events stay. */
const live_packet *live_session_next(live_session *s);

/* The receiver lost pictures: the next is a key. */
void live_session_want_key(live_session *s);

bool live_session_has_vp8(void); /* can this FFmpeg do it? */

/* Pictures from the next attaching on are VP8 instead of H.264: painted and encoded for this viewer
 * alone. Not of raw sessions. */
void live_session_set_vp8(live_session *s, bool vp8);

/* Bits a second that its pictures may have at most, where they are encoded for it alone; 0: as many
 * as good ones need. */
void live_session_set_rate(live_session *s, int64_t bits_per_second);

/* ---- What is said ---- Any thread. */

typedef struct live_utterance live_utterance;

/* Something to say, after all that waits, or (`interrupt`) instead. `id` and `words` (may be NULL)
 * are copied and come back in events. VIS_ERR_LIMIT: too many wait, or the machine speaks as much
 * as it can already. The caller pushes and ends it. */
vis_status live_utterance_begin(live_session *s, const char *id, const char *words, bool interrupt,
                                live_utterance **out, vis_error *err);

/* Mono samples in [-1, 1] at `rate` Hz (1,000 to 768,000; the same in one utterance), of any number.
 * Waits up to `timeout_ms` for room; *taken may be fewer than count then (VIS_AGAIN). At most some
 * seconds wait to be heard. VIS_ERR_CANCELLED: it was interrupted, or the session is closed. */
vis_status live_utterance_push(live_utterance *u, const float *samples, int64_t count, int rate,
                               int timeout_ms, int64_t *taken, vis_error *err);

/* That is all; with `failed` (may be NULL) it becomes LIVE_FAILED, after what came was said. The
 * handle is released. */
void live_utterance_end(live_utterance *u, const vis_error *failed);

/* Falls silent with the next frame, drops all that waits; the mouth comes to rest within five
 * frames. *position_ms (may be NULL): how much of the utterance was sent; -1 where none was being
 * said. */
void live_session_interrupt(live_session *s, int64_t *position_ms);

/* ---- What is kept ---- Any thread. */

/* From the next key picture on all that is sent goes to an MP4 too, until it is taken away: the
 * caller's to finish, on a thread that may take its time. VIS_ERR_USAGE: one goes on already. */
vis_status live_session_record(live_session *s, const char *path, vis_error *err);
recording *live_session_record_end(live_session *s); /* NULL: none goes on, or it failed */

/* ---- How it goes ---- Any thread. */

typedef struct live_session_figures {
    int64_t frames, painted, late, slipped, dropped; /* dropped: of a receiver that fell behind */
    int64_t waiting_ms;                              /* sound that waits to be heard */
    int64_t queued_ms;                               /* of pictures that wait to be fetched */
    double first_frame_ms; /* the last utterance's: first sample pushed -> first frame with a moved
                              mouth sent; -1 */
    double interrupt_ms;   /* the last interruption -> silence sent; -1 */
    int64_t silent_ms;     /* since a receiver was there last; 0 while one is */
    int utterances;        /* begun, and not said to their end */
    bool speaking;
    vis_status status; /* what stopped it; VIS_OK while it runs */
} live_session_figures;
void live_session_get(live_session *s, live_session_figures *out);

#endif
