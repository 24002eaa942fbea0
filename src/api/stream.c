/* api/stream.c - vis_stream and its frames.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/stream.h"

#include "api/checks.h"
#include "api/context.h"
#include "base/status.h"

#include <limits.h>
#include <stdlib.h>

#define MIN_RATE 1000 /* Hz, of sound that is pushed */
#define MAX_RATE 768000
#define MAX_TIMEOUT 86400000 /* ms: a day */
#define MAX_LEAD 16          /* frames */

/* NOLINTNEXTLINE(misc-redundant-expression): that they are equal is what is to be seen to */
_Static_assert(VIS_ROW_NONE == STREAM_ROW_NONE, "one number for rows that are none");

/* What it hears. */
typedef enum hearing { NOTHING, FEATURES, SOUND, ROWS } hearing;

struct vis_stream {
    vis_context *context;
    shared_scene *scene;
    stream *inner;
    vis_stream_options options;
    vis_model *encoder; /* held; NULL: no sound is pushed */
    hearing hears;
    pcm_queue *sound;         /* what is pushed, ... */
    feature_source *features; /* ... and its rows; NULL where the caller's are heard */
    bool flushed;
};

/* The public record comes first, so that a pointer to it is one to this. */
typedef struct api_frame {
    vis_frame shown;
    stream_frame *inner;
    int holders;
} api_frame;

VIS_API void vis_stream_options_init(vis_stream_options *options, size_t size)
{
    const vis_stream_options defaults = {
        .size = size, .frames = -1, .sound_seconds = 120, .look_ahead = -1};
    api_give(options, size, &defaults, sizeof defaults);
}

static vis_status check(const vis_stream_options *o, vis_error *err)
{
    VIS_TRY(api_check_drawing(&(api_drawing){o->crop, o->paste, o->composite}, err));
    VIS_TRY(api_in_range("vis_stream_options.start", o->start, 0, API_MAX_FRAME, err));
    VIS_TRY(api_in_range("vis_stream_options.frames", o->frames, -1, INT64_MAX / 4, err));
    VIS_TRY(api_in_range("vis_stream_options.depth", o->depth, 0, 1024, err));
    VIS_TRY(api_in_range("vis_stream_options.live", o->live, 0, MAX_LEAD, err));
    VIS_TRY(api_in_range("vis_stream_options.look_ahead", o->look_ahead, -1, INT_MAX, err));
    return api_in_range("vis_stream_options.sound_seconds", o->sound_seconds, 1, 86400, err);
}

static vis_status create(vis_stream *s, vis_model *m, vis_character *c, vis_error *err)
{
    const vis_stream_options *o = &s->options;
    VIS_TRY(check(o, err));
    /* exact: the network paints all of the square anyway, and one scene serves both */
    const api_drawing drawing = {o->crop, o->paste, o->composite,
                                 (o->tensors || o->any_output) && o->composite == VIS_SEAMLESS};
    VIS_TRY(api_scene_of(s->context, m, c, &drawing, &s->scene, err));
    const stream_options inner = {.start = o->start,
                                  .frames = o->frames,
                                  .footage_first = o->footage_start,
                                  .sequential = o->straight,
                                  .any_output = o->any_output,
                                  .rest = !o->no_rest,
                                  .tensors = o->tensors,
                                  .on_demand = o->on_demand,
                                  .live = o->live,
                                  .look_ahead = o->look_ahead,
                                  .depth = o->depth,
                                  .label = o->label};
    return stream_create(api_scene(s->scene), &inner, &s->inner, err);
}

VIS_API vis_status vis_stream_create(vis_context *context, vis_model *m, vis_character *c,
                                     const vis_stream_options *options, vis_stream **out,
                                     vis_error *err)
{
    *out = NULL;
    VIS_TRY(api_given(context, "vis_context", err));
    VIS_TRY(api_given(m, "vis_model", err));
    VIS_TRY(api_given(c, "vis_character", err));
    vis_stream_options given = vis_stream_options_defaults();
    VIS_TRY(api_take(options, &given, sizeof given, "vis_stream_options", err));
    vis_stream *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "a stream");
    s->context = context;
    s->options = given;
    vis_status status = create(s, m, c, err);
    if (status == VIS_OK)
        *out = s;
    else
        vis_stream_close(s);
    return status;
}

/* What was pushed and not heard is dropped. Nobody works for the stream. */
static void forget(vis_stream *s)
{
    if (s->features) feature_source_close(s->features);
    pcm_queue_free(s->sound);
    s->features = NULL;
    s->sound = NULL;
    s->hears = NOTHING;
    s->flushed = false;
}

VIS_API void vis_stream_close(vis_stream *s)
{
    if (!s) return;
    stream_free(s->inner);
    forget(s);
    api_scene_release(s->context, s->scene);
    api_model_release(s->encoder);
    free(s);
}

VIS_API vis_fast vis_stream_fast(const vis_stream *s)
{
    return api_fast(scene_fast(api_scene(s->scene)));
}

