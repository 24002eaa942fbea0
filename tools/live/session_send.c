/* live/session_send.c - a frame goes out: its sound, its picture, and what is to be told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "live/admission_promise.h"
#include "live/packet_make.h"
#include "live/session_internal.h"

#include <math.h>
#include <string.h>

#define FADE_SAMPLES 480 /* 10 ms, in which sound that is cut off ends */

static int64_t media_us(const live_session *s, int64_t frame)
{
    return frame * 1000000 / s->fps;
}

void session_tell(live_session *s, const live_event *event, int64_t time_us)
{
    packet_queue_add(&s->packets, live_packet_event(event, time_us));
}

/* ---- Sound ---- */

/* What was cut off ends softly. With the lock held. */
static bool fade(live_session *s, float *out)
{
    live_utterance *u = s->fades;
    s->fades = NULL;
    if (!u) return false;
    played_sound_read(u->played, u->said, FADE_SAMPLES, out);
    for (int i = 0; i < FADE_SAMPLES; i++)
        out[i] *= 1.0f - (float)(i + 1) / FADE_SAMPLES;
    utterance_release(u);
    return true;
}

/* With the lock held. */
static bool say(live_session *s, const made_frame *f, float *out, int64_t time_us)
{
    live_utterance *u = f->speaks;
    if (!u || utterance_cancelled(u)) return false;
    played_sound_read(u->played, f->from, s->frame_samples, out);
    int64_t end = f->from + s->frame_samples, all = played_sound_count(u->played);
    u->said = end < all ? end : all;
    if (!u->started)
        session_tell(s, &(live_event){.kind = LIVE_STARTED, .id = u->id, .text = u->words},
                     time_us);
    u->started = true;
    return true;
}

/* The frame's samples; NULL: silence. */
static const float *sound_of(live_session *s, const made_frame *f, int64_t time_us)
{
    float *out = s->frame_sound;
    memset(out, 0, (size_t)s->frame_samples * sizeof *out);
    pthread_mutex_lock(&s->lock);
    bool faded = fade(s, out), said = say(s, f, out, time_us);
    if (s->interrupted_at > 0) {
        s->figures.interrupt_ms = (clock_seconds() - s->interrupted_at) * 1e3;
        s->interrupted_at = 0;
    }
    pthread_mutex_unlock(&s->lock);
    return faded || said ? out : NULL;
}

/* ---- Packets ---- */

bool session_takes_vp8(live_session *s)
{
    pthread_mutex_lock(&s->lock);
    bool vp8 = s->vp8;
    pthread_mutex_unlock(&s->lock);
    return vp8;
}

/* Does who receives take pictures that no recording does? */
static bool takes_others(live_session *s)
{
    return s->options.raw || session_takes_vp8(s);
}

/* Of video and sound as they are encoded: to the file, and to who receives unless she wants them
 * raw. Takes over a hold. */
static void give_encoded(void *user, const live_packet *p)
{
    live_session *s = user;
    vis_error err;
    if (p && s->recording && recording_add(s->recording, p, &err) != VIS_OK)
        session_give_up(s, &s->recording, &err);
    if (p) session_take_add(s, p);
    bool taken = !s->options.raw && (!p || p->kind == LIVE_OPUS || !takes_others(s));
    if (!taken)
        live_packet_release(p);
    else if (!packet_queue_add(&s->packets, p) && packet_queue_wants_key(&s->packets))
        s->need_key = true;
}

static bool is_received(live_session *s)
{
    return packet_queue_attached(&s->packets);
}

static bool is_encoded(live_session *s)
{
    return s->recording || session_takes(s) || (!s->options.raw && is_received(s));
}

static void give_picture(live_session *s, bool key, int64_t time_us, live_bytes *unit)
{
    int64_t duration = media_us(s, s->sent + 1) - time_us;
    give_encoded(s, live_packet_media(LIVE_H264, key, time_us, duration, unit));
}

/* The queue says itself when it wants a key. */
static void give_vp8_picture(live_session *s, bool key, int64_t time_us, live_bytes *unit)
{
    int64_t duration = media_us(s, s->sent + 1) - time_us;
    packet_queue_add(&s->packets, live_packet_media(LIVE_VP8, key, time_us, duration, unit));
}

static int64_t rate_of(live_session *s)
{
    pthread_mutex_lock(&s->lock);
    int64_t rate = s->rate;
    pthread_mutex_unlock(&s->lock);
    return rate;
}

static vis_status encode_picture(live_session *s, const vis_frame *painted, int64_t time_us,
                                 vis_error *err)
{
    live_bytes *unit;
    bool key =
        s->need_key || !s->encoder || packet_queue_wants_key(&s->packets) || session_take_waits(s);
    if (!s->encoder) VIS_TRY(presenter_take_encoder(s->presenter, VIDEO_H264, &s->encoder, err));
    video_encoder_bound(s->encoder, rate_of(s));
    VIS_TRY(
        video_encoder_frame(s->encoder, painted->pixels, painted->stride, key, &unit, &key, err));
    if (key) s->need_key = false;
    give_picture(s, key, time_us, unit);
    return VIS_OK;
}

static vis_status send_vp8_picture(live_session *s, const vis_frame *painted, int64_t time_us,
                                   vis_error *err)
{
    live_bytes *unit;
    bool key = !s->vp8_encoder || packet_queue_wants_key(&s->packets);
    if (!s->vp8_encoder)
        VIS_TRY(presenter_take_encoder(s->presenter, VIDEO_VP8, &s->vp8_encoder, err));
    video_encoder_bound(s->vp8_encoder, rate_of(s));
    VIS_TRY(video_encoder_frame(s->vp8_encoder, painted->pixels, painted->stride, key, &unit, &key,
                                err));
    give_vp8_picture(s, key, time_us, unit);
    return VIS_OK;
}

