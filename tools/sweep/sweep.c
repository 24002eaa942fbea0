/* sweep/sweep.c - one checkpoint after the other over the same frames.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep.h"

#include "base/memory.h"
#include "face/crop.h"
#include "inside/handles.h"
#include "measure/option_names.h"
#include "media/draw.h"
#include "paint/appearance.h"
#include "paint/score.h"
#include "sweep/sweep_frames.h"
#include "sweep/sweep_list.h"
#include "sweep/sweep_rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTENING 4       /* frames that the response to sound is measured on */
#define LISTENING_COST 24 /* paintings that this takes */

/* What a sweep holds open. Footage, features and what follows from them come with the first
 * checkpoint that fits them, and stay. */
typedef struct sweeper {
    const sweep_options *o;
    sweep_result *r;
    thread_pool *pool;
    vis_character *character;
    vis_features *features;
    examples *examples;
    face_geometry geometry; /* with the paste mode asked for */
    vis_model_kind kind;    /* of that first checkpoint */
    int row_size;
    const char *first; /* its label */
    mouth_map mouth;
    picture face, crop;         /* scratch */
    bool fatal;                 /* the failure is none of the checkpoint's */
    int failed;                 /* checkpoints */
    int64_t done, total, share; /* paintings: so far, in all, of one checkpoint */
} sweeper;

/* A painter for one checkpoint. */
typedef struct opened {
    vis_model *model;
    painter *painter;
} opened;

sweep_options sweep_defaults(void)
{
    return (sweep_options){.frames = SWEEP_FRAMES, .strip_frame = -1};
}

/* ---- Footage ---- */

static void close_footage(sweeper *s)
{
    examples_close(s->examples);
    vis_features_close(s->features);
    vis_character_close(s->character);
    s->examples = NULL;
    s->features = NULL;
    s->character = NULL;
}

static vis_status open_character(sweeper *s, int fps, vis_error *err)
{
    vis_character_options options = vis_character_options_defaults();
    options.fps = fps;
    options.resample_footage = s->o->resample_footage;
    options.threads = (s->o->threads + 3) / 4;
    options.log = s->o->log;
    return vis_character_open(s->o->character, &options, &s->character, err);
}

/* Footage with the features that the checkpoint hears. Features that do not fit are the
 * checkpoint's fault; all else is fatal. */
static vis_status open_examples(sweeper *s, vis_model *m, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(m, &info);
    s->fatal = true;
    VIS_TRY(open_character(s, info.default_fps, err));
    vis_status status = vis_features_open_own(m, s->character, &s->o->speech, s->o->threads,
                                              &s->o->log, &s->features, err);
    resize_mode mode;
    if (status == VIS_OK)
        status = examples_open(m, s->character, s->features,
                               inside_interpolation(s->o->crop, &mode), &s->examples, err);
    s->fatal = status != VIS_OK && status != VIS_ERR_USAGE && status != VIS_ERR_MISMATCH;
    if (status != VIS_OK) return status;
    s->geometry = *examples_geometry(s->examples);
    if (inside_interpolation(s->o->paste, &mode)) s->geometry.paste_mode = mode;
    return VIS_OK;
}

static vis_status check_strip_frame(const sweeper *s, vis_error *err)
{
    int64_t rows = examples_count(s->examples);
    if (!s->o->strip || s->o->strip_frame < rows) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "--frame %lld: the features have only %lld rows",
                    (long long)s->o->strip_frame, (long long)rows);
}

static vis_status plan(sweeper *s, const sweep_row *row, const vis_model *m, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(m, &info);
    s->kind = info.kind;
    s->row_size = info.row_size;
    s->first = row->label;
    s->r->kind = info.kind_name;
    s->r->mode = info.audio_mode;
    VIS_TRY(check_strip_frame(s, err));
    VIS_TRY(sweep_choose_frames(s->examples, s->o->frames, s->o->hold_out, s->r, err));
    int frames = s->r->frames + s->r->held_frames;
    s->share = frames + LISTENING_COST + (s->o->strip ? 1 : 0);
    s->total = (s->r->rows - s->failed) * s->share;
    return sweep_find_mouth(s->examples, s->r->frame, frames, &s->mouth, err);
}

