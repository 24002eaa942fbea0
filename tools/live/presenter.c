/* live/presenter.c - opened once: the character, the network, what they cost.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "base/status.h"
#include "inside/filmed.h"
#include "inside/handles.h"
#include "live/presenter_internal.h"
#include "live/sound_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define MAX_NAME 64
#define FPS 25 /* of the networks that speak here */

/* Processor time of handing a shared picture and its sound to a receiver, in milliseconds: the
 * session's thread and the queue, as `live_session ... viewers=300` of tests/tools measures it, and
 * as much again for the network. */
#define HANDING_MS 0.08

/* ---- Opened ---- */

static vis_status check_options(const live_presenter_options *o, vis_error *err)
{
    size_t length = o->name ? strlen(o->name) : 0;
    if (length == 0 || length > MAX_NAME || strspn(o->name, NAME_CHARACTERS) != length)
        return vis_fail(err, VIS_ERR_USAGE,
                        "a character is called \"%s\"; give 1 to %d letters, digits, '.', '_', '-'",
                        o->name ? o->name : "", MAX_NAME);
    if (!o->character || !o->model)
        return vis_fail(err, VIS_ERR_USAGE, "%s: give a character and a model", o->name);
    return VIS_OK;
}

/* Whether the network hears what can be made of sound here: rows of an AVE encoder. */
static vis_status check_hearing(const vis_model *m, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(m, &info);
    if (info.kind != VIS_MODEL_UNET_328 && info.kind != VIS_MODEL_UNET_160)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: a %s is no network that paints lips",
                        info.path, info.kind_name);
    if (strcmp(info.audio_mode, "hubert") == 0)
        return vis_fail(
            err, VIS_ERR_UNSUPPORTED,
            "%s: hears HuBERT features, whose encoder is not built in; live speech needs "
            "a network that hears ave",
            info.path);
    if (strcmp(info.audio_mode, "wenet") == 0)
        return vis_fail(
            err, VIS_ERR_UNSUPPORTED,
            "%s: hears wenet features, whose encoder is not built in; live speech needs a "
            "network that hears ave",
            info.path);
    return VIS_OK;
}

static void learn_model(live_presenter *p)
{
    vis_model_info info;
    vis_model_get_info(p->model, &info);
    p->rows_ahead = info.window_rows / 2 - 1;
    p->model_sha256 = info.sha256;
}

static vis_status open_model(live_presenter *p, const live_presenter_options *o, vis_error *err)
{
    vis_model_options options = vis_model_options_defaults();
    options.precision = o->precision;
    options.log = o->log;
    VIS_TRY(vis_model_open(o->model, &options, &p->model, err));
    VIS_TRY(check_hearing(p->model, err));
    if (!o->audio_encoder)
        return vis_fail(err, VIS_ERR_USAGE, "%s: give the audio encoder that %s was trained with",
                        o->name, o->model);
    VIS_TRY(vis_model_set_audio_mode(p->model, "ave", err));
    learn_model(p);
    options.precision = VIS_FLOAT32;
    return vis_model_open(o->audio_encoder, &options, &p->encoder, err);
}

static vis_status open_character(live_presenter *p, const live_presenter_options *o, vis_error *err)
{
    vis_character_options options = vis_character_options_defaults();
    vis_character_info info;
    options.fps = FPS;
    options.log = o->log;
    options.cache_bytes = o->cache_bytes < 0 ? -1 : o->cache_bytes / 4;
    VIS_TRY(vis_character_open(o->character, &options, &p->character, err));
    vis_character_get_info(p->character, &info);
    p->facts.width = info.width;
    p->facts.height = info.height;
    p->facts.frames = info.frames;
    p->facts.fps = FPS;
    return VIS_OK;
}

vis_status presenter_stream(live_presenter *p, int look_ahead, bool no_rest, vis_stream **out,
                            vis_error *err)
{
    vis_stream_options options = vis_stream_options_defaults();
    options.live = PRESENTER_LEAD;
    options.depth = 3; /* two are painted while one waits for the session */
    options.look_ahead = look_ahead;
    options.no_rest = no_rest;
    options.composite = p->composite;
    options.label = p->label;
    options.log = p->log;
    VIS_TRY(vis_stream_create(p->context, p->model, p->character, &options, out, err));
    vis_status status = vis_stream_listen(*out, p->encoder, err);
    if (status == VIS_OK) return VIS_OK;
    vis_stream_close(*out);
    *out = NULL;
    return status;
}

