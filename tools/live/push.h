/* live/push.h - a session sent on, for as long as it lives, to a server that spreads it: RTMP, RTSP,
 * SRT, or bare MPEG-TS over TCP or UDP.
 *
 * A thread of its own receives the session's packets; nobody else may. Where the other end goes away
 * it comes back to it, after one second, two, four ... at most thirty.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_PUSH_H
#define LIVE_PUSH_H

#include "live/session.h"

typedef struct live_push live_push;

typedef struct live_push_options {
    live_session *session; /* not raw; must outlive it */
    const live_presenter_facts *facts;
    const char *url;
    /* An event of the session. Both on the push's thread. */
    void (*event)(void *user, const live_event *event);
    /* It is connected, or not any more, or could not: `why` names no secret of the URL. */
    void (*told)(void *user, bool connected, const char *why);
    void *user;
} live_push_options;

/* Can there be a push to it? VIS_ERR_USAGE: no scheme of those; VIS_ERR_UNSUPPORTED: this FFmpeg lacks
 * what it needs. The message has no more of the URL than live_push_name gives. */
vis_status live_push_check(const char *url, vis_error *err);

/* "rtmp://host:port": behind that stand keys, before it passwords. */
#define LIVE_PUSH_NAME 200
void live_push_name(const char *url, char out[LIVE_PUSH_NAME]);

vis_status live_push_open(const live_push_options *options, live_push **out, vis_error *err);
void live_push_close(live_push *p); /* NULL is fine */

#endif
