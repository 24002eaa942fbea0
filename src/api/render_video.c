/* api/render_video.c - the whole job in one call: opens what the paths name and renders the clip.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/checks.h"
#include "api/render_inputs.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "face/character.h"
#include "provenance/marker.h"
#include "stream/clip.h"
#include "stream/label.h"

#include <stdio.h>
#include <stdlib.h>

/* What a job holds open; released in one place. */
typedef struct job {
    const vis_render_options *options;
    render_inputs in;
    worker_pool *workers;
    scene *scene;
    marker *marker;
    parent *parent; /* NULL: none */
    marking *marking;
} job;

VIS_API void vis_render_options_init(vis_render_options *options, size_t size)
{
    const vis_render_options defaults = {.size = size,
                                         .checkpoint = -1,
                                         .frames = -1,
                                         .cache_bytes = -1,
                                         .crf = 18,
                                         .preset = "veryfast"};
    api_give(options, size, &defaults, sizeof defaults);
}

/* None of the files that are named may be the result's. */
static vis_status check_given(const vis_render_options *o, vis_error *err)
{
    const char *given[] = {o->model_io ? NULL : o->model,
                           o->audio_io ? NULL : o->audio,
                           o->audio_encoder_io ? NULL : o->audio_encoder,
                           o->features_io ? NULL : o->features,
                           o->sign_key,
                           o->sign_certificate};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        VIS_TRY(file_check_apart(o->output, given[i], err));
    return VIS_OK;
}

/* That an input would be replaced is the worse news, so it goes first. */
static vis_status check_name(const vis_render_options *o, vis_error *err)
{
    static const char *const mp4[] = {".mp4", ".m4v", NULL};
    VIS_TRY(check_given(o, err));
    return file_check_suffix(o->output, mp4, err);
}

static vis_status check_output(const vis_render_options *o, vis_error *err)
{
    if (!o->output_io) return check_name(o, err);
    VIS_TRY(caller_io_check_write(o->output_io, o->output, err));
    if (!o->partial) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE,
                    "`partial` is a file beside `output`, and `output_io` is none; leave it out");
}

static vis_status check_options(const vis_render_options *o, vis_error *err)
{
    if (!o->model || !o->character || !o->output)
        return vis_fail(err, VIS_ERR_USAGE, "a video needs %s",
                        !o->model       ? "a checkpoint (`model`)"
                        : !o->character ? "a character (`character`)"
                                        : "a name for the result (`output`)");
    VIS_TRY(check_output(o, err));
    if (o->fps != 0) VIS_TRY(api_in_range("`fps`", o->fps, 1, API_MAX_FPS, err));
    VIS_TRY(api_in_range("`start`", o->start, 0, API_MAX_FRAME, err));
    if (o->frames == 0 || o->frames < -1)
        return vis_fail(err, VIS_ERR_USAGE, "`frames` %lld: choose 1 or more",
                        (long long)o->frames);
    if (o->threads != 0) VIS_TRY(api_in_range("`threads`", o->threads, 1, API_MAX_THREADS, err));
    VIS_TRY(api_in_range("`smooth`", o->smooth, 0, API_MAX_SMOOTH, err));
    VIS_TRY(api_check_model(o->checkpoint, o->precision, err));
    VIS_TRY(api_check_drawing(&(api_drawing){o->crop, o->paste, o->composite}, err));
    if (!(o->crf >= 0 && o->crf <= 51))
        return vis_fail(err, VIS_ERR_USAGE, "`crf` %g: choose 0 to 51", o->crf);
    if (o->label) VIS_TRY(label_check(o->label, err));
    return o->preset ? video_check_preset(o->preset, err) : VIS_OK;
}

/* No more workers than there are frames; they share the threads. */
static vis_status set_scene(job *j, vis_error *err)
{
    const vis_render_options *o = j->options;
    resize_mode crop, paste;
    renderer_options how = {.crop_mode = api_interpolation(o->crop, &crop),
                            .paste_mode = api_interpolation(o->paste, &paste),
                            .seamless = o->composite == VIS_SEAMLESS,
                            .cache_bytes = api_kept_share(api_cache_bytes(o->cache_bytes))};
    int threads = o->threads ? o->threads : thread_default_count();
    bool few = o->frames > 0 && o->frames < SCENE_MAX_WORKERS;
    VIS_TRY(worker_pool_share(threads, few ? (int)o->frames : SCENE_MAX_WORKERS, &j->workers, err));
    return scene_create(j->in.model->inner, j->in.character->inner, j->workers, threads, &how,
                        &j->scene, err);
}

/* The result must not replace what it is made from; what a stopped render leaves takes a name that
 * is free. */
static vis_status check_apart(const job *j, vis_error *err)
{
    const vis_render_options *o = j->options;
    const model_info *checkpoint = &j->in.model->inner->info;
    if (o->output_io) return VIS_OK;
    if (!checkpoint->unfiled) VIS_TRY(file_check_apart(o->output, checkpoint->path, err));
    VIS_TRY(check_given(o, err));
    return character_check_apart(character_facts(j->in.character->inner), o->output, err);
}

