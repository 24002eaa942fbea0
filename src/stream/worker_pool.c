/* stream/worker_pool.c - a queue of clients, what is due first in front.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/worker_pool.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct worker {
    worker_pool *pool;
    int number;
    thread_pool *threads;
    pthread_t thread;
} worker;

struct worker_pool {
    pthread_mutex_t lock;
    pthread_cond_t queued; /* the queue is not empty, or stop */
    pthread_cond_t left;   /* a worker came out of a client */
    worker_client *first, *last;
    bool stop;
    int size, running;
    worker workers[];
};

/* All with the lock held. Behind those that are due no later. */
static void enqueue(worker_pool *p, worker_client *c)
{
    if (c->queued || c->leaving) return;
    worker_client *before = p->last;
    while (before && before->due > c->due)
        before = before->previous;
    c->queued = true;
    c->previous = before;
    c->next = before ? before->next : p->first;
    if (before)
        before->next = c;
    else
        p->first = c;
    if (c->next)
        c->next->previous = c;
    else
        p->last = c;
    if (c->workers && c->workers < p->size)
        pthread_cond_broadcast(&p->queued); /* not everybody can serve it */
    else
        pthread_cond_signal(&p->queued);
}

static void dequeue(worker_pool *p, worker_client *c)
{
    if (!c->queued) return;
    c->queued = false;
    if (c->previous)
        c->previous->next = c->next;
    else
        p->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    else
        p->last = c->previous;
}

/* Serves a client, requeued first, so that other workers can serve it too. A worker that finds no
 * work dequeues it, unless it was waked meanwhile; one that did some requeues it. */
static void serve(worker_pool *p, worker_client *c, int number)
{
    long wakes = c->wakes;
    dequeue(p, c);
    enqueue(p, c);
    c->inside++;
    pthread_mutex_unlock(&p->lock);
    bool worked = c->work(c->self, number);
    pthread_mutex_lock(&p->lock);
    c->inside--;
    if (worked) {
        c->wakes++; /* who found no work meanwhile looked too early, and must not dequeue it */
        enqueue(p, c);
    } else if (c->wakes == wakes) {
        dequeue(p, c);
    }
    if (c->leaving) pthread_cond_broadcast(&p->left);
}

/* The first that this worker can serve; NULL: none. */
static worker_client *next_for(const worker_pool *p, int number)
{
    worker_client *c = p->first;
    while (c && c->workers && number >= c->workers)
        c = c->next;
    return c;
}

static void *worker_main(void *argument)
{
    worker *w = argument;
    worker_pool *p = w->pool;
    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        worker_client *c = next_for(p, w->number);
        if (c)
            serve(p, c, w->number);
        else
            pthread_cond_wait(&p->queued, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static vis_status start(worker_pool *p, int threads, vis_error *err)
{
    for (; p->running < p->size; p->running++) {
        worker *w = &p->workers[p->running];
        w->pool = p;
        w->number = p->running;
        if (threads > 1) VIS_TRY(thread_pool_create(threads, &w->threads, err));
        if (pthread_create(&w->thread, NULL, worker_main, w) == 0) continue;
        thread_pool_destroy(w->threads);
        return vis_fail(err, VIS_ERR_MEMORY, "cannot start worker %d of %d; ask for fewer threads",
                        p->running + 1, p->size);
    }
    return VIS_OK;
}

vis_status worker_pool_create(int size, int threads, worker_pool **out, vis_error *err)
{
    *out = NULL;
    worker_pool *p = calloc(1, sizeof *p + (size_t)size * sizeof p->workers[0]);
    if (!p) return vis_fail_memory(err, "the workers");
    p->size = size;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->queued, NULL);
    pthread_cond_init(&p->left, NULL);
    vis_status status = start(p, threads, err);
    if (status == VIS_OK)
        *out = p;
    else
        worker_pool_free(p);
    return status;
}

vis_status worker_pool_share(int threads, int max, worker_pool **out, vis_error *err)
{
    int size = threads < max ? threads : max;
    return worker_pool_create(size, threads / size, out, err);
}

void worker_pool_free(worker_pool *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->queued);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->running; i++) {
        pthread_join(p->workers[i].thread, NULL);
        thread_pool_destroy(p->workers[i].threads);
    }
    pthread_cond_destroy(&p->left);
    pthread_cond_destroy(&p->queued);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

int worker_pool_size(const worker_pool *p)
{
    return p->size;
}

thread_pool *worker_pool_threads(const worker_pool *p, int number)
{
    return p->workers[number].threads;
}

void worker_pool_wake(worker_pool *p, worker_client *c)
{
    pthread_mutex_lock(&p->lock);
    c->wakes++;
    enqueue(p, c);
    pthread_mutex_unlock(&p->lock);
}

void worker_pool_set_due(worker_pool *p, worker_client *c, int64_t due)
{
    pthread_mutex_lock(&p->lock);
    bool queued = c->queued;
    if (queued) dequeue(p, c);
    c->due = due;
    if (queued) enqueue(p, c);
    pthread_mutex_unlock(&p->lock);
}

void worker_pool_leave(worker_pool *p, worker_client *c)
{
    pthread_mutex_lock(&p->lock);
    c->leaving = true;
    dequeue(p, c);
    while (c->inside > 0)
        pthread_cond_wait(&p->left, &p->lock);
    c->leaving = false;
    pthread_mutex_unlock(&p->lock);
}