/* ---- Encoders ---- */

vis_status presenter_take_encoder(live_presenter *p, video_kind kind, video_encoder **out,
                                  vis_error *err)
{
    struct spare_encoders *spare = &p->spare[kind];
    pthread_mutex_lock(&p->lock);
    *out = spare->count > 0 ? spare->encoder[--spare->count] : NULL;
    pthread_mutex_unlock(&p->lock);
    if (*out) return VIS_OK;
    return video_encoder_open(kind, p->facts.width, p->facts.height, p->facts.fps, out, err);
}

void presenter_give_encoder(live_presenter *p, video_encoder *e)
{
    if (!e) return;
    video_encoder_bound(e, 0); /* the next one's viewer may have more */
    struct spare_encoders *spare = &p->spare[video_encoder_kind(e)];
    pthread_mutex_lock(&p->lock);
    if (spare->count < PRESENTER_SPARE_ENCODERS) {
        spare->encoder[spare->count++] = e;
        e = NULL;
    }
    pthread_mutex_unlock(&p->lock);
    video_encoder_close(e);
}

/* ---- Pictures at rest ---- */

/* With the lock held. */
static void open_idle_vp8(live_presenter *p)
{
    vis_error err;
    if (p->idle_vp8 || p->no_idle_vp8) return;
    p->no_idle_vp8 = idle_loop_open(p, VIDEO_VP8, &p->idle_vp8, NULL, &err) != VIS_OK;
    if (p->no_idle_vp8)
        vis_warn(&p->log, "%s: pictures at rest are not shared in VP8: %s", p->name, err.message);
}

idle_loop *presenter_idle(live_presenter *p, video_kind kind)
{
    if (kind == VIDEO_H264) return p->idle;
    pthread_mutex_lock(&p->lock);
    open_idle_vp8(p);
    idle_loop *l = p->idle_vp8;
    pthread_mutex_unlock(&p->lock);
    return l;
}

/* ---- What it costs ---- */

double presenter_processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Something to say: a hum whose loudness goes up and down as that of syllables does. */
static vis_status hum(vis_stream *s, int samples, vis_error *err)
{
    enum { RATE = 16000, PITCH = 80, SYLLABLE = RATE / 4 };
    float *sound = malloc((size_t)samples * sizeof *sound);
    if (!sound) return vis_fail_memory(err, "sound to measure with");
    for (int i = 0; i < samples; i++)
        sound[i] = 0.4f * ((float)(i % PITCH) / PITCH - 0.5f) * (float)(i % SYLLABLE) / SYLLABLE;
    vis_status status = vis_stream_push_pcm(s, sound, samples, RATE, 1, NULL, err);
    free(sound);
    return status == VIS_OK ? vis_stream_flush(s, err) : status;
}

enum { WARM = 6, MEASURED = 12 };

/* Processor time of a frame that speaks, its picture encoded. */
static vis_status speak(live_presenter *p, vis_stream *s, video_encoder *e, double *ms,
                        vis_error *err)
{
    double before = 0;
    VIS_TRY(hum(s, 2 * 16000, err));
    for (int i = 0; i < WARM + MEASURED; i++) {
        const vis_frame *f;
        live_bytes *unit;
        bool key;
        if (i == WARM) before = presenter_processor_seconds();
        VIS_TRY(vis_stream_pull(s, -1, &f, err));
        vis_status status = video_encoder_frame(e, f->pixels, f->stride, i == 0, &unit, &key, err);
        vis_frame_release(f);
        VIS_TRY(status);
        if (i == 0) video_encoder_codec(unit, p->facts.codec);
        live_bytes_release(unit);
    }
    *ms = (presenter_processor_seconds() - before) * 1e3 / MEASURED;
    return VIS_OK;
}

