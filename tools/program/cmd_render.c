/* program/cmd_render.c - viseme render.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/status.h"
#include "inside/render_rules.h"
#include "program/command.h"
#include "program/fast_report.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const command_help cmd_render_help = {
    .name = "render",
    .purpose = "checkpoint + character + speech -> talking video",
    .usage = "render --model FILE --character DIR --audio FILE\n"
             "           (--audio-encoder FILE | --features FILE) -o OUT.mp4",
    .example =
        "  viseme render --model models/99.pth --character character --audio speech.wav \\\n"
        "      --audio-encoder models/audio_encoder.pth -o talking.mp4\n\n"
        "When it is stopped (^C, SIGTERM, SIGHUP), or when footage or sound turn bad on the\n"
        "way, the frames painted so far become talking.partial.mp4, with their sound\n"
        "(talking.partial-2.mp4 and so on where that is taken).\n",
};

typedef struct arguments {
    vis_render_options render;
    common_options common;
    int cache_mb;
    vis_composite composite;
    bool exact;
    bool done; /* help was printed */
} arguments;

#define COMPOSITE_NOT_ASKED ((vis_composite)-1)

static vis_status settle_exact(arguments *a, vis_error *err)
{
    if (a->exact && a->composite == VIS_SEAMLESS)
        return vis_fail(err, VIS_ERR_USAGE,
                        "--exact and --composite seamless rule each other out: give one of them");
    if (a->exact && a->render.smooth != 0)
        return vis_fail(err, VIS_ERR_USAGE,
                        "--exact and --smooth rule each other out: give one of them");
    a->render.no_rest = a->render.no_rest || a->exact;
    a->render.composite = a->exact                              ? VIS_EXACT
                          : a->composite == COMPOSITE_NOT_ASKED ? VIS_SEAMLESS
                                                                : a->composite;
    return VIS_OK;
}

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    vis_render_options *r = &a->render;
    const option table[] = {
        opt_model(&r->model),
        opt_checkpoint(&r->checkpoint),
        opt_character(&r->character),
        opt_audio(&r->audio),
        opt_audio_encoder(&r->audio_encoder),
        opt_features(&r->features),
        opt_audio_mode(&r->audio_mode),
        {"--output", OPTION_TEXT, &r->output, "FILE", "the video to write: an MP4 (-o)"},
        {"--start", OPTION_LONG, &r->start, "N",
         "first frame of the clip to render (default 0); sound starts there too"},
        {"--frames", OPTION_LONG, &r->frames, "N",
         "how many frames (default: to the end of the speech)"},
        {"--footage-start", OPTION_INT, &r->footage_start, "K",
         "bounce over footage frames K to the last (default 0)"},
        {"--fps", OPTION_INT, &r->fps, "N", "rate of features and video (default 25; wenet 20)"},
        opt_resample_footage(&r->resample_footage),
        opt_parsing(&r->parsing),
        opt_crop_resize(&r->crop),
        opt_paste_resize(&r->paste),
        opt_composite(&a->composite, VIS_SEAMLESS),
        {"--exact", OPTION_FLAG, &a->exact, NULL,
         "everything as the Python pipeline does it: --composite exact, --no-rest"},
        {"--smooth", OPTION_INT, &r->smooth, "N",
         "still face squares: means over N frames to both sides (default 0: as they are)"},
        {"--no-rest", OPTION_FLAG, &r->no_rest, NULL,
         "lips move by the network in silence too; else, where --audio is silent, the mouth\n"
         "rests"},
        opt_precision(&r->precision),
        {"--crf", OPTION_NUMBER, &r->crf, "Q", "x264 quality, 0 lossless to 51 (default 18)"},
        {"--preset", OPTION_TEXT, &r->preset, "NAME",
         "x264 preset, ultrafast to veryslow (default veryfast)", render_presets()},
        opt_cache_mb(&a->cache_mb),
        opt_no_sign(&r->no_sign),
        opt_sign_key(&r->sign_key),
        opt_sign_certificate(&r->sign_certificate),
        {"--mark-id", OPTION_TEXT, &r->mark_id, "HEX",
         "the UUID by which the signed file is called, 32 digits (default: a random one)"},
        opt_label(&r->label),
        opt_aigc_producer(&r->aigc_producer),
        opt_aigc_id(&r->aigc_id),
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_render_help,
                          &a->common, NULL, &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(r->model, "--model", &cmd_render_help, err));
    VIS_TRY(option_required(r->character, "--character", &cmd_render_help, err));
    VIS_TRY(option_required(r->output, "--output", &cmd_render_help, err));
    VIS_TRY(settle_exact(a, err));
    if (a->cache_mb < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--cache-mb %d: must not be negative", a->cache_mb);
    r->threads = a->common.threads;
    r->cache_bytes = a->cache_mb < 0 ? -1 : (int64_t)a->cache_mb << 20;
    return VIS_OK;
}

