/* diagnose/diagnose.c - one inspection after the other, causes before symptoms.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnose.h"

#include "base/file.h"
#include "base/memory.h"
#include "diagnose/inspect_checkpoint.h"
#include "diagnose/inspect_outputs.h"
#include "diagnose/inspect_runtime.h"
#include "diagnose/inspect_training.h"
#include "diagnose/judge_search.h"
#include "diagnose/outputs.h"
#include "diagnose/paint_run.h"
#include "inside/handles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIVITY_EXAMPLES 8 /* on which channels must fire */
#define FACE_SIZE 320       /* of frames judged without a checkpoint, */
#define FEATURE_RATE 25     /* and rows a second */

/* What one diagnosis holds open. */
typedef struct work {
    const diagnose_options *o;
    diagnosis *d;
    vis_model *model; /* NULL: none given, or none that opens */
    vis_character *character;
    vis_features *features;
    outputs *outputs;
    thread_pool *pool;
    examples *examples;
    painter *painter;
    int64_t *index; /* [count] examples that contracts are tried on */
    int count;
} work;

diagnose_options diagnose_defaults(void)
{
    return (diagnose_options){.checkpoint = -1, .frames = DIAGNOSE_FRAMES, .run = DIAGNOSE_RUN};
}

/* ---- Opening ---- */

static void keep_model_facts(work *w)
{
    vis_model_info info;
    vis_model_get_info(w->model, &info);
    snprintf(w->d->model.path, sizeof w->d->model.path, "%s", info.path);
    snprintf(w->d->model.kind, sizeof w->d->model.kind, "%s", info.kind_name);
    snprintf(w->d->model.mode, sizeof w->d->model.mode, "%s", info.audio_mode);
    snprintf(w->d->model.sha256, sizeof w->d->model.sha256, "%s", info.sha256);
    w->d->model.parameters = info.parameters;
}

/* A file that does not open as a U-Net is a finding; the footage can still be looked at. */
static vis_status open_model(work *w, vis_error *err)
{
    if (!w->o->model) return VIS_OK;
    vis_model_options options = vis_model_options_defaults();
    options.audio_mode = w->o->audio_mode;
    options.checkpoint = w->o->checkpoint;
    options.log = w->o->log;
    vis_error why = {0};
    if (vis_model_open(w->o->model, &options, &w->model, &why) != VIS_OK)
        return inspect_failed_open(w->o->model, &why, &w->d->found, err);
    model_kind kind = inside_model(w->model)->info.kind;
    if (kind == MODEL_UNET_328 || kind == MODEL_UNET_160) return VIS_OK;
    vis_status status = inspect_checkpoint(inside_model(w->model), &w->d->found, err);
    vis_model_close(w->model);
    w->model = NULL;
    return status;
}

static vis_status open_character(work *w, vis_error *err)
{
    vis_character_options options = vis_character_options_defaults();
    options.fps = -1; /* another rate is a finding, not an error */
    options.threads = (w->o->threads + 3) / 4;
    options.log = w->o->log;
    return vis_character_open(w->o->character, &options, &w->character, err);
}

static vis_status add_wrong_mode(work *w, const char *why, vis_error *err)
{
    return findings_add(
        &w->d->found,
        (finding){.code = "wrong-mode",
                  .stage = FINDING_CHECKPOINT,
                  .number = 1,
                  .threshold = 1,
                  .unit = "mismatch",
                  .severity = CHECKPOINT_RUINED,
                  .title = text_format("The checkpoint hears other features than there are"),
                  .text = text_format("%s.", why),
                  .advice = text_format("Use the checkpoint that was trained on these features, or "
                                        "extract the features that it was trained on; --audio-mode "
                                        "says which where the file cannot tell.")},
        err);
}

