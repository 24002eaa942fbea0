/* live/sound_line.h - a session's sound from its first sample on, cut into packets.
 *
 * Frames last 40 ms or 50, packets 20: what does not fill one waits. Packets of silence are the same
 * for everybody, once a session's own encoder has come to rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_SOUND_LINE_H
#define LIVE_SOUND_LINE_H

#include "live/packet.h"
#include "live/sound_encoder.h"

/* Packets that an encoder makes of silence until nothing is heard of what was before. */
#define SOUND_LINE_QUIET 10

/* One thread at a time. */
typedef struct sound_line {
    sound_encoder *encoder;
    live_bytes *silence;               /* held */
    float block[SOUND_PACKET_SAMPLES]; /* being filled */
    int filled;
    bool loud;     /* something is in it */
    int quiet;     /* packets since something was */
    int64_t packs; /* behind it */
    int64_t encoded;
} sound_line;

/* A packet of silence that follows on silence. */
vis_status sound_line_silence(live_bytes **out, vis_error *err);

vis_status sound_line_open(sound_line *l, live_bytes *silence, vis_error *err);
void sound_line_close(sound_line *l);

/* The next `count` samples; NULL: silence. Packets, the caller's to release, go to `give`; where it
 * is NULL none are made, and time goes on. */
vis_status sound_line_add(sound_line *l, const float *samples, int count,
                          void (*give)(void *user, const live_packet *p), void *user,
                          vis_error *err);

#endif
