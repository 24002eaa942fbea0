/* stream/stream.c - the ring buffer and the two kinds of work for it: filling and rendering slots.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/stream.h"

#include "audio/window.h"
#include "base/clock.h"
#include "base/memory.h"
#include "face/geometry.h"
#include "face/ping_pong.h"
#include "render/renderer.h"
#include "stream/frame_pool.h"
#include "stream/label.h"
#include "stream/presence.h"

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
    int64_t returns;       /* as in a frame_job, */
    bool as_filmed;        /* likewise */
    bool wanted;           /* is_wanted, when it began to be filled */
    presence presence;     /* of a live stream, after this frame */
    bool rendered;         /* or failed: it can be pulled */
    vis_status status;     /* what became of it so far; not VIS_OK: it is not rendered */
    vis_error err;
} slot;

/* Where the mouth of a live stream is. */
typedef struct live_state {
    presence presence;
    float *window; /* that it was painted with last */
} live_state;

/* Ring buffer: frame i, counted from 0, is in slot i % depth; pulled <= started <= queued. `lock`
 * guards all but what is set up once; a slot being filled or rendered is its worker's alone. */
struct stream {
    scene *scene;
    stream_options options;
    worker_client client;
    frame_pool *frames;
    label label;
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
    int64_t row;             /* of the next window */
    int64_t behind;          /* row behind the last that was pulled */
    bool filling;            /* a worker is filling a slot */
    bool ended;              /* no more frames are queued */
    bool starved;            /* the features have no more rows yet */
    bool cancelled;
    bool pulling; /* somebody waits for a frame */
    long wakes;
    /* Of a live stream: */
    int rendering;         /* workers that are */
    bool held;             /* nothing is filled or rendered */
    bool planned;          /* the footage from here on is announced */
    bool over;             /* the features have ended */
    live_state last, seen; /* as the last frame filled, and the last pulled, left it */
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
    if (s->options.live) return RETURNS_ALWAYS;
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
    int64_t left = rows < 0 ? -1 : rows > s->row ? rows - s->row : 0;
    *max = o->frames < 0 ? -1 : o->frames - s->queued;
    if (*max >= 0 && (left < 0 || *max < left)) left = *max;
    if (exact) *max = left;
    return left;
}

/* Does somebody wait for the very next frame? A live stream has one then, whatever it hears; ahead
 * of that it paints words alone, since more of them may come before a frame at rest is due. */
static bool is_wanted(const stream *s)
{
    return s->pulling && s->queued == s->pulled;
}

static bool may_fill(const stream *s)
{
    if (s->filling || s->ended) return false; /* `over` is its worker's while one fills */
    int64_t max = s->options.on_demand ? s->pulling : s->depth;
    bool hears = s->windows && !s->starved && !s->over;
    bool some = s->options.live ? !s->held && (hears || is_wanted(s)) : hears;
    return some && s->queued - s->pulled < max;
}

/* How far the frame speaks whose window was read. */
static vis_status spoken(stream *s, stream_frame *f, vis_error *err)
{
    f->spoken = 1;
    if (!s->rests) return VIS_OK;
    if (f->row < 0)
        VIS_TRY(feature_source_foretells(s->features, &f->spoken, err));
    else
        VIS_TRY(feature_source_spoken(s->features, f->row, &f->spoken, err));
    if (!s->knows_silence) return VIS_OK;
    float told = feature_window_spoken(&s->silence, f->window, scene_model(s->scene)->window_rows);
    f->spoken = told < f->spoken ? told : f->spoken;
    return VIS_OK;
}

/* The next window, and how far it speaks. *more false when the features have ended. */
static vis_status listen(stream *s, stream_frame *f, bool *more, vis_error *err)
{
    VIS_TRY(window_source_next(s->windows, f->window, more, err));
    if (!*more) return VIS_OK;
    f->row = s->row++;
    return spoken(s, f, err);
}

static size_t window_numbers(const stream *s)
{
    const model_info *info = scene_model(s->scene);
    return (size_t)info->window_rows * (size_t)info->row_size;
}

static size_t window_bytes(const stream *s)
{
    return window_numbers(s) * sizeof(float);
}