/* Features of another mode than the checkpoint's are a finding; none at all is an error. */
static vis_status open_features(work *w, vis_error *err)
{
    if (!w->model) return VIS_OK;
    vis_error why = {0};
    vis_status status = vis_features_open_own(w->model, w->character, &w->o->speech, w->o->threads,
                                              &w->o->log, &w->features, &why);
    if (status == VIS_OK) return VIS_OK;
    vis_character_info c;
    vis_character_get_info(w->character, &c);
    bool others = c.features_ave || c.features_hubert || c.features_wenet;
    bool decided = inside_model(w->model)->info.mode != AUDIO_AVE_OR_HUBERT;
    if (status != VIS_ERR_MISMATCH && !(status == VIS_ERR_USAGE && others && decided)) {
        if (err) *err = why;
        return status;
    }
    vis_model_close(w->model);
    w->model = NULL;
    return add_wrong_mode(w, why.message, err);
}

/* Evenly over what has a frame of footage, a feature row and a whole window. */
static vis_status choose_examples(work *w, vis_error *err)
{
    int64_t half = inside_model(w->model)->info.window_rows / 2;
    int64_t first = 0, end = examples_count(w->examples);
    if (w->outputs) {
        first = w->o->start;
        if (first + outputs_count(w->outputs) < end) end = first + outputs_count(w->outputs);
    } else if (examples_footage(w->examples) < end) {
        end = examples_footage(w->examples);
    }
    if (!w->outputs && end > 4 * half) {
        first += half;
        end -= half;
    }
    int wanted = w->o->frames > 0 ? w->o->frames : DIAGNOSE_FRAMES;
    if (end - first < 1)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: no frame has both footage and a feature row from --start %lld on",
                        w->o->character, (long long)w->o->start);
    w->count = end - first < wanted ? (int)(end - first) : wanted;
    w->index = calloc((size_t)w->count, sizeof *w->index);
    if (!w->index) return vis_fail_memory(err, "the examples");
    for (int i = 0; i < w->count; i++)
        w->index[i] = first + (end - first) * i / w->count;
    w->d->frames = w->count;
    return VIS_OK;
}

/* All that painting needs, when there is a checkpoint to paint with. */
static vis_status open_painting(work *w, vis_error *err)
{
    if (!w->model) return VIS_OK;
    resize_mode mode;
    VIS_TRY(examples_open(w->model, w->character, w->features,
                          inside_interpolation(w->o->crop, &mode), &w->examples, err));
    if (w->outputs && outputs_bounce(w->outputs)) examples_bounce(w->examples);
    face_geometry geometry = *examples_geometry(w->examples);
    if (inside_interpolation(w->o->paste, &mode)) geometry.paste_mode = mode;
    VIS_TRY(painter_create(inside_model(w->model), &geometry, examples_features(w->examples),
                           w->pool, &w->painter, err));
    return choose_examples(w, err);
}

static vis_status open_all(work *w, vis_error *err)
{
    VIS_TRY(thread_pool_create(w->o->threads, &w->pool, err));
    VIS_TRY(open_model(w, err));
    VIS_TRY(open_character(w, err));
    VIS_TRY(open_features(w, err));
    if (w->model) keep_model_facts(w);
    if (w->o->outputs)
        VIS_TRY(outputs_open(w->o->outputs, w->character, w->o->start, w->o->threads, &w->outputs,
                             err));
    return open_painting(w, err);
}

static void close_all(work *w)
{
    painter_free(w->painter);
    examples_close(w->examples);
    outputs_close(w->outputs);
    vis_features_close(w->features);
    vis_character_close(w->character);
    vis_model_close(w->model);
    thread_pool_destroy(w->pool);
    free(w->index);
}

/* ---- Inspecting ---- */

static vis_status look_at_data(work *w, vis_error *err)
{
    face_geometry g;
    VIS_TRY(
        face_geometry_for(w->model ? inside_model(w->model)->info.image_size : FACE_SIZE, &g, err));
    int fps = w->model ? inside_model(w->model)->info.default_fps : FEATURE_RATE;
    int64_t rows = w->examples ? examples_count(w->examples) : -1;
    if (w->outputs) rows = -1; /* another recording may be heard on them */
    VIS_TRY(inspect_data(w->character, &g, rows, fps, &w->d->found, &w->d->data, err));
    w->d->has_data = true;
    return VIS_OK;
}

