/* base/threads.c - the worker pool.
 *
 * One loop at a time: the caller publishes (task, count), wakes the workers, takes indices itself
 * and waits until every worker has left the loop. Workers spin briefly before they sleep, because a
 * network runs hundreds of short loops per second and a wake-up costs more than many of them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"

#include "base/memory.h"
#include "base/processors.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define SPIN_ROUNDS 2000 /* about 20-50 us of pause instructions */
#define MAX_THREADS 256

typedef struct worker {
    thread_pool *pool;
    pthread_t thread;
    int number;
} worker;

struct thread_pool {
    int threads;
    int started; /* workers that run, the caller not counted */
    worker *workers;
    pthread_mutex_t callers; /* serialises loops */
    pthread_mutex_t lock;    /* guards sleeping and waking */
    pthread_cond_t wake;
    _Atomic unsigned generation; /* counts loops; a change is the signal to start */
    _Atomic bool stop;
    thread_task task;
    void *argument;
    int count;
    _Atomic int next;   /* the next index to hand out */
    _Atomic int inside; /* workers that have not left this loop yet */
};

static inline void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

int thread_default_count(void)
{
    processor_set permitted;
    processors_permitted(&permitted);
    int count = processors_worth_using(&permitted, "");
    return count < MAX_THREADS ? count : MAX_THREADS;
}

static void take_indices(thread_pool *pool, int number)
{
    for (;;) {
        int index = atomic_fetch_add(&pool->next, 1);
        if (index >= pool->count) return;
        pool->task(pool->argument, index, number);
    }
}

/* Waits for a loop other than `seen`: first spinning, then asleep. */
static unsigned wait_for_loop(thread_pool *pool, unsigned seen)
{
    for (int i = 0; i < SPIN_ROUNDS; i++) {
        unsigned now = atomic_load(&pool->generation);
        if (now != seen || atomic_load(&pool->stop)) return now;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->generation) == seen && !atomic_load(&pool->stop))
        pthread_cond_wait(&pool->wake, &pool->lock);
    unsigned now = atomic_load(&pool->generation);
    pthread_mutex_unlock(&pool->lock);
    return now;
}

static void *worker_main(void *argument)
{
    worker *me = argument;
    thread_pool *pool = me->pool;
    unsigned seen = 0;
    for (;;) {
        seen = wait_for_loop(pool, seen);
        if (atomic_load(&pool->stop)) return NULL;
        take_indices(pool, me->number);
        atomic_fetch_sub(&pool->inside, 1);
    }
}

vis_status thread_pool_create(int threads, thread_pool **out, vis_error *err)
{
    *out = NULL;
    if (threads == 0) threads = thread_default_count();
    if (threads < 1 || threads > MAX_THREADS)
        return vis_fail(err, VIS_ERR_USAGE, "%d threads; choose 1 to %d", threads, MAX_THREADS);
    thread_pool *pool = calloc(1, sizeof *pool);
    worker *workers = calloc((size_t)threads, sizeof *workers);
    if (!pool || !workers) {
        free(pool);
        free(workers);
        return vis_fail_memory(err, "a thread pool");
    }
    pool->threads = threads;
    pool->workers = workers;
    pthread_mutex_init(&pool->callers, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (int i = 1; i < threads; i++) {
        workers[i] = (worker){.pool = pool, .number = i};
        if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0) {
            thread_pool_destroy(pool);
            return vis_fail(err, VIS_ERR_MEMORY,
                            "cannot start thread %d of %d; ask for fewer threads", i + 1, threads);
        }
        pool->started = i;
    }
    *out = pool;
    return VIS_OK;
}

void thread_pool_destroy(thread_pool *pool)
{
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i <= pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->callers);
    free(pool->workers);
    free(pool);
}

int thread_pool_size(const thread_pool *pool)
{
    return pool ? pool->threads : 1;
}

static void publish(thread_pool *pool, int count, thread_task task, void *argument)
{
    pool->task = task;
    pool->argument = argument;
    pool->count = count;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->inside, pool->threads - 1);
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->generation, 1);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

static void wait_for_workers(thread_pool *pool)
{
    for (int i = 0; i < SPIN_ROUNDS; i++) {
        if (atomic_load(&pool->inside) == 0) return;
        pause_briefly();
    }
    while (atomic_load(&pool->inside) > 0)
        sched_yield();
}

void thread_pool_run(thread_pool *pool, int count, thread_task task, void *argument)
{
    if (!pool || pool->threads == 1 || count <= 1) {
        for (int i = 0; i < count; i++)
            task(argument, i, 0);
        return;
    }
    pthread_mutex_lock(&pool->callers);
    publish(pool, count, task, argument);
    take_indices(pool, 0);
    wait_for_workers(pool);
    pthread_mutex_unlock(&pool->callers);
}
