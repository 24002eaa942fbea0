/* stream/stream.c - the ring buffer and the two kinds of work for it: filling and rendering slots.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/stream.h"

#include "audio/window.h"
#include "base/memory.h"
#include "face/geometry.h"
#include "face/ping_pong.h"
#include "render/renderer.h"
#include "stream/frame_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Beside the frames being rendered: one queued, and some rendered, since an encoder takes several
 * at once and then none for a while. */
#define SPARE_SLOTS 3

typedef struct slot {
    stream_frame *frame;
    const picture *filmed; /* held of the character */
    int64_t returns;       /* as in a frame_job */
    bool rendered;         /* or failed: it can be pulled */
    vis_status status;     /* what became of it so far; not VIS_OK: it is not rendered */
    vis_error err;
} slot;

/* Ring buffer: frame i, counted from 0, is in slot i % depth; pulled <= started <= queued. `lock`
 * guards all but what is set up once; a slot being filled or rendered is its worker's alone. */
struct stream {
    scene *scene;
    stream_options options;
    worker_client client;
    frame_pool *frames;
    character_cursor *footage;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    slot *ring;
    int depth;
    int64_t queued, started, pulled;
    feature_source *features; /* NULL: none */
    window_source *windows;
    bool rests;              /* where the sound says so; */
    bool knows_silence;      /* the rows too: */
    feature_silence silence; /* what is heard of it, */
    float *silent_window;    /* and a window full of that */
    int64_t total;           /* output frame behind the last, as far as is known; -1 */
    int64_t first;           /* output frame of row 0 */
    bool filling;            /* a worker is filling a slot */
    bool ended;              /* no more frames are queued */
    bool starved;            /* the features have no more rows yet */
    bool cancelled;
    bool pulling; /* somebody waits for a frame */
    long wakes;
};

static slot *slot_of(stream *s, int64_t frame)
{
    return &s->ring[frame % s->depth];
}

/* Number of the footage frame under output frame i. Sequential runs show frame i under row i: the
 * ping-pong over start ... last, begun one frame early. */
static int footage_of(const stream *s, int64_t i)
{
    const stream_options *o = &s->options;
    int count = character_facts(scene_character(s->scene))->frames;
    if (o->sequential) return ping_pong_index(i - o->start - 1, (int)o->start, count);
    return ping_pong_index(i, o->footage_first, count);
}

/* How often the footage frame of output frame i will be shown after it. */
static int64_t returns_of(const stream *s, int64_t i, int footage)
{
    if (s->options.sequential) return 0; /* short runs that show a frame once */
    if (s->total < 0) return RETURNS_UNKNOWN;
    return ping_pong_uses(footage, i + 1, s->total, s->options.footage_first,
                          character_facts(scene_character(s->scene))->frames);
}

/* Announces to the character what will be read: `max` frames at most, and probably `likely`; -1:
 * unknown. */
static vis_status announce(stream *s, int64_t max, int64_t likely, vis_error *err)
{
    const stream_options *o = &s->options;
    int64_t next = o->start + s->queued;
    int first = o->sequential ? (int)o->start : o->footage_first;
    VIS_TRY(character_cursor_plan(s->footage, first, o->sequential ? next - o->start - 1 : next,
                                  max, err));
    if (max != likely) character_cursor_expect(s->footage, likely);
    return VIS_OK;
}

/* Frames that the features will probably give; -1: unknown. *max: an upper bound, or -1. */
static int64_t frames_expected(const stream *s, int64_t *max)
{
    const stream_options *o = &s->options;
    bool exact;
    int64_t rows = feature_source_count(s->features, &exact);
    int64_t begin = o->start + s->queued - s->first;
    int64_t left = rows < 0 ? -1 : rows > begin ? rows - begin : 0;
    *max = o->frames < 0 ? -1 : o->frames - s->queued;
    if (*max >= 0 && (left < 0 || *max < left)) left = *max;
    if (exact) *max = left;
    return left;
}

static bool may_fill(const stream *s)
{
    int64_t max = s->options.on_demand ? s->pulling : s->depth;
    return s->windows && !s->filling && !s->ended && !s->starved && s->queued - s->pulled < max;
}

