/* serve/followers.h - who hears by server-sent events when a session speaks, without its media.
 *
 * The list is the service thread's; what waits for them is put there by any thread, under a lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_FOLLOWERS_H
#define SERVE_FOLLOWERS_H

#include "live/packet.h"

#include <pthread.h>
#include <stdbool.h>

#define FOLLOWERS_MAX 4          /* of a session */
#define FOLLOWER_TEXTS 32        /* that wait; beyond, the oldest is given up */
#define FOLLOWER_REST_SECONDS 15 /* without a word, a comment shows that somebody is there */

struct lws;

typedef struct follower {
    struct lws *wsi;
    char *text[FOLLOWER_TEXTS];
    int texts;
    double told; /* clock_seconds() of the last */
    struct follower *next;
} follower;

typedef struct followers {
    pthread_mutex_t lock;
    follower *first;
    int count;
} followers;

void followers_init(followers *f);
void followers_free(followers *f); /* no connection may be left */

/* False: there are too many, or no memory. */
bool followers_add(followers *f, struct lws *wsi);
follower *followers_find(followers *f, const struct lws *wsi); /* NULL: it follows somebody else */
void followers_remove(followers *f, struct lws *wsi);

/* Tells all of them: of utterances that begin and end, in LiveTalking's words. Any thread. */
void followers_hear(followers *f, const live_event *event);
/* Tells those who heard nothing for long that the connection is meant to stay. */
void followers_rest(followers *f);

/* The next text for one of them, the caller's to free; NULL: none waits. */
char *followers_next(followers *f, follower *one);

#endif
