/* serve/take.h - a recording of a part of a session, begun and ended by its client, and fetched.
 *
 * Its file is completed by a thread of its own, since that takes as long as the file is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_TAKE_H
#define SERVE_TAKE_H

#include "live/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef enum take_state {
    TAKE_NONE,
    TAKE_GOES_ON,
    TAKE_FINISHING,
    TAKE_DONE,
    TAKE_FAILED,
} take_state;

/* Zero-initialised there was none. One thread, the service's, but for the state. */
typedef struct client_take {
    _Atomic take_state state;
    int number;       /* how many there were */
    char *path;       /* of the last */
    recording *taken; /* being finished */
    pthread_t thread;
    bool started;  /* the thread is to be joined */
    vis_error why; /* it failed */
} client_take;

/* `path` is used up. VIS_ERR_USAGE: one goes on already. */
vis_status take_begin(client_take *t, live_session *s, char *path, vis_error *err);

/* VIS_ERR_USAGE: none goes on. Whether its file can be completed is seen by the state. */
vis_status take_end(client_take *t, live_session *s, vis_error *err);

/* What goes on is finished; waits for it. */
void take_close(client_take *t, live_session *s);

#endif
