/* live/packet_queue.c - a list under a lock, and what falls out of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/packet_queue.h"

#include <stdlib.h>

struct queued_packet {
    queued_packet *next;
    const live_packet *packet;
};

static bool is_picture(const live_packet *p)
{
    return p->kind == LIVE_H264 || p->kind == LIVE_I420 || p->kind == LIVE_VP8;
}

void packet_queue_init(packet_queue *q)
{
    *q = (packet_queue){.first = NULL};
    q->end = &q->first;
    pthread_mutex_init(&q->lock, NULL);
}

/* Counts a packet in (by 1) or out (by -1). */
static void count(packet_queue *q, const live_packet *p, int by)
{
    if (p->kind == LIVE_EVENT) q->events += by;
    if (is_picture(p)) q->pictures_us += by * p->duration_us;
    q->bytes = by > 0 ? q->bytes + p->size : q->bytes - p->size;
}

static const live_packet *unlink_at(packet_queue *q, queued_packet **at)
{
    queued_packet *out = *at;
    const live_packet *p = out->packet;
    *at = out->next;
    if (!*at) q->end = at;
    count(q, p, -1);
    free(out);
    return p;
}

static void drop_media(packet_queue *q)
{
    for (queued_packet **at = &q->first; *at;) {
        if ((*at)->packet->kind == LIVE_EVENT) {
            at = &(*at)->next;
            continue;
        }
        live_packet_release(unlink_at(q, at));
        q->dropped++;
    }
    q->wants_key = true;
}

static void drop_oldest_event(packet_queue *q)
{
    for (queued_packet **at = &q->first; *at; at = &(*at)->next)
        if ((*at)->packet->kind == LIVE_EVENT) {
            live_packet_release(unlink_at(q, at));
            return;
        }
}

void packet_queue_free(packet_queue *q)
{
    while (q->first)
        live_packet_release(unlink_at(q, &q->first));
    pthread_mutex_destroy(&q->lock);
}

void packet_queue_attach(packet_queue *q)
{
    pthread_mutex_lock(&q->lock);
    int64_t dropped = q->dropped; /* of nobody's */
    drop_media(q);
    q->dropped = dropped;
    q->attached = true;
    pthread_mutex_unlock(&q->lock);
}

void packet_queue_detach(packet_queue *q)
{
    pthread_mutex_lock(&q->lock);
    int64_t dropped = q->dropped;
    drop_media(q);
    q->dropped = dropped;
    q->attached = false;
    pthread_mutex_unlock(&q->lock);
}

bool packet_queue_attached(packet_queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool attached = q->attached;
    pthread_mutex_unlock(&q->lock);
    return attached;
}

bool packet_queue_wants_key(packet_queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool wants = q->attached && q->wants_key;
    pthread_mutex_unlock(&q->lock);
    return wants;
}

void packet_queue_want_key(packet_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->wants_key = true;
    pthread_mutex_unlock(&q->lock);
}

int64_t packet_queue_dropped(packet_queue *q)
{
    pthread_mutex_lock(&q->lock);
    int64_t dropped = q->dropped;
    pthread_mutex_unlock(&q->lock);
    return dropped;
}

static bool fits(const packet_queue *q, const live_packet *p)
{
    int64_t us = q->pictures_us + (is_picture(p) ? p->duration_us : 0);
    return us <= PACKET_QUEUE_US && q->bytes + p->size <= PACKET_QUEUE_BYTES;
}

/* Is it wanted? With the lock held. */
static bool wanted(packet_queue *q, const live_packet *p)
{
    if (p->kind == LIVE_EVENT) return true;
    if (!q->attached) return false;
    if (!fits(q, p)) drop_media(q);
    if (!is_picture(p)) return true;
    if (q->wants_key && !p->key) {
        q->dropped++;
        return false;
    }
    q->wants_key = false;
    return true;
}

static bool append(packet_queue *q, const live_packet *p)
{
    queued_packet *last = malloc(sizeof *last);
    if (!last) return false;
    *last = (queued_packet){.packet = p};
    *q->end = last;
    q->end = &last->next;
    count(q, p, 1);
    if (q->events > PACKET_QUEUE_EVENTS) drop_oldest_event(q);
    return true;
}

bool packet_queue_add(packet_queue *q, const live_packet *p)
{
    pthread_mutex_lock(&q->lock);
    int64_t dropped = q->dropped;
    bool wants = p && wanted(q, p), taken = wants && append(q, p);
    if (!p || (wants && !taken)) {
        q->dropped++;
        q->wants_key = true;
    }
    if (!taken) live_packet_release(p);
    bool whole = q->dropped == dropped;
    pthread_mutex_unlock(&q->lock);
    return whole;
}

const live_packet *packet_queue_take(packet_queue *q)
{
    pthread_mutex_lock(&q->lock);
    const live_packet *p = q->first ? unlink_at(q, &q->first) : NULL;
    pthread_mutex_unlock(&q->lock);
    return p;
}
