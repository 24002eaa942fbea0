/* sweep/sweep_page.c - verdict, table, plot, strip.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep_page.h"

#include "base/memory.h"
#include "report/page.h"
#include "sweep/sweep_rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FACE_WIDTH 240 /* CSS pixels */
#define SERIES 3
#define CELLS 10
#define CELL 64

/* ---- Plot ---- */

/* Room for what a plot points at. */
typedef struct plot_values {
    double x[SWEEP_MAX], y[SERIES][SWEEP_MAX];
    int count;
    bool numbered; /* x is the checkpoints' own numbers */
} plot_values;

static void collect(const sweep_result *r, plot_values *v)
{
    double last = -1;
    v->numbered = true;
    for (int i = 0; i < r->rows; i++) {
        const sweep_row *row = &r->row[i];
        if (row->status != VIS_OK) continue;
        v->numbered = v->numbered && (double)row->number > last;
        last = (double)row->number;
        v->x[v->count] = last;
        v->y[0][v->count] = row->trained.psnr;
        v->y[1][v->count] = row->held.psnr;
        v->y[2][v->count++] = sweep_deciding(row)->mouth;
    }
    for (int i = 0; i < v->count && !v->numbered; i++)
        v->x[i] = i + 1;
}

static plot plot_of(const sweep_result *r, const plot_values *v)
{
    plot p = plot_defaults();
    p.title = "PSNR by checkpoint";
    p.x_label = v->numbered ? "checkpoint" : "checkpoint, in the order of their names";
    p.y_label = "dB";
    const char *names[SERIES] = {r->held_frames ? "mask, trained frames" : "mask",
                                 "mask, held-out frames",
                                 r->held_frames ? "mouth, held-out frames" : "mouth"};
    for (int i = 0; i < SERIES; i++)
        if (i != 1 || r->held_frames)
            p.series[p.n_series++] =
                (plot_series){.name = names[i], .x = v->x, .y = v->y[i], .count = v->count};
    return p;
}

vis_status sweep_plot_save(const sweep_result *r, const char *path, vis_error *err)
{
    plot_values *v = calloc(1, sizeof *v);
    if (!v) return vis_fail_memory(err, "a plot");
    collect(r, v);
    plot p = plot_of(r, v);
    vis_status status = plot_save(&p, path, err);
    free(v);
    return status;
}

static vis_status put_plot(page *p, const sweep_result *r, vis_error *err)
{
    plot_values *v = calloc(1, sizeof *v);
    if (!v) return vis_fail_memory(err, "a plot");
    collect(r, v);
    plot shown = plot_of(r, v);
    page_heading(p, "By checkpoint");
    page_plot(p, &shown,
              v->numbered ? "More is better. Training goes from left to right."
                          : "More is better.");
    free(v);
    return VIS_OK;
}

/* ---- Verdict ---- */

static vis_status put_verdict(page *p, const sweep_result *r, vis_error *err)
{
    const sweep_row *best = &r->row[r->order[0]];
    char *words = sweep_words(r), *overfit = sweep_overfit_words(r);
    char *headline = text_format(r->scored == 1 ? "%s is the only one that could be scored"
                                 : best->tied   ? "%s is the best, by a hair"
                                                : "%s is the best",
                                 best->label);
    bool made = words && overfit && headline;
    if (made) page_verdict(p, best->tied ? PAGE_FAIR : PAGE_GOOD, headline, words);
    if (made && overfit[0]) page_verdict(p, PAGE_FAIR, "Training went on for too long", overfit);
    free(words);
    free(overfit);
    free(headline);
    return made ? VIS_OK : vis_fail_memory(err, "a verdict");
}

/* ---- Table ---- */

static void number(char cell[CELL], const char *format, double value)
{
    snprintf(cell, CELL, isfinite(value) ? format : "-", value);
}

