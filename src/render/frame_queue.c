/* render/frame_queue.c - the ring between drawing and encoding.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/frame_queue.h"

#include <pthread.h>
#include <stdlib.h>

struct frame_queue {
    picture *place;
    int places;
    int first, count; /* pictures first ... first + count - 1, modulo places */
    bool ended, refused;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

vis_status frame_queue_create(int places, frame_queue **out, vis_error *err)
{
    *out = NULL;
    frame_queue *q = calloc(1, sizeof *q);
    picture *place = calloc((size_t)places, sizeof *place);
    if (!q || !place) {
        free(q);
        free(place);
        return vis_fail_memory(err, "the frame queue");
    }
    q->place = place;
    q->places = places;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    *out = q;
    return VIS_OK;
}

void frame_queue_free(frame_queue *q)
{
    if (!q) return;
    for (int i = 0; i < q->places; i++)
        picture_free(&q->place[i]);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q->place);
    free(q);
}

static void set_flag(frame_queue *q, bool *flag)
{
    pthread_mutex_lock(&q->lock);
    *flag = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

void frame_queue_end(frame_queue *q)
{
    set_flag(q, &q->ended);
}

void frame_queue_refuse(frame_queue *q)
{
    set_flag(q, &q->refused);
}

bool frame_queue_push(frame_queue *q, const picture *p, vis_status *status, vis_error *err)
{
    *status = VIS_OK;
    pthread_mutex_lock(&q->lock);
    while (q->count == q->places && !q->refused)
        pthread_cond_wait(&q->changed, &q->lock);
    bool refused = q->refused;
    picture *free_place = &q->place[(q->first + q->count) % q->places];
    pthread_mutex_unlock(&q->lock);
    if (refused) return false;
    /* The place is the drawer's until it counts: the encoder looks only at counted ones. */
    *status = picture_copy(p, free_place, err);
    if (*status != VIS_OK) return true;
    pthread_mutex_lock(&q->lock);
    q->count++;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return true;
}

const picture *frame_queue_front(frame_queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->ended)
        pthread_cond_wait(&q->changed, &q->lock);
    const picture *front = q->count > 0 ? &q->place[q->first] : NULL;
    pthread_mutex_unlock(&q->lock);
    return front;
}

void frame_queue_pop(frame_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->first = (q->first + 1) % q->places;
    q->count--;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}