/* ---- Opening a checkpoint ---- */

/* Does it see and hear what the first one does? */
static vis_status check_same(const sweeper *s, vis_model *m, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(m, &info);
    vis_error ignored;
    if (strcmp(info.audio_mode, s->r->mode) != 0) /* may only be undecided */
        vis_model_set_audio_mode(m, s->r->mode, &ignored);
    vis_model_get_info(m, &info);
    if (info.kind != s->kind || strcmp(info.audio_mode, s->r->mode) != 0 ||
        info.row_size != s->row_size)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: a %s for %s features, where %s is a %s for %s features; sweep them "
                        "apart",
                        info.path, info.kind_name, info.audio_mode, s->first, s->r->kind,
                        s->r->mode);
    return model_require_unet(inside_model(m), err);
}

static vis_status fit(sweeper *s, sweep_row *row, vis_model *m, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(m, &info);
    memcpy(row->sha256, info.sha256, sizeof row->sha256);
    if (info.kind != VIS_MODEL_UNET_328 && info.kind != VIS_MODEL_UNET_160)
        return model_require_unet(inside_model(m), err);
    if (s->first) return check_same(s, m, err);
    vis_status status = open_examples(s, m, err);
    if (status != VIS_OK) {
        close_footage(s);
        return status;
    }
    s->fatal = true;
    VIS_TRY(plan(s, row, m, err));
    s->fatal = false;
    return VIS_OK;
}

static void close_checkpoint(opened *c)
{
    painter_free(c->painter);
    vis_model_close(c->model);
}

/* The caller closes it, also on failure. */
static vis_status open_checkpoint(sweeper *s, sweep_row *row, opened *c, vis_error *err)
{
    vis_model_options options = vis_model_options_defaults();
    options.audio_mode = s->o->audio_mode;
    options.log = s->o->log;
    VIS_TRY(vis_model_open(row->path, &options, &c->model, err));
    VIS_TRY(fit(s, row, c->model, err));
    return painter_create(inside_model(c->model), &s->geometry, examples_features(s->examples),
                          s->pool, &c->painter, err);
}

/* ---- Scoring ---- */

static vis_status step(sweeper *s, int paintings, vis_error *err)
{
    s->done += paintings;
    if (s->o->progress && !s->o->progress(s->o->progress_user, s->done, s->total))
        return vis_fail(err, VIS_ERR_CANCELLED, "stopped");
    return VIS_OK;
}

/* A broken checkpoint paints black, which has a score too. */
static vis_status check_finite(const sweeper *s, const sweep_row *row, const example *e,
                               const float *output, vis_error *err)
{
    size_t count = (size_t)FACE_OUTPUT_PLANES * (size_t)s->geometry.size * (size_t)s->geometry.size;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(output[i]))
            return vis_fail(err, VIS_ERR_FORMAT,
                            "%s: paints values that are no numbers (frame %lld); its weights are "
                            "damaged, viseme diagnose says where",
                            row->path, (long long)e->index);
    return VIS_OK;
}

/* The padded crop with the painted face in it. */
static vis_status inset(sweeper *s, const example *e, const painted *out, vis_error *err)
{
    VIS_TRY(picture_copy(e->crop, &s->crop, err));
    draw_picture(&s->crop, out->face, s->geometry.inset, s->geometry.inset);
    return VIS_OK;
}

static vis_status score_frame(sweeper *s, painter *p, appearance *looks, sweep_row *row, int k,
                              score *sums, vis_error *err)
{
    const contract declared = {{0}};
    example e;
    painted out;
    s->fatal = true;
    VIS_TRY(examples_get(s->examples, s->r->frame[k], &e, err));
    VIS_TRY(painter_paint(p, &declared, &e, &out, err));
    s->fatal = false;
    VIS_TRY(check_finite(s, row, &e, out.output, err));
    score one = {0};
    VIS_TRY(face_inner(&s->geometry, e.crop, &s->face, err));
    VIS_TRY(score_add(&one, &s->geometry, &s->mouth, &e, &out, e.frame, &s->face, true, err));
    VIS_TRY(inset(s, &e, &out, err));
    VIS_TRY(appearance_add(looks, e.index, e.crop, &s->crop, err));
    row->psnr[k] = one.psnr_sum;
    sums->frames++;
    sums->psnr_sum += one.psnr_sum;
    sums->ssim_sum += one.ssim_sum;
    sums->mouth_sum += one.mouth_sum;
    return step(s, 1, err);
}

