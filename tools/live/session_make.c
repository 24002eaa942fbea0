/* live/session_make.c - the next frame: painted for this session, or of what all share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/status.h"
#include "live/session_internal.h"

#include <stdlib.h>
#include <string.h>

/* Sound goes to the stream this far ahead of what is painted, so that what waits is bounded in one
 * place: behind who pushes. */
#define FEED_SECONDS 2
#define PIECE 4096 /* samples */

/* Of sound: what row 0 is made of, and each row more. */
#define ROW_0_MS 170
#define ROW_MS 40

/* Sound at the pace of speech: begun when there is what the first frame hears that leads in, and so
 * much more, for who sends unevenly. */
#define SPARE_MS 20

/* ---- Sound to the stream ---- */

/* Sound that the frame of a row is made of; of a negative one too. */
static int64_t heard_ms(const live_session *s, int64_t row)
{
    int64_t last = row + s->rows_ahead;
    return ROW_0_MS + (last > 0 ? last * ROW_MS : 0);
}

/* Is there enough to begin with? What has ended is. */
static bool may_begin(const live_session *s, live_utterance *u)
{
    return utterance_is_over(u) ||
           utterance_waiting_ms(u) >= heard_ms(s, -PRESENTER_LEAD) + SPARE_MS;
}

/* Samples, at its own rate, that the stream may still be given. */
static int64_t room(const live_session *s, const live_utterance *u, int rate)
{
    int64_t painted = u->rows * rate / s->fps;
    return painted + (int64_t)FEED_SECONDS * rate - u->moved;
}

static vis_status hear(live_session *s, live_utterance *u, const float *samples, int count,
                       int rate, vis_error *err)
{
    if (!u->played) {
        VIS_TRY(played_sound_create(rate, &u->played, err));
        s->first_push = utterance_begun(u);
    }
    VIS_TRY(played_sound_push(u->played, samples, count, err));
    VIS_TRY(vis_stream_push_pcm(s->stream, samples, count, rate, 1, NULL, err));
    s->hears = true;
    u->moved += count;
    return VIS_OK;
}

static vis_status hear_end(live_session *s, live_utterance *u, vis_error *err)
{
    u->flushed = true;
    s->stale = s->pulling;
    if (u->played) VIS_TRY(played_sound_end(u->played, err));
    return s->hears ? vis_stream_flush(s->stream, err) : VIS_OK;
}

/* Moves sound from the utterance to the stream. */
static vis_status feed(live_session *s, live_utterance *u, vis_error *err)
{
    float samples[PIECE];
    int got, rate = utterance_rate(u);
    bool over = false;
    if (u->flushed || (u->moved == 0 && !may_begin(s, u))) return VIS_OK;
    do {
        int64_t most = u->played ? room(s, u, rate) : PIECE;
        if (most <= 0) return VIS_OK;
        VIS_TRY(
            utterance_read(u, samples, most < PIECE ? (int)most : PIECE, &got, &over, &rate, err));
        if (got > 0) VIS_TRY(hear(s, u, samples, got, rate, err));
    } while (got > 0);
    return over ? hear_end(s, u, err) : VIS_OK;
}

/* Where the utterance was interrupted, or painted: the mouth comes to rest, the footage goes on. */
static void forget(live_session *s)
{
    pthread_mutex_lock(&s->lock);
    bool asked = s->forget;
    s->forget = false;
    pthread_mutex_unlock(&s->lock);
    if (!asked) return;
    if (s->hears) {
        vis_stream_reset(s->stream, NULL);
        s->pulling = false;
    }
    s->hears = false;
    s->first_push = 0;
}

/* ---- What all share ---- */

static bool records(live_session *s)
{
    return s->recording != NULL || session_takes(s);
}

/* Does anybody see what is made? */
static bool is_watched(live_session *s)
{
    return records(s) || packet_queue_attached(&s->packets);
}

static void leave_group(live_session *s)
{
    idle_loop_release(s->group);
    s->group = NULL;
}

static bool take_group(live_session *s, idle_loop *l)
{
    s->group = idle_loop_take(l, s->footage);
    s->group_of = l;
    s->group_begin = s->footage;
    s->group_end = idle_loop_group_end(l, s->footage);
    return s->group != NULL;
}

/* Who has just come saw nothing yet: the footage may go on to where a group begins, the next, or the
 * first of all. */
static void go_to_group(live_session *s, idle_loop *l)
{
    int64_t period = idle_loop_period(l);
    leave_group(s);
    if (idle_loop_group_begin(l, s->footage) != s->footage)
        s->footage = idle_loop_group_end(l, s->footage);
    if (take_group(s, l)) return;
    s->footage += (period - s->footage % period) % period;
    take_group(s, l);
}

/* Takes the group that the next picture begins, if it can be had; else, behind another, the one that
 * leads back: the footage turns round, as it does at its end. */
static bool enter_group(live_session *s, idle_loop *l)
{
    if (s->group && s->group_of != l) leave_group(s);
    if (s->group && s->footage < s->group_end) return true;
    bool behind = s->group != NULL;
    leave_group(s);
    if (idle_loop_group_begin(l, s->footage) != s->footage) return false;
    if (take_group(s, l)) return true;
    if (!behind) return false;
    s->footage = idle_loop_turn(l, s->footage);
    return take_group(s, l);
}

