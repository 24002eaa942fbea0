/* serve/server.h - all that serves, as the files of this room share it. Service thread only, but for
 * server_wake.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "rtc/rtc.h"
#include "serve/cast.h"
#include "serve/journal.h"
#include "serve/origins.h"
#include "serve/peers.h"
#include "serve/place.h"
#include "serve/reaper.h"
#include "serve/serve.h"
#include "serve/tokens.h"

struct lws_context;

typedef struct server {
    const serve_settings *settings;
    const serve_caller *caller;
    cast cast;
    tokens tokens;
    origins origins;
    speech_maker *voice; /* NULL: none */
    chat_maker *chat;    /* NULL: none */
    reaper *reaper;
    rtc *rtc; /* NULL: this build has no WebRTC */
    place *places;
    int place_count;
    int numbers;       /* that places were given */
    bool ending;       /* no session is let in */
    double drained_by; /* clock_seconds() by which what is said must end; 0: not told to end */
    int connections, most_connections;
    peers peers;
    journal journal;
    char policy[2048];           /* of the page, Content-Security-Policy */
    struct lws_context *context; /* NULL before and behind */
} server;

/* All but the network. To be settled and closed also on failure. */
vis_status server_open(const serve_settings *settings, const serve_caller *caller, server *out,
                       vis_error *err);

/* Ends every session, and lets no more in; waits until they are closed; closes the rest. */
void server_part_all(server *s);

/* Lets no more in and lets nothing new be said; what is being said may end until `seconds` are over.
 */
void server_drain(server *s, int seconds);
bool server_is_drained(const server *s); /* nothing is said any more, or time is over */

void server_settle(server *s);
void server_close(server *s);

/* Opens the standing sessions that the settings name, when clients may come. */
vis_status server_open_pushes(server *s, vis_error *err);

/* VIS_ERR_LIMIT: there is no room for another. */
vis_status server_admit(server *s, const place_options *options, place **out, vis_error *err);

/* What every place of this server has; media go through the WebSocket, encoded. */
place_options server_place_options(server *s, cast_member *member);

/* NULL where there is none of that id. */
place *server_find(server *s, const char *id);
/* By its id or the number that LiveTalking's clients have. */
place *server_find_named(server *s, const char *name);

/* Takes it out of the list and lets it be closed. `why` is logged. */
void server_part(server *s, place *p, const char *why);

/* A few times a second: ends places that nobody looks at, and those that failed; counts. */
void server_tick(server *s);

/* How many more are let in; -1: as many as the machine keeps. */
int server_free(const server *s);

/* Any thread: sockets that have something waiting are looked for. */
void server_wake(void *user);

/* Where places tell of what they send and lose (socket.c). */
void socket_wake_all(server *s);
void socket_cut(place *p);

/* Where those who follow it by server-sent events are told, and sent away (events.c). */
void events_wake(place *p);
void events_cut(place *p);

#endif
