/* program/cmd_diagnose.c - viseme diagnose.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/json.h"
#include "base/status.h"
#include "diagnose/diagnosis_json.h"
#include "diagnose/diagnosis_page.h"
#include "measure/judged.h"
#include "program/command.h"
#include "program/options.h"
#include "program/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const command_help cmd_diagnose_help = {
    .name = "diagnose",
    .purpose = "why does it look bad: runtime, data, contract, checkpoint or training",
    .usage = "diagnose --character DIR [--model FILE] [--outputs DIR] [-o DIR]",
    .example =
        "  viseme diagnose --model models/99.pth --character character -o report\n"
        "  viseme diagnose --model models/99.pth --character character --outputs their_frames\n\n"
        "With --model the character's own footage is repainted, where sound and picture belong\n"
        "together and the truth is known: under the declared contract and under each mistake of "
        "the\n"
        "field, which tells what the checkpoint wants and what a mistake costs. --outputs judges\n"
        "frames or a video that another program made of this character; with --model it says how\n"
        "they were made. If they speak another sound than the footage's own, give it with --audio\n"
        "and --audio-encoder, or --features. Findings are ranked, causes first. DIR gets "
        "report.html,\n"
        "diagnosis.json and mistakes.png (a frame under each contract). Exit status 1 when a "
        "fault\n"
        "was found.\n",
};

typedef struct arguments {
    diagnose_options diagnose;
    const char *report;
    common_options common;
    bool done;
} arguments;

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    diagnose_options *d = &a->diagnose;
    const option table[] = {
        opt_model(&d->model),
        opt_checkpoint(&d->checkpoint),
        opt_character(&d->character),
        opt_audio(&d->speech.audio),
        opt_audio_encoder(&d->speech.audio_encoder),
        opt_features(&d->speech.features),
        opt_audio_mode(&d->audio_mode),
        {"--against", OPTION_TEXT, &d->against, "FILE",
         "another file of the same network, say its export: are they the same?"},
        {"--outputs", OPTION_TEXT, &d->outputs, "PATH",
         "frames (a folder of numbered pictures) or a video that another program made"},
        {"--start", OPTION_LONG, &d->start, "K",
         "footage frame and feature row of the first of them (default 0)"},
        {"--frames", OPTION_INT, &d->frames, "N", "frames to try contracts on (default 16)"},
        {"--run", OPTION_INT, &d->run, "N",
         "consecutive frames to judge the painting on (default 128)"},
        {"--output", OPTION_TEXT, &a->report, "DIR", "folder for the report, made if need be (-o)"},
        opt_crop_resize(&d->crop),
        opt_paste_resize(&d->paste),
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_diagnose_help,
                          &a->common, NULL, &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(d->character, "--character", &cmd_diagnose_help, err));
    if (!d->model && !d->outputs)
        return vis_fail(err, VIS_ERR_USAGE,
                        "give --model, --outputs or both; see viseme diagnose --help");
    if (d->frames < 1 || d->run < 1)
        return vis_fail(err, VIS_ERR_USAGE, "--frames and --run: choose 1 or more");
    if (d->start < 0) return vis_fail(err, VIS_ERR_USAGE, "--start: choose 0 or more");
    return VIS_OK;
}

static void print_findings(const findings *found)
{
    for (int i = 0; i < found->count; i++) {
        const finding *f = &found->item[i];
        printf("\n%d. %s [%s]\n   %s\n   measured %.4g %s, threshold %.4g\n   -> %s\n", i + 1,
               f->title, finding_stage_name(f->stage), f->text, f->number, f->unit, f->threshold,
               f->advice);
    }
}

static void print_contracts(const search_result *s)
{
    char words[512];
    printf("\n%-68s %8s %8s %8s %8s\n", "contract", "PSNR dB", "SSIM", "mouth dB", "cost dB");
    for (int i = 0; i < s->trials; i++) {
        const search_trial *t = &s->trial[i];
        printf("%-68s %8.2f %8.4f %8.2f %+8.2f\n",
               t->deviation ? t->deviation->words : "as declared", t->psnr, t->ssim, t->mouth,
               s->trial[0].psnr - t->psnr);
    }
    printf("nearest: %s, %.2f dB\n", contract_words(&s->best, words, sizeof words),
           s->best_trial.psnr);
    printf("\nsound moved by frames, dB at the mouth:");
    for (int i = 0; i <= 2 * SEARCH_SHIFTS; i++)
        printf(" %+d:%.1f", i - SEARCH_SHIFTS, s->shift[i]);
    printf("; from elsewhere %.1f\n", s->foreign);
}

static void print_painting(const appearance_result *a)
{
    printf("\npainting, %lld frames: PSNR %.2f dB, SSIM %.4f, colour dE %.2f, sharpness %.2f, seam "
           "%.2f, jitter %.2f",
           (long long)a->frames, a->psnr, a->ssim, a->delta_e, a->sharpness, a->seam, a->jitter);
    if (isfinite(a->rest_motion)) printf(", mouth at rest %.2f", a->rest_motion);
    printf("\n");
}

static void print_text(const diagnosis *d)
{
    char headline[512];
    diagnosis_headline(d, headline, sizeof headline);
    printf("%s.\n", headline);
    print_findings(&d->found);
    if (d->searched) print_contracts(&d->search);
    if (d->painted) print_painting(&d->looks);
    if (d->searched || d->painted) printf("\n%s\n", JUDGED_WORDS);
}

static vis_status write_report(const arguments *a, const diagnosis *d, vis_error *err)
{
    char *page = path_join(a->report, "report.html");
    char *json = path_join(a->report, "diagnosis.json");
    char *mistakes = path_join(a->report, "mistakes.png");
    vis_status status = page && json && mistakes ? VIS_OK : vis_fail_memory(err, "file names");
    if (status == VIS_OK) status = diagnosis_page_write(d, &a->diagnose, page, err);
    if (status == VIS_OK) status = json_write(json, diagnosis_json(d, &a->diagnose), err);
    if (status == VIS_OK) status = diagnosis_mistakes_write(d, mistakes, err);
    if (status == VIS_OK && !a->common.json && !a->common.quiet) printf("\nreport: %s\n", page);
    free(page);
    free(json);
    free(mistakes);
    return status;
}

static vis_status run(arguments *a, vis_error *err)
{
    progress bar;
    progress_start(&bar, "painting", "a second", a->common.quiet);
    warning_sink sink = {.quiet = a->common.quiet, .bar = &bar};
    diagnose_options options = a->diagnose;
    options.threads = a->common.threads;
    options.log = warning_log(&sink);
    options.progress = progress_show;
    options.progress_user = &bar;
    diagnosis d = {0};
    bool there = !a->report || path_is_folder(a->report);
    vis_status status = a->report ? folder_make(a->report, err) : VIS_OK; /* before long work */
    if (status == VIS_OK) status = diagnose_run(&options, &d, err);
    progress_end(&bar);
    if (status != VIS_OK && !there) rmdir(a->report);
    if (status == VIS_OK && a->common.json)
        status = report_json(diagnosis_json(&d, &a->diagnose), err);
    if (status == VIS_OK && !a->common.json && !a->common.quiet) print_text(&d);
    if (status == VIS_OK && a->report) status = write_report(a, &d, err);
    bool faults = d.found.count > 0;
    diagnosis_free(&d);
    return status == VIS_OK && faults ? VIS_NO : status;
}

int cmd_diagnose(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.diagnose = diagnose_defaults()};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("diagnose", status, &err);
}
