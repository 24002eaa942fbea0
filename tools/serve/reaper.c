/* serve/reaper.c - closing, one after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/reaper.h"

#include "base/status.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct reaper {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    place *first;
    int waiting;
    bool closing;
};

static place *next(reaper *r)
{
    pthread_mutex_lock(&r->lock);
    while (!r->first && !r->closing)
        pthread_cond_wait(&r->changed, &r->lock);
    place *p = r->first;
    if (p) r->first = p->next;
    pthread_mutex_unlock(&r->lock);
    return p;
}

static void *run(void *user)
{
    reaper *r = user;
    for (place *p; (p = next(r));) {
        place_close(p);
        pthread_mutex_lock(&r->lock);
        r->waiting--;
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

vis_status reaper_open(reaper **out, vis_error *err)
{
    reaper *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r) return vis_fail_memory(err, "a thread that closes sessions");
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    if (pthread_create(&r->thread, NULL, run, r) != 0) {
        free(r);
        return vis_fail_memory(err, "a thread that closes sessions");
    }
    *out = r;
    return VIS_OK;
}

void reaper_take(reaper *r, place *p)
{
    pthread_mutex_lock(&r->lock);
    place **end = &r->first; /* in their order, so that each has its turn */
    while (*end)
        end = &(*end)->next;
    p->next = NULL;
    *end = p;
    r->waiting++;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

int reaper_waiting(reaper *r)
{
    pthread_mutex_lock(&r->lock);
    int waiting = r->waiting;
    pthread_mutex_unlock(&r->lock);
    return waiting;
}

void reaper_close(reaper *r)
{
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
