/* stream/worker_pool.h - threads that work for many streams.
 *
 * Of the clients that may have work the one that is due first is served first; those that are due at
 * the same time, round-robin; one by any number of workers at once. Workers without work sleep.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_WORKER_POOL_H
#define STREAM_WORKER_POOL_H

#include "base/status.h"
#include "base/threads.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct worker_pool worker_pool;

/* Does one piece of work, as short as may be, on the thread of `worker` in [0, size); false when
 * there was none. */
typedef bool (*worker_task)(void *client, int worker);

/* Embedded in the client's own structure. All but the first three members are the
 * pool's. */
typedef struct worker_client {
    worker_task work;
    void *self;
    int workers;                           /* only those of a lower number serve it; 0: all */
    struct worker_client *next, *previous; /* in the queue */
    bool queued;
    bool leaving;
    int inside; /* workers that are serving it */
    long wakes;
    int64_t due;
} worker_client;

/* `size` workers, each of which may use `threads` threads, itself counted. VIS_ERR_MEMORY when one
 * cannot be started. */
vis_status worker_pool_create(int size, int threads, worker_pool **out, vis_error *err);

/* The same for `threads` in all, shared evenly among as many workers, `max` at most. */
vis_status worker_pool_share(int threads, int max, worker_pool **out, vis_error *err);
void worker_pool_free(worker_pool *p); /* all clients must have left; NULL is fine */
int worker_pool_size(const worker_pool *p);

/* The threads that a worker's task may use; NULL: its own alone. */
thread_pool *worker_pool_threads(const worker_pool *p, int worker);

/* There may be work for this client. Any thread. */
void worker_pool_wake(worker_pool *p, worker_client *c);

/* When the client's next work is due, in whatever clock; lowest first; 0, as at first, before all
 * that is later. Any thread. */
void worker_pool_set_due(worker_pool *p, worker_client *c, int64_t due);

/* Waits for workers that serve the client; none does when this returns. Pending work is dropped. It
 * may be waked again. Not from inside a task. */
void worker_pool_leave(worker_pool *p, worker_client *c);

#endif