static vis_status send_raw_picture(live_session *s, const vis_frame *painted, int64_t time_us,
                                   vis_error *err)
{
    live_bytes *planes;
    int64_t duration = media_us(s, s->sent + 1) - time_us;
    VIS_TRY(yuv_convert(&s->raw, painted->pixels, painted->stride, err));
    VIS_TRY(yuv_planes(&s->raw, &planes, err));
    packet_queue_add(&s->packets, live_packet_media(LIVE_I420, true, time_us, duration, planes));
    return VIS_OK;
}

/* Between making and sending another may have come, who takes the other kind. */
static void give_shared(live_session *s, const made_frame *f, int64_t time_us)
{
    if (!f->vp8)
        give_picture(s, f->key, time_us, live_bytes_keep(f->unit));
    else if (session_takes_vp8(s))
        give_vp8_picture(s, f->key, time_us, live_bytes_keep(f->unit));
}

static vis_status send_picture(live_session *s, const made_frame *f, int64_t time_us,
                               vis_error *err)
{
    if (f->unit) {
        give_shared(s, f, time_us);
        return VIS_OK;
    }
    if (!f->painted) return VIS_OK;
    bool alone = takes_others(s);
    if (s->recording || (!alone && is_received(s)))
        VIS_TRY(encode_picture(s, f->painted, time_us, err));
    else
        s->need_key = true; /* whoever comes begins with one */
    if (!alone || !is_received(s)) return VIS_OK;
    return s->options.raw ? send_raw_picture(s, f->painted, time_us, err)
                          : send_vp8_picture(s, f->painted, time_us, err);
}

static vis_status send_raw_sound(live_session *s, const float *samples, int64_t time_us,
                                 vis_error *err)
{
    live_bytes *b = live_bytes_new((size_t)s->frame_samples * 2);
    if (!b) return vis_fail_memory(err, "sound to be heard");
    for (int i = 0; i < s->frame_samples; i++) {
        float v = samples ? samples[i] * 32768.0f : 0;
        int v16 = v >= 32767 ? 32767 : v <= -32768 ? -32768 : (int)lrintf(v);
        b->data[2 * i] = (uint8_t)v16;
        b->data[2 * i + 1] = (uint8_t)(v16 >> 8);
    }
    int64_t duration = media_us(s, s->sent + 1) - time_us;
    packet_queue_add(&s->packets, live_packet_media(LIVE_PCM, true, time_us, duration, b));
    return VIS_OK;
}

static vis_status send_sound(live_session *s, const made_frame *f, const float *samples,
                             int64_t time_us, vis_error *err)
{
    VIS_TRY(sound_line_add(&s->sound, samples, s->frame_samples,
                           is_encoded(s) ? give_encoded : NULL, s, err));
    return s->options.raw && f->painted && is_received(s) ? send_raw_sound(s, samples, time_us, err)
                                                          : VIS_OK;
}

/* What is shared goes out: the encoders are somebody else's. */
static void drop_encoders(live_session *s)
{
    presenter_give_encoder(s->presenter, s->encoder);
    presenter_give_encoder(s->presenter, s->vp8_encoder);
    s->encoder = s->vp8_encoder = NULL;
}

/* ---- What is told ---- */

static void tell_state(live_session *s, const made_frame *f, int64_t time_us)
{
    pthread_mutex_lock(&s->lock);
    bool speaks = s->told_speaking ? s->n_said > 0 || f->moved : f->moved && s->n_said > 0;
    bool changed = speaks != s->told_speaking || s->sent == 0;
    s->told_speaking = s->figures.speaking = speaks;
    if (s->n_said == 0 && !f->moved) session_give_back(s);
    pthread_mutex_unlock(&s->lock);
    if (!changed) return;
    session_tell(s, &(live_event){.kind = LIVE_STATE, .text = speaks ? "speaking" : "idle"},
                 time_us);
}

static void count_frame(live_session *s, const made_frame *f)
{
    int64_t late = s->time->now(s->time->user) - session_due(s, s->sent);
    bool slips = late > SESSION_SLIP_US;
    bool in_time = late <= 1000000 / s->fps;
    if (slips) s->origin_us += late;
    if (f->painted) live_promise_kept(in_time);
    pthread_mutex_lock(&s->lock);
    s->figures.frames++;
    s->figures.painted += f->painted != NULL;
    s->figures.late += !in_time;
    s->figures.slipped += slips;
    if (f->first_push > 0) s->figures.first_frame_ms = (clock_seconds() - f->first_push) * 1e3;
    pthread_mutex_unlock(&s->lock);
}

vis_status session_send(live_session *s, vis_error *err)
{
    made_frame *f = &s->ahead[s->sent % SESSION_MAX_AHEAD];
    int64_t time_us = media_us(s, s->sent);
    count_frame(s, f);
    tell_state(s, f, time_us);
    const float *samples = sound_of(s, f, time_us);
    vis_status status = send_picture(s, f, time_us, err);
    if (status == VIS_OK) status = send_sound(s, f, samples, time_us, err);
    if (f->ends) session_ended(s, f->ends, time_us);
    if (f->unit) drop_encoders(s);
    session_free_made(f);
    s->sent++;
    if (s->options.wake) s->options.wake(s->options.user);
    return status;
}
