/* program/cmd_features.c - viseme features.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/status.h"
#include "program/command.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>

const command_help cmd_features_help = {
    .name = "features",
    .purpose = "speech -> aud_ave.npy [T + 2, 512], and its mel spectrogram [M, 80]",
    .usage = "features --audio FILE --audio-encoder FILE -o aud_ave.npy [--mel mel.npy]",
    .example = "  viseme features --audio speech.wav --audio-encoder models/audio_encoder.pth -o "
               "aud_ave.npy\n",
};

typedef struct arguments {
    const char *audio, *encoder, *output, *mel;
    common_options common;
    bool done;
} arguments;

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        opt_audio(&a->audio),
        opt_audio_encoder(&a->encoder),
        {"--output", OPTION_TEXT, &a->output, "FILE", "the features to write, .npy (-o)"},
        {"--mel", OPTION_TEXT, &a->mel, "FILE",
         "the mel spectrogram to write, .npy; needs no encoder"},
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_features_help,
                          &a->common, NULL, &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(a->audio, "--audio", &cmd_features_help, err));
    if (!a->output && !a->mel)
        return vis_fail(err, VIS_ERR_USAGE,
                        "--output (or --mel) is missing; see viseme features --help");
    return a->output ? option_required(a->encoder, "--audio-encoder", &cmd_features_help, err)
                     : VIS_OK;
}

static vis_status print_result(const arguments *a, const vis_features_summary *made, vis_error *err)
{
    if (a->common.json)
        return report_json(json_make("{s:s?, s:s?, s:I, s:I, s:f, s:b}", "output", a->output, "mel",
                                     a->mel, "rows", (json_int_t)made->rows, "mel_frames",
                                     (json_int_t)made->mel_frames, "seconds", made->seconds,
                                     "silent", made->silent),
                           err);
    if (!a->common.quiet) {
        if (a->output)
            printf("%s: %lld rows of 512 from %.2f s of sound\n", a->output, (long long)made->rows,
                   made->seconds);
        if (a->mel) printf("%s: %lld mel frames of 80\n", a->mel, (long long)made->mel_frames);
    }
    return VIS_OK;
}

static vis_status run(arguments *a, vis_error *err)
{
    progress bar;
    progress_start(&bar, "row", "rows/s", a->common.quiet);
    warning_sink sink = {.quiet = a->common.quiet, .bar = &bar};
    vis_log log = warning_log(&sink);
    vis_model_options options = vis_model_options_defaults();
    options.log = log;
    vis_model *encoder = NULL;
    if (a->output) VIS_TRY(vis_model_open(a->encoder, &options, &encoder, err));
    vis_features_summary made;
    vis_status status = vis_features_write(a->audio, encoder, a->common.threads, a->output, a->mel,
                                           &log, progress_show, &bar, &made, err);
    progress_end(&bar);
    vis_model_close(encoder);
    if (status != VIS_OK) return status;
    if (made.silent) log.call(log.user, "the speech is silent");
    return print_result(a, &made, err);
}

int cmd_features(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {0};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("features", status, &err);
}