/* How far the frame speaks whose window was read. */
static vis_status spoken(stream *s, stream_frame *f, vis_error *err)
{
    f->spoken = 1;
    if (!s->rests) return VIS_OK;
    VIS_TRY(feature_source_spoken(s->features, f->row, &f->spoken, err));
    if (!s->knows_silence) return VIS_OK;
    float told = feature_window_spoken(&s->silence, f->window, scene_model(s->scene)->window_rows);
    f->spoken = told < f->spoken ? told : f->spoken;
    return VIS_OK;
}

/* Fills a slot: the window, then the footage frame. *more false when the features have ended. A
 * failure is stored in the slot, so that earlier frames report theirs first. */
static vis_status fill(stream *s, slot *at, bool *more)
{
    vis_error *err = &at->err;
    stream_frame *f;
    VIS_TRY(frame_acquire(s->frames, &f, err));
    at->frame = f;
    f->index = s->options.start + s->queued;
    f->row = f->index - s->first;
    VIS_TRY(window_source_next(s->windows, f->window, more, err));
    if (!*more) return VIS_OK;
    VIS_TRY(spoken(s, f, err));
    f->footage = footage_of(s, f->index);
    at->returns = returns_of(s, f->index, f->footage);
    return character_cursor_frame(s->footage, f->footage, &at->filmed, err);
}

static void empty(stream *s, slot *at)
{
    character_release(scene_character(s->scene), at->filmed);
    frame_release(at->frame);
    at->frame = NULL;
    at->filmed = NULL;
    at->rendered = false;
    at->status = VIS_OK;
}

/* Called with the lock held, which it lets go of in between. */
static void fill_one(stream *s)
{
    slot *at = slot_of(s, s->queued);
    long wakes = s->wakes;
    bool more = true;
    s->filling = true;
    pthread_mutex_unlock(&s->lock);
    at->status = fill(s, at, &more);
    pthread_mutex_lock(&s->lock);
    s->filling = false;
    bool over = at->status == VIS_OK && !more; /* of a failure `more` says nothing */
    if (over || at->status == VIS_AGAIN) {
        s->starved = !over && s->wakes == wakes;
        s->ended = over;
        empty(s, at);
    } else {
        s->queued++;
        s->ended = at->status != VIS_OK || s->queued == s->options.frames;
        at->rendered = at->status != VIS_OK; /* there is nothing to render */
    }
    pthread_cond_broadcast(&s->changed);
}

static void render(stream *s, slot *at, renderer *r)
{
    stream_frame *f = at->frame;
    render_frame drawn;
    const frame_job job = {.footage = f->footage,
                           .returns = at->returns,
                           .filmed = at->filmed,
                           .window = f->window,
                           .any_output = s->options.any_output,
                           .spoken = f->spoken,
                           .silence = s->knows_silence ? s->silent_window : NULL};
    at->status = renderer_draw(r, &job, &f->picture, &drawn, &at->err);
    character_release(scene_character(s->scene), at->filmed);
    at->filmed = NULL;
    if (at->status != VIS_OK) return;
    memcpy(f->rect, drawn.rect, sizeof f->rect);
    f->range = drawn.range;
    f->network_ms = drawn.network_ms;
    size_t size = (size_t)scene_model(s->scene)->image_size, plane = size * size * sizeof(float);
    if (f->visual) memcpy(f->visual, drawn.visual, FACE_VISUAL_PLANES * plane);
    if (f->output) memcpy(f->output, drawn.output, FACE_OUTPUT_PLANES * plane);
}

/* Called with the lock held, which it lets go of in between. */
static void render_one(stream *s, renderer *r)
{
    slot *at = slot_of(s, s->started++);
    pthread_mutex_unlock(&s->lock);
    if (at->status == VIS_OK) render(s, at, r);
    pthread_mutex_lock(&s->lock);
    at->rendered = true;
    pthread_cond_broadcast(&s->changed);
}

/* Filling goes first as long as fewer frames are queued than there are workers, so that no worker
 * waits for the one that fills. */
static bool work(void *self, int worker)
{
    stream *s = self;
    renderer *r = scene_renderer(s->scene, worker);
    pthread_mutex_lock(&s->lock);
    bool some = !s->cancelled;
    int64_t pending = s->queued - s->started;
    if (some && may_fill(s) && (!r || pending < worker_pool_size(scene_workers(s->scene))))
        fill_one(s);
    else if (some && r && pending > 0)
        render_one(s, r);
    else
        some = false;
    pthread_mutex_unlock(&s->lock);
    return some;
}