const scene *api_stream_scene(const vis_stream *s)
{
    return api_scene(s->scene);
}

VIS_API vis_status vis_stream_hear(vis_stream *s, vis_features *features, vis_error *err)
{
    VIS_TRY(api_given(features, "vis_features", err));
    if (s->hears != NOTHING)
        return vis_fail(err, VIS_ERR_USAGE, "the stream hears something already; reset it first");
    VIS_TRY(stream_hear(s->inner, features->source, err));
    s->hears = FEATURES;
    return VIS_OK;
}

/* ---- What is pushed ---- */

/* May more of this be pushed? */
static vis_status check_hearing(const vis_stream *s, hearing what, vis_error *err)
{
    if ((s->hears == NOTHING || s->hears == what) && !s->flushed) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE,
                    "the stream hears something else, or was flushed; reset it first");
}

/* Begins to hear what its source gives; after a failure it hears nothing. */
static vis_status begin(vis_stream *s, hearing what, vis_status opened, vis_error *err)
{
    s->hears = what;
    if (opened == VIS_OK) opened = stream_hear(s->inner, s->features, err);
    if (opened == VIS_OK) return VIS_OK;
    stream_reset(s->inner, NULL);
    forget(s);
    return opened;
}

/* Has the stream look at what came, and tells how much that was. */
static vis_status pushed(vis_stream *s, int64_t count, int64_t took, int64_t *taken,
                         const char *what, vis_error *err)
{
    if (taken) *taken = took;
    stream_wake(s->inner);
    if (took == count) return VIS_OK;
    return vis_fail(err, VIS_AGAIN, "%d s of %s wait to be painted already",
                    s->options.sound_seconds, what);
}

/* ---- Sound ---- */

static vis_status compile_encoder(vis_model *encoder, vis_error *err)
{
    vis_status status = VIS_OK;
    ave_encoder *e;
    pthread_mutex_lock(&encoder->lock);
    if (!encoder->encoder) {
        status = ave_encoder_create(encoder->inner, true, &e, err);
        if (status == VIS_OK) status = feature_encoder_silence(e, &encoder->silence, err);
        if (status == VIS_OK)
            encoder->encoder = e;
        else
            ave_encoder_free(e);
    }
    pthread_mutex_unlock(&encoder->lock);
    return status;
}

VIS_API vis_status vis_stream_listen(vis_stream *s, vis_model *encoder, vis_error *err)
{
    VIS_TRY(api_given(encoder, "the audio encoder", err));
    if (s->encoder) return vis_fail(err, VIS_ERR_USAGE, "the stream has an audio encoder already");
    if (s->options.start != 0)
        return vis_fail(err, VIS_ERR_USAGE,
                        "vis_stream_options.start is for features; sound begins where it begins");
    const model_info *info = scene_model(api_scene(s->scene));
    if (info->mode != AUDIO_AVE)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: hears %s features, which an audio encoder cannot make; push rows",
                        info->path, audio_mode_name(info->mode));
    VIS_TRY(compile_encoder(encoder, err));
    VIS_TRY(stream_know_silence(s->inner, &encoder->silence, err));
    api_model_hold(encoder);
    s->encoder = encoder;
    return VIS_OK;
}

static vis_status begin_sound(vis_stream *s, int rate, int channels, vis_error *err)
{
    int64_t capacity = (int64_t)rate * s->options.sound_seconds;
    vis_status opened = pcm_queue_create(rate, channels, capacity, &s->sound, err);
    if (opened == VIS_OK)
        opened = feature_source_open_pushed(s->sound, s->encoder->encoder, NULL, &s->options.log,
                                            &s->features, err);
    return begin(s, SOUND, opened, err);
}

static vis_status check_sound(const vis_stream *s, int64_t count, int rate, int channels,
                              vis_error *err)
{
    VIS_TRY(api_in_range("the rate of the sound", rate, MIN_RATE, MAX_RATE, err));
    VIS_TRY(api_in_range("channels of the sound", channels, 1, 2, err));
    VIS_TRY(api_in_range("sample frames of sound", count, 0, INT64_MAX / 16, err));
    if (!s->encoder)
        return vis_fail(err, VIS_ERR_USAGE, "no audio encoder was given: vis_stream_listen first");
    VIS_TRY(check_hearing(s, SOUND, err));
    if (s->sound && (pcm_queue_rate(s->sound) != rate || pcm_queue_channels(s->sound) != channels))
        return vis_fail(err, VIS_ERR_USAGE,
                        "sound of %d Hz and %d channels behind sound of %d Hz and %d; reset the "
                        "stream between them",
                        rate, channels, pcm_queue_rate(s->sound), pcm_queue_channels(s->sound));
    return VIS_OK;
}

