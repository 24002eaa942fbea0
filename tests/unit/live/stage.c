/* tests/unit/live/stage.c - the small character of the interface's tests, and time by hand.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include "../api/small_character.h"
#include "../audio/stand_in.h"
#include "../audio/support.h"
#include "networks/export.h"

#define MAX_PACKETS 400000

const char *stage_network;
static vis_context *context;
static live_presenter *presenter;

live_presenter *stage_presenter(void)
{
    return presenter;
}

vis_context *stage_context(void)
{
    return context;
}

const char *stage_path(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

int stage_open(void **state)
{
    vis_error err;
    if (make_character(state) != 0) return -1;
    model *encoder = stand_in_create(-1);
    char *path = text_copy(stage_path("encoder.onnx"), strlen(stage_path("encoder.onnx")));
    assert_int_equal(model_export(encoder, "0", path, &err), VIS_OK);
    stand_in_free(encoder);
    const live_presenter_options options = {.name = "small",
                                            .character = folder,
                                            .model = stage_network,
                                            .audio_encoder = path,
                                            .cache_bytes = -1};
    live_admission_set(10000, 0); /* on any machine, however slow it is while it is watched */
    assert_ok(vis_context_create(NULL, &context, &err), err);
    assert_ok(live_presenter_open(context, &options, &presenter, &err), err);
    free(path);
    return 0;
}

int stage_close(void **state)
{
    live_presenter_close(presenter);
    vis_context_close(context);
    return remove_character(state);
}

/* ---- Time ---- */

/* Guarded by the session's lock, but for `now`. */
typedef struct hand_time {
    time_source source;
    int64_t now, limit;
    bool parked;
    pthread_cond_t arrived;
} hand_time;

struct stage_session {
    hand_time time;
    live_session *session;
    const live_packet **packets;
    int count;
};

static int64_t hand_now(void *user)
{
    return __atomic_load_n(&((hand_time *)user)->now, __ATOMIC_RELAXED);
}

static void hand_wait(void *user, pthread_cond_t *changed, pthread_mutex_t *lock, int64_t until)
{
    hand_time *t = user;
    bool far = until > t->limit;
    __atomic_store_n(&t->now, far ? t->limit : until, __ATOMIC_RELAXED);
    if (!far) return;
    t->parked = true;
    pthread_cond_signal(&t->arrived);
    pthread_cond_wait(changed, lock);
}

/* Waits until the session waits for time. */
static void go(stage_session *t, int frames)
{
    live_session *s = t->session;
    pthread_mutex_lock(&s->lock);
    t->time.limit += (int64_t)frames * STAGE_FRAME_US;
    t->time.parked = false;
    pthread_cond_signal(&s->changed);
    while (!t->time.parked)
        pthread_cond_wait(&t->time.arrived, &s->lock);
    assert_int_equal(s->figures.status, VIS_OK);
    pthread_mutex_unlock(&s->lock);
}

stage_session *stage_begin(live_session_options options)
{
    vis_error err;
    stage_session *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->packets = calloc(MAX_PACKETS, sizeof *t->packets);
    assert_non_null(t->packets);
    pthread_cond_init(&t->time.arrived, NULL);
    t->time.source = (time_source){hand_now, hand_wait, &t->time};
    assert_ok(session_open_by(presenter, &options, &t->time.source, &t->session, &err), err);
    go(t, 0);
    return t;
}

live_session *stage_of(stage_session *t)
{
    return t->session;
}

static void receive(stage_session *t)
{
    const live_packet *p;
    while ((p = live_session_next(t->session)) != NULL) {
        assert_true(t->count < MAX_PACKETS);
        t->packets[t->count++] = p;
    }
}

void stage_go(stage_session *t, int frames)
{
    for (; frames > 0; frames -= STAGE_FPS) {
        go(t, frames < STAGE_FPS ? frames : STAGE_FPS);
        receive(t);
    }
}

void stage_go_blind(stage_session *t, int frames)
{
    go(t, frames);
}

void stage_go_until(stage_session *t, live_event_kind kind, int times)
{
    for (int i = 0; i < 10 * STAGE_FPS; i++) {
        if (stage_event(t, kind, times - 1)) return;
        stage_go(t, 1);
    }
    fail_msg("event %d did not come", kind);
}

void stage_close_session(stage_session *t)
{
    live_session_close(t->session);
    t->session = NULL;
}

void stage_end(stage_session *t)
{
    stage_close_session(t);
    for (int i = 0; i < t->count; i++)
        live_packet_release(t->packets[i]);
    pthread_cond_destroy(&t->time.arrived);
    free(t->packets);
    free(t);
}

/* ---- What came ---- */

int stage_count(const stage_session *t)
{
    return t->count;
}

const live_packet *stage_packet(const stage_session *t, int i)
{
    return t->packets[i];
}

const live_packet *stage_media(const stage_session *t, live_packet_kind kind, int n)
{
    for (int i = 0; i < t->count; i++)
        if (t->packets[i]->kind == kind && n-- == 0) return t->packets[i];
    return NULL;
}

const live_packet *stage_event(const stage_session *t, live_event_kind kind, int n)
{
    for (int i = 0; i < t->count; i++)
        if (t->packets[i]->kind == LIVE_EVENT && t->packets[i]->event.kind == kind && n-- == 0)
            return t->packets[i];
    return NULL;
}

int stage_count_of(const stage_session *t, live_packet_kind kind)
{
    int count = 0;
    for (int i = 0; i < t->count; i++)
        count += t->packets[i]->kind == kind;
    return count;
}

/* ---- What is said ---- */

float *stage_noise(int count, uint32_t seed)
{
    float *samples = malloc((size_t)count * sizeof *samples);
    assert_non_null(samples);
    for (int i = 0; i < count; i++) {
        samples[i] = 0.5f * support_random(&seed);
        if (samples[i] > -0.01f && samples[i] < 0.01f) samples[i] = 0.01f;
    }
    return samples;
}

void stage_say(stage_session *t, const char *id, const float *samples, int count, int rate)
{
    live_utterance *u;
    vis_error err;
    int64_t taken;
    assert_ok(live_utterance_begin(t->session, id, "words", false, &u, &err), err);
    assert_ok(live_utterance_push(u, samples, count, rate, 0, &taken, &err), err);
    assert_int_equal(taken, count);
    live_utterance_end(u, NULL);
}