static vis_status check(const stream *s, vis_error *err)
{
    const stream_options *o = &s->options;
    const character_info *facts = character_facts(scene_character(s->scene));
    int64_t first = o->sequential ? o->start : o->footage_first;
    if (o->start < 0 || o->frames == 0 || o->frames < -1 || o->depth < 0)
        return vis_fail(err, VIS_ERR_USAGE, "a stream of frames that cannot be: %lld from %lld on",
                        (long long)o->frames, (long long)o->start);
    if (first < 0 || first >= facts->frames)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: the footage has frames 0 to %d; %lld is not among them", facts->path,
                        facts->frames - 1, (long long)first);
    return VIS_OK;
}

static vis_status set_up(stream *s, vis_error *err)
{
    const model_info *info = scene_model(s->scene);
    size_t size = (size_t)info->image_size, plane = s->options.tensors ? size * size : 0;
    VIS_TRY(check(s, err));
    s->depth = s->options.depth ? s->options.depth
                                : worker_pool_size(scene_workers(s->scene)) + SPARE_SLOTS;
    s->ring = calloc((size_t)s->depth, sizeof *s->ring);
    if (!s->ring) return vis_fail_memory(err, "frames under way");
    VIS_TRY(frame_pool_create(FACE_VISUAL_PLANES * plane,
                              (size_t)info->window_rows * (size_t)info->row_size,
                              FACE_OUTPUT_PLANES * plane, &s->frames, err));
    VIS_TRY(character_cursor_open(scene_character(s->scene), &s->footage, err));
    return announce(s, -1, -1, err);
}

static void make_lock(stream *s)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&s->lock, NULL);
}

vis_status stream_create(scene *sc, const stream_options *options, stream **out, vis_error *err)
{
    *out = NULL;
    stream *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "a stream");
    s->scene = sc;
    s->options = *options;
    s->client = (worker_client){.work = work, .self = s};
    s->total = -1;
    make_lock(s);
    vis_status status = set_up(s, err);
    if (status == VIS_OK)
        *out = s;
    else
        stream_free(s);
    return status;
}

/* Waits for workers; the frames in flight are released. */
static void drop_all(stream *s)
{
    worker_pool_leave(scene_workers(s->scene), &s->client);
    for (int i = 0; s->ring && i < s->depth; i++)
        empty(s, &s->ring[i]);
    window_source_free(s->windows);
    s->windows = NULL;
    s->features = NULL;
}

void stream_free(stream *s)
{
    if (!s) return;
    drop_all(s);
    character_cursor_close(s->footage);
    frame_pool_close(s->frames);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s->ring);
    aligned_free(s->silent_window);
    free(s);
}

static vis_status check_features(const stream *s, const feature_source *features, vis_error *err)
{
    const model_info *info = scene_model(s->scene);
    if (s->features)
        return vis_fail(err, VIS_ERR_USAGE,
                        "a stream hears one source of features at a time; reset it first");
    if (feature_source_row_size(features) == info->row_size) return VIS_OK;
    return vis_fail(
        err, VIS_ERR_MISMATCH, "%s: wants %s features of %d numbers a row, not %s features of %d",
        info->path, audio_mode_name(info->mode), info->row_size,
        audio_mode_name(feature_source_mode(features)), feature_source_row_size(features));
}

/* Finds out how silence sounds to these features. */
static vis_status learn_silence(stream *s, feature_source *features, vis_error *err)
{
    size_t rows = (size_t)scene_model(s->scene)->window_rows;
    s->knows_silence = false;
    s->rests = s->options.rest && !s->options.tensors && feature_source_has_sound(features);
    if (!s->rests) return VIS_OK;
    bool known;
    VIS_TRY(feature_source_silence(features, &s->silence, &known, err));
    if (!known) return VIS_OK;
    if (!s->silent_window)
        s->silent_window = aligned_calloc(rows * FEATURE_AVE_SIZE, sizeof *s->silent_window);
    if (!s->silent_window) return vis_fail_memory(err, "a window of features");
    for (size_t i = 0; i < rows; i++)
        memcpy(s->silent_window + i * FEATURE_AVE_SIZE, s->silence.row, sizeof s->silence.row);
    s->knows_silence = true;
    return VIS_OK;
}