/* Copies of inputs, so that several examples can be run side by side. */
static vis_status look_at_activity(work *w, vis_error *err)
{
    int count = w->count < ACTIVITY_EXAMPLES ? w->count : ACTIVITY_EXAMPLES;
    size_t size = (size_t)examples_geometry(w->examples)->size;
    size_t visual = FACE_VISUAL_PLANES * size * size, window = examples_window_size(w->examples);
    float *memory = aligned_calloc((size_t)count * (visual + window), sizeof *memory);
    const float *visuals[ACTIVITY_EXAMPLES], *windows[ACTIVITY_EXAMPLES];
    vis_status status = memory ? VIS_OK : vis_fail_memory(err, "the examples");
    for (int i = 0; i < count && status == VIS_OK; i++) {
        example e;
        float *to = memory + (size_t)i * (visual + window);
        status = examples_get(w->examples, w->index[(int64_t)i * w->count / count], &e, err);
        if (status != VIS_OK) break;
        visuals[i] = memcpy(to, e.visual, visual * sizeof *to);
        windows[i] = memcpy(to + visual, e.window, window * sizeof *to);
    }
    if (status == VIS_OK)
        status = inspect_activations(inside_model(w->model), w->pool, visuals, windows, count,
                                     &w->d->found, err);
    aligned_free(memory);
    return status;
}

static vis_status look_at_runtime(work *w, vis_error *err)
{
    example e;
    VIS_TRY(examples_get(w->examples, w->index[w->count / 2], &e, err));
    VIS_TRY(inspect_kernels(inside_model(w->model), w->pool, &e, &w->d->found,
                            &w->d->runtime_difference, err));
    if (!w->o->against) return VIS_OK;
    vis_model_options options = vis_model_options_defaults();
    options.audio_mode = audio_mode_name(inside_model(w->model)->info.mode);
    options.log = w->o->log;
    vis_model *other;
    VIS_TRY(vis_model_open(w->o->against, &options, &other, err));
    vis_status status = inspect_against(inside_model(w->model), inside_model(other), w->pool, &e,
                                        &w->d->found, err);
    vis_model_close(other);
    return status;
}

/* The frame that another program made where `e` is. */
static vis_status theirs(void *user, const example *e, const picture **frame, vis_error *err)
{
    work *w = user;
    return outputs_frame(w->outputs, e->index - w->o->start, frame, err);
}

static vis_status search_contract(work *w, vis_error *err)
{
    search_input in = {.painter = w->painter,
                       .examples = w->examples,
                       .index = w->index,
                       .count = w->count,
                       .target = w->outputs ? theirs : NULL,
                       .user = w,
                       .progress = w->o->progress,
                       .progress_user = w->o->progress_user};
    VIS_TRY(search_run(&in, &w->d->search, err));
    w->d->searched = true;
    int fps = inside_model(w->model)->info.default_fps;
    return w->outputs ? judge_program(&w->d->search, fps, &w->d->found, err)
                      : judge_footage(&w->d->search, fps, &w->d->found, err);
}

static vis_status diagnose_checkpoint(work *w, vis_error *err)
{
    VIS_TRY(inspect_checkpoint(inside_model(w->model), &w->d->found, err));
    if (!w->outputs) { /* what another program did is asked there, not whether the network is well
                        */
        VIS_TRY(look_at_activity(w, err));
        VIS_TRY(look_at_runtime(w, err));
    }
    return search_contract(w, err);
}

