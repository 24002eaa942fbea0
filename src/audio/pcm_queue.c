/* audio/pcm_queue.c - a list of blocks under one lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/pcm_queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FRAMES 4096

typedef struct block {
    struct block *next;
    int used, count; /* sample frames read; written */
    float samples[]; /* [BLOCK_FRAMES, channels] */
} block;

struct pcm_queue {
    int rate, channels;
    int64_t capacity;
    pthread_mutex_t lock;
    block *first, *last;
    int64_t waiting;
    bool ended;
};

vis_status pcm_queue_create(int rate, int channels, int64_t capacity, pcm_queue **out,
                            vis_error *err)
{
    pcm_queue *q = calloc(1, sizeof *q);
    *out = q;
    if (!q) return vis_fail_memory(err, "sound that is pushed");
    q->rate = rate;
    q->channels = channels;
    q->capacity = capacity;
    pthread_mutex_init(&q->lock, NULL);
    return VIS_OK;
}

void pcm_queue_free(pcm_queue *q)
{
    if (!q) return;
    for (block *next; q->first; q->first = next) {
        next = q->first->next;
        free(q->first);
    }
    pthread_mutex_destroy(&q->lock);
    free(q);
}

int pcm_queue_rate(const pcm_queue *q)
{
    return q->rate;
}

int pcm_queue_channels(const pcm_queue *q)
{
    return q->channels;
}

static bool append_block(pcm_queue *q)
{
    block *b = malloc(sizeof *b + sizeof(float) * BLOCK_FRAMES * (size_t)q->channels);
    if (!b) return false;
    b->next = NULL;
    b->used = b->count = 0;
    if (q->last)
        q->last->next = b;
    else
        q->first = b;
    q->last = b;
    return true;
}

vis_status pcm_queue_push(pcm_queue *q, const float *interleaved, int64_t count, int64_t *taken,
                          vis_error *err)
{
    vis_status status = VIS_OK;
    size_t channels = (size_t)q->channels;
    *taken = 0;
    pthread_mutex_lock(&q->lock);
    while (*taken < count && q->waiting < q->capacity) {
        if ((!q->last || q->last->count == BLOCK_FRAMES) && !append_block(q)) {
            status = vis_fail_memory(err, "sound that is pushed");
            break;
        }
        block *b = q->last;
        int64_t now = BLOCK_FRAMES - b->count;
        if (now > count - *taken) now = count - *taken;
        if (now > q->capacity - q->waiting) now = q->capacity - q->waiting;
        memcpy(b->samples + (size_t)b->count * channels, interleaved + (size_t)*taken * channels,
               (size_t)now * channels * sizeof(float));
        b->count += (int)now;
        q->waiting += now;
        *taken += now;
    }
    pthread_mutex_unlock(&q->lock);
    return status;
}

void pcm_queue_end(pcm_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->ended = true;
    pthread_mutex_unlock(&q->lock);
}

int64_t pcm_queue_waiting(pcm_queue *q)
{
    pthread_mutex_lock(&q->lock);
    int64_t waiting = q->waiting;
    pthread_mutex_unlock(&q->lock);
    return waiting;
}

static void drop_first(pcm_queue *q)
{
    block *spent = q->first;
    q->first = spent->next;
    if (!q->first) q->last = NULL;
    free(spent);
}

vis_status pcm_queue_read(pcm_queue *q, float *interleaved, int max, int *got, vis_error *err)
{
    size_t channels = (size_t)q->channels;
    *got = 0;
    pthread_mutex_lock(&q->lock);
    while (*got < max && q->waiting > 0) {
        block *b = q->first;
        int now = b->count - b->used < max - *got ? b->count - b->used : max - *got;
        memcpy(interleaved + (size_t)*got * channels, b->samples + (size_t)b->used * channels,
               (size_t)now * channels * sizeof(float));
        b->used += now;
        *got += now;
        q->waiting -= now;
        if (b->used == b->count) drop_first(q);
    }
    bool ended = q->ended;
    pthread_mutex_unlock(&q->lock);
    if (*got > 0 || ended) return VIS_OK;
    return vis_fail(err, VIS_AGAIN, "more sound is awaited");
}
