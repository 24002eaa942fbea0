/* sweep/sweep_json.c - the result's structures, key by key.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep_json.h"

#include "base/json.h"
#include "measure/json_figures.h"
#include "measure/judged.h"
#include "sweep/sweep_rank.h"

#include <math.h>
#include <stdlib.h>

static json_t *figures_json(const sweep_figures *f)
{
    if (f->frames == 0) return json_null();
    return json_make("{s:i, s:o, s:o, s:o}", "frames", f->frames, "psnr", json_figure(f->psnr),
                     "ssim", json_figure(f->ssim), "mouth_psnr", json_figure(f->mouth));
}

static json_t *numbers_json(const int64_t *number, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_add(&list, json_integer(number[i]));
    return list;
}

static json_t *psnrs_json(const sweep_row *row, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count && row->status == VIS_OK; i++)
        json_add(&list, json_figure(row->psnr[i]));
    return list;
}

static json_t *row_json(const sweep_result *r, int i)
{
    const sweep_row *row = &r->row[i];
    double margin = row->rank ? sweep_margin(r, r->order[0], i, r->held_frames > 0) : (double)NAN;
    return json_make("{s:o, s:b, s:s, s:s, s:o, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     "rank", row->rank ? json_integer(row->rank) : json_null(), "tied", row->tied,
                     "checkpoint", row->label, "path", row->path, "number",
                     row->number >= 0 ? json_integer(row->number) : json_null(), "sha256",
                     row->sha256, "error", row->error, "trained", figures_json(&row->trained),
                     "held_out", figures_json(&row->held), "margin_db", json_figure(margin),
                     "sharpness", json_figure(row->sharpness), "delta_e", json_figure(row->delta_e),
                     "response", json_figure(row->response), "psnr_per_frame",
                     psnrs_json(row, r->frames + r->held_frames));
}

static json_t *strip_json(const sweep_result *r)
{
    if (r->strip.frame < 0) return json_null();
    json_t *psnr = json_object();
    for (int i = 0; i < r->strip.count; i++)
        json_put(&psnr, r->row[r->strip.row[i]].label, json_figure(r->strip.psnr[i]));
    return json_make("{s:I, s:o}", "frame", (json_int_t)r->strip.frame, "psnr", psnr);
}

/* Those scored, in the natural order of their names: places in the list by rank. */
static json_t *by_name_json(const sweep_result *r)
{
    int place[SWEEP_MAX];
    json_t *list = json_array();
    for (int i = 0; i < r->rows; i++)
        place[r->order[i]] = i;
    for (int i = 0; i < r->rows; i++)
        if (r->row[i].status == VIS_OK) json_add(&list, json_integer(place[i]));
    return list;
}

json_t *sweep_json(const sweep_result *r, const char *character)
{
    char *words = sweep_words(r), *overfit = sweep_overfit_words(r);
    json_t *rows = words && overfit ? json_array() : NULL;
    for (int i = 0; i < r->rows; i++)
        json_add(&rows, row_json(r, r->order[i]));
    json_t *all =
        json_make("{s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "best",
                  r->row[r->order[0]].label, "verdict", words, "overfitting",
                  overfit && overfit[0] ? overfit : NULL, "character", character, "kind", r->kind,
                  "audio_mode", r->mode, "ranked_by", r->held_frames ? "held_out" : "trained",
                  "frames", numbers_json(r->frame, r->frames), "held_out_frames",
                  numbers_json(r->frame + r->frames, r->held_frames), "checkpoints", rows, "strip",
                  strip_json(r));
    json_put(&all, "tie_db", json_real(SWEEP_TIE));
    json_put(&all, "by_name", by_name_json(r));
    json_put(&all, "version", json_text(vis_version()));
    json_put(&all, "composite", json_string(JUDGED_COMPOSITE));
    free(words);
    free(overfit);
    return all;
}