/* Signed, by whom, and what that is worth. */
static void print_signed(const vis_render_result *made)
{
    if (*made->manifest)
        printf("signed, so that any change to it shows, by %s\n", made->signer);
    else
        printf("not signed (--no-sign)\n");
}

static vis_status print_result(const arguments *a, const vis_render_result *made, vis_error *err)
{
    bool fast = a->render.precision == VIS_FAST;
    if (a->common.json) {
        json_t *all =
            json_make("{s:s, s:I, s:f, s:i, s:i, s:f, s:f, s:b, s:I}", "output", a->render.output,
                      "frames", (json_int_t)made->frames, "seconds", made->seconds, "width",
                      made->width, "height", made->height, "elapsed_s", made->elapsed, "fps",
                      made->fps, "silent", made->silent, "rested", (json_int_t)made->rested);
        json_put(&all, "manifest", json_text(*made->manifest ? made->manifest : NULL));
        json_put(&all, "signer", json_text(*made->signer ? made->signer : NULL));
        if (fast) json_put(&all, "fast", fast_json(&made->fast));
        return report_json(all, err);
    }
    if (!a->common.quiet)
        printf("%s: %lld frames, %.2f s, %dx%d, rendered in %.1f s (%.1f fps)\n", a->render.output,
               (long long)made->frames, made->seconds, made->width, made->height, made->elapsed,
               made->fps);
    if (!a->common.quiet) print_signed(made);
    if (!a->common.quiet && fast) {
        char text[FAST_TEXT_MAX];
        fast_text(&made->fast, text);
        printf("%s\n", text);
    }
    return VIS_OK;
}

/* "folder/talking.mp4" -> "folder/talking.partial.mp4", beside the file that a link leads to. NULL
 * when out of memory. */
static char *partial_name(const char *output)
{
    char *target = file_target(output);
    const char *suffix = target ? path_suffix(target) : NULL;
    char *name =
        target ? text_format("%.*s.partial%s", (int)(suffix - target), target, suffix) : NULL;
    free(target);
    return name;
}

static vis_status run(arguments *a, vis_error *err)
{
    progress bar;
    progress_start(&bar, "frame", "fps", a->common.quiet);
    warning_sink sink = {.quiet = a->common.quiet, .bar = &bar};
    char *partial = partial_name(a->render.output);
    if (!partial) return vis_fail_memory(err, "a file name");
    a->render.partial = partial;
    a->render.log = warning_log(&sink);
    a->render.progress = progress_show;
    a->render.progress_user = &bar;
    vis_render_result made;
    vis_status status = vis_render_video(&a->render, &made, err);
    progress_end(&bar);
    free(partial);
    return status == VIS_OK ? print_result(a, &made, err) : status;
}

int cmd_render(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {
        .render = vis_render_options_defaults(), .cache_mb = -1, .composite = COMPOSITE_NOT_ASKED};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("render", status, &err);
}
