/* serve/place.h - one session that is served: its face, who speaks for it, and what waits to be told.
 *
 * Belongs to the service thread; the session's and the speaker's threads reach it through the three
 * callbacks in place.c alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_PLACE_H
#define SERVE_PLACE_H

#include "live/push.h"
#include "live/session.h"
#include "rtc/rtc.h"
#include "serve/cast.h"
#include "serve/followers.h"
#include "serve/journal.h"
#include "serve/speaker.h"
#include "serve/take.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define PLACE_ID 22      /* characters: 128 bits in base64url */
#define PLACE_TALK 20    /* of a number below 2^53, which any client holds */
#define PLACE_NOTICES 64 /* texts that wait beside the session's packets */

typedef struct place_options {
    cast_member *member;
    bool raw, short_look_ahead;
    rtc *rtc;                 /* media go out by WebRTC; NULL: through the WebSocket */
    speech_maker *voice;      /* may be NULL */
    chat_maker *chat;         /* may be NULL */
    const char *record;       /* a folder; NULL: none */
    void (*wake)(void *user); /* something waits for a socket; any thread, must not block */
    void *user;
    const journal *journal;
} place_options;

typedef struct place {
    char id[PLACE_ID + 1];
    char talk[PLACE_TALK]; /* the number by which LiveTalking's clients call it; "": none */
    int number;            /* for logs and recordings, which do not tell ids */
    place_options options;
    live_session *session;
    speaker *speaker;
    double opened;                       /* clock_seconds() */
    double alone_since;                  /* when its last socket or viewer went; < 0: it has one */
    rtc_viewer *viewer;                  /* by WebRTC (whep.c); NULL: none */
    int viewers;                         /* that there were */
    atomic_bool watched;                 /* `viewer` takes the session's packets */
    void *socket;                        /* who receives; NULL: nobody */
    bool greeted;                        /* the socket was told what follows */
    atomic_bool listening;               /* as a client said last */
    atomic_llong time_us;                /* of what was sent last */
    double first_frame_ms, interrupt_ms; /* as counted last */
    bool failed;                         /* its failure was logged */
    atomic_bool awake;                   /* something waits */
    int utterances;                      /* that were named here */
    pthread_mutex_t lock;                /* of the notices */
    char *notice[PLACE_NOTICES];
    int notices;
    followers followers;
    client_take take;
    live_push *push; /* takes its packets and sends them on; NULL: whoever connects does */
    struct place *next;
} place;

/* VIS_ERR_LIMIT: the machine has no room for it. */
vis_status place_open(const place_options *options, int number, place **out, vis_error *err);

/* From now on it is sent there, and lives though nobody connects. */
vis_status place_push(place *p, const char *url, vis_error *err);

/* Waits for its threads. No socket may be there. */
void place_close(place *p);

/* ---- What it says; as the speaker's functions, with an id made where `id` is NULL ---- */

#define PLACE_UTTERANCE 32
/* The id that an utterance has: the client's, or one made into `made`. */
const char *place_utterance(place *p, const char *id, char made[PLACE_UTTERANCE]);

/* ---- What is told to its client ---- */

/* A text that goes out before the next packet; used up, NULL is fine. */
void place_tell(place *p, char *text);

/* What a client is told of an event of the session, which is the moment that it is at now; NULL when
 * out of memory. Any thread. */
char *place_event_text(place *p, const live_packet *packet);

/* An event of the session, in the same way. */
void place_tell_packet(place *p, const live_packet *packet);

/* The next one, the caller's to free; NULL: none. */
char *place_next_notice(place *p);

/* An event of the session, as it goes out to whoever receives: followers hear of it. Any thread. */
void place_hear(place *p, const live_event *event);

/* Where nobody receives, events are taken off the session for those who follow. */
void place_hear_all(place *p);

/* Is something said, or waits to be? */
bool place_is_busy(place *p);

/* A file name for a recording of it in the folder, the caller's to free; `part`: "", or "-take-1". */
char *place_recording_name(const place *p, const char *folder, const char *part);

/* "idle", "speaking" or "listening". */
const char *place_state(const place *p);

/* The session, as HTTP shows it; NULL when out of memory. */
json_t *place_json(const place *p);

#endif
