/* stream/worker_pool.h - threads that work for many streams.
 *
 * A client is asked for work when it said that there may be some, in turn with the others, by any
 * number of workers at once. Workers without work sleep.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_WORKER_POOL_H
#define STREAM_WORKER_POOL_H

#include "base/status.h"
#include "base/threads.h"

#include <stdbool.h>

typedef struct worker_pool worker_pool;

/* Does one piece of work, as short as may be, on the thread of `worker` in [0, size); false when
 * there was none. */
typedef bool (*worker_task)(void *client, int worker);

/* One who wants work done; lies in the client's own record. All but the first two members are the
 * pool's. */
typedef struct worker_client {
    worker_task work;
    void *self;
    struct worker_client *next, *previous; /* in the queue of those to be asked */
    bool queued;
    bool leaving;
    int inside; /* workers that are at work for it */
    long wakes;
} worker_client;

/* `size` workers, each of which may use `threads` threads, itself counted. VIS_ERR_MEMORY when one
 * cannot be started. */
vis_status worker_pool_create(int size, int threads, worker_pool **out, vis_error *err);

/* The same for `threads` in all, which as many workers as there are, but `most`, have equal parts of. */
vis_status worker_pool_share(int threads, int most, worker_pool **out, vis_error *err);
void worker_pool_free(worker_pool *p); /* all clients must have left; NULL is fine */
int worker_pool_size(const worker_pool *p);

/* What a worker's task may use; NULL: its own thread alone. */
thread_pool *worker_pool_threads(const worker_pool *p, int worker);

/* There may be work for this client. Any thread. */
void worker_pool_wake(worker_pool *p, worker_client *c);

/* Nobody works for the client any more when this returns; it waits for those who do. Work that it
 * was waked for is left. It may be waked again. Not from inside a task. */
void worker_pool_leave(worker_pool *p, worker_client *c);

#endif
