/* program/cmd_compare.c - viseme compare: are two results the same?
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/status.h"
#include "compare/compare_json.h"
#include "compare/compare_output.h"
#include "program/command.h"
#include "program/compare_text.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>
#include <string.h>

const command_help cmd_compare_help = {
    .name = "compare",
    .purpose = "are two results the same, and where do they part",
    .usage = "compare A B [--character DIR | --data DIR] [-o DIR]\n"
             "           compare --stats FILE",
    .example =
        "  viseme compare 99.pth 99.onnx --character character --frames 10 -o report\n"
        "  viseme compare ours/ theirs/\n"
        "  viseme compare 99.pth theirs/ --character character --start 100\n"
        "  viseme compare --stats figures.json\n\n"
        "A and B are checkpoints (.pth, .onnx, a folder of N.pth: run here on the same inputs),\n"
        "tensors (.npy, a folder of them, a folder of raw tensors), or pictures (a folder of\n"
        "output_frame_NNNN.png or another numbered series, one picture, a video).\n"
        "The verdict is one of four: bit-identical, numerically equal, visually equal, different.\n"
        "Frames that do not belong together are refused. --stats takes JSON {\"columns\":\n"
        "[{\"name\", \"mean\", \"std\", \"max_diff\", \"mean_diff\"}, ...]} or CSV with such a\n"
        "header; two summary.json of viseme frames can also be given as A and B.\n",
};

typedef struct arguments {
    text_list sides;
    const char *stats, *output, *require, *nodes, *mode, *character, *data;
    vis_speech speech;
    int64_t start, frames;
    int pictures;
    bool all;
    verdict required;
    compare_nodes node_mode;
    common_options common;
    bool done;
} arguments;

/* Two or more files of statistics instead of results. */
static bool are_statistics(const arguments *a)
{
    int json = 0;
    for (int i = 0; i < a->sides.count; i++)
        json += path_has_suffix(a->sides.item[i], ".json");
    return json > 0 && json == a->sides.count;
}

static vis_status check(arguments *a, vis_error *err)
{
    if (a->stats && a->sides.count)
        return vis_fail(err, VIS_ERR_USAGE, "%s: --stats is given alone", a->sides.item[0]);
    if (!a->stats && !are_statistics(a) && a->sides.count != 2)
        return vis_fail(err, VIS_ERR_USAGE,
                        "two results are wanted, %d given; see viseme %s --help", a->sides.count,
                        cmd_compare_help.name);
    if (a->frames == 0 || a->frames < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--frames %lld: choose 1 or more",
                        (long long)a->frames);
    if (a->start < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--start %lld: must not be negative",
                        (long long)a->start);
    if (a->pictures < 0 || a->pictures > COMPARE_MAX_PICTURES)
        return vis_fail(err, VIS_ERR_USAGE, "--pictures %d: choose 0 to %d", a->pictures,
                        COMPARE_MAX_PICTURES);
    if (a->nodes && strcmp(a->nodes, "always") == 0)
        a->node_mode = COMPARE_NODES_ALWAYS;
    else if (a->nodes && strcmp(a->nodes, "never") == 0)
        a->node_mode = COMPARE_NODES_NEVER;
    return verdict_parse(a->require, &a->required, err);
}

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        {"A B", OPTION_TEXTS, &a->sides, NULL, "the two results"},
        opt_character(&a->character),
        opt_audio(&a->speech.audio),
        opt_audio_encoder(&a->speech.audio_encoder),
        opt_features(&a->speech.features),
        {"--data", OPTION_TEXT, &a->data, "DIR", "or: a folder of raw tensors to feed checkpoints"},
        opt_audio_mode(&a->mode),
        {"--start", OPTION_LONG, &a->start, "K", "first frame of the footage (default 0)"},
        {"--frames", OPTION_LONG, &a->frames, "N",
         "how many (default: as many as there are; 10 of\nfootage for two checkpoints)"},
        {"--require", OPTION_TEXT, &a->require, "LEVEL",
         "bit, numeric or visual: exit status 1 below it\n(default visual)", "bit numeric visual"},
        {"--nodes", OPTION_TEXT, &a->nodes, "WHEN",
         "compare networks node by node: auto (when they\ndiffer), always, never",
         "auto always never"},
        {"--output", OPTION_TEXT, &a->output, "DIR",
         "folder for report.html, compare.json and pictures (-o)"},
        {"--pictures", OPTION_INT, &a->pictures, "N", "frames to draw there (default 5)"},
        {"--all", OPTION_FLAG, &a->all, NULL, "print every frame, not only the worst 20"},
        {"--stats", OPTION_TEXT, &a->stats, "FILE",
         "judge columns of statistics instead (.json, .csv)"},
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_compare_help,
                          &a->common, NULL, &a->done, err));
    return a->done ? VIS_OK : check(a, err);
}

static vis_status judge_statistics(const arguments *a, vis_error *err)
{
    figures f = {0};
    vis_status status = VIS_OK;
    if (a->stats) status = figures_read(a->stats, &f, err);
    for (int i = 0; i < a->sides.count && status == VIS_OK; i++)
        status = figures_read(a->sides.item[i], &f, err);
    if (status == VIS_OK) status = figures_check(&f, err);
    if (status == VIS_OK && a->common.json)
        status = report_json(figures_json(&f), err);
    else if (status == VIS_OK && !a->common.quiet)
        figures_text_print(&f);
    if (status == VIS_OK && !figures_all_consistent(&f)) status = VIS_NO;
    figures_free(&f);
    return status;
}

static vis_status tell(const arguments *a, comparison *c, vis_error *err)
{
    const compare_result *r = comparison_result(c);
    if (a->output) VIS_TRY(compare_output(c, a->required, a->output, a->pictures, err));
    if (a->common.json)
        VIS_TRY(report_json(compare_json(r, a->required), err));
    else if (!a->common.quiet)
        compare_text_print(c, a->required, a->all);
    if (a->output && !a->common.json && !a->common.quiet) printf("\n%s/report.html\n", a->output);
    return r->verdict >= a->required && !r->called_out ? VIS_OK : VIS_NO;
}

static vis_status compare(const arguments *a, vis_error *err)
{
    progress bar;
    progress_start(&bar, "frame", "fps", a->common.quiet);
    warning_sink sink = {.quiet = a->common.quiet, .bar = &bar};
    compare_options o = {.a = a->sides.item[0],
                         .b = a->sides.item[1],
                         .audio_mode = a->mode,
                         .character = a->character,
                         .data = a->data,
                         .speech = a->speech,
                         .start = a->start,
                         .frames = a->frames,
                         .threads = a->common.threads,
                         .nodes = a->node_mode,
                         .log = warning_log(&sink),
                         .progress = progress_show,
                         .progress_user = &bar};
    comparison *c;
    vis_status status = comparison_run(&o, &c, err);
    progress_end(&bar);
    if (status != VIS_OK) return status;
    status = tell(a, c, err);
    comparison_free(c);
    return status;
}

int cmd_compare(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.start = -1, .frames = -1, .pictures = COMPARE_PICTURES, .require = "visual"};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done)
        status = a.stats || are_statistics(&a) ? judge_statistics(&a, &err) : compare(&a, &err);
    return report_status("compare", status, &err);
}
