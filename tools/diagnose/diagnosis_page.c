/* diagnose/diagnosis_page.c - verdict, findings, pictures, what each mistake costs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnosis_page.h"

#include "base/memory.h"
#include "report/page.h"
#include "report/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL 64
#define MISTAKES_COLUMNS 6

typedef char cell[CELL];

static const char *figure(cell text, const char *format, double value)
{
    if (isfinite(value))
        snprintf(text, CELL, format, value);
    else
        snprintf(text, CELL, isinf(value) ? "exact" : "–");
    return text;
}

void diagnosis_headline(const diagnosis *d, char *text, size_t size)
{
    int n = d->found.count;
    if (n == 0)
        snprintf(text, size, "No fault found");
    else if (n == 1)
        snprintf(text, size, "One fault: %s", d->found.item[0].title);
    else
        snprintf(text, size, "%d faults, first of all: %s", n, d->found.item[0].title);
}

static void put_verdict(page *p, const diagnosis *d, const diagnose_options *o)
{
    char headline[512];
    diagnosis_headline(d, headline, sizeof headline);
    if (d->found.count) {
        page_verdict(p, PAGE_BAD, headline, d->found.item[0].advice);
        return;
    }
    char text[512];
    if (d->painted && !o->outputs)
        snprintf(
            text, sizeof text,
            "On its own footage the network repaints the mouth at %.1f dB (SSIM %.3f), under the "
            "declared contract.",
            d->looks.psnr, d->looks.ssim);
    else
        snprintf(text, sizeof text, "Everything that could be measured is as it should be.");
    page_verdict(p, PAGE_GOOD, headline, text);
}

static void put_findings(page *p, const findings *found)
{
    static const char *const columns[] = {"", "finding", "measured", "threshold"};
    if (!found->count) return;
    page_heading(p, "Findings, causes first");
    page_table(p, NULL, columns, 4);
    for (int i = 0; i < found->count; i++) {
        const finding *f = &found->item[i];
        cell rank, measured, threshold;
        snprintf(rank, sizeof rank, "%d", i + 1);
        snprintf(measured, sizeof measured, "%.4g %s", f->number, f->unit);
        snprintf(threshold, sizeof threshold, "%.4g %s", f->threshold, f->unit);
        const char *cells[] = {rank, f->title, measured, threshold};
        page_row(p, i == 0 ? PAGE_BAD : PAGE_FAIR, cells);
    }
    page_table_end(p);
    for (int i = 0; i < found->count; i++) {
        const finding *f = &found->item[i];
        page_text(p, "%d. %s (%s): %s %s", i + 1, f->title, finding_stage_name(f->stage), f->text,
                  f->advice);
    }
    if (found->count > 1)
        page_text(p, "Later findings are often consequences of earlier ones: mend the first, then "
                     "diagnose again.");
}

static void put_frame(page *p, const diagnosed_frame *f, const char *which)
{
    picture apart = {0};
    char caption[128];
    if (!f->filmed.data) return;
    page_pictures(p);
    snprintf(caption, sizeof caption, "%s frame, %lld: filmed", which, (long long)f->number);
    page_picture(p, &f->filmed, 0, caption);
    snprintf(caption, sizeof caption, "painted, %.1f dB", f->psnr);
    page_picture(p, &f->painted, 0, caption);
    if (sheet_difference(&f->filmed, &f->painted, 10, &apart, NULL) == VIS_OK)
        page_picture(p, &apart, 0, "difference × 10");
    picture_free(&apart);
    page_pictures_end(p);
}

static void put_pictures(page *p, const diagnosis *d)
{
    if (!d->painted) return;
    page_heading(p, "Best and worst frame");
    put_frame(p, &d->best, "Best");
    put_frame(p, &d->worst, "Worst");
    if (d->psnrs < 2) return;
    plot lines = plot_defaults();
    lines.title = "PSNR in the mouth rectangle, frame by frame";
    lines.x_label = "frame";
    lines.y_label = "PSNR, dB";
    lines.series[0] = (plot_series){.name = NULL, .y = d->psnr, .count = (int)d->psnrs};
    lines.n_series = 1;
    page_plot(p, &lines,
              "Painted against filmed, in the mouth rectangle. Single low frames are lips "
              "that come early or late; a low line is a fault.");
}

static int by_psnr(const void *a, const void *b)
{
    double x = (*(const search_trial *const *)a)->psnr, y = (*(const search_trial *const *)b)->psnr;
    return (x < y) - (x > y);
}

/* Bars, the best contract first. */
static void put_contract_bars(page *p, const search_result *s)
{
    const search_trial **order = calloc((size_t)s->trials, sizeof *order);
    double *value = calloc((size_t)s->trials, sizeof *value);
    const char **label = calloc((size_t)s->trials, sizeof *label);
    plot bars = plot_defaults();
    for (int i = 0; order && i < s->trials; i++)
        order[i] = &s->trial[i];
    if (order && value && label) {
        qsort(order, (size_t)s->trials, sizeof *order, by_psnr);
        for (int i = 0; i < s->trials; i++) {
            value[i] = order[i]->psnr;
            label[i] = order[i]->deviation ? order[i]->deviation->words : "as declared";
            if (contract_equal(&order[i]->tried, &s->best)) bars.highlight = i;
        }
        bars.kind = PLOT_BARS;
        bars.title = "PSNR under each contract";
        bars.x_label = "PSNR in the mouth rectangle, dB";
        bars.series[0] = (plot_series){.y = value, .count = s->trials};
        bars.n_series = 1;
        bars.labels = label;
        page_plot(p, &bars, NULL);
    }
    free(order);
    free(value);
    free(label);
}

