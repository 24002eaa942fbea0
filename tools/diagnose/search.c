/* diagnose/search.c - trials, the best of them, and the sound shifted to and fro.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/search.h"

#include "face/crop.h"

#include <math.h>
#include <stdlib.h>

#define FOREIGN 3    /* windows from elsewhere that each example hears */
#define REFERENCES 9 /* frames that another program may have taken for its reference */

/* How far the search has come. */
typedef struct searcher {
    const search_input *in;
    const face_geometry *geometry;
    const mouth_map *mouth; /* NULL until it is known */
    int64_t reference;      /* the example that REFERENCE_OTHER shows; -1: half of them away */
    picture target_face;
    int64_t done, total;
} searcher;

static vis_status step(searcher *s, vis_error *err)
{
    s->done++;
    if (s->done > s->total) s->total = s->done;
    if (s->in->progress && !s->in->progress(s->in->progress_user, s->done, s->total))
        return vis_fail(err, VIS_ERR_CANCELLED, "stopped");
    return VIS_OK;
}

/* Example k with the frame it should be, and that frame's face as the network sees it. *target
 * NULL: there is none. */
static vis_status take(searcher *s, face_cropper *cropper, int k, example *e,
                       const picture **target, vis_error *err)
{
    int64_t other = s->in->index[(k + s->in->count / 2) % s->in->count];
    if (s->reference >= 0) other = s->reference;
    VIS_TRY(examples_get(s->in->examples, other, e, err));
    VIS_TRY(painter_set_reference(s->in->painter, e->crop, err));
    VIS_TRY(examples_get(s->in->examples, s->in->index[k], e, err));
    *target = e->frame;
    if (!s->in->target) return face_inner(s->geometry, e->crop, &s->target_face, err);
    VIS_TRY(s->in->target(s->in->user, e, target, err));
    if (!*target) return VIS_OK;
    picture crop = {0};
    vis_status status = face_crop(cropper, *target, e->rect, &crop, NULL, err);
    if (status == VIS_OK) status = face_inner(s->geometry, &crop, &s->target_face, err);
    picture_free(&crop);
    return status;
}

static vis_status try_one(searcher *s, const example *e, const picture *target, search_trial *trial,
                          bool with_ssim, vis_error *err)
{
    painted out;
    contract c = trial->tried;
    if (trial->elsewhere) {
        int64_t rows = examples_count(s->in->examples);
        c.choice[AXIS_SHIFT] = (int)((e->index + c.choice[AXIS_SHIFT]) % rows - e->index);
    }
    VIS_TRY(painter_paint(s->in->painter, &c, e, &out, err));
    VIS_TRY(score_add(&trial->sums, s->geometry, s->mouth, e, &out, target, &s->target_face,
                      with_ssim, err));
    return step(s, err);
}

/* The square of a frame, small. */
static vis_status look_at(const picture *frame, const int rect[4], picture *look, vis_error *err)
{
    resize_plan *plan;
    VIS_TRY(picture_reserve(look, SEARCH_LOOK, SEARCH_LOOK, err));
    VIS_TRY(resize_plan_create(RESIZE_AREA, rect[2] - rect[0], rect[3] - rect[1], SEARCH_LOOK,
                               SEARCH_LOOK, 3, &plan, err));
    resize_run(plan, frame->data + (size_t)rect[1] * (size_t)frame->stride + 3 * (size_t)rect[0],
               frame->stride, look->data, look->stride);
    resize_plan_destroy(plan);
    return VIS_OK;
}

/* How each contract looks, on the example in the middle. */
static vis_status keep_looks(searcher *s, search_result *r, vis_error *err)
{
    example e;
    const picture *target;
    face_cropper *cropper;
    VIS_TRY(face_cropper_create(s->geometry, &cropper, err));
    vis_status status = take(s, cropper, s->in->count / 2, &e, &target, err);
    face_cropper_destroy(cropper);
    if (status != VIS_OK || !target) return status;
    r->look_index = e.index;
    VIS_TRY(look_at(target, e.rect, &r->target_look, err));
    for (int i = 0; i < r->trials; i++) {
        painted out;
        VIS_TRY(painter_paint(s->in->painter, &r->trial[i].tried, &e, &out, err));
        VIS_TRY(look_at(out.frame, e.rect, &r->trial[i].look, err));
    }
    return VIS_OK;
}

static void conclude(search_trial *t)
{
    t->psnr = score_psnr(&t->sums);
    t->ssim = score_ssim(&t->sums);
    t->mouth = score_mouth_psnr(&t->sums);
}

/* All trials over all examples. Trials that feed the network alike stand one behind the other, so
 * that it runs once for them. */
