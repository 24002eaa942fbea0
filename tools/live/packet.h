/* live/packet.h - what a session sends: encoded or raw media and events, all on one clock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_PACKET_H
#define LIVE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum live_packet_kind {
    LIVE_H264 = 1, /* an access unit, Annex B, constrained baseline; parameter sets in every key */
    LIVE_OPUS = 2, /* 20 ms of 48 kHz mono */
    LIVE_I420 = 3, /* a picture, planes Y U V without padding, even sides */
    LIVE_PCM = 4,  /* 48 kHz mono, s16le, as long as its picture lasts */
    LIVE_EVENT = 5,
    LIVE_VP8 = 6, /* a picture */
} live_packet_kind;

typedef enum live_event_kind {
    LIVE_STATE,       /* "idle" or "speaking" in `text` */
    LIVE_STARTED,     /* an utterance begins: `id`, its words in `text` or NULL */
    LIVE_ENDED,       /* it was said to its end: `id` */
    LIVE_INTERRUPTED, /* `id`, `position_ms`: how much of it was sent to be heard */
    LIVE_FAILED,      /* `id`; why, in one line, in `text` */
} live_event_kind;

typedef struct live_event {
    live_event_kind kind;
    const char *id, *text; /* NULL: none */
    int64_t position_ms;
} live_event;

/* Read by any number of threads; lives until its last holder lets go. Whoever is given one holds
 * it. */
typedef struct live_packet {
    live_packet_kind kind;
    bool key;
    int64_t time_us; /* since the session began, of its first sample or its picture */
    int64_t duration_us;
    const uint8_t *bytes;
    size_t size;
    live_event event; /* of LIVE_EVENT */
} live_packet;

void live_packet_keep(const live_packet *p);
void live_packet_release(const live_packet *p); /* NULL is fine */

#endif
