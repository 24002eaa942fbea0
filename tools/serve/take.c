/* serve/take.c - begun, ended, finished beside.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/take.h"

#include "base/status.h"

#include <stdlib.h>

/* The thread of the last one has done its work, or there was none. */
static void join(client_take *t)
{
    if (t->started) pthread_join(t->thread, NULL);
    t->started = false;
}

vis_status take_begin(client_take *t, live_session *s, char *path, vis_error *err)
{
    take_state state = atomic_load(&t->state);
    vis_status status = path ? VIS_OK : vis_fail_memory(err, "a recording");
    if (status == VIS_OK && (state == TAKE_GOES_ON || state == TAKE_FINISHING))
        status = vis_fail(err, VIS_ERR_USAGE, "a recording goes on already");
    if (status == VIS_OK) status = live_session_record(s, path, err);
    if (status != VIS_OK) {
        free(path);
        return status;
    }
    join(t);
    free(t->path);
    t->path = path;
    atomic_store(&t->state, TAKE_GOES_ON);
    return VIS_OK;
}

static void *finish(void *user)
{
    client_take *t = user;
    bool begun = recording_begun(t->taken);
    vis_status status = recording_finish(t->taken, &t->why);
    if (status == VIS_OK && !begun)
        status = vis_fail(&t->why, VIS_ERR_WRITE, "it ended before its first picture");
    atomic_store(&t->state, status == VIS_OK ? TAKE_DONE : TAKE_FAILED);
    return NULL;
}

vis_status take_end(client_take *t, live_session *s, vis_error *err)
{
    if (atomic_load(&t->state) != TAKE_GOES_ON)
        return vis_fail(err, VIS_ERR_USAGE, "no recording goes on");
    t->taken = live_session_record_end(s);
    atomic_store(&t->state, t->taken ? TAKE_FINISHING : TAKE_FAILED);
    if (!t->taken) return vis_fail(err, VIS_ERR_WRITE, "the recording could not be written");
    t->started = pthread_create(&t->thread, NULL, finish, t) == 0;
    if (!t->started) finish(t);
    return VIS_OK;
}

void take_close(client_take *t, live_session *s)
{
    if (atomic_load(&t->state) == TAKE_GOES_ON) take_end(t, s, NULL);
    join(t);
    free(t->path);
    t->path = NULL;
}