vis_status stream_hear(stream *s, feature_source *features, vis_error *err)
{
    VIS_TRY(check_features(s, features, err));
    VIS_TRY(learn_silence(s, features, err));
    int64_t next = s->options.start + s->queued;
    int64_t row = s->queued == 0 ? s->options.start : 0;
    window_source *windows;
    VIS_TRY(window_source_create(features, scene_model(s->scene)->window_rows, row, &windows, err));
    s->features = features;
    s->first = next - row;
    int64_t max, likely = frames_expected(s, &max);
    s->total = likely < 0 ? -1 : next + likely;
    vis_status status = announce(s, max, likely, err);
    if (status != VIS_OK) {
        window_source_free(windows);
        s->features = NULL;
        return status;
    }
    pthread_mutex_lock(&s->lock);
    s->windows = windows;
    s->ended = s->queued == s->options.frames;
    s->starved = false;
    pthread_mutex_unlock(&s->lock);
    worker_pool_wake(scene_workers(s->scene), &s->client);
    return VIS_OK;
}

void stream_wake(stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->wakes++;
    s->starved = false;
    pthread_mutex_unlock(&s->lock);
    worker_pool_wake(scene_workers(s->scene), &s->client);
}

static struct timespec moment_in(int ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_nsec -= 1000000000L;
        t.tv_sec++;
    }
    return t;
}

static bool front_is_rendered(stream *s)
{
    return s->pulled < s->queued && slot_of(s, s->pulled)->rendered;
}

/* Waits until there is something to say. With the lock held. */
static vis_status wait_for_front(stream *s, int timeout_ms, vis_error *err)
{
    struct timespec deadline = moment_in(timeout_ms > 0 ? timeout_ms : 0);
    for (bool late = false;;) {
        bool under_way = s->pulled < s->queued || s->filling;
        if (s->cancelled) return vis_fail(err, VIS_ERR_CANCELLED, "the stream was cancelled");
        if (front_is_rendered(s) || (s->ended && !under_way)) return VIS_OK;
        if (late || (timeout_ms < 0 && !under_way && !may_fill(s)))
            return vis_fail(err, VIS_AGAIN, "no frame yet");
        if (timeout_ms < 0)
            pthread_cond_wait(&s->changed, &s->lock);
        else
            late = pthread_cond_timedwait(&s->changed, &s->lock, &deadline) == ETIMEDOUT;
    }
}

/* With the lock held. */
static vis_status take_front(stream *s, stream_frame **out, vis_error *err)
{
    if (s->pulled == s->queued) return VIS_OK; /* the end */
    slot *at = slot_of(s, s->pulled);
    if (at->status != VIS_OK) {
        if (err) *err = at->err;
        return at->status;
    }
    *out = at->frame;
    at->frame = NULL;
    at->rendered = false;
    s->pulled++;
    return VIS_OK;
}

/* Changes what may be filled: a frame is wanted; a slot is free. With the lock held. */
static void set_pulling(stream *s, bool pulling)
{
    s->pulling = pulling;
    if (may_fill(s)) worker_pool_wake(scene_workers(s->scene), &s->client);
}

vis_status stream_pull(stream *s, int timeout_ms, stream_frame **out, vis_error *err)
{
    *out = NULL;
    pthread_mutex_lock(&s->lock);
    set_pulling(s, true);
    vis_status status = wait_for_front(s, timeout_ms, err);
    if (status == VIS_OK) status = take_front(s, out, err);
    set_pulling(s, false);
    pthread_mutex_unlock(&s->lock);
    return status;
}

void stream_reset(stream *s, int64_t *row)
{
    drop_all(s);
    if (row) *row = s->options.start + s->pulled - s->first;
    s->queued = s->started = s->pulled;
    s->total = -1;
    s->ended = s->starved = s->cancelled = false;
}

void stream_cancel(stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->cancelled = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

int64_t stream_total(const stream *s)
{
    return s->total < 0 ? -1 : s->total - s->options.start;
}
