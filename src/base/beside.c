/* base/beside.c - the thread that makes calls, and the warnings that it holds back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/beside.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A warning that waits. */
typedef struct held {
    struct held *next;
    char line[];
} held;

typedef struct turn {
    beside *all;
    beside_call call;
    vis_log log; /* what the call is given: holds back until `reported` */
    held *first, **last;
    bool made, reported;
    vis_status status;
    vis_error err;
} turn;

struct beside {
    turn turns[BESIDE_MAX_CALLS];
    int count;
    void *argument;
    vis_log log; /* the caller's */
    pthread_mutex_t lock;
    pthread_cond_t news; /* a call was made, or the thread has ended */
    pthread_t thread;
    bool threaded; /* and not yet joined */
    bool running;
    bool stop;
};

/* A vis_log_fn. A line for which there is no memory is handed on early rather than lost. */
static void hold(void *user, const char *line)
{
    turn *t = user;
    size_t size = strlen(line) + 1;
    held *h = malloc(sizeof *h + size);
    pthread_mutex_lock(&t->all->lock);
    bool keep = h && !t->reported;
    if (keep) {
        h->next = NULL;
        memcpy(h->line, line, size);
        *t->last = h;
        t->last = &h->next;
    }
    pthread_mutex_unlock(&t->all->lock);
    if (keep) return;
    free(h);
    t->all->log.call(t->all->log.user, line);
}

static held *take_held(turn *t)
{
    held *h = t->first;
    t->first = NULL;
    t->last = &t->first;
    return h;
}

/* Hands on what was held back, also what comes in meanwhile, and lets the rest through. */
static void tell(turn *t)
{
    beside *b = t->all;
    pthread_mutex_lock(&b->lock);
    while (t->first) {
        held *h = take_held(t);
        pthread_mutex_unlock(&b->lock);
        while (h) {
            held *next = h->next;
            b->log.call(b->log.user, h->line);
            free(h);
            h = next;
        }
        pthread_mutex_lock(&b->lock);
    }
    t->reported = true;
    pthread_mutex_unlock(&b->lock);
}

/* Makes one call. Its fields are the maker's alone until `made`. */
static void make(turn *t)
{
    if (t->call) t->status = t->call(t->all->argument, &t->log, &t->err);
    pthread_mutex_lock(&t->all->lock);
    t->made = true;
    pthread_cond_signal(&t->all->news);
    pthread_mutex_unlock(&t->all->lock);
}

static void *beside_main(void *argument)
{
    beside *b = argument;
    bool go_on = true;
    for (int i = 0; i < b->count && go_on; i++) {
        make(&b->turns[i]);
        pthread_mutex_lock(&b->lock);
        go_on = b->turns[i].status == VIS_OK && !b->stop;
        pthread_mutex_unlock(&b->lock);
    }
    pthread_mutex_lock(&b->lock);
    b->running = false;
    pthread_cond_signal(&b->news);
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

vis_status beside_start(const beside_call *calls, int count, void *argument, const vis_log *log,
                        beside **out, vis_error *err)
{
    *out = NULL;
    beside *b = calloc(1, sizeof *b);
    if (!b) return vis_fail_memory(err, "a thread");
    b->count = count;
    b->argument = argument;
    if (log) b->log = *log;
    for (int i = 0; i < count; i++) {
        turn *t = &b->turns[i];
        *t = (turn){.all = b, .call = calls[i], .log = {b->log.call ? hold : NULL, t}};
        t->last = &t->first;
    }
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->news, NULL);
    b->running = true;
    b->threaded = pthread_create(&b->thread, NULL, beside_main, b) == 0;
    if (!b->threaded) b->running = false;
    *out = b;
    return VIS_OK;
}

vis_status beside_collect(beside *b, int i, vis_error *err)
{
    turn *t = &b->turns[i];
    pthread_mutex_lock(&b->lock);
    while (!t->made && b->running)
        pthread_cond_wait(&b->news, &b->lock);
    bool made = t->made;
    pthread_mutex_unlock(&b->lock);
    if (!made) make(t);
    tell(t);
    if (t->status != VIS_OK && err) *err = t->err;
    return t->status;
}

void beside_stop(beside *b)
{
    if (!b || !b->threaded) return;
    pthread_mutex_lock(&b->lock);
    b->stop = true;
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    b->threaded = false;
}

void beside_free(beside *b)
{
    if (!b) return;
    beside_stop(b);
    for (int i = 0; i < b->count; i++) {
        for (held *h = take_held(&b->turns[i]), *next; h; h = next) {
            next = h->next;
            free(h);
        }
    }
    pthread_cond_destroy(&b->news);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