/* The window of a frame that hears nothing: what fades, then silence. */
static void lay_rest(const stream *s, stream_frame *f)
{
    f->row = STREAM_ROW_NONE;
    if (f->spoken > 0)
        memcpy(f->window, s->last.window, window_bytes(s));
    else if (s->silent_window)
        memcpy(f->window, s->silent_window, window_bytes(s));
    else
        memset(f->window, 0, window_bytes(s));
}

/* What a live stream's next frame hears, or how its mouth rests. */
static vis_status listen_live(stream *s, slot *at, vis_error *err)
{
    stream_frame *f = at->frame;
    presence *p = &s->last.presence;
    bool heard = s->windows && !s->over;
    vis_status status = heard ? listen(s, f, &heard, err) : VIS_OK;
    if (status != VIS_OK && status != VIS_AGAIN) return status;
    s->over = s->windows && status == VIS_OK && !heard;
    bool words = heard && status == VIS_OK;
    if (!words && !at->wanted) return VIS_AGAIN;
    if (words) {
        f->spoken =
            presence_follow(p, f->row, f->spoken, s->last.window, f->window, window_numbers(s));
    } else {
        f->spoken = presence_rest(p);
        lay_rest(s, f);
    }
    memcpy(s->last.window, f->window, window_bytes(s));
    at->as_filmed = f->row < 0 || p->may < 1;
    at->presence = *p;
    if (!s->planned) VIS_TRY(announce(s, -1, -1, err));
    s->planned = true;
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
    VIS_TRY(s->options.live ? listen_live(s, at, err) : listen(s, f, more, err));
    if (!*more) return VIS_OK;
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
    at->rendered = at->as_filmed = false;
    at->status = VIS_OK;
}

/* Called with the lock held, which it lets go of in between. */
static void fill_one(stream *s)
{
    slot *at = slot_of(s, s->queued);
    long wakes = s->wakes;
    bool more = true;
    at->wanted = is_wanted(s);
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

/* The window of silence that the mouth at rest is painted with; NULL: there is none. */
static const float *silence_of(const stream *s)
{
    return s->knows_silence || s->options.live ? s->silent_window : NULL;
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
                           .silence = silence_of(s),
                           .as_filmed = at->as_filmed};
    at->status = renderer_draw(r, &job, &f->picture, &drawn, &at->err);
    character_release(scene_character(s->scene), at->filmed);
    at->filmed = NULL;
    if (at->status != VIS_OK) return;
    label_draw(&s->label, &f->picture);
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
    s->rendering++;
    pthread_mutex_unlock(&s->lock);
    if (at->status == VIS_OK) render(s, at, r);
    pthread_mutex_lock(&s->lock);
    s->rendering--;
    at->rendered = true;
    pthread_cond_broadcast(&s->changed);
}

/* Filling goes first as long as fewer frames are queued than there are workers that render, so that no worker
 * waits for the one that fills. */
static bool work(void *self, int worker)
{
    stream *s = self;
    pthread_mutex_lock(&s->lock);
    bool some = !s->cancelled && !s->held;
    int64_t pending = s->queued - s->started;
    if (some && may_fill(s) && pending < scene_renderers(s->scene))
        fill_one(s);
    else if (some && pending > 0)
        render_one(s, scene_renderer(s->scene, worker));
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
    if (o->live && (o->start != 0 || o->frames != -1 || o->tensors))
        return vis_fail(err, VIS_ERR_USAGE,
                        "a live stream begins at row 0, has no end and carries no tensors");
    if (first < 0 || first >= facts->frames)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: the footage has frames 0 to %d; %lld is not among them", facts->path,
                        facts->frames - 1, (long long)first);
    return VIS_OK;
}

static vis_status set_up_live(stream *s, vis_error *err)
{
    size_t numbers = window_numbers(s);
    s->last.presence.lead = s->seen.presence.lead = s->options.live;
    s->last.window = calloc(numbers, sizeof(float));
    s->seen.window = calloc(numbers, sizeof(float));
    return s->last.window && s->seen.window ? VIS_OK : vis_fail_memory(err, "a window of features");
}

