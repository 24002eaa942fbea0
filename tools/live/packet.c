/* live/packet.c - packets: media bytes that many may share, and events.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/packet_make.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The public record comes first, so that a pointer to it is one to this. */
typedef struct held_packet {
    live_packet shown;
    int holders;
    live_bytes *bytes;
    char *id, *text;
} held_packet;

static void free_packet(held_packet *p)
{
    live_bytes_release(p->bytes);
    free(p->id);
    free(p->text);
    free(p);
}

const live_packet *live_packet_media(live_packet_kind kind, bool key, int64_t time_us,
                                     int64_t duration_us, live_bytes *bytes)
{
    held_packet *p = bytes ? calloc(1, sizeof *p) : NULL;
    if (!p) {
        live_bytes_release(bytes);
        return NULL;
    }
    p->holders = 1;
    p->bytes = bytes;
    p->shown = (live_packet){.kind = kind,
                             .key = key,
                             .time_us = time_us,
                             .duration_us = duration_us,
                             .bytes = bytes->data,
                             .size = bytes->size};
    return &p->shown;
}

static bool copy_text(const char *text, char **out)
{
    *out = text ? text_copy(text, strlen(text)) : NULL;
    return !text || *out;
}

const live_packet *live_packet_event(const live_event *event, int64_t time_us)
{
    held_packet *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->holders = 1;
    if (!copy_text(event->id, &p->id) || !copy_text(event->text, &p->text)) {
        free_packet(p);
        return NULL;
    }
    p->shown = (live_packet){.kind = LIVE_EVENT, .time_us = time_us, .event = *event};
    p->shown.event.id = p->id;
    p->shown.event.text = p->text;
    return &p->shown;
}

void live_packet_keep(const live_packet *p)
{
    __atomic_add_fetch(&((held_packet *)p)->holders, 1, __ATOMIC_RELAXED);
}

void live_packet_release(const live_packet *p)
{
    held_packet *held = (held_packet *)p;
    if (held && __atomic_sub_fetch(&held->holders, 1, __ATOMIC_ACQ_REL) == 0) free_packet(held);
}
