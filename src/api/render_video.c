/* api/render_video.c - the whole job in one call: opens what the paths name and renders the clip.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/handles.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "render/clip.h"

#include <stdio.h>
#include <stdlib.h>

/* What a job holds open; released in one place. */
typedef struct job {
    const vis_render_options *options;
    int fps;
    vis_model *model;
    vis_features *features;
    vis_character *character;
    thread_pool *pool;
    renderer *renderer;
    soundtrack *sound;
} job;

VIS_API vis_render_options vis_render_options_defaults(void)
{
    return (vis_render_options){
        .checkpoint = -1, .frames = -1, .cache_bytes = -1, .crf = 18, .preset = "veryfast"};
}

static vis_status check_options(const vis_render_options *o, vis_error *err)
{
    if (!o->model || !o->character || !o->output)
        return vis_fail(err, VIS_ERR_USAGE, "a video needs %s",
                        !o->model       ? "a checkpoint (--model)"
                        : !o->character ? "a character (--character)"
                                        : "a name for the result (--output)");
    if (o->fps < 0 || o->fps > 240)
        return vis_fail(err, VIS_ERR_USAGE, "--fps %d: choose 1 to 240", o->fps);
    if (o->start < 0 || o->start > INT32_MAX)
        return vis_fail(err, VIS_ERR_USAGE, "--start %lld: choose 0 to %d", (long long)o->start,
                        INT32_MAX);
    if (o->frames == 0 || o->frames < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--frames %lld: choose 1 or more",
                        (long long)o->frames);
    if (!(o->crf >= 0 && o->crf <= 51))
        return vis_fail(err, VIS_ERR_USAGE, "--crf %g: choose 0 to 51", o->crf);
    return VIS_OK;
}

/* Speech through the AVE encoder comes at 25 rows a second and at no other rate. */
static vis_status choose_fps(job *j, vis_error *err)
{
    const vis_render_options *o = j->options;
    const model_info *info = &j->model->inner->info;
    j->fps = o->fps ? o->fps : info->default_fps;
    if (!o->features && j->fps != FEATURE_AVE_RATE)
        return vis_fail(err, VIS_ERR_USAGE,
                        "--fps %d: speech gives %d feature rows a second; leave --fps out, or "
                        "bring --features at that rate",
                        j->fps, FEATURE_AVE_RATE);
    return VIS_OK;
}

static vis_status open_inputs(job *j, vis_error *err)
{
    const vis_render_options *o = j->options;
    vis_model_options m = {.audio_mode = o->audio_mode, .checkpoint = o->checkpoint, .log = o->log};
    VIS_TRY(vis_model_open(o->model, &m, &j->model, err));
    vis_speech speech = {o->audio, o->audio_encoder, o->features};
    VIS_TRY(vis_features_open(j->model, &speech, o->threads, &o->log, &j->features, err));
    VIS_TRY(choose_fps(j, err));
    vis_character_options c = vis_character_options_defaults();
    c.fps = j->fps;
    c.resample_footage = o->resample_footage;
    c.parsing = o->parsing;
    c.threads = (o->threads + 3) / 4; /* 0 stays the default: a quarter of all */
    c.cache_bytes = o->cache_bytes < 0 ? -1 : o->cache_bytes / 4;
    c.log = o->log;
    VIS_TRY(vis_character_open(o->character, &c, &j->character, err));
    if (character_facts(j->character->inner)->kind == CHARACTER_CROPS)
        vis_warn(
            &o->log,
            "%s: has only face crops, no full_body_video.mp4: the video will show the crop alone",
            o->character);
    int count = character_facts(j->character->inner)->frames;
    if (o->footage_start < 0 || o->footage_start >= count)
        return vis_fail(err, VIS_ERR_USAGE, "--footage-start %d: the footage has frames 0 to %d",
                        o->footage_start, count - 1);
    if (!o->audio) {
        vis_warn(&o->log, "no --audio was given: the video will have no sound");
        return VIS_OK;
    }
    /* What is wrong with the recording is said once: by whoever makes features of it, if anybody.
     */
    const vis_log *log = o->features ? &o->log : NULL;
    return soundtrack_open(o->audio, (double)o->start / j->fps, log, &j->sound, err);
}

static vis_status open_renderer(job *j, vis_error *err)
{
    const vis_render_options *o = j->options;
    resize_mode crop, paste;
    renderer_options r = {.crop_mode = api_interpolation(o->crop, &crop),
                          .paste_mode = api_interpolation(o->paste, &paste),
                          .kept_bytes = api_kept_bytes(
                              o->cache_bytes < 0 ? -1 : o->cache_bytes - o->cache_bytes / 4)};
    VIS_TRY(thread_pool_create(o->threads, &j->pool, err));
    return renderer_create(j->model->inner, j->character->inner, j->pool, &r, &j->renderer, err);
}

static vis_status render_job(job *j, clip_result *made, vis_error *err)
{
    const vis_render_options *o = j->options;
    const model_info *info = &j->model->inner->info;
    char comment[256];
    snprintf(comment, sizeof comment,
             "Machine-made picture (IPTC digital source type %s): lips repainted by viseme %s, "
             "checkpoint SHA-256 %s",
             VIDEO_SOURCE_TYPE_COMPOSITE, VISEME_VERSION, info->sha256);
    video_writer_options video = video_writer_defaults();
    video.path = o->output;
    video.crf = o->crf;
    if (o->preset) video.preset = o->preset;
    video.threads = o->threads;
    video.comment = comment;
    video.description = comment;
    video.creator = "viseme " VISEME_VERSION;
    video.model_sha256 = info->sha256;
    video.digital_source_type = VIDEO_SOURCE_TYPE_COMPOSITE;
    clip_options clip = {.start = o->start,
                         .frames = o->frames,
                         .footage_first = o->footage_start,
                         .fps = j->fps,
                         .log = &o->log,
                         .progress = o->progress,
                         .progress_user = o->progress_user};
    return clip_render(j->renderer, j->character->inner, j->features->source, info->window_rows,
                       j->sound, &video, &clip, made, err);
}

static void job_close(job *j)
{
    renderer_free(j->renderer);
    thread_pool_destroy(j->pool);
    soundtrack_close(j->sound);
    vis_character_close(j->character);
    vis_features_close(j->features);
    vis_model_close(j->model);
}

static void describe(const job *j, const clip_result *made, double elapsed, vis_render_result *out)
{
    const character_info *facts = character_facts(j->character->inner);
    *out = (vis_render_result){
        .frames = made->frames,
        .seconds = (double)made->frames / j->fps,
        .elapsed = elapsed,
        .fps = elapsed > 0 ? (double)made->frames / elapsed : 0,
        .width = facts->width,
        .height = facts->height,
        .silent = made->silent,
    };
}

VIS_API vis_status vis_render_video(const vis_render_options *options, vis_render_result *result,
                                    vis_error *err)
{
    VIS_TRY(check_options(options, err));
    VIS_TRY(file_check_output(options->output, err));
    double start = clock_seconds();
    job j = {.options = options};
    clip_result made;
    vis_status status = open_inputs(&j, err);
    if (status == VIS_OK) status = open_renderer(&j, err);
    if (status == VIS_OK) status = render_job(&j, &made, err);
    if (status == VIS_OK && made.silent)
        vis_warn(&options->log, "the speech is silent: the lips will stay still");
    if (status == VIS_OK && result) describe(&j, &made, clock_seconds() - start, result);
    job_close(&j);
    return status;
}
