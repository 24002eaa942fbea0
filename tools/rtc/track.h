/* rtc/track.h - one medium on its way to one viewer: packets numbered, sealed, spread over time, and
 * kept for a while to be sent again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_TRACK_H
#define RTC_TRACK_H

#include "rtc/seal.h"

#define TRACK_KEPT 1024       /* packets at most */
#define TRACK_KEPT_US 1500000 /* and for so long */
#define TRACK_DATAGRAM 1200   /* bytes at most */

/* A packet as it was sent. */
typedef struct track_packet {
    int64_t due_us, resent_us; /* CLOCK_MONOTONIC; 0: was not sent again */
    size_t size;
    uint8_t bytes[];
} track_packet;

typedef struct track {
    uint32_t ssrc;
    int payload;
    int clock;                      /* of its time stamps, in Hz */
    int extension;                  /* number of abs-send-time; 0: none */
    uint16_t next, to_send, oldest; /* sequence numbers: made, sent, kept up to there */
    uint32_t packets, octets;       /* as sender reports have them */
    int64_t bytes;                  /* that were sent, all in all */
    track_packet *kept[TRACK_KEPT]; /* by sequence number */
} track;

typedef void track_out(void *user, const uint8_t *bytes, size_t size);

void track_open(track *t, uint32_t ssrc, int payload, int clock, uint16_t first);
void track_close(track *t);

/* What of a datagram is left for the payload. */
size_t track_room(const track *t);

/* A packet of the medium at `media_us`, to be sent at `due_us`. False: out of memory, or too many
 * wait: it counts as lost. */
bool track_add(track *t, seal *s, const uint8_t *payload, size_t size, bool last, int64_t media_us,
               int64_t due_us);

/* Sends what is due; true: more waits. */
bool track_send(track *t, int64_t now_us, track_out *out, void *user);

/* Sends a packet again, unless that was just done; false: it is not there any more. */
bool track_resend(track *t, uint16_t sequence, int64_t now_us, track_out *out, void *user);

/* Forgets what is old. */
void track_age(track *t, int64_t now_us);

/* The time stamp of that moment. */
uint32_t track_time(const track *t, int64_t media_us);

#endif