static sweep_figures conclude(const score *sums)
{
    return (sweep_figures){sums->frames, score_psnr(sums), score_ssim(sums),
                           score_mouth_psnr(sums)};
}

static vis_status score_frames(sweeper *s, painter *p, appearance *looks, sweep_row *row,
                               vis_error *err)
{
    int count = s->r->frames + s->r->held_frames;
    row->psnr = calloc((size_t)count, sizeof *row->psnr);
    if (!row->psnr) return vis_fail_memory(err, "the figures of a sweep");
    score trained = {0}, held = {0};
    for (int k = 0; k < count; k++)
        VIS_TRY(score_frame(s, p, looks, row, k, k < s->r->frames ? &trained : &held, err));
    row->trained = conclude(&trained);
    row->held = conclude(&held);
    appearance_result seen;
    VIS_TRY(appearance_finish(looks, &seen, err));
    row->sharpness = seen.sharpness;
    row->delta_e = seen.delta_e;
    return VIS_OK;
}

static vis_status score_response(sweeper *s, painter *p, sweep_row *row, vis_error *err)
{
    const contract declared = {{0}};
    int count = s->r->frames + s->r->held_frames;
    int64_t index[LISTENING];
    for (int i = 0; i < LISTENING; i++)
        index[i] = s->r->frame[(int64_t)i * count / LISTENING];
    mouth_map map;
    s->fatal = true;
    VIS_TRY(mouth_map_find(p, s->examples, &declared, index, LISTENING, &map, err));
    s->fatal = false;
    row->response = map.levels;
    mouth_map_free(&map);
    return step(s, LISTENING_COST, err);
}

static vis_status score_checkpoint(sweeper *s, sweep_row *row, vis_error *err)
{
    opened c = {0};
    appearance *looks = NULL;
    vis_status status = open_checkpoint(s, row, &c, err);
    if (status == VIS_OK) status = appearance_create(&s->geometry, &looks, err);
    if (status == VIS_OK) status = score_frames(s, c.painter, looks, row, err);
    if (status == VIS_OK) status = score_response(s, c.painter, row, err);
    appearance_free(looks);
    close_checkpoint(&c);
    return status;
}

/* Scores it, or keeps why it could not be. Errors that are not the checkpoint's end the sweep. */
static vis_status take(sweeper *s, sweep_row *row, vis_error *err)
{
    vis_error why = {0};
    int64_t before = s->done;
    s->fatal = false;
    row->sharpness = row->delta_e = row->response = NAN;
    row->status = score_checkpoint(s, row, &why);
    if (row->status == VIS_OK) return VIS_OK;
    if (s->fatal || row->status == VIS_ERR_MEMORY || row->status == VIS_ERR_CANCELLED) {
        if (err) *err = why;
        return row->status;
    }
    option_names_translate(why.message);
    row->error = text_copy(why.message, strlen(why.message));
    s->failed++;
    if (s->share) s->total -= s->share - (s->done - before);
    return row->error ? VIS_OK : vis_fail_memory(err, "an error");
}

/* ---- The strip ---- */