static void put_contract_table(page *p, const search_result *s)
{
    static const char *const columns[] = {"contract", "PSNR, dB", "SSIM", "mouth, dB", "cost, dB"};
    page_table(p, "What each mistake costs", columns, 5);
    for (int i = 0; i < s->trials; i++) {
        const search_trial *t = &s->trial[i];
        cell psnr, ssim, mouth, cost;
        const char *cells[] = {t->deviation ? t->deviation->words : "as declared",
                               figure(psnr, "%.2f", t->psnr), figure(ssim, "%.4f", t->ssim),
                               figure(mouth, "%.2f", t->mouth),
                               i ? figure(cost, "%+.2f", s->trial[0].psnr - t->psnr) : ""};
        page_row(p, i ? PAGE_PLAIN : PAGE_GOOD, cells);
    }
    page_table_end(p);
}

static void put_looks(page *p, const search_result *s, const char *target)
{
    char caption[160];
    if (!s->target_look.data) return;
    page_text(p, "Frame %lld under each of them:", (long long)s->look_index);
    page_pictures(p);
    page_picture(p, &s->target_look, 160, target);
    for (int i = 0; i < s->trials; i++) {
        const search_trial *t = &s->trial[i];
        if (!t->look.data) continue;
        snprintf(caption, sizeof caption, "%s, %.1f dB",
                 t->deviation ? t->deviation->words : "as declared", t->psnr);
        page_picture(p, &t->look, 160, caption);
    }
    page_pictures_end(p);
}

static void put_contracts(page *p, const diagnosis *d, const diagnose_options *o)
{
    if (!d->searched) return;
    char words[512];
    page_heading(p, o->outputs ? "How these frames were made" : "The contract");
    page_text(p,
              o->outputs
                  ? "viseme painted the same frames under each contract and measured how near "
                    "it came to these. Nearest: %s, %.1f dB."
                  : "The character's own footage, where sound and picture belong together, "
                    "repainted under each contract. The checkpoint wants: %s, %.1f dB.",
              contract_words(&d->search.best, words, sizeof words), d->search.best_trial.psnr);
    put_contract_bars(p, &d->search);
    put_looks(p, &d->search, o->outputs ? "as that program made it" : "filmed");
    put_contract_table(p, &d->search);
}

static void put_sound(page *p, const diagnosis *d)
{
    if (!d->searched) return;
    const search_result *s = &d->search;
    double frames[2 * SEARCH_SHIFTS + 1];
    for (int i = 0; i <= 2 * SEARCH_SHIFTS; i++)
        frames[i] = i - SEARCH_SHIFTS;
    page_heading(p, "The sound");
    page_text(p,
              "When only the sound changes, the mouth changes by %.1f levels of 255. With a "
              "frame's own sound it is painted at %.1f dB, with sound from elsewhere at %.1f dB.",
              s->mouth.levels, s->shift[SEARCH_SHIFTS], s->foreign);
    plot lines = plot_defaults();
    lines.title = "PSNR at the mouth with the sound moved";
    lines.x_label = "features taken so many frames later";
    lines.y_label = "PSNR at the mouth, dB";
    lines.series[0] = (plot_series){.x = frames, .y = s->shift, .count = 2 * SEARCH_SHIFTS + 1};
    lines.n_series = 1;
    lines.threshold = s->foreign;
    lines.threshold_label = "sound from elsewhere";
    page_plot(p, &lines, "The peak should stand at 0: then picture and sound belong together.");
}