static vis_status set_up_label(stream *s, vis_error *err)
{
    const character_info *facts = character_facts(scene_character(s->scene));
    const char *text = s->options.label;
    s->options.label = NULL; /* the caller's */
    return text ? label_make(text, facts->width, facts->height, &s->label, err) : VIS_OK;
}

static vis_status set_up(stream *s, vis_error *err)
{
    size_t size = (size_t)scene_model(s->scene)->image_size;
    size_t plane = s->options.tensors ? size * size : 0;
    VIS_TRY(check(s, err));
    VIS_TRY(set_up_label(s, err));
    if (s->options.live) VIS_TRY(set_up_live(s, err));
    s->depth = s->options.depth ? s->options.depth
                                : worker_pool_size(scene_workers(s->scene)) + SPARE_SLOTS;
    s->ring = calloc((size_t)s->depth, sizeof *s->ring);
    if (!s->ring) return vis_fail_memory(err, "frames under way");
    VIS_TRY(frame_pool_create(FACE_VISUAL_PLANES * plane, window_numbers(s),
                              FACE_OUTPUT_PLANES * plane, &s->frames, err));
    VIS_TRY(character_cursor_open(scene_character(s->scene), &s->footage, err));
    s->planned = true;
    return announce(s, -1, -1, err);
}

static void make_lock(stream *s)
{
    clock_condition(&s->changed);
    pthread_mutex_init(&s->lock, NULL);
}

vis_status stream_create(scene *sc, const stream_options *options, stream **out, vis_error *err)
{
    *out = NULL;
    stream *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "a stream");
    s->scene = sc;
    s->options = *options;
    s->client = (worker_client){.work = work, .self = s, .workers = scene_renderers(sc)};
    s->total = -1;
    s->behind = options->start;
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
    label_free(&s->label);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s->ring);
    free(s->last.window);
    free(s->seen.window);
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

/* A window full of silence. */
static vis_status lay_silence(stream *s, const feature_silence *silence, vis_error *err)
{
    size_t rows = (size_t)scene_model(s->scene)->window_rows;
    if (!s->silent_window)
        s->silent_window = aligned_calloc(rows * FEATURE_AVE_SIZE, sizeof *s->silent_window);
    if (!s->silent_window) return vis_fail_memory(err, "a window of features");
    for (size_t i = 0; i < rows; i++)
        memcpy(s->silent_window + i * FEATURE_AVE_SIZE, silence->row, sizeof silence->row);
    return VIS_OK;
}

/* Between these nobody fills or renders, and the lock is held: a live stream may be being pulled
 * from. */
static void hold(stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->held = true;
    while (s->filling || s->rendering > 0)
        pthread_cond_wait(&s->changed, &s->lock);
}

static void let_go(stream *s)
{
    s->held = false;
    pthread_mutex_unlock(&s->lock);
    worker_pool_wake(scene_workers(s->scene), &s->client);
}

vis_status stream_know_silence(stream *s, const feature_silence *silence, vis_error *err)
{
    if (!s->options.live || scene_model(s->scene)->row_size != FEATURE_AVE_SIZE) return VIS_OK;
    hold(s);
    vis_status status = lay_silence(s, silence, err);
    let_go(s);
    return status;
}

/* What begins to be heard. */
typedef struct hearing {
    feature_source *features;
    window_source *windows;
    int64_t row; /* the first */
    bool rests, knows_silence;
    feature_silence silence;
} hearing;

/* Finds out how silence sounds to these features. */
static vis_status learn_silence(const stream *s, hearing *h, vis_error *err)
{
    const stream_options *o = &s->options;
    h->rests = o->rest && !o->tensors && feature_source_has_sound(h->features);
    if (!h->rests && !o->live) return VIS_OK;
    return feature_source_silence(h->features, &h->silence, &h->knows_silence, err);
}

static vis_status open_windows(const stream *s, hearing *h, vis_error *err)
{
    int rows = scene_model(s->scene)->window_rows, ahead = s->options.look_ahead;
    if (s->options.live)
        h->row = -s->options.live;
    else
        h->row = s->queued == 0 ? s->options.start : 0;
    feature_source_look_ahead(h->features, ahead < 0 ? rows / 2 - 1 : ahead);
    VIS_TRY(window_source_create(h->features, rows, h->row, &h->windows, err));
    window_source_look_ahead(h->windows, ahead);
    return VIS_OK;
}