static vis_status run_trials(searcher *s, search_trial *trial, int count, bool with_ssim,
                             vis_error *err)
{
    face_cropper *cropper;
    VIS_TRY(face_cropper_create(s->geometry, &cropper, err));
    vis_status status = VIS_OK;
    for (int k = 0; k < s->in->count && status == VIS_OK; k++) {
        example e;
        const picture *target;
        status = take(s, cropper, k, &e, &target, err);
        for (int i = 0; i < count && status == VIS_OK && target; i++)
            status = try_one(s, &e, target, &trial[i], with_ssim, err);
    }
    face_cropper_destroy(cropper);
    for (int i = 0; i < count; i++)
        conclude(&trial[i]);
    return status;
}

/* Another program may show the network any frame as reference: its first, the footage's first, or
 * one from elsewhere. Of some, the one that comes nearest to a frame that it made. */
static vis_status choose_reference(searcher *s, vis_error *err)
{
    face_cropper *cropper;
    VIS_TRY(face_cropper_create(s->geometry, &cropper, err));
    int last = s->in->count - 1;
    int64_t rows = examples_count(s->in->examples), nearest = -1;
    double most = -INFINITY;
    vis_status status = VIS_OK;
    for (int i = 0; i < REFERENCES && status == VIS_OK; i++) {
        example e;
        const picture *target;
        search_trial trial = {.tried.choice[AXIS_REFERENCE] = REFERENCE_OTHER};
        s->reference = i ? rows * (i - 1) / (REFERENCES - 1) : s->in->index[0];
        if (s->reference == s->in->index[last]) continue; /* no other than its own */
        status = take(s, cropper, last, &e, &target, err);
        if (status != VIS_OK || !target) continue;
        status = try_one(s, &e, target, &trial, false, err);
        conclude(&trial);
        if (trial.psnr <= most) continue;
        most = trial.psnr;
        nearest = s->reference;
    }
    s->reference = nearest;
    face_cropper_destroy(cropper);
    return status;
}

static int family_choice(resize_mode mode)
{
    return mode == RESIZE_LINEAR  ? RESIZE_AS_LINEAR
           : mode == RESIZE_CUBIC ? RESIZE_AS_CUBIC
                                  : RESIZE_AS_AREA;
}

/* Would this choose the interpolation that is declared anyway? */
static bool idle(const face_geometry *g, const contract *c)
{
    return c->choice[AXIS_CROP] == family_choice(g->crop_mode) ||
           c->choice[AXIS_PASTE] == family_choice(g->paste_mode);
}

/* `base` alone, then with each deviation that changes it; those that the network does not see
 * first. */
static int lay_out(const face_geometry *g, const contract *base, search_trial *trial)
{
    int n_deviations, count = 0;
    const deviation *d = deviations_all(&n_deviations);
    trial[count++] = (search_trial){.tried = *base};
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < n_deviations; i++) {
            contract c = contract_with(*base, &d[i]);
            if (contract_equal(&c, base) || idle(g, &c) ||
                contract_same_input(&c, base) != (pass == 0))
                continue;
            trial[count++] = (search_trial){.deviation = &d[i], .tried = c};
        }
    return count;
}

/* Sound is judged at the mouth, all else in the whole mask. Against filmed frames sound must win
 * more: with the wrong recording any window may come nearer than the frame's own, and silence often
 * does. */
static double gain_over(const search_trial *t, const search_trial *base)
{
    bool sound = t->tried.choice[AXIS_WINDOW] != base->tried.choice[AXIS_WINDOW];
    double one = sound ? t->mouth : t->psnr, other = sound ? base->mouth : base->psnr;
    return isnan(one) || isnan(other) ? 0 : one - other;
}

static double gain_needed(const searcher *s, const search_trial *t)
{
    if (s->in->target || t->tried.choice[AXIS_WINDOW] == WINDOW_CENTRED) return SEARCH_GAIN;
    return t->tried.choice[AXIS_WINDOW] == WINDOW_ZERO ? INFINITY : SEARCH_SOUND_GAIN;
}

static const search_trial *best_of(const searcher *s, const search_trial *trial, int count)
{
    const search_trial *best = &trial[0];
    double most = 0;
    for (int i = 1; i < count; i++) {
        double gain = gain_over(&trial[i], &trial[0]);
        if (gain < gain_needed(s, &trial[i]) || gain <= most) continue;
        most = gain;
        best = &trial[i];
    }
    return best;
}

static vis_status map_mouth(searcher *s, search_result *r, vis_error *err)
{
    s->mouth = NULL;
    mouth_map_free(&r->mouth);
    VIS_TRY(mouth_map_find(s->in->painter, s->in->examples, &r->best, s->in->index, s->in->count,
                           &r->mouth, err));
    s->mouth = &r->mouth;
    return VIS_OK;
}