static vis_status add_other_footage(work *w, vis_error *err)
{
    double apart = outputs_apart(w->outputs);
    return findings_add(
        &w->d->found,
        (finding){
            .code = "other-footage",
            .stage = FINDING_DATA,
            .number = apart,
            .threshold = OUTPUTS_APART,
            .unit = "levels",
            .severity = CHECKPOINT_RUINED,
            .title = text_format("These frames do not stand on this footage"),
            .text = text_format("Outside the face, which nobody repaints, they are %.1f levels "
                                "(rms) from the footage frames beside them; the same footage "
                                "stays below %.0f.",
                                apart, OUTPUTS_APART),
            .advice = text_format("Give the character that they were made of, and --start N if "
                                  "their first frame is not the footage's first.")},
        err);
}

/* Do another program's frames say what was said before the camera? */
static bool says_the_same(const work *w)
{
    const vis_speech *speech = &w->o->speech;
    if (w->d->searched && search_unexplained(&w->d->search)) return false;
    vis_character_info c;
    vis_character_get_info(w->character, &c);
    if (speech->features)
        return file_same(speech->features, c.features_ave) ||
               file_same(speech->features, c.features_hubert) ||
               file_same(speech->features, c.features_wenet);
    return !speech->audio || file_same(speech->audio, c.audio);
}

/* How another program's frames look needs no judging where it is known what the program does. A
 * mouth that says something else cannot be held against the filmed one: neither its motion nor its
 * rest. */
static vis_status judge_outputs(work *w, vis_error *err)
{
    appearance_result looks = w->d->looks;
    if (w->d->search.n_wanted) return VIS_OK;
    if (!says_the_same(w)) {
        looks.rest_motion = looks.tremble = (double)NAN;
        looks.filmed_motion = 0;
    }
    return inspect_outputs(&looks, &w->d->found, err);
}

static vis_status judge_painting(work *w, vis_error *err)
{
    const search_result *s = &w->d->search;
    if (w->outputs) return judge_outputs(w, err);
    response heard = {.levels = NAN, .gain = NAN};
    if (w->d->searched)
        heard = (response){s->mouth.levels, s->shift[s->lag + SEARCH_SHIFTS] - s->foreign};
    return inspect_training(&w->d->looks, &heard, &w->d->found, err);
}

static vis_status look_at_painting(work *w, vis_error *err)
{
    int run = w->o->run > 0 ? w->o->run : DIAGNOSE_RUN;
    if (w->outputs)
        VIS_TRY(run_of_outputs(w->outputs, w->character,
                               w->model ? inside_model(w->model)->info.image_size : FACE_SIZE,
                               w->o->start, run, w->d, err));
    else if (w->model)
        VIS_TRY(run_of_checkpoint(w->painter, w->examples, &w->d->search.best, run, w->d, err));
    return w->d->painted ? judge_painting(w, err) : VIS_OK;
}

static vis_status inspect_all(work *w, vis_error *err)
{
    VIS_TRY(look_at_data(w, err));
    if (w->outputs && outputs_apart(w->outputs) > OUTPUTS_APART) return add_other_footage(w, err);
    if (w->model) VIS_TRY(diagnose_checkpoint(w, err));
    return look_at_painting(w, err);
}

vis_status diagnose_run(const diagnose_options *options, diagnosis *d, vis_error *err)
{
    *d = (diagnosis){.runtime_difference = NAN};
    if (!options->character || (!options->model && !options->outputs))
        return vis_fail(err, VIS_ERR_USAGE,
                        "a diagnosis needs a character, and a model or outputs");
    work w = {.o = options, .d = d};
    vis_status status = open_all(&w, err);
    if (status == VIS_OK) status = inspect_all(&w, err);
    close_all(&w);
    findings_rank(&d->found);
    return status;
}

static void free_frame(diagnosed_frame *f)
{
    picture_free(&f->filmed);
    picture_free(&f->painted);
}

void diagnosis_free(diagnosis *d)
{
    findings_free(&d->found);
    search_free(&d->search);
    free_frame(&d->best);
    free_frame(&d->worst);
    free(d->psnr);
    *d = (diagnosis){0};
}