/* The frame whose PSNR spreads most over the checkpoints. */
static int64_t telling_frame(const sweep_result *r)
{
    int64_t best = r->frame[0];
    double most = -1;
    for (int k = 0; k < r->frames + r->held_frames; k++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < r->scored; i++) {
            double psnr = r->row[r->order[i]].psnr[k];
            sum += psnr;
            squares += psnr * psnr;
        }
        double variance = squares / r->scored - sum / r->scored * (sum / r->scored);
        if (variance <= most) continue;
        most = variance;
        best = r->frame[k];
    }
    return best;
}

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* All rows that were scored, or as many as fit: the best, and every so many by rank. */
static void choose_faces(const sweep_result *r, sweep_strip *strip)
{
    strip->count = r->scored < SWEEP_STRIP ? r->scored : SWEEP_STRIP;
    for (int i = 0; i < strip->count; i++)
        strip->row[i] = r->order[(int64_t)i * r->scored / strip->count];
    qsort(strip->row, (size_t)strip->count, sizeof *strip->row, ascending);
}

static vis_status paint_face(sweeper *s, int i, vis_error *err)
{
    const contract declared = {{0}};
    sweep_strip *strip = &s->r->strip;
    opened c = {0};
    example e = {0};
    painted out = {0};
    score one = {0};
    vis_status status = open_checkpoint(s, &s->r->row[strip->row[i]], &c, err);
    if (status == VIS_OK) status = examples_get(s->examples, strip->frame, &e, err);
    if (status == VIS_OK) status = painter_paint(c.painter, &declared, &e, &out, err);
    if (status == VIS_OK) status = face_inner(&s->geometry, e.crop, &strip->filmed, err);
    if (status == VIS_OK) status = picture_copy(out.face, &strip->face[i], err);
    if (status == VIS_OK)
        status = score_add(&one, &s->geometry, NULL, &e, &out, e.frame, &strip->filmed, false, err);
    strip->psnr[i] = one.psnr_sum;
    close_checkpoint(&c);
    return status == VIS_OK ? step(s, 1, err) : status;
}

static vis_status paint_strip(sweeper *s, vis_error *err)
{
    sweep_strip *strip = &s->r->strip;
    strip->frame = s->o->strip_frame >= 0 ? s->o->strip_frame : telling_frame(s->r);
    choose_faces(s->r, strip);
    s->total = s->done + strip->count;
    for (int i = 0; i < strip->count; i++)
        VIS_TRY(paint_face(s, i, err));
    return VIS_OK;
}

/* ---- All of it ---- */

static vis_status sweep_all(sweeper *s, vis_error *err)
{
    VIS_TRY(sweep_list(s->o->path, s->o->paths, s->r, err));
    VIS_TRY(thread_pool_create(s->o->threads, &s->pool, err));
    for (int i = 0; i < s->r->rows; i++)
        VIS_TRY(take(s, &s->r->row[i], err));
    sweep_rank(s->r);
    if (s->r->scored > 0) return s->o->strip ? paint_strip(s, err) : VIS_OK;
    const sweep_row *first = &s->r->row[0];
    if (s->r->rows == 1) return vis_fail(err, first->status, "%s", first->error);
    return vis_fail(err, first->status, "none of %d checkpoints could be scored; the first: %s",
                    s->r->rows, first->error);
}

vis_status sweep_run(const sweep_options *options, sweep_result *out, vis_error *err)
{
    *out = (sweep_result){.later = -1, .strip.frame = -1};
    if (!options->character) return vis_fail(err, VIS_ERR_USAGE, "a sweep needs a character");
    if (options->frames == 0 || options->frames < -1 || options->hold_out < 0)
        return vis_fail(err, VIS_ERR_USAGE,
                        "a sweep needs 1 or more frames, or -1 for all, and "
                        "0 or more held out");
    sweeper s = {.o = options, .r = out};
    vis_status status = sweep_all(&s, err);
    mouth_map_free(&s.mouth);
    close_footage(&s);
    picture_free(&s.face);
    picture_free(&s.crop);
    thread_pool_destroy(s.pool);
    return status;
}

void sweep_free(sweep_result *r)
{
    for (int i = 0; i < r->rows; i++) {
        free(r->row[i].path);
        free(r->row[i].label);
        free(r->row[i].error);
        free(r->row[i].psnr);
    }
    free(r->row);
    free(r->frame);
    picture_free(&r->strip.filmed);
    for (int i = 0; i < SWEEP_STRIP; i++)
        picture_free(&r->strip.face[i]);
    *r = (sweep_result){0};
}
