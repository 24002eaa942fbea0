/* diagnose/diagnosis_json.c - findings and figures as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnosis_json.h"

#include "base/json.h"
#include "diagnose/diagnosis_page.h"
#include "measure/json_figures.h"
#include "measure/judged.h"

static json_t *findings_json(const findings *found)
{
    json_t *list = json_array();
    for (int i = 0; i < found->count; i++) {
        const finding *f = &found->item[i];
        json_add(&list, json_make("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o}", "code", f->code,
                                  "stage", finding_stage_name(f->stage), "title", f->title, "text",
                                  f->text, "advice", f->advice, "number", json_figure(f->number),
                                  "threshold", json_figure(f->threshold), "unit", f->unit,
                                  "severity", json_figure(f->severity)));
    }
    return list;
}

static json_t *model_json(const diagnosis *d)
{
    if (!d->model.path[0]) return json_null();
    return json_make("{s:s, s:s, s:s, s:s, s:I}", "path", d->model.path, "kind", d->model.kind,
                     "audio_mode", d->model.mode, "sha256", d->model.sha256, "parameters",
                     (json_int_t)d->model.parameters);
}

static json_t *data_json(const diagnosis *d)
{
    if (!d->has_data) return json_null();
    const data_facts *f = &d->data;
    return json_make(
        "{s:i, s:i, s:i, s:o, s:i, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "frames", f->frames,
        "width", f->width, "height", f->height, "fps",
        f->fps > 0 ? json_figure(f->fps) : json_null(), "feature_fps", f->feature_fps,
        "feature_rows", (json_int_t)f->feature_rows, "side_mean", json_figure(f->squares.side_mean),
        "side_min", json_figure(f->squares.side_min), "side_max", json_figure(f->squares.side_max),
        "jitter", json_figure(f->jitter), "resample_psnr", json_figure(f->resample_psnr),
        "resample_detail", json_figure(f->resample_detail));
}

static json_t *contracts_json(const search_result *s)
{
    json_t *list = json_array();
    for (int i = 0; i < s->trials; i++) {
        const search_trial *t = &s->trial[i];
        json_add(&list,
                 json_make("{s:s, s:s, s:o, s:o, s:o, s:o}", "code",
                           t->deviation ? t->deviation->code : "declared", "words",
                           t->deviation ? t->deviation->words : "as declared", "psnr",
                           json_figure(t->psnr), "ssim", json_figure(t->ssim), "mouth",
                           json_figure(t->mouth), "cost", json_figure(s->trial[0].psnr - t->psnr)));
    }
    return list;
}

static json_t *sound_json(const search_result *s)
{
    json_t *shifts = json_array();
    for (int i = 0; i <= 2 * SEARCH_SHIFTS; i++)
        json_add(&shifts, json_make("{s:i, s:o}", "frames", i - SEARCH_SHIFTS, "psnr",
                                    json_figure(s->shift[i])));
    return json_make("{s:o, s:o, s:i, s:o}", "levels", json_figure(s->mouth.levels), "foreign",
                     json_figure(s->foreign), "lag", s->lag, "shifts", shifts);
}

static json_t *painting_json(const diagnosis *d)
{
    const appearance_result *a = &d->looks;
    if (!d->painted) return json_null();
    json_t *all =
        json_make("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "frames", (json_int_t)a->frames,
                  "psnr", json_figure(a->psnr), "ssim", json_figure(a->ssim), "psnr_recoloured",
                  json_figure(a->psnr_recoloured), "psnr_swapped", json_figure(a->psnr_swapped),
                  "delta_e", json_figure(a->delta_e), "sharpness", json_figure(a->sharpness),
                  "blur", json_figure(a->blur), "unevenness", json_figure(a->unevenness));
    json_t *rest = json_make(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "seam", json_figure(a->seam),
        "jitter", json_figure(a->jitter), "tremble", json_figure(a->tremble), "filmed_motion",
        json_figure(a->filmed_motion), "painted_motion", json_figure(a->painted_motion),
        "filmed_rest", json_figure(a->filmed_rest), "rest_motion", json_figure(a->rest_motion),
        "rest_frames", (json_int_t)a->rest_frames, "gain", json_figures(a->gain, 3), "offset",
        json_figures(a->offset, 3));
    if (!all || !rest || json_object_update(all, rest) != 0) {
        json_decref(all);
        all = NULL;
    }
    json_decref(rest);
    json_put(&all, "best_frame", json_integer(d->best.number));
    json_put(&all, "worst_frame", json_integer(d->worst.number));
    json_put(&all, "first_frame", json_integer(d->best.number - d->looks.best_frame));
    json_put(&all, "per_frame", json_figures(d->psnr, d->psnrs));
    return all;
}

/* The nearest contract, and which of those tried it is. */
static json_t *nearest_json(const search_result *s)
{
    json_t *which = json_null();
    for (int i = 0; i < s->trials; i++)
        if (contract_equal(&s->trial[i].tried, &s->best)) which = json_integer(i);
    return json_make("{s:o, s:o, s:I}", "psnr", json_figure(s->best_trial.psnr), "contract", which,
                     "look", (json_int_t)s->look_index);
}

json_t *diagnosis_json(const diagnosis *d, const diagnose_options *options)
{
    json_t *all =
        json_make("{s:s, s:o, s:o, s:o, s:i}", "verdict", d->found.count ? "faults" : "healthy",
                  "findings", findings_json(&d->found), "model", model_json(d), "data",
                  data_json(d), "examples", d->frames);
    char words[512];
    diagnosis_headline(d, words, sizeof words);
    json_put(&all, "headline", json_text(words));
    json_put(&all, "checkpoint", json_text(options->model));
    json_put(&all, "outputs", json_text(options->outputs));
    json_put(&all, "character", json_text(options->character));
    json_put(&all, "version", json_text(vis_version()));
    json_put(&all, "composite", json_string(JUDGED_COMPOSITE));
    if (d->searched) {
        json_put(&all, "contracts", contracts_json(&d->search));
        json_put(&all, "contract",
                 json_string(contract_words(&d->search.best, words, sizeof words)));
        json_put(&all, "nearest", nearest_json(&d->search));
        json_put(&all, "sound", sound_json(&d->search));
    }
    json_put(&all, "runtime_difference", json_figure(d->runtime_difference));
    json_put(&all, "painting", painting_json(d));
    return all;
}
