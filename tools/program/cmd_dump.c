/* program/cmd_dump.c - viseme dump.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/status.h"
#include "inside/render_rules.h"
#include "measure/dump.h"
#include "program/command.h"
#include "program/footage_inputs.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>

#define DEFAULT_FRAMES 10
#define NOT_ASKED INT64_MIN

const command_help cmd_dump_help = {
    .name = "dump",
    .purpose = "the network's inputs of some frames as raw tensors, for infer and other programs",
    .usage = "dump --model FILE --character DIR\n"
             "           [--audio FILE --audio-encoder FILE | --features FILE] -o DIR",
    .example =
        "  viseme dump --model models/99.pth --character character --frames 10 --start 100 -o raw\n"
        "  viseme infer --model models/99.pth --data raw -o out.npy\n\n"
        "Frame K of the footage is paired with feature row K, as `viseme frames` does it; without\n"
        "--audio and --features the character's own features are used. No network runs: the model\n"
        "says which size and which audio. DIR gets visual_input.bin and audio_input.bin,\n"
        "little-endian float32, and metadata.json:\n"
        "  {\"num_frames\": 10, \"start_frame\": 100, \"visual_shape\": [10, 6, 320, 320],\n"
        "   \"audio_shape\": [10, 32, 16, 16], \"dtype\": \"float32\"}\n",
};

typedef struct arguments {
    footage_options footage;
    const char *output;
    int64_t start, frames;
    int64_t asked; /* for frames, -1: not */
    vis_interpolation crop;
    common_options common;
    bool done;
} arguments;

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        opt_model(&a->footage.model),
        opt_checkpoint(&a->footage.checkpoint),
        opt_character(&a->footage.character),
        opt_audio(&a->footage.speech.audio),
        opt_audio_encoder(&a->footage.speech.audio_encoder),
        opt_features(&a->footage.speech.features),
        opt_audio_mode(&a->footage.mode),
        {"--output", OPTION_TEXT, &a->output, "DIR",
         "folder for the tensors, made if need be (-o)"},
        {"--start", OPTION_LONG, &a->start, "K", "first frame and feature row (default 0)"},
        {"--frames", OPTION_LONG, &a->frames, "N", "how many (default 10; -1: all)"},
        opt_resample_footage(&a->footage.resample),
        opt_crop_resize(&a->crop),
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_dump_help,
                          &a->common, NULL, &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(a->footage.model, "--model", &cmd_dump_help, err));
    VIS_TRY(option_required(a->footage.character, "--character", &cmd_dump_help, err));
    VIS_TRY(option_required(a->output, "--output", &cmd_dump_help, err));
    a->asked = a->frames == NOT_ASKED ? -1 : a->frames;
    if (a->frames == NOT_ASKED) a->frames = DEFAULT_FRAMES;
    if (a->frames == 0 || a->frames < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--frames %lld: choose 1 or more, or -1 for all",
                        (long long)a->frames);
    return VIS_OK;
}

static vis_status print_result(const arguments *a, const footage_inputs *in, int64_t frames,
                               vis_error *err)
{
    vis_model_info m;
    vis_model_get_info(in->model, &m);
    const int *audio = m.audio_shape, size = m.image_size;
    if (a->common.json)
        return report_json(
            json_make("{s:s, s:s, s:s, s:s, s:I, s:I, s:[I, i, i, i], s:[I, i, i, i]}", "output",
                      a->output, "model", m.path, "sha256", m.sha256, "character",
                      a->footage.character, "start", (json_int_t)a->start, "frames",
                      (json_int_t)frames, "visual_shape", (json_int_t)frames, 6, size, size,
                      "audio_shape", (json_int_t)frames, audio[0], audio[1], audio[2]),
            err);
    if (!a->common.quiet)
        printf("%s: frames %lld to %lld, visual [%lld, 6, %d, %d], audio [%lld, %d, %d, %d]\n",
               a->output, (long long)a->start, (long long)(a->start + frames - 1),
               (long long)frames, size, size, (long long)frames, audio[0], audio[1], audio[2]);
    return VIS_OK;
}

static vis_status run(const arguments *a, vis_error *err)
{
    progress bar;
    progress_start(&bar, "frame", "fps", a->common.quiet);
    warning_sink sink = {.quiet = a->common.quiet, .bar = &bar};
    vis_log log = warning_log(&sink);
    footage_inputs in = {0};
    int64_t frames = 0;
    dump_options options = {.start = a->start,
                            .frames = a->frames,
                            .crop = a->crop,
                            .progress = progress_show,
                            .progress_user = &bar};
    vis_status status = footage_inputs_open(&a->footage, &log, &in, err);
    if (status == VIS_OK) status = footage_inputs_check_folder(&in, a->output, err);
    if (status == VIS_OK)
        status = dump_write(in.model, in.character, in.features, &options, a->output, &frames, err);
    progress_end(&bar);
    if (status == VIS_OK) render_warn_fewer(&log, frames, a->asked);
    if (status == VIS_OK) status = print_result(a, &in, frames, err);
    footage_inputs_close(&in);
    return status;
}

int cmd_dump(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.footage.checkpoint = -1, .frames = NOT_ASKED};
    vis_status status = parse(argc, argv, &a, &err);
    a.footage.threads = a.common.threads;
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("dump", status, &err);
}
