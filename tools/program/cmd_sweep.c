/* program/cmd_sweep.c - viseme sweep.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/status.h"
#include "measure/judged.h"
#include "program/command.h"
#include "program/options.h"
#include "program/report.h"
#include "sweep/sweep.h"
#include "sweep/sweep_json.h"
#include "sweep/sweep_output.h"
#include "sweep/sweep_rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABEL_WIDTH 40 /* of the table, at most */

const command_help cmd_sweep_help = {
    .name = "sweep",
    .purpose = "which of many checkpoints paints the character best",
    .usage = "sweep CHECKPOINT ... --character DIR [--hold-out N] [-o DIR]",
    .example =
        "  viseme sweep models/*.pth --character character --hold-out 250 -o sweep\n\n"
        "Every checkpoint repaints the same frames of the footage, and is compared with what was\n"
        "filmed. The PSNR in the mask ranks, of the held-out frames where there are any. Less\n"
        "than 0.1 dB apart, or less than other frames could change, is a tie (=), which the PSNR\n"
        "at the mouth decides. A checkpoint that cannot be scored is a line with its error. DIR\n"
        "gets report.html (open it in a browser), sweep.svg (PSNR by checkpoint), strip.png (one\n"
        "frame through all checkpoints) and sweep.json.\n",
};

typedef struct arguments {
    text_list paths;
    const char *output;
    sweep_options sweep;
    common_options common;
    bool done;
} arguments;

static vis_status check(const arguments *a, vis_error *err)
{
    const sweep_options *o = &a->sweep;
    if (a->paths.count == 0)
        return vis_fail(err, VIS_ERR_USAGE, "no checkpoint is named; see viseme sweep --help");
    VIS_TRY(option_required(o->character, "--character", &cmd_sweep_help, err));
    if (o->frames == 0 || o->frames < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--frames %d: choose 1 or more, or -1 for all",
                        o->frames);
    if (o->hold_out < 0)
        return vis_fail(err, VIS_ERR_USAGE, "--hold-out %lld: choose 0 or more",
                        (long long)o->hold_out);
    if (o->strip_frame < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--frame %lld: choose 0 or more",
                        (long long)o->strip_frame);
    if (o->strip_frame >= 0 && !a->output)
        return vis_fail(err, VIS_ERR_USAGE, "--frame is for the strip, which goes into --output");
    return VIS_OK;
}

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    sweep_options *o = &a->sweep;
    const option table[] = {
        {"CHECKPOINT", OPTION_TEXTS, &a->paths, "...",
         "checkpoints: .pth, .onnx, or folders of N.pth (every N)"},
        opt_character(&o->character),
        opt_audio(&o->speech.audio),
        opt_audio_encoder(&o->speech.audio_encoder),
        opt_features(&o->speech.features),
        opt_audio_mode(&o->audio_mode),
        {"--frames", OPTION_INT, &o->frames, "N",
         "how many are scored, evenly spread (default 32; -1: all)"},
        {"--hold-out", OPTION_LONG, &o->hold_out, "N",
         "the last N frames of the footage were kept out of\n"
         "training: --frames of them are scored too, and rank"},
        {"--frame", OPTION_LONG, &o->strip_frame, "K",
         "the frame of strip.png (default: where they differ most)"},
        {"--output", OPTION_TEXT, &a->output, "DIR", "folder for the report, made if need be (-o)"},
        opt_resample_footage(&o->resample_footage),
        opt_crop_resize(&o->crop),
        opt_paste_resize(&o->paste),
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_sweep_help,
                          &a->common, NULL, &a->done, err));
    return a->done ? VIS_OK : check(a, err);
}

static void print_number(const char *format, int width, double value)
{
    if (isfinite(value))
        printf(format, value);
    else
        printf("%*s", width, "-");
}

static void print_row(const sweep_result *r, const sweep_row *row, int label)
{
    char rank[16] = "-";
    if (row->rank) snprintf(rank, sizeof rank, "%d%s", row->rank, row->tied ? "=" : "");
    printf("%4s  %-*.*s", rank, label, label, row->label);
    if (row->status != VIS_OK) {
        printf("  %s\n", row->error);
        return;
    }
    if (r->held_frames) print_number("  %11.2f", 13, row->held.psnr);
    print_number("  %10.2f", 12, row->trained.psnr);
    print_number("  %7.4f", 9, sweep_deciding(row)->ssim);
    print_number("  %8.2f", 10, sweep_deciding(row)->mouth);
    print_number("  %9.2f", 11, row->sharpness);
    print_number("  %6.2f", 8, row->delta_e);
    print_number("  %8.2f\n", 10, row->response);
}

static vis_status print_text(const sweep_result *r, vis_error *err)
{
    int label = (int)strlen("checkpoint");
    for (int i = 0; i < r->rows; i++) {
        int length = (int)strlen(r->row[i].label);
        label = length > label ? length : label;
    }
    label = label < LABEL_WIDTH ? label : LABEL_WIDTH;
    printf("rank  %-*s", label, "checkpoint");
    if (r->held_frames) printf("  held out dB");
    printf("  %10s     SSIM  mouth dB  sharpness  colour  response\n",
           r->held_frames ? "trained dB" : "mask dB");
    for (int i = 0; i < r->rows; i++)
        print_row(r, &r->row[r->order[i]], label);
    char *words = sweep_words(r), *overfit = sweep_overfit_words(r);
    if (words && overfit)
        printf("%s\n%s%s%s\n", JUDGED_WORDS, overfit, overfit[0] ? "\n" : "", words);
    bool made = words && overfit;
    free(words);
    free(overfit);
    return made ? VIS_OK : vis_fail_memory(err, "a verdict");
}

static vis_status print_result(const arguments *a, const sweep_result *r, vis_error *err)
{
    if (a->common.json) return report_json(sweep_json(r, a->sweep.character), err);
    if (a->common.quiet) return VIS_OK;
    VIS_TRY(print_text(r, err));
    if (a->output) printf("\n%s/report.html\n", a->output);
    return VIS_OK;
}

static vis_status run(arguments *a, vis_error *err)
{
    progress bar;
    progress_start(&bar, "painting", "a second", a->common.quiet);
    warning_sink sink = {.quiet = a->common.quiet, .bar = &bar};
    sweep_options options = a->sweep;
    options.path = a->paths.item;
    options.paths = a->paths.count;
    options.strip = a->output != NULL;
    options.threads = a->common.threads;
    options.log = warning_log(&sink);
    options.progress = progress_show;
    options.progress_user = &bar;
    bool there = !a->output || path_is_folder(a->output);
    if (a->output) VIS_TRY(folder_make(a->output, err)); /* before long work */
    sweep_result r;
    vis_status status = sweep_run(&options, &r, err);
    progress_end(&bar);
    if (status != VIS_OK && !there) rmdir(a->output);
    if (status == VIS_OK && a->output)
        status = sweep_output(&r, a->sweep.character, a->output, err);
    if (status == VIS_OK) status = print_result(a, &r, err);
    sweep_free(&r);
    return status;
}

int cmd_sweep(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.sweep = sweep_defaults()};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("sweep", status, &err);
}
