/* live/sound_line.c - blocks filled, encoded, and timed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/sound_line.h"

#include "live/packet_make.h"
#include "live/session.h"

#include <string.h>

vis_status sound_line_silence(live_bytes **out, vis_error *err)
{
    static const float nothing[SOUND_PACKET_SAMPLES];
    sound_encoder *e;
    *out = NULL;
    VIS_TRY(sound_encoder_open(&e, err));
    vis_status status = VIS_OK;
    for (int i = 0; i < 2 * SOUND_LINE_QUIET && status == VIS_OK; i++) {
        live_bytes_release(*out);
        status = sound_encoder_packet(e, nothing, out, err);
    }
    sound_encoder_close(e);
    return status;
}

vis_status sound_line_open(sound_line *l, live_bytes *silence, vis_error *err)
{
    *l = (sound_line){.silence = live_bytes_keep(silence)};
    return sound_encoder_open(&l->encoder, err);
}

void sound_line_close(sound_line *l)
{
    sound_encoder_close(l->encoder);
    live_bytes_release(l->silence);
    memset(l, 0, sizeof *l);
}

static vis_status pack(sound_line *l, live_bytes **out, vis_error *err)
{
    l->quiet = l->loud ? 0 : l->quiet + 1;
    if (l->quiet > SOUND_LINE_QUIET) {
        *out = live_bytes_keep(l->silence);
        return VIS_OK;
    }
    l->encoded++;
    return sound_encoder_packet(l->encoder, l->block, out, err);
}

static int64_t time_of(const sound_line *l)
{
    int64_t sample = l->packs * SOUND_PACKET_SAMPLES - sound_encoder_delay(l->encoder);
    return sample * 1000000 / LIVE_SOUND_RATE;
}

/* A block is full. */
static vis_status finish(sound_line *l, void (*give)(void *user, const live_packet *p), void *user,
                         vis_error *err)
{
    live_bytes *bytes = NULL;
    vis_status status = give ? pack(l, &bytes, err) : VIS_OK;
    if (bytes) give(user, live_packet_media(LIVE_OPUS, true, time_of(l), SOUND_PACKET_US, bytes));
    l->packs++;
    l->filled = 0;
    l->loud = false;
    return status;
}

static bool is_silent(const float *samples, int count)
{
    for (int i = 0; i < count; i++)
        if (samples[i] != 0) return false;
    return true;
}

vis_status sound_line_add(sound_line *l, const float *samples, int count,
                          void (*give)(void *user, const live_packet *p), void *user,
                          vis_error *err)
{
    while (count > 0) {
        int room = SOUND_PACKET_SAMPLES - l->filled, n = count < room ? count : room;
        float *to = l->block + l->filled;
        if (samples) {
            memcpy(to, samples, (size_t)n * sizeof *to);
            l->loud = l->loud || !is_silent(samples, n);
            samples += n;
        } else {
            memset(to, 0, (size_t)n * sizeof *to);
        }
        l->filled += n;
        count -= n;
        if (l->filled == SOUND_PACKET_SAMPLES) VIS_TRY(finish(l, give, user, err));
    }
    return VIS_OK;
}