/* What who sees it can take; NULL: there is no such thing. A recording is of H.264. */
static idle_loop *loop_to_share(live_session *s)
{
    bool vp8 = session_takes_vp8(s);
    if (s->options.raw || (vp8 && records(s))) return NULL;
    return presenter_idle(s->presenter, vp8 ? VIDEO_VP8 : VIDEO_H264);
}

/* May the next picture be one that all share, or none, where nobody looks? */
static bool may_share(live_session *s)
{
    bool rests = s->shares || s->at_rest >= SESSION_REST_FRAMES;
    if (!rests || !session_is_quiet(s)) return false;
    if (!is_watched(s)) {
        leave_group(s);
        return true;
    }
    idle_loop *l = loop_to_share(s);
    if (!l) return false;
    if (s->shares && packet_queue_wants_key(&s->packets) && !records(s)) go_to_group(s, l);
    return enter_group(s, l);
}

/* Neither stream nor encoder is needed: what they hold is for those who speak. The encoder still has
 * to encode what is made already. */
static void close_stream(live_session *s)
{
    pthread_mutex_lock(&s->lock); /* live_session_close cancels it */
    vis_stream *stream = s->stream;
    s->stream = NULL;
    pthread_mutex_unlock(&s->lock);
    vis_stream_close(stream);
    s->shares = true;
}

static void share(live_session *s, made_frame *f)
{
    if (!s->shares) close_stream(s);
    s->moves = false;
    if (!s->group) return;
    int64_t i = s->footage - s->group_begin;
    f->unit = live_bytes_keep(s->group->units[i]);
    f->key = i == 0;
    f->vp8 = s->group_of != s->presenter->idle;
}

/* ---- Painted for this session ---- */

static vis_status stop_sharing(live_session *s, vis_error *err)
{
    vis_stream *stream;
    VIS_TRY(presenter_stream(s->presenter, s->look_ahead, s->options.no_rest, &stream, err));
    pthread_mutex_lock(&s->lock);
    s->stream = stream;
    pthread_mutex_unlock(&s->lock);
    leave_group(s);
    s->shares = s->hears = s->pulling = s->stale = false;
    s->need_key = true;
    s->at_rest = 0;
    return vis_stream_skip(s->stream, s->footage, err);
}

/* Has the stream no more rows of it? */
static bool is_behind_rows(const live_session *s, const live_utterance *u, const made_frame *f)
{
    return u->flushed && !s->stale && f->painted->row == VIS_ROW_NONE;
}

/* Which of the utterance's samples go with the frame that was painted. */
static void give_sound(live_session *s, live_utterance *u, made_frame *f)
{
    int64_t row = f->painted->row;
    if (row >= 0) {
        u->rows = row + 1;
    } else if (is_behind_rows(s, u, f)) {
        row = u->rows++; /* the end of the sound */
    } else {
        return;
    }
    f->speaks = utterance_keep(u);
    f->from = row * s->frame_samples;
}

/* Is all of it painted? Then nothing is heard of it any more. */
static bool is_painted(const live_session *s, const live_utterance *u, const made_frame *f)
{
    if (!is_behind_rows(s, u, f)) return false;
    return !u->played || u->rows * s->frame_samples >= played_sound_count(u->played);
}

static void note_moved(live_session *s, live_utterance *u, made_frame *f)
{
    s->moves = f->moved = f->painted->spoken > 0;
    s->at_rest = f->moved || u ? 0 : s->at_rest + 1;
    if (!f->moved || f->painted->row == VIS_ROW_NONE) return;
    f->first_push = s->first_push;
    s->first_push = 0;
}

/* Is the sound not there yet of the row behind this one? */
static bool is_scarce(const live_session *s, live_utterance *u, int64_t row)
{
    int64_t wanted = heard_ms(s, row < 0 ? 0 : row + 1);
    return !u->flushed && u->moved * 1000 < wanted * utterance_rate(u);
}

static void finish_painting(live_session *s, live_utterance *u, made_frame *f)
{
    f->ends = utterance_keep(u);
    session_painted(s, u);
    if (s->hears) vis_stream_reset(s->stream, NULL);
    s->hears = false;
}

static vis_status paint(live_session *s, int timeout_ms, made_frame *f, vis_error *err)
{
    live_utterance *u = session_painting(s);
    vis_status status = u ? feed(s, u, err) : VIS_OK;
    vis_stream_set_due(s->stream, session_due(s, s->made));
    if (status == VIS_OK) status = vis_stream_pull(s->stream, timeout_ms, &f->painted, err);
    s->pulling = status == VIS_AGAIN;
    if (status == VIS_OK) {
        note_moved(s, u, f);
        s->scarce = u && is_scarce(s, u, f->painted->row);
        if (u && is_painted(s, u, f))
            finish_painting(s, u, f);
        else if (u)
            give_sound(s, u, f);
        s->stale = false;
    }
    utterance_release(u);
    return status;
}

/* ---- Both ---- */

void session_free_made(made_frame *f)
{
    vis_frame_release(f->painted);
    live_bytes_release(f->unit);
    utterance_release(f->speaks);
    utterance_release(f->ends);
    memset(f, 0, sizeof *f);
}

vis_status session_make(live_session *s, int timeout_ms, vis_error *err)
{
    made_frame *f = &s->ahead[s->made % SESSION_MAX_AHEAD];
    forget(s);
    if (may_share(s)) {
        share(s, f);
    } else {
        if (s->shares) VIS_TRY(stop_sharing(s, err));
        VIS_TRY(paint(s, timeout_ms, f, err));
    }
    s->made++;
    s->footage++;
    return VIS_OK;
}
