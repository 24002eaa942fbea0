/* base/threads.h - a persistent pool of workers for data-parallel loops. */
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#include "base/status.h"

typedef struct thread_pool thread_pool;

/* The body of a loop: called once for each index in [0, count). `worker` in [0, threads) is the
 * same for all calls made by one thread of the pool, so that it can index scratch memory. */
typedef void (*thread_task)(void *argument, int index, int worker);

/* Threads that keep this process's processors busy (base/processors.h), at least 1. */
int thread_default_count(void);

/* A pool of `threads` workers, the caller counted as one; 0 means thread_default_count(). */
vis_status thread_pool_create(int threads, thread_pool **out, vis_error *err);
void thread_pool_destroy(thread_pool *pool);   /* NULL is fine */
int thread_pool_size(const thread_pool *pool); /* NULL counts as 1 */

/* Runs task(argument, i, worker) for every i in [0, count) and returns when all are done. Indices
 * are handed out in ascending order, one at a time. Calls from several threads on the same pool are
 * serialised. Must not be called from inside a task. A NULL pool runs the loop on the caller. */
void thread_pool_run(thread_pool *pool, int count, thread_task task, void *argument);

#endif
