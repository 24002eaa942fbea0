/* live/packet_queue.h - packets on their way from the session's thread to who receives them.
 *
 * Bounded: of a receiver that falls behind, media are dropped, and come again from a key picture
 * on, so that what is decoded is whole. Events stay, and are as few as utterances are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_PACKET_QUEUE_H
#define LIVE_PACKET_QUEUE_H

#include "live/packet.h"

#include <pthread.h>

#define PACKET_QUEUE_US 2000000        /* of pictures may wait */
#define PACKET_QUEUE_BYTES (32u << 20) /* of all; some raw pictures are larger than others */
#define PACKET_QUEUE_EVENTS 256        /* beyond, the oldest is dropped */

typedef struct queued_packet queued_packet;

/* Any thread. */
typedef struct packet_queue {
    pthread_mutex_t lock;
    queued_packet *first, **end;
    size_t bytes;
    int64_t pictures_us;
    int events;
    bool attached;
    bool wants_key; /* no picture is taken before a key */
    int64_t dropped;
} packet_queue;

void packet_queue_init(packet_queue *q);
void packet_queue_free(packet_queue *q);

/* A receiver is there from now on: what waits is dropped, and the next picture is a key. */
void packet_queue_attach(packet_queue *q);
void packet_queue_detach(packet_queue *q);
bool packet_queue_attached(packet_queue *q);
bool packet_queue_wants_key(packet_queue *q); /* false where nobody is there */
void packet_queue_want_key(packet_queue *q);  /* the receiver lost what came before */
int64_t packet_queue_dropped(packet_queue *q);

/* Takes over a hold; NULL (out of memory) counts as dropped. Media are taken only while somebody is
 * there. False: there was no room, and pictures come again from the next key on. */
bool packet_queue_add(packet_queue *q, const live_packet *p);

/* NULL: none waits. */
const live_packet *packet_queue_take(packet_queue *q);

#endif