/* What the program hears is also explained by sound that is moved, and then silence or a repeated
 * row comes nearer as well: so before one of these is believed, the best shift is tried against it.
 * *best becomes the shift where that is nearer. */
static vis_status prefer_shift(searcher *s, const contract *base, search_trial *best,
                               vis_error *err)
{
    search_trial trial[2 * SEARCH_SHIFTS];
    int count = 0;
    for (int shift = -SEARCH_SHIFTS; shift <= SEARCH_SHIFTS; shift++) {
        if (shift == base->choice[AXIS_SHIFT]) continue;
        trial[count] = (search_trial){.tried = *base};
        trial[count++].tried.choice[AXIS_SHIFT] = shift;
    }
    VIS_TRY(run_trials(s, trial, count, false, err));
    for (int i = 0; i < count; i++)
        if (trial[i].psnr > best->psnr) *best = trial[i];
    return VIS_OK;
}

/* Round after round from the best contract so far, until none is better. */
static vis_status find_contract(searcher *s, search_result *r, search_trial *trial, vis_error *err)
{
    for (int round = 0;; round++) {
        VIS_TRY(map_mouth(s, r, err));
        int count = lay_out(s->geometry, &r->best, trial);
        VIS_TRY(run_trials(s, trial, count, round == 0, err));
        if (round == 0) {
            for (int i = 0; i < count; i++)
                r->trial[i] = trial[i];
            r->trials = count;
        }
        r->best_trial = trial[0];
        const search_trial *won = best_of(s, trial, count);
        if (won == &trial[0] || round == SEARCH_ROUNDS) return VIS_OK;
        search_trial best = *won;
        if (s->in->target && best.tried.choice[AXIS_WINDOW] != r->best.choice[AXIS_WINDOW])
            VIS_TRY(prefer_shift(s, &r->best, &best, err));
        if (best.deviation) {
            r->gain[r->n_wanted] = gain_over(&best, &trial[0]);
            r->wanted[r->n_wanted++] = best.deviation;
        }
        r->best = best.tried;
    }
}

static vis_status find_lag(searcher *s, search_result *r, vis_error *err)
{
    search_trial trial[2 * SEARCH_SHIFTS + 1 + FOREIGN];
    int shifts = 2 * SEARCH_SHIFTS + 1;
    int64_t rows = examples_count(s->in->examples);
    for (int i = 0; i < shifts + FOREIGN; i++) {
        trial[i] = (search_trial){.tried = r->best, .elsewhere = i >= shifts};
        int64_t shift = i < shifts ? i - SEARCH_SHIFTS : rows * (i - shifts + 1) / (FOREIGN + 1);
        trial[i].tried.choice[AXIS_SHIFT] = (int)shift;
    }
    VIS_TRY(run_trials(s, trial, shifts + FOREIGN, false, err));
    for (int i = 0; i < shifts; i++) {
        r->shift[i] = trial[i].mouth;
        if (r->shift[i] > r->shift[r->lag + SEARCH_SHIFTS]) r->lag = i - SEARCH_SHIFTS;
    }
    for (int i = shifts; i < shifts + FOREIGN; i++)
        r->foreign += trial[i].mouth / FOREIGN;
    return VIS_OK;
}

vis_status search_run(const search_input *in, search_result *r, vis_error *err)
{
    *r = (search_result){0};
    int deviations;
    deviations_all(&deviations);
    searcher s = {.in = in, .geometry = examples_geometry(in->examples), .reference = -1};
    s.total = (int64_t)in->count * (deviations + 2 * SEARCH_SHIFTS + 1 + FOREIGN);
    search_trial *trial = calloc((size_t)deviations + 1, sizeof *trial);
    r->trial = calloc((size_t)deviations + 1, sizeof *r->trial);
    vis_status status = trial && r->trial ? VIS_OK : vis_fail_memory(err, "the trials");
    if (status == VIS_OK && in->target) status = choose_reference(&s, err);
    if (status == VIS_OK) status = find_contract(&s, r, trial, err);
    if (status == VIS_OK) status = keep_looks(&s, r, err);
    if (status == VIS_OK) status = find_lag(&s, r, err);
    free(trial);
    picture_free(&s.target_face);
    return status;
}

void search_free(search_result *r)
{
    for (int i = 0; i < r->trials; i++)
        picture_free(&r->trial[i].look);
    picture_free(&r->target_look);
    free(r->trial);
    mouth_map_free(&r->mouth);
    *r = (search_result){0};
}