/* First of all: nobody wants to wait for a video that cannot be signed. */
static vis_status open_marker(job *j, vis_error *err)
{
    const vis_render_options *o = j->options;
    const marker_options how = {.no_sign = o->no_sign,
                                .sign_key = o->sign_key,
                                .sign_certificate = o->sign_certificate,
                                .mark_id = o->mark_id,
                                .aigc_producer = o->aigc_producer,
                                .aigc_id = o->aigc_id};
    return marker_open(&how, &j->marker, err);
}

/* The sound track is still being opened while the network is made ready; its error counts first. */
static vis_status open_job(job *j, vis_error *err)
{
    VIS_TRY(open_marker(j, err));
    VIS_TRY(render_inputs_open(j->options, &j->in, err));
    VIS_TRY(check_apart(j, err));
    vis_error later;
    vis_status status = set_scene(j, &later);
    VIS_TRY(render_inputs_sound(&j->in, err));
    if (status != VIS_OK && err) *err = later;
    if (status == VIS_OK) model_drop_net(j->in.model->inner); /* the scene has it packed */
    return status;
}

/* Footage that says something of itself is named as what the video was made from. */
static vis_status open_marking(job *j, vis_error *err)
{
    character *c = j->in.character->inner;
    if (character_video(c) && marker_signs(j->marker))
        VIS_TRY(parent_read(character_facts(c)->footage, &j->options->log, &j->parent, err));
    return marking_open(j->marker, j->in.model->inner->info.sha256, j->parent, &j->marking, err);
}

static vis_status render_job(job *j, clip_result *made, vis_error *err)
{
    const vis_render_options *o = j->options;
    VIS_TRY(open_marking(j, err));
    video_writer_options video = video_writer_defaults();
    video.path = o->output;
    video.sink = o->output_io;
    video.crf = o->crf;
    if (o->preset) video.preset = o->preset;
    video.marks = *marking_tags(j->marking);
    video.seal = marking_seal(j->marking);
    clip_options clip = {.start = o->start,
                         .frames = o->frames,
                         .footage_first = o->footage_start,
                         .fps = j->in.fps,
                         .rest = !o->no_rest,
                         .label = o->label,
                         .log = &o->log,
                         .progress = o->progress,
                         .progress_user = o->progress_user,
                         .partial = o->partial};
    return clip_render(j->scene, j->in.features->source, j->in.sound, &video, &clip, made, err);
}

static void job_close(job *j)
{
    scene_free(j->scene);
    worker_pool_free(j->workers);
    marking_close(j->marking);
    marker_close(j->marker);
    parent_free(j->parent);
    render_inputs_close(&j->in);
}

static void describe(const job *j, const clip_result *made, double elapsed, vis_render_result *out)
{
    const character_info *facts = character_facts(j->in.character->inner);
    *out = (vis_render_result){
        .frames = made->frames,
        .seconds = (double)made->frames / j->in.fps,
        .elapsed = elapsed,
        .fps = elapsed > 0 ? (double)made->frames / elapsed : 0,
        .width = facts->width,
        .height = facts->height,
        .silent = made->silent,
        .fast = api_fast(scene_fast(j->scene)),
        .rested = made->rested,
    };
    snprintf(out->manifest, sizeof out->manifest, "%s", marking_manifest(j->marking));
    snprintf(out->signer, sizeof out->signer, "%s", marking_signer(j->marking));
}

/* A video whose lips never move is hardly what was wanted. */
static void warn_still(const vis_render_options *o, const clip_result *made)
{
    if (made->silent)
        vis_warn(&o->log, "the speech is silent: the lips will stay still");
    else if (made->rested == made->frames)
        vis_warn(&o->log, "nobody speaks louder than -45 dB of full scale: the mouth rests all "
                          "along; give louder speech, or `no_rest` to paint what is heard");
}

VIS_API vis_status vis_render_video_sized(const vis_render_options *given,
                                          vis_render_result *result, size_t size, vis_error *err)
{
    VIS_TRY(api_given(given, "vis_render_options", err));
    vis_render_options o = vis_render_options_defaults();
    const vis_render_options *options = &o;
    VIS_TRY(api_take(given, &o, sizeof o, "vis_render_options", err));
    VIS_TRY(render_inputs_name(&o, err));
    VIS_TRY(check_options(options, err));
    if (!o.output_io) VIS_TRY(file_check_output(options->output, err));
    double start = clock_seconds();
    job j = {.options = options};
    clip_result made = {0};
    vis_status status = open_job(&j, err);
    if (status == VIS_OK) status = render_job(&j, &made, err);
    if (status == VIS_OK) warn_still(options, &made);
    vis_render_result facts = {0};
    if (made.frames > 0) describe(&j, &made, clock_seconds() - start, &facts);
    api_give(result, size, &facts, sizeof facts);
    job_close(&j);
    return status;
}