static vis_status speak_from_the_begin(live_presenter *p, vis_error *err)
{
    vis_stream *s;
    video_encoder *e = NULL;
    VIS_TRY(presenter_stream(p, -1, true, &s, err));
    vis_status status = presenter_take_encoder(p, VIDEO_H264, &e, err);
    if (status == VIS_OK) status = speak(p, s, e, &p->facts.speaking_ms, err);
    p->facts.fast = vis_stream_fast(s);
    presenter_give_encoder(p, e);
    vis_stream_close(s);
    return status;
}

/* What counts is footage that was seen before: it goes round for hours. */
static vis_status measure_speech(live_presenter *p, vis_error *err)
{
    VIS_TRY(speak_from_the_begin(p, err));
    return speak_from_the_begin(p, err);
}

static vis_status open_all(live_presenter *p, const live_presenter_options *o, vis_error *err)
{
    VIS_TRY(open_model(p, o, err));
    VIS_TRY(open_character(p, o, err));
    if (p->marker && marker_signs(p->marker))
        VIS_TRY(filmed_parent(p->character, &o->log, &p->parent, err));
    VIS_TRY(sound_line_silence(&p->silence, err));
    VIS_TRY(measure_speech(p, err));
    VIS_TRY(idle_loop_open(p, VIDEO_H264, &p->idle, &p->facts.rest_ms, err));
    idle_loop_figures idle;
    idle_loop_get(p->idle, &idle);
    p->facts.idle_ms = HANDING_MS + (idle.whole ? 0 : p->facts.rest_ms);
    return VIS_OK;
}

vis_status live_presenter_open(vis_context *context, const live_presenter_options *options,
                               live_presenter **out, vis_error *err)
{
    *out = NULL;
    VIS_TRY(check_options(options, err));
    live_presenter *p = calloc(1, sizeof *p);
    if (!p) return vis_fail_memory(err, "a presenter");
    pthread_mutex_init(&p->lock, NULL);
    p->context = context;
    p->log = options->log;
    p->composite = options->exact ? VIS_EXACT : VIS_SEAMLESS;
    p->marker = options->marker;
    p->name = text_copy(options->name, strlen(options->name));
    p->label = options->label ? text_copy(options->label, strlen(options->label)) : NULL;
    p->facts.name = p->name;
    bool copied = p->name && (p->label || !options->label);
    vis_status status = copied ? open_all(p, options, err) : vis_fail_memory(err, "a presenter");
    if (status == VIS_OK)
        *out = p;
    else
        live_presenter_close(p);
    return status;
}

static void close_spares(live_presenter *p)
{
    for (int kind = 0; kind < VIDEO_KINDS; kind++)
        for (int i = 0; i < p->spare[kind].count; i++)
            video_encoder_close(p->spare[kind].encoder[i]);
}

void live_presenter_close(live_presenter *p)
{
    if (!p) return;
    idle_loop_close(p->idle);
    idle_loop_close(p->idle_vp8);
    close_spares(p);
    live_bytes_release(p->silence);
    vis_character_close(p->character);
    vis_model_close(p->encoder);
    vis_model_close(p->model);
    pthread_mutex_destroy(&p->lock);
    free(p->name);
    parent_free(p->parent);
    free(p->label);
    free(p);
}

const live_presenter_facts *live_presenter_get(const live_presenter *p)
{
    return &p->facts;
}

static void add_rest(idle_loop *l, live_presenter_caches *out)
{
    idle_loop_figures rest;
    idle_loop_get(l, &rest);
    out->rest_hits += rest.found;
    out->rest_misses += rest.missed;
    out->rest_bytes += rest.bytes;
}

void live_presenter_caches_get(live_presenter *p, live_presenter_caches *out)
{
    *out = (live_presenter_caches){.rest_hits = 0};
    pthread_mutex_lock(&p->lock);
    idle_loop *vp8 = p->idle_vp8;
    pthread_mutex_unlock(&p->lock);
    add_rest(p->idle, out);
    if (vp8) add_rest(vp8, out);
    inside_cached(idle_loop_stream(p->idle), &out->footage_hits, &out->footage_misses);
}
