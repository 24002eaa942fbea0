/* live/session.c - the thread of a session, and what others ask of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/status.h"
#include "live/admission_promise.h"
#include "live/session_internal.h"

#include <stdlib.h>
#include <string.h>

/* Frames are made so long before they are due, so that one that takes longer is not late: two
 * frames; one at rest, since those would only be in the way of what is to be said next, and where
 * sound comes at the pace of speech and may come yet. */
#define LEAD_FRAMES 2
#define SHORT_LEAD_FRAMES 1
#define LONGEST_WAIT_MS 50 /* for a frame, before others matters are looked at */

#define SHORT_LOOK_AHEAD 2 /* rows: the lead-in takes as long, so fewer would gain nothing */

/* ---- The thread ---- */

int64_t session_due(const live_session *s, int64_t n)
{
    return s->origin_us + n * 1000000 / s->fps;
}

static int64_t now_us(const live_session *s)
{
    return s->time->now(s->time->user);
}

/* When the next frame is to be made; INT64_MAX: there are enough. */
static int64_t make_at(const live_session *s)
{
    int64_t ahead = s->made - s->sent;
    int64_t lead = s->moves && !s->scarce ? LEAD_FRAMES : SHORT_LEAD_FRAMES;
    if (ahead >= SESSION_MAX_AHEAD) return INT64_MAX;
    return session_due(s, s->made - lead);
}

static int64_t send_at(const live_session *s)
{
    return s->made > s->sent ? session_due(s, s->sent) : INT64_MAX;
}

/* How long painting may be waited for: until another frame must be sent. */
static int patience_ms(const live_session *s, int64_t now)
{
    int64_t ms = s->made > s->sent ? (send_at(s) - now) / 1000 : LONGEST_WAIT_MS;
    return ms < 0 ? 0 : ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)ms;
}

static vis_status step(live_session *s, vis_error *err)
{
    int64_t now = now_us(s);
    if (now >= send_at(s)) return session_send(s, err);
    if (now >= make_at(s)) {
        vis_status status = session_make(s, patience_ms(s, now), err);
        return status == VIS_AGAIN ? VIS_OK : status;
    }
    int64_t next = send_at(s) < make_at(s) ? send_at(s) : make_at(s);
    pthread_mutex_lock(&s->lock);
    if (!s->closing) s->time->wait(s->time->user, &s->changed, &s->lock, next);
    pthread_mutex_unlock(&s->lock);
    return VIS_OK;
}

static bool is_closing(live_session *s)
{
    pthread_mutex_lock(&s->lock);
    bool closing = s->closing;
    pthread_mutex_unlock(&s->lock);
    return closing;
}

/* What stopped it is told of whatever was to be said. */
static void stop(live_session *s, const vis_error *err)
{
    pthread_mutex_lock(&s->lock);
    s->figures.status = err->status;
    for (int i = 0; i < s->n_said; i++)
        session_tell(s,
                     &(live_event){.kind = LIVE_FAILED, .id = s->said[i]->id, .text = err->message},
                     s->figures.frames * 1000000 / s->fps);
    pthread_mutex_unlock(&s->lock);
    session_drop_said(s);
    if (s->options.wake) s->options.wake(s->options.user);
}

/* A recording that cannot be made is no reason to be silent. */
static void open_recording(live_session *s)
{
    vis_error err;
    if (s->record && session_open_recording(s, s->record, &s->recording, &err) != VIS_OK)
        vis_warn(&s->options.log, "no recording: %s", err.message);
}

static vis_status open_parts(live_session *s, vis_error *err)
{
    const live_presenter_facts *facts = live_presenter_get(s->presenter);
    VIS_TRY(sound_line_open(&s->sound, s->presenter->silence, err));
    if (s->options.raw) VIS_TRY(yuv_open(&s->raw, facts->width, facts->height, err));
    open_recording(s);
    s->origin_us = now_us(s) + 1000000 / s->fps;
    return VIS_OK;
}

static void *run(void *user)
{
    live_session *s = user;
    vis_error err;
    vis_status status = open_parts(s, &err);
    while (status == VIS_OK && !is_closing(s))
        status = step(s, &err);
    if (status != VIS_OK) stop(s, &err);
    return NULL;
}

/* ---- Opened and closed ---- */

static void make_lock(live_session *s)
{
    clock_condition(&s->changed);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->take_lock, NULL);
}

static live_session *new_session(live_presenter *p, const live_session_options *options,
                                 const time_source *time)
{
    live_session *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    const live_presenter_facts *facts = live_presenter_get(p);
    s->presenter = p;
    s->options = *options;
    s->options.record = NULL; /* the caller's */
    s->time = time;
    s->fps = facts->fps;
    s->frame_samples = LIVE_SOUND_RATE / facts->fps;
    s->look_ahead = options->short_look_ahead ? SHORT_LOOK_AHEAD : -1;
    s->rows_ahead = options->short_look_ahead ? SHORT_LOOK_AHEAD : p->rows_ahead;
    s->shares = true; /* the stream is there when something is said */
    s->figures.first_frame_ms = s->figures.interrupt_ms = -1;
    packet_queue_init(&s->packets);
    make_lock(s);
    s->gone_at = clock_seconds();
    return s;
}