static void put_row(page *p, const sweep_result *r, const sweep_row *row)
{
    char cell[CELLS][CELL];
    const char *cells[CELLS];
    int n = 0;
    if (row->rank)
        snprintf(cell[n], CELL, "%d%s", row->rank, row->tied ? "=" : "");
    else
        snprintf(cell[n], CELL, "-");
    cells[n++] = cell[0];
    cells[n++] = row->label;
    bool ok = row->status == VIS_OK;
    if (r->held_frames) number(cell[n], "%.2f", ok ? row->held.psnr : NAN), n++;
    number(cell[n], "%.2f", ok ? row->trained.psnr : NAN), n++;
    number(cell[n], "%.4f", ok ? sweep_deciding(row)->ssim : NAN), n++;
    number(cell[n], "%.2f", ok ? sweep_deciding(row)->mouth : NAN), n++;
    number(cell[n], "%.2f", row->sharpness), n++;
    number(cell[n], "%.2f", row->delta_e), n++;
    number(cell[n], "%.2f", row->response), n++;
    for (int i = 2; i < n; i++)
        cells[i] = cell[i];
    page_row(p, !ok ? PAGE_BAD : row->rank == 1 ? PAGE_GOOD : PAGE_PLAIN, cells);
}

static void put_table(page *p, const sweep_result *r)
{
    const char *columns[CELLS] = {"rank", "checkpoint"};
    int n = 2;
    if (r->held_frames) columns[n++] = "held out, dB";
    columns[n++] = r->held_frames ? "trained, dB" : "mask, dB";
    columns[n++] = "SSIM";
    columns[n++] = "mouth, dB";
    columns[n++] = "sharpness";
    columns[n++] = "colour, \xce\x94"
                   "E";
    columns[n++] = "response, levels";
    page_heading(p, "By rank");
    page_table(p, NULL, columns, n);
    for (int i = 0; i < r->rows; i++)
        put_row(p, r, &r->row[r->order[i]]);
    page_table_end(p);
    for (int i = r->scored; i < r->rows; i++)
        page_text(p, "%s was not scored: %s", r->row[r->order[i]].label, r->row[r->order[i]].error);
}

static void put_meaning(page *p, const sweep_result *r)
{
    page_text(p,
              "Every checkpoint repaints the same filmed frames while it hears what was said in "
              "them, and is compared with what was filmed. The %s ranks. Less than %.1f dB apart, "
              "or less than other frames could change, is a tie (=), which the mouth decides%s.",
              r->held_frames ? "PSNR in the mask on held-out frames"
                             : "PSNR in the mask, the part that is repainted,",
              SWEEP_TIE, r->held_frames ? "; SSIM and mouth are of the held-out frames too" : "");
    page_text(p, "The mouth is the tenth of the mask that moves most as filmed. Sharpness is the "
                 "fine detail painted for each bit of detail filmed: 1 is as sharp, less is "
                 "softer. Colour is the lasting shift; below 1 it is hardly seen. Response is how "
                 "much the face changes when only the sound does: near 0, the lips do not listen.");
}

/* ---- Strip ---- */

static void put_strip(page *p, const sweep_result *r)
{
    const sweep_strip *s = &r->strip;
    if (s->frame < 0) return;
    page_heading(p, "One frame, every checkpoint");
    page_text(p, "Frame %lld, as the network sees it and paints it.", (long long)s->frame);
    page_pictures(p);
    page_picture(p, &s->filmed, FACE_WIDTH, "filmed");
    for (int i = 0; i < s->count; i++) {
        char caption[320];
        snprintf(caption, sizeof caption, "%.280s: %.2f dB", r->row[s->row[i]].label, s->psnr[i]);
        page_picture(p, &s->face[i], FACE_WIDTH, caption);
    }
    page_pictures_end(p);
}

static void put_footer(page *p, const sweep_result *r, const char *character)
{
    char text[2048];
    snprintf(text, sizeof text,
             "Character: %.1024s\nCheckpoints: %s that hear %s features, %d of %d scored\n"
             "Frames: %d evenly spread%s\nMade by viseme %s",
             character, r->kind, r->mode, r->scored, r->rows, r->frames,
             r->held_frames ? " over what was trained on, and as many held-out ones at most" : "",
             vis_version());
    page_footer(p, text);
}

vis_status sweep_page_save(const sweep_result *r, const char *character, const char *path,
                           vis_error *err)
{
    page *p;
    VIS_TRY(page_create("Which checkpoint?", character, &p, err));
    vis_status status = put_verdict(p, r, err);
    put_table(p, r);
    put_meaning(p, r);
    if (status == VIS_OK) status = put_plot(p, r, err);
    put_strip(p, r);
    put_footer(p, r, character);
    if (status == VIS_OK) status = page_save(p, path, err);
    page_free(p);
    return status;
}
