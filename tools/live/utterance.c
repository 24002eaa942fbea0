/* live/utterance.c - a queue of sound with an end, and who waits for room in it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/utterance.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MIN_RATE 1000 /* Hz, of sound that is pushed */
#define MAX_RATE 768000

static bool copy_text(const char *text, char **out)
{
    *out = text ? text_copy(text, strlen(text)) : NULL;
    return !text || *out;
}

vis_status utterance_create(const char *id, const char *words, live_utterance **out, vis_error *err)
{
    *out = NULL;
    live_utterance *u = calloc(1, sizeof *u);
    if (!u) return vis_fail_memory(err, "something to say");
    clock_condition(&u->room);
    pthread_mutex_init(&u->lock, NULL);
    u->holders = 1;
    if (!copy_text(id, &u->id) || !copy_text(words, &u->words)) {
        utterance_release(u);
        return vis_fail_memory(err, "something to say");
    }
    *out = u;
    return VIS_OK;
}

live_utterance *utterance_keep(live_utterance *u)
{
    __atomic_add_fetch(&u->holders, 1, __ATOMIC_RELAXED);
    return u;
}

void utterance_release(live_utterance *u)
{
    if (!u || __atomic_sub_fetch(&u->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    pcm_queue_free(u->sound);
    played_sound_free(u->played);
    pthread_cond_destroy(&u->room);
    pthread_mutex_destroy(&u->lock);
    free(u->id);
    free(u->words);
    free(u);
}

void utterance_cancel(live_utterance *u)
{
    pthread_mutex_lock(&u->lock);
    u->cancelled = true;
    pthread_cond_broadcast(&u->room);
    pthread_mutex_unlock(&u->lock);
}

bool utterance_cancelled(live_utterance *u)
{
    pthread_mutex_lock(&u->lock);
    bool cancelled = u->cancelled;
    pthread_mutex_unlock(&u->lock);
    return cancelled;
}

/* ---- Who pushes ---- */

static vis_status begin_sound(live_utterance *u, int rate, vis_error *err)
{
    if (rate < MIN_RATE || rate > MAX_RATE)
        return vis_fail(err, VIS_ERR_USAGE, "sound at %d Hz; give %d to %d", rate, MIN_RATE,
                        MAX_RATE);
    int64_t capacity = (int64_t)UTTERANCE_SECONDS * rate;
    if (capacity > UTTERANCE_MAX_SAMPLES) capacity = UTTERANCE_MAX_SAMPLES;
    VIS_TRY(pcm_queue_create(rate, 1, capacity, &u->sound, err));
    u->rate = rate;
    u->begun = clock_seconds();
    return VIS_OK;
}

/* With the lock held. */
static vis_status push_some(live_utterance *u, const float *samples, int64_t count, int rate,
                            int64_t *taken, vis_error *err)
{
    if (u->cancelled) return vis_fail(err, VIS_ERR_CANCELLED, "it was interrupted");
    if (u->ended) return vis_fail(err, VIS_ERR_USAGE, "the utterance was ended already");
    if (count == 0) return VIS_OK;
    if (!u->sound) VIS_TRY(begin_sound(u, rate, err));
    if (rate != u->rate)
        return vis_fail(err, VIS_ERR_USAGE,
                        "sound at %d Hz in an utterance that began at %d Hz; keep one rate", rate,
                        u->rate);
    int64_t took;
    vis_status status = pcm_queue_push(u->sound, samples, count, &took, err);
    *taken += took;
    return status;
}

vis_status live_utterance_push(live_utterance *u, const float *samples, int64_t count, int rate,
                               int timeout_ms, int64_t *taken, vis_error *err)
{
    const struct timespec until = clock_in_ms(timeout_ms);
    bool late = timeout_ms <= 0;
    int64_t took = 0;
    if (count < 0) return vis_fail(err, VIS_ERR_USAGE, "a negative number of samples");
    pthread_mutex_lock(&u->lock);
    vis_status status;
    while ((status = push_some(u, samples + took, count - took, rate, &took, err)) == VIS_OK &&
           took < count && !late)
        late = pthread_cond_timedwait(&u->room, &u->lock, &until) == ETIMEDOUT;
    pthread_mutex_unlock(&u->lock);
    if (taken) *taken = took;
    if (status == VIS_OK && took < count)
        return vis_fail(err, VIS_AGAIN, "%d seconds of sound wait already", UTTERANCE_SECONDS);
    return status;
}

void live_utterance_end(live_utterance *u, const vis_error *failed)
{
    pthread_mutex_lock(&u->lock);
    u->ended = true;
    u->failed = failed != NULL;
    if (failed) u->why = *failed;
    if (u->sound) pcm_queue_end(u->sound);
    pthread_mutex_unlock(&u->lock);
    utterance_release(u);
}

/* ---- Who says it ---- */

vis_status utterance_read(live_utterance *u, float *samples, int max, int *got, bool *over,
                          int *rate, vis_error *err)
{
    pthread_mutex_lock(&u->lock);
    *got = 0;
    *over = !u->sound && u->ended;
    *rate = u->rate;
    vis_status status = VIS_OK;
    if (u->sound) {
        status = pcm_queue_read(u->sound, samples, max, got, err);
        *over = status == VIS_OK && *got == 0;
        if (status == VIS_AGAIN) status = VIS_OK;
    }
    pthread_cond_broadcast(&u->room);
    pthread_mutex_unlock(&u->lock);
    return status;
}

bool utterance_is_over(live_utterance *u)
{
    pthread_mutex_lock(&u->lock);
    bool over = u->ended;
    pthread_mutex_unlock(&u->lock);
    return over;
}

int utterance_rate(live_utterance *u)
{
    pthread_mutex_lock(&u->lock);
    int rate = u->rate;
    pthread_mutex_unlock(&u->lock);
    return rate;
}

int64_t utterance_waiting_ms(live_utterance *u)
{
    pthread_mutex_lock(&u->lock);
    int64_t ms = u->sound ? pcm_queue_waiting(u->sound) * 1000 / u->rate : 0;
    pthread_mutex_unlock(&u->lock);
    return ms;
}

double utterance_begun(live_utterance *u)
{
    pthread_mutex_lock(&u->lock);
    double begun = u->begun;
    pthread_mutex_unlock(&u->lock);
    return begun;
}

bool utterance_failed(live_utterance *u, vis_error *why)
{
    pthread_mutex_lock(&u->lock);
    bool failed = u->failed;
    *why = u->why;
    pthread_mutex_unlock(&u->lock);
    return failed;
}