static void free_session(live_session *s)
{
    for (int i = 0; i < SESSION_MAX_AHEAD; i++)
        session_free_made(&s->ahead[i]);
    session_drop_said(s);
    idle_loop_release(s->group);
    vis_stream_close(s->stream);
    presenter_give_encoder(s->presenter, s->encoder);
    presenter_give_encoder(s->presenter, s->vp8_encoder);
    yuv_close(&s->raw);
    sound_line_close(&s->sound);
    packet_queue_free(&s->packets);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->take_lock);
    pthread_mutex_destroy(&s->lock);
    free(s->record);
    free(s);
}

static vis_status start(live_session *s, vis_error *err)
{
    int rc = pthread_create(&s->thread, NULL, run, s);
    return rc ? vis_fail(err, VIS_ERR_MEMORY, "a session's thread does not start: %s", strerror(rc))
              : VIS_OK;
}

/* Processor seconds a second. A session that wants raw pictures, or a file, shares none. */
static void settle_costs(live_session *s, bool alone)
{
    const live_presenter_facts *facts = live_presenter_get(s->presenter);
    double idle = alone ? facts->rest_ms : facts->idle_ms;
    s->idle_cost = idle * 1e-3 * facts->fps;
    s->speech_cost = facts->speaking_ms * 1e-3 * facts->fps - s->idle_cost;
    if (s->speech_cost < 0) s->speech_cost = 0;
}

vis_status session_open_by(live_presenter *p, const live_session_options *options,
                           const time_source *time, live_session **out, vis_error *err)
{
    *out = NULL;
    live_session *s = new_session(p, options, time);
    if (!s) return vis_fail_memory(err, "a session");
    if (options->record) s->record = text_copy(options->record, strlen(options->record));
    settle_costs(s, options->raw);
    vis_status status = options->record && !s->record ? vis_fail_memory(err, "a file name")
                                                      : live_promise_session(s->idle_cost, err);
    if (status == VIS_OK) {
        status = start(s, err);
        if (status != VIS_OK) live_promise_session_end(s->idle_cost);
    }
    if (status == VIS_OK)
        *out = s;
    else
        free_session(s);
    return status;
}

vis_status live_session_open(live_presenter *p, const live_session_options *options,
                             live_session **out, vis_error *err)
{
    return session_open_by(p, options, &time_source_machine, out, err);
}

static void finish_recording(live_session *s)
{
    vis_error err;
    if (s->recording && recording_finish(s->recording, &err) != VIS_OK)
        vis_warn(&s->options.log, "no recording: %s", err.message);
    s->recording = NULL;
}

void live_session_close(live_session *s)
{
    if (!s) return;
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    if (s->stream) vis_stream_cancel(s->stream);
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    finish_recording(s);
    session_take_abort(s);
    live_promise_session_end(s->idle_cost);
    free_session(s);
}

/* ---- Received ---- */

void live_session_attach(live_session *s)
{
    packet_queue_attach(&s->packets);
    pthread_mutex_lock(&s->lock);
    s->gone_at = 0;
    pthread_mutex_unlock(&s->lock);
}

void live_session_detach(live_session *s)
{
    packet_queue_detach(&s->packets);
    pthread_mutex_lock(&s->lock);
    s->gone_at = clock_seconds();
    pthread_mutex_unlock(&s->lock);
}

const live_packet *live_session_next(live_session *s)
{
    return packet_queue_take(&s->packets);
}

void live_session_want_key(live_session *s)
{
    packet_queue_want_key(&s->packets);
}

bool live_session_has_vp8(void)
{
    return video_encoder_has_vp8();
}

void live_session_set_vp8(live_session *s, bool vp8)
{
    pthread_mutex_lock(&s->lock);
    s->vp8 = vp8;
    pthread_mutex_unlock(&s->lock);
}

void live_session_set_rate(live_session *s, int64_t bits_per_second)
{
    pthread_mutex_lock(&s->lock);
    s->rate = bits_per_second;
    pthread_mutex_unlock(&s->lock);
}

void live_session_get(live_session *s, live_session_figures *out)
{
    pthread_mutex_lock(&s->lock);
    *out = s->figures;
    out->utterances = s->n_said;
    for (int i = 0; i < s->n_said; i++)
        out->waiting_ms += utterance_waiting_ms(s->said[i]);
    if (s->gone_at > 0) out->silent_ms = (int64_t)((clock_seconds() - s->gone_at) * 1e3);
    pthread_mutex_unlock(&s->lock);
    out->dropped = packet_queue_dropped(&s->packets);
    out->queued_ms = packet_queue_waiting_us(&s->packets) / 1000;
}
