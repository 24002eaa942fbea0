/* rtc/track.c - RTP (RFC 3550) with at most one extension, in a ring.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/track.h"

#include "rtc/wire.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 12
#define EXTENSION 8
#define MARKER 0x80
#define RESEND_US 30000 /* a packet goes out again so much later at the earliest */

void track_open(track *t, uint32_t ssrc, int payload, int clock, uint16_t first)
{
    memset(t, 0, sizeof *t);
    t->ssrc = ssrc;
    t->payload = payload;
    t->clock = clock;
    t->next = t->to_send = t->oldest = first;
}

static track_packet **slot(track *t, uint16_t sequence)
{
    return &t->kept[sequence % TRACK_KEPT];
}

static void forget_oldest(track *t)
{
    track_packet **at = slot(t, t->oldest++);
    free(*at);
    *at = NULL;
}

void track_close(track *t)
{
    while (t->oldest != t->next)
        forget_oldest(t);
}

size_t track_room(const track *t)
{
    return TRACK_DATAGRAM - HEADER - (t->extension ? EXTENSION : 0) - SEAL_RTP;
}

uint32_t track_time(const track *t, int64_t media_us)
{
    return (uint32_t)(media_us * t->clock / 1000000);
}

static uint16_t count_between(uint16_t from, uint16_t to)
{
    return (uint16_t)(to - from);
}

/* When it is sent, in seconds modulo 64 with 18 bits behind the point. */
static size_t put_send_time(const track *t, int64_t due_us, uint8_t *out)
{
    uint32_t time = (uint32_t)((uint64_t)due_us * (1 << 18) / 1000000) & 0xffffff;
    wire_put16(out, 0xBEDE);
    wire_put16(out + 2, 1);
    wire_put32(out + 4, (uint32_t)(t->extension << 4 | 2) << 24 | time);
    return EXTENSION;
}

static size_t put_header(const track *t, bool last, int64_t media_us, int64_t due_us, uint8_t *out)
{
    out[0] = (uint8_t)(0x80 | (t->extension ? 0x10 : 0));
    out[1] = (uint8_t)((last ? MARKER : 0) | t->payload);
    wire_put16(out + 2, t->next);
    wire_put32(out + 4, track_time(t, media_us));
    wire_put32(out + 8, t->ssrc);
    return HEADER + (t->extension ? put_send_time(t, due_us, out + HEADER) : 0);
}

bool track_add(track *t, seal *s, const uint8_t *payload, size_t size, bool last, int64_t media_us,
               int64_t due_us)
{
    uint8_t bytes[TRACK_DATAGRAM + SEAL_ROOM];
    if (size > track_room(t) || count_between(t->to_send, t->next) >= TRACK_KEPT) return false;
    if (count_between(t->oldest, t->next) >= TRACK_KEPT) forget_oldest(t);
    size_t whole = put_header(t, last, media_us, due_us, bytes);
    memcpy(bytes + whole, payload, size);
    whole = seal_rtp(s, bytes, whole + size);
    track_packet *p = whole ? malloc(sizeof *p + whole) : NULL;
    if (p) {
        *p = (track_packet){.due_us = due_us, .size = whole};
        memcpy(p->bytes, bytes, whole);
    }
    *slot(t, t->next++) = p;
    t->packets++;
    t->octets += (uint32_t)size;
    return p != NULL;
}

bool track_send(track *t, int64_t now_us, track_out *out, void *user)
{
    for (; t->to_send != t->next; t->to_send++) {
        const track_packet *p = *slot(t, t->to_send);
        if (p && p->due_us > now_us) return true;
        if (!p) continue;
        out(user, p->bytes, p->size);
        t->bytes += (int64_t)p->size;
    }
    return false;
}

bool track_resend(track *t, uint16_t sequence, int64_t now_us, track_out *out, void *user)
{
    if (count_between(t->oldest, sequence) >= count_between(t->oldest, t->to_send)) return false;
    track_packet *p = *slot(t, sequence);
    if (!p) return false;
    if (p->resent_us && now_us - p->resent_us < RESEND_US) return true;
    p->resent_us = now_us;
    out(user, p->bytes, p->size);
    t->bytes += (int64_t)p->size;
    return true;
}

void track_age(track *t, int64_t now_us)
{
    while (t->oldest != t->to_send) {
        const track_packet *p = *slot(t, t->oldest);
        if (p && now_us - p->due_us < TRACK_KEPT_US) return;
        forget_oldest(t);
    }
}
