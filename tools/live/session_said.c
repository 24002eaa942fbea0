/* live/session_said.c - what a session has to say: begun, interrupted, ended.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/status.h"
#include "live/admission_promise.h"
#include "live/session_internal.h"

/* With the lock held. */
static vis_status promise(live_session *s, vis_error *err)
{
    if (s->promised) return VIS_OK;
    VIS_TRY(live_promise_speech(s->speech_cost, err));
    s->promised = true;
    return VIS_OK;
}

void session_give_back(live_session *s)
{
    if (s->promised) live_promise_speech_end(s->speech_cost);
    s->promised = false;
}

/* With the lock held. */
static vis_status check_may_say(live_session *s, bool interrupt, vis_error *err)
{
    if (s->closing) return vis_fail(err, VIS_ERR_CANCELLED, "the session is closed");
    if (s->figures.status != VIS_OK)
        return vis_fail(err, s->figures.status, "the session has stopped");
    if (!interrupt && s->n_said > LIVE_MAX_UTTERANCES)
        return vis_fail(err, VIS_ERR_LIMIT, "%d utterances wait to be said already",
                        LIVE_MAX_UTTERANCES);
    return promise(s, err);
}

/* ---- Interrupting ---- */

static int64_t position_ms(const live_utterance *u)
{
    return u->said * 1000 / LIVE_SOUND_RATE;
}

/* With the lock held: nothing is to be said any more. What is heard now fades with the next frame. */
static void cancel_all(live_session *s, int64_t time_us)
{
    for (int i = 0; i < s->n_said; i++) {
        live_utterance *u = s->said[i];
        utterance_cancel(u);
        session_tell(
            s, &(live_event){.kind = LIVE_INTERRUPTED, .id = u->id, .position_ms = position_ms(u)},
            time_us);
        if (i == 0 && u->said > 0 && !s->fades)
            s->fades = u;
        else
            utterance_release(u);
    }
    if (s->n_said > 0) s->interrupted_at = clock_seconds();
    s->forget = s->forget || s->n_said > 0;
    s->n_said = s->painting = 0;
}

/* Media time of the frame that is sent next. With the lock held. */
static int64_t next_time_us(const live_session *s)
{
    return s->figures.frames * 1000000 / s->fps;
}

/* With the lock held. */
static int64_t interrupt(live_session *s)
{
    int64_t position = s->n_said > 0 ? position_ms(s->said[0]) : -1;
    cancel_all(s, next_time_us(s));
    pthread_cond_signal(&s->changed);
    return position;
}

void live_session_interrupt(live_session *s, int64_t *position)
{
    pthread_mutex_lock(&s->lock);
    int64_t at = interrupt(s);
    pthread_mutex_unlock(&s->lock);
    if (position) *position = at;
}

/* ---- Beginning ---- */

vis_status live_utterance_begin(live_session *s, const char *id, const char *words, bool instead,
                                live_utterance **out, vis_error *err)
{
    live_utterance *u;
    *out = NULL;
    VIS_TRY(utterance_create(id, words, &u, err));
    pthread_mutex_lock(&s->lock);
    vis_status status = check_may_say(s, instead, err);
    if (status == VIS_OK) {
        if (instead) interrupt(s);
        s->said[s->n_said++] = utterance_keep(u);
        pthread_cond_signal(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    if (status == VIS_OK)
        *out = u;
    else
        utterance_release(u);
    return status;
}

/* ---- For the session's thread ---- */

live_utterance *session_painting(live_session *s)
{
    pthread_mutex_lock(&s->lock);
    /* Before the stream has forgotten what was interrupted, nothing new is given to it. */
    bool some = !s->forget && s->painting < s->n_said;
    live_utterance *u = some ? utterance_keep(s->said[s->painting]) : NULL;
    pthread_mutex_unlock(&s->lock);
    return u;
}

void session_painted(live_session *s, live_utterance *u)
{
    pthread_mutex_lock(&s->lock);
    if (s->painting < s->n_said && s->said[s->painting] == u) s->painting++;
    pthread_mutex_unlock(&s->lock);
}

bool session_is_quiet(live_session *s)
{
    pthread_mutex_lock(&s->lock);
    bool quiet = s->n_said == 0 && !s->forget;
    pthread_mutex_unlock(&s->lock);
    return quiet;
}

static void tell_end(live_session *s, live_utterance *u, int64_t time_us)
{
    vis_error why;
    if (utterance_failed(u, &why))
        session_tell(s, &(live_event){.kind = LIVE_FAILED, .id = u->id, .text = why.message},
                     time_us);
    else
        session_tell(s,
                     &(live_event){.kind = LIVE_ENDED, .id = u->id, .position_ms = position_ms(u)},
                     time_us);
}

void session_ended(live_session *s, live_utterance *u, int64_t time_us)
{
    pthread_mutex_lock(&s->lock);
    if (s->n_said > 0 && s->said[0] == u) { /* else it was interrupted meanwhile */
        tell_end(s, u, time_us);
        for (int i = 1; i < s->n_said; i++)
            s->said[i - 1] = s->said[i];
        s->n_said--;
        if (s->painting > 0) s->painting--;
        utterance_release(u);
    }
    pthread_mutex_unlock(&s->lock);
}

void session_drop_said(live_session *s)
{
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < s->n_said; i++) {
        utterance_cancel(s->said[i]);
        utterance_release(s->said[i]);
    }
    s->n_said = s->painting = 0;
    utterance_release(s->fades);
    s->fades = NULL;
    session_give_back(s);
    pthread_mutex_unlock(&s->lock);
}
