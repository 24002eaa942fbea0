/* live/session_take.c - recordings that begin and end while a session goes on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "live/session_internal.h"

static vis_status goes_on(vis_error *err)
{
    return vis_fail(err, VIS_ERR_USAGE, "a recording goes on already");
}

vis_status session_open_recording(const live_session *s, const char *path, recording **out,
                                  vis_error *err)
{
    const live_presenter *p = s->presenter;
    const recording_options options = {.path = path,
                                       .width = p->facts.width & ~1,
                                       .height = p->facts.height & ~1,
                                       .fps = p->facts.fps,
                                       .delay = sound_encoder_delay(s->sound.encoder),
                                       .marker = p->marker,
                                       .model_sha256 = p->model_sha256,
                                       .parent = p->parent};
    return recording_open(&options, out, err);
}

/* Opened outside the lock: files may take their time, and frames do not wait. */
vis_status live_session_record(live_session *s, const char *path, vis_error *err)
{
    recording *opened;
    if (session_takes(s)) return goes_on(err);
    VIS_TRY(session_open_recording(s, path, &opened, err));
    pthread_mutex_lock(&s->take_lock);
    bool free_place = s->take == NULL;
    if (free_place) s->take = opened;
    pthread_mutex_unlock(&s->take_lock);
    if (free_place) return VIS_OK;
    recording_abort(opened);
    return goes_on(err);
}

recording *live_session_record_end(live_session *s)
{
    pthread_mutex_lock(&s->take_lock);
    recording *taken = s->take;
    s->take = NULL;
    pthread_mutex_unlock(&s->take_lock);
    return taken;
}

bool session_takes(live_session *s)
{
    pthread_mutex_lock(&s->take_lock);
    bool takes = s->take != NULL;
    pthread_mutex_unlock(&s->take_lock);
    return takes;
}

bool session_take_waits(live_session *s)
{
    pthread_mutex_lock(&s->take_lock);
    bool waits = s->take && !recording_begun(s->take);
    pthread_mutex_unlock(&s->take_lock);
    return waits;
}

void session_give_up(live_session *s, recording **r, const vis_error *why)
{
    recording_abort(*r);
    *r = NULL;
    vis_warn(&s->options.log, "the recording is given up, and what there was of it removed: %s",
             why->message);
}

void session_take_add(live_session *s, const live_packet *p)
{
    vis_error err;
    pthread_mutex_lock(&s->take_lock);
    if (s->take && recording_add(s->take, p, &err) != VIS_OK) session_give_up(s, &s->take, &err);
    pthread_mutex_unlock(&s->take_lock);
}

void session_take_abort(live_session *s)
{
    recording_abort(live_session_record_end(s));
}
