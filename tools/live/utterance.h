/* live/utterance.h - something to say: between who pushes its sound and the session that says it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_UTTERANCE_H
#define LIVE_UTTERANCE_H

#include "audio/pcm_queue.h"
#include "live/played_sound.h"
#include "live/session.h"

#include <pthread.h>

#define UTTERANCE_SECONDS 8               /* of sound wait at most, */
#define UTTERANCE_MAX_SAMPLES (1ll << 20) /* and no more than so many samples */

struct live_utterance {
    char *id, *words; /* NULL: none */
    int holders;      /* who pushes, the session, frames that were made of it */
    pthread_mutex_t lock;
    pthread_cond_t room;
    /* Under the lock: */
    pcm_queue *sound; /* NULL before the first push; its own lock goes for what is in it */
    int rate;
    bool ended, failed;
    bool cancelled;
    vis_error why; /* it failed */
    double begun;  /* clock_seconds when the first sample came; 0: none did */
    /* The session's thread's: */
    played_sound *played; /* NULL: nothing was heard of it yet */
    int64_t moved;        /* samples, at its own rate, that went from the queue to the stream */
    int64_t rows;         /* painted */
    bool flushed;         /* the stream knows that there is no more */
    /* Under the session's lock: */
    bool started; /* LIVE_STARTED was sent */
    int64_t said; /* samples of `played` that were sent */
};

/* Held once. VIS_ERR_MEMORY. */
vis_status utterance_create(const char *id, const char *words, live_utterance **out,
                            vis_error *err);
live_utterance *utterance_keep(live_utterance *u);
void utterance_release(live_utterance *u); /* NULL is fine */

/* Takes nothing any more; who waits to push stops. */
void utterance_cancel(live_utterance *u);
bool utterance_cancelled(live_utterance *u);

/* Up to `max` samples; *got 0 with *over: that was all; without: there are none yet. Tells the
 * rate. */
vis_status utterance_read(live_utterance *u, float *samples, int max, int *got, bool *over,
                          int *rate, vis_error *err);

/* Is there no more to come? */
bool utterance_is_over(live_utterance *u);

int utterance_rate(live_utterance *u); /* 0: nothing was pushed yet */

/* Sound that waits, in milliseconds. */
int64_t utterance_waiting_ms(live_utterance *u);

/* When its first sample was pushed, as clock_seconds; 0: none was. */
double utterance_begun(live_utterance *u);

/* Is it over because it failed? *why says so then. */
bool utterance_failed(live_utterance *u, vis_error *why);

#endif