/* While the stream is held. */
static vis_status take_up(stream *s, const hearing *h, vis_error *err)
{
    int64_t next = s->options.start + s->queued;
    if (h->knows_silence) VIS_TRY(lay_silence(s, &h->silence, err));
    s->features = h->features;
    s->row = h->row;
    s->behind = h->row > 0 ? h->row : 0;
    s->rests = h->rests;
    s->knows_silence = h->rests && h->knows_silence;
    s->silence = h->silence;
    s->over = false;
    if (!s->options.live) {
        int64_t max, likely = frames_expected(s, &max);
        s->total = likely < 0 ? -1 : next + likely;
        VIS_TRY(announce(s, max, likely, err));
        s->ended = s->queued == s->options.frames;
    }
    s->starved = false;
    s->windows = h->windows;
    return VIS_OK;
}

vis_status stream_hear(stream *s, feature_source *features, vis_error *err)
{
    hearing h = {.features = features};
    VIS_TRY(check_features(s, features, err));
    VIS_TRY(learn_silence(s, &h, err));
    vis_status status = open_windows(s, &h, err);
    if (status == VIS_OK) {
        hold(s);
        status = take_up(s, &h, err);
        if (status != VIS_OK) s->features = NULL;
        let_go(s);
    }
    if (status != VIS_OK) window_source_free(h.windows);
    return status;
}

void stream_set_due(stream *s, int64_t due)
{
    worker_pool_set_due(scene_workers(s->scene), &s->client, due);
}

void stream_wake(stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->wakes++;
    s->starved = false;
    pthread_mutex_unlock(&s->lock);
    worker_pool_wake(scene_workers(s->scene), &s->client);
}

static bool front_is_rendered(stream *s)
{
    return s->pulled < s->queued && slot_of(s, s->pulled)->rendered;
}

/* Waits until there is something to say. With the lock held. */
static vis_status wait_for_front(stream *s, int timeout_ms, vis_error *err)
{
    struct timespec deadline = clock_in_ms(timeout_ms);
    for (bool late = false;;) {
        bool under_way = s->pulled < s->queued || s->filling;
        if (s->cancelled) return vis_fail(err, VIS_ERR_CANCELLED, "the stream was cancelled");
        if (front_is_rendered(s) || (s->ended && !under_way)) return VIS_OK;
        if (late || (timeout_ms < 0 && !under_way && !s->held && !may_fill(s)))
            return vis_fail(err, VIS_AGAIN, "no frame yet");
        if (timeout_ms < 0)
            pthread_cond_wait(&s->changed, &s->lock);
        else
            late = pthread_cond_timedwait(&s->changed, &s->lock, &deadline) == ETIMEDOUT;
    }
}

/* With the lock held. */
static void see(stream *s, const slot *at)
{
    const stream_frame *f = at->frame;
    if (f->row >= 0) s->behind = f->row + 1;
    if (!s->options.live) return;
    s->seen.presence = at->presence;
    memcpy(s->seen.window, f->window, window_bytes(s));
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
    see(s, at);
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

/* What was filled and not pulled was not seen. */
static void go_on_from_seen(stream *s)
{
    s->last.presence = s->seen.presence;
    memcpy(s->last.window, s->seen.window, window_bytes(s));
}

void stream_reset(stream *s, int64_t *row)
{
    drop_all(s);
    if (row) *row = s->behind;
    s->behind = 0;
    s->planned = s->planned && s->queued == s->pulled;
    s->queued = s->started = s->pulled;
    s->total = -1;
    s->ended = s->starved = s->cancelled = false;
    if (s->options.live) go_on_from_seen(s);
}

void stream_skip(stream *s, int64_t frames)
{
    drop_all(s);
    if (s->queued > s->pulled) go_on_from_seen(s);
    s->queued = s->started = s->pulled += frames;
    s->planned = false;
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