VIS_API vis_status vis_stream_push_pcm(vis_stream *s, const float *samples, int64_t count, int rate,
                                       int channels, int64_t *taken, vis_error *err)
{
    int64_t took = 0;
    if (taken) *taken = 0;
    VIS_TRY(api_given(samples, "the sound", err));
    VIS_TRY(check_sound(s, count, rate, channels, err));
    if (s->hears == NOTHING) VIS_TRY(begin_sound(s, rate, channels, err));
    VIS_TRY(pcm_queue_push(s->sound, samples, count, &took, err));
    return pushed(s, count, took, taken, "sound", err);
}

/* ---- Rows ---- */

static vis_status begin_rows(vis_stream *s, vis_error *err)
{
    const model_info *info = scene_model(api_scene(s->scene));
    int64_t capacity = (int64_t)FEATURE_AVE_RATE * s->options.sound_seconds;
    return begin(s, ROWS,
                 feature_source_open_rows(info->mode, info->row_size, capacity, &s->features, err),
                 err);
}

VIS_API vis_status vis_stream_push_rows(vis_stream *s, const float *rows, int64_t count,
                                        int64_t *taken, vis_error *err)
{
    int64_t took = 0;
    if (taken) *taken = 0;
    VIS_TRY(api_given(rows, "the rows", err));
    VIS_TRY(api_in_range("rows of features", count, 0, INT64_MAX / 16, err));
    VIS_TRY(check_hearing(s, ROWS, err));
    if (s->options.start != 0 && s->hears == NOTHING)
        return vis_fail(err, VIS_ERR_USAGE,
                        "vis_stream_options.start is for whole features; push from the first row");
    if (s->hears == NOTHING) VIS_TRY(begin_rows(s, err));
    feature_rows_push(s->features, rows, count, &took);
    return pushed(s, count, took, taken, "rows", err);
}

VIS_API vis_status vis_stream_flush(vis_stream *s, vis_error *err)
{
    if (s->hears != SOUND && s->hears != ROWS)
        return vis_fail(err, VIS_ERR_USAGE, "nothing was pushed that could come to its end");
    if (s->hears == SOUND)
        pcm_queue_end(s->sound);
    else
        feature_rows_end(s->features);
    s->flushed = true;
    stream_wake(s->inner);
    return VIS_OK;
}

/* ---- Frames ---- */

static void show(const vis_stream *s, const stream_frame *f, vis_frame *out)
{
    const model_info *info = scene_model(api_scene(s->scene));
    *out = (vis_frame){
        .index = f->index,
        .row = f->row,
        .footage = f->footage,
        .rect = {f->rect[0], f->rect[1], f->rect[2], f->rect[3]},
        .image_size = info->image_size,
        .visual = f->visual,
        .audio = f->window,
        .output = f->output,
        .pixels = f->picture.data,
        .width = f->picture.width,
        .height = f->picture.height,
        .stride = f->picture.stride,
        .network_ms = f->network_ms,
        .spoken = (double)f->spoken,
    };
}

VIS_API vis_status vis_stream_pull(vis_stream *s, int timeout_ms, const vis_frame **frame,
                                   vis_error *err)
{
    stream_frame *inner;
    *frame = NULL;
    VIS_TRY(api_in_range("the time to wait", timeout_ms, -1, MAX_TIMEOUT, err));
    api_frame *f = malloc(sizeof *f);
    if (!f) return vis_fail_memory(err, "a frame");
    vis_status status = stream_pull(s->inner, timeout_ms, &inner, err);
    if (status != VIS_OK || !inner) {
        free(f);
        return status;
    }
    show(s, inner, &f->shown);
    f->inner = inner;
    f->holders = 1;
    *frame = &f->shown;
    return VIS_OK;
}

VIS_API void vis_frame_keep(const vis_frame *frame)
{
    if (frame) __atomic_add_fetch(&((api_frame *)frame)->holders, 1, __ATOMIC_RELAXED);
}

VIS_API void vis_frame_release(const vis_frame *frame)
{
    api_frame *f = (api_frame *)frame;
    if (!f || __atomic_sub_fetch(&f->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    frame_release(f->inner);
    free(f);
}

VIS_API void vis_stream_reset(vis_stream *s, int64_t *position)
{
    int64_t row;
    stream_reset(s->inner, &row);
    if (position)
        *position = s->hears == SOUND ? row * pcm_queue_rate(s->sound) / FEATURE_AVE_RATE : row;
    forget(s);
}

VIS_API void vis_stream_set_due(vis_stream *s, int64_t microseconds)
{
    stream_set_due(s->inner, microseconds);
}

VIS_API vis_status vis_stream_skip(vis_stream *s, int64_t frames, vis_error *err)
{
    VIS_TRY(api_in_range("the frames to leave out", frames, 0, INT64_MAX / 8, err));
    if (!s->options.live || s->hears != NOTHING)
        return vis_fail(err, VIS_ERR_USAGE,
                        "only a live stream that hears nothing leaves frames out");
    stream_skip(s->inner, frames);
    return VIS_OK;
}

VIS_API void vis_stream_cancel(vis_stream *s)
{
    stream_cancel(s->inner);
}