static void put_measure(page *p, const char *name, const char *format, double value,
                        const char *meaning)
{
    cell text;
    const char *cells[] = {name, figure(text, format, value), meaning};
    page_row(p, PAGE_PLAIN, cells);
}

static void put_measures(page *p, const diagnosis *d)
{
    static const char *const columns[] = {"measure", "value", "what it tells"};
    const appearance_result *a = &d->looks;
    if (!d->painted) return;
    page_heading(p, "How the painting looks");
    page_table(p, NULL, columns, 3);
    put_measure(p, "PSNR, dB", "%.2f", a->psnr, "painted against filmed, all frames together");
    put_measure(p, "the same, recoloured, dB", "%.2f", a->psnr_recoloured,
                "what is left when a mere shift of colours is taken out");
    put_measure(p, "SSIM", "%.4f", a->ssim, "structure; 1 is the filmed picture");
    put_measure(p, "colour, ΔE", "%.2f", a->delta_e, "CIEDE2000; 1 is just visible, 3 disturbs");
    put_measure(p, "sharpness", "%.2f", a->sharpness, "fine detail, painted / filmed");
    put_measure(p, "seam, levels", "%.2f", a->seam, "step along the edge of the painted square");
    put_measure(p, "jitter, levels", "%.2f", a->jitter, "flicker from frame to frame");
    put_measure(p, "mouth moves at rest", "%.2f", a->rest_motion,
                "share of its motion in speech, while the filmed mouth rests");
    page_table_end(p);
}

static void put_data(page *p, const diagnosis *d)
{
    if (!d->has_data) return;
    const data_facts *f = &d->data;
    page_heading(p, "The footage");
    page_text(p,
              "%d frames of %d × %d pixels; the face square is %.0f pixels wide (%.0f to %.0f) "
              "and trembles by %.2f pixels of the crop. A perfect network would reach %.1f dB at "
              "this size.",
              f->frames, f->width, f->height, f->squares.side_mean, f->squares.side_min,
              f->squares.side_max, isfinite(f->jitter) ? f->jitter : 0, f->resample_psnr);
    if (f->feature_rows >= 0)
        page_text(p, "%lld feature rows, %d a second.", (long long)f->feature_rows, f->feature_fps);
}

static char *footer(const diagnosis *d, const diagnose_options *o)
{
    return text_format("character %s\n%s%s%s%s%s%s%sviseme %s", o->character,
                       d->model.path[0] ? "checkpoint " : "", d->model.path,
                       d->model.path[0] ? " (" : "", d->model.kind,
                       d->model.path[0] ? "), SHA-256 " : "", d->model.sha256,
                       d->model.path[0] ? "\n" : "", vis_version());
}

vis_status diagnosis_page_write(const diagnosis *d, const diagnose_options *o, const char *path,
                                vis_error *err)
{
    page *p;
    char *subtitle = text_format("%s on %s", o->outputs ? o->outputs : o->model, o->character);
    char *print = footer(d, o);
    vis_status status = subtitle && print ? page_create("Why does it look bad?", subtitle, &p, err)
                                          : vis_fail_memory(err, "the report");
    if (status == VIS_OK) {
        put_verdict(p, d, o);
        put_findings(p, &d->found);
        put_pictures(p, d);
        put_contracts(p, d, o);
        put_sound(p, d);
        put_measures(p, d);
        put_data(p, d);
        page_footer(p, print);
        status = page_save(p, path, err);
        page_free(p);
    }
    free(subtitle);
    free(print);
    return status;
}

vis_status diagnosis_mistakes_write(const diagnosis *d, const char *path, vis_error *err)
{
    const picture *shown[SHEET_MAX];
    const char *label[SHEET_MAX];
    int count = 0;
    if (!d->search.target_look.data) return VIS_OK;
    shown[count] = &d->search.target_look;
    label[count++] = "target";
    for (int i = 0; i < d->search.trials && count < SHEET_MAX; i++) {
        const search_trial *t = &d->search.trial[i];
        shown[count] = &t->look;
        label[count++] = t->deviation ? t->deviation->code : "declared";
    }
    picture sheet = {0};
    vis_status status = sheet_make(shown, label, count, MISTAKES_COLUMNS, &sheet, err);
    if (status == VIS_OK) status = picture_write_png(path, &sheet, err);
    picture_free(&sheet);
    return status;
}
