/* program/cmd_frames.c - viseme frames: frames K, K+1, ... of the footage, each with its own feature
 * row, as PNGs with a table of statistics.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/status.h"
#include "inside/render_rules.h"
#include "measure/statistics.h"
#include "program/command.h"
#include "program/fast_report.h"
#include "program/footage_inputs.h"
#include "program/frame_pictures.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_FRAMES 10
#define NOT_ASKED INT64_MIN
#define UNIT_SLACK 1e-3 /* outside of [0, 1]: rounding */

const command_help cmd_frames_help = {
    .name = "frames",
    .purpose = "some frames as PNGs, with statistics of the network's output",
    .usage = "frames --model FILE --character DIR\n"
             "           [--audio FILE --audio-encoder FILE | --features FILE] -o DIR",
    .example =
        "  viseme frames --model models/99.pth --character character --frames 10 --start 100 -o "
        "out\n\n"
        "Frame K of the footage is paired with feature row K. Without --audio and --features the\n"
        "character's own features are used. DIR gets output_frame_NNNN.png (the whole picture),\n"
        "input_face_NNNN.png (what the network saw), comparison_NNNN.png (face before and after)\n"
        "and summary.json.\n",
};

typedef struct arguments {
    footage_options footage;
    const char *output;
    int64_t start, frames;
    int64_t asked; /* for frames, -1: not */
    vis_interpolation crop, paste;
    vis_composite composite;
    common_options common;
    bool done;
} arguments;

/* What a run holds open, and what it has measured. */
typedef struct run_state {
    footage_inputs in;
    vis_context *context;
    vis_stream *stream;
    frame_pictures pictures;
    json_t *frames; /* one object a frame */
    statistics all;
    double *ms; /* of the network, a frame each */
    int64_t done, capacity;
    int64_t odd_frames, odd_index; /* whose numbers are no picture; the first of them, */
    statistics odd;                /* and its numbers */
} run_state;

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
         "folder for the pictures, made if need be (-o)"},
        {"--start", OPTION_LONG, &a->start, "K", "first frame and feature row (default 0)"},
        {"--frames", OPTION_LONG, &a->frames, "N", "how many (default 10; -1: all)"},
        opt_resample_footage(&a->footage.resample),
        opt_parsing(&a->footage.parsing),
        opt_crop_resize(&a->crop),
        opt_paste_resize(&a->paste),
        opt_composite(&a->composite, VIS_EXACT),
        opt_precision(&a->footage.precision),
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_frames_help,
                          &a->common, NULL, &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(a->footage.model, "--model", &cmd_frames_help, err));
    VIS_TRY(option_required(a->footage.character, "--character", &cmd_frames_help, err));
    VIS_TRY(option_required(a->output, "--output", &cmd_frames_help, err));
    a->asked = a->frames == NOT_ASKED ? -1 : a->frames;
    if (a->frames == NOT_ASKED) a->frames = DEFAULT_FRAMES;
    if (a->frames == 0 || a->frames < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--frames %lld: choose 1 or more, or -1 for all",
                        (long long)a->frames);
    return VIS_OK;
}

static vis_status open_all(const arguments *a, const vis_log *log, run_state *s, vis_error *err)
{
    VIS_TRY(footage_inputs_open(&a->footage, log, &s->in, err));
    vis_context_options c = vis_context_options_defaults();
    c.threads = a->common.threads;
    c.workers = 1;     /* each frame's time is that of all threads, ... */
    c.cache_bytes = 0; /* the whole network's, ... */
    VIS_TRY(vis_context_create(&c, &s->context, err));
    vis_stream_options o = vis_stream_options_defaults();
    o.no_rest = true; /* what is shown is what is heard */
    o.straight = true;
    o.start = a->start;
    o.frames = a->frames;
    o.crop = a->crop;
    o.paste = a->paste;
    o.composite = a->composite;
    o.tensors = true;
    o.any_output = true; /* the table tells */
    o.on_demand = true;  /* ... and nothing else's */
    VIS_TRY(vis_stream_create(s->context, s->in.model, s->in.character, &o, &s->stream, err));
    return vis_stream_hear(s->stream, s->in.features, err);
}

static void close_all(run_state *s)
{
    vis_stream_close(s->stream);
    vis_context_close(s->context);
    footage_inputs_close(&s->in);
    frame_pictures_free(&s->pictures);
    json_decref(s->frames);
    free(s->ms);
}

static json_t *statistics_json(const statistics *s)
{
    return json_make("{s:f, s:f, s:f, s:f, s:f, s:I}", "min", s->min, "max", s->max, "mean",
                     s->mean, "std", statistics_std(s), "in_unit_range", statistics_inside(s),
                     "not_finite", (json_int_t)s->broken);
}

static vis_status keep_time(run_state *s, double ms, vis_error *err)
{
    if (s->done == s->capacity) {
        int64_t capacity = s->capacity ? 2 * s->capacity : 256;
        double *larger = realloc(s->ms, sizeof *s->ms * (size_t)capacity);
        if (!larger) return vis_fail_memory(err, "the timings");
        s->ms = larger;
        s->capacity = capacity;
    }
    s->ms[s->done++] = ms;
    return VIS_OK;
}

static void print_row(const vis_frame *f, const statistics *s)
{
    printf("%6lld %8d %9.6f %9.6f %9.6f %9.6f %8.2f%% %9.2f", (long long)f->index, f->footage,
           s->min, s->max, s->mean, statistics_std(s), 100 * statistics_inside(s), f->network_ms);
    if (s->broken) printf("  %lld not finite", (long long)s->broken);
    printf("\n");
}

/* The first frame whose numbers are no picture; the table tells of the others. */
static void note_range(run_state *s, const vis_frame *f, const statistics *one)
{
    bool outside = one->count > 0 && (one->min < -UNIT_SLACK || one->max > 1 + UNIT_SLACK);
    if ((!one->broken && !outside) || s->odd_frames++) return;
    s->odd_index = f->index;
    s->odd = *one;
}

static void warn_range(const run_state *s, const vis_log *log)
{
    if (s->odd_frames && s->odd.broken)
        vis_warn(log,
                 "the network gives numbers that are NaN or infinite, first in frame %lld; the "
                 "checkpoint is broken (viseme diagnose looks for the layer)",
                 (long long)s->odd_index);
    else if (s->odd_frames)
        vis_warn(log,
                 "the network gives numbers from %g to %g, first in frame %lld; what leaves [0, 1] "
                 "is cut off in the pictures",
                 s->odd.min, s->odd.max, (long long)s->odd_index);
}

static vis_status add_frame(const arguments *a, run_state *s, const vis_frame *f, vis_error *err)
{
    int64_t count = (int64_t)3 * f->image_size * f->image_size;
    statistics one = {0};
    statistics_add(&one, f->output, count);
    statistics_merge(&s->all, &one);
    VIS_TRY(frame_pictures_write(&s->pictures, a->output, (int)s->done, f, err));
    json_t *entry = statistics_json(&one);
    json_put(&entry, "index", json_integer(f->index));
    json_put(&entry, "footage", json_integer(f->footage));
    json_put(&entry, "ms", json_real(f->network_ms));
    json_add(&s->frames, entry);
    note_range(s, f, &one);
    if (!a->common.json && !a->common.quiet) print_row(f, &one);
    return keep_time(s, f->network_ms, err);
}

static vis_status draw_frames(const arguments *a, run_state *s, progress *bar, vis_error *err)
{
    int64_t rows = vis_features_count(s->in.features, NULL);
    int64_t total = rows < 0 ? a->frames : rows > a->start ? rows - a->start : 0;
    if (a->frames >= 0 && a->frames < total) total = a->frames;
    for (;;) {
        const vis_frame *frame;
        VIS_TRY(vis_stream_pull(s->stream, -1, &frame, err));
        if (!frame) break;
        progress_end(bar);
        vis_status status = add_frame(a, s, frame, err);
        vis_frame_release(frame);
        VIS_TRY(status);
        if (!progress_show(bar, s->done, total))
            return vis_fail(err, VIS_ERR_CANCELLED, "stopped after %lld frames",
                            (long long)s->done);
    }
    rows = vis_features_count(s->in.features, NULL);
    if (s->done == 0)
        return vis_fail(err, VIS_ERR_USAGE, "--start %lld: the features have only %lld rows",
                        (long long)a->start, (long long)rows);
    return VIS_OK;
}

/* The whole run in numbers. Consumes nothing; the result is the caller's. */
static json_t *summary(const arguments *a, run_state *s)
{
    double sum = 0, low = s->ms[0], high = s->ms[0];
    for (int64_t i = 0; i < s->done; i++) {
        sum += s->ms[i];
        low = s->ms[i] < low ? s->ms[i] : low;
        high = s->ms[i] > high ? s->ms[i] : high;
    }
    double median = statistics_median(s->ms, (int)s->done);
    vis_model_info m;
    vis_model_get_info(s->in.model, &m);
    json_t *all = json_make("{s:s, s:s, s:s, s:I, s:I, s:o, s:{s:f, s:f, s:f, s:f}, s:O}", "model",
                            m.path, "sha256", m.sha256, "character", a->footage.character, "start",
                            (json_int_t)a->start, "frames", (json_int_t)s->done, "output",
                            statistics_json(&s->all), "ms", "mean", sum / (double)s->done, "median",
                            median, "min", low, "max", high, "per_frame", s->frames);
    const vis_fast fast = vis_stream_fast(s->stream);
    if (a->footage.precision == VIS_FAST) json_put(&all, "fast", fast_json(&fast));
    return all;
}

static void print_summary(const arguments *a, const run_state *s, const json_t *all)
{
    const json_t *ms = json_object_get(all, "ms");
    printf("%6s %8s %9.6f %9.6f %9.6f %9.6f %8.2f%%\n", "all", "", s->all.min, s->all.max,
           s->all.mean, statistics_std(&s->all), 100 * statistics_inside(&s->all));
    printf("ms a frame: mean %.2f, median %.2f, min %.2f, max %.2f\n",
           json_real_value(json_object_get(ms, "mean")),
           json_real_value(json_object_get(ms, "median")),
           json_real_value(json_object_get(ms, "min")),
           json_real_value(json_object_get(ms, "max")));
    printf("%lld frames in %s\n", (long long)s->done, a->output);
    if (a->footage.precision == VIS_FAST) {
        const vis_fast fast = vis_stream_fast(s->stream);
        char text[FAST_TEXT_MAX];
        fast_text(&fast, text);
        printf("%s\n", text);
    }
}

static vis_status write_summary(const arguments *a, run_state *s, vis_error *err)
{
    json_t *all = summary(a, s);
    char *path = path_join(a->output, "summary.json");
    vis_status status = all && path ? VIS_OK : vis_fail_memory(err, "the summary");
    if (status == VIS_OK && !a->common.json && !a->common.quiet) print_summary(a, s, all);
    if (status == VIS_OK && a->common.json) status = report_json(json_incref(all), err);
    if (status == VIS_OK)
        status = json_write(path, all, err);
    else
        json_decref(all);
    free(path);
    return status;
}

static vis_status run(const arguments *a, vis_error *err)
{
    progress bar;
    progress_start(&bar, "frame", "fps", a->common.quiet);
    warning_sink sink = {.quiet = a->common.quiet, .bar = &bar};
    vis_log log = warning_log(&sink);
    run_state s = {.frames = json_array()};
    vis_status status = open_all(a, &log, &s, err);
    if (status == VIS_OK) status = footage_inputs_check_folder(&s.in, a->output, err);
    if (status == VIS_OK) status = folder_make(a->output, err);
    if (status == VIS_OK && !a->common.json && !a->common.quiet)
        printf("%6s %8s %9s %9s %9s %9s %9s %9s\n", "frame", "footage", "min", "max", "mean", "std",
               "in [0,1]", "ms");
    if (status == VIS_OK) status = draw_frames(a, &s, &bar, err);
    progress_end(&bar);
    if (status == VIS_OK) render_warn_fewer(&log, s.done, a->asked);
    if (status == VIS_OK) warn_range(&s, &log);
    if (status == VIS_OK) status = write_summary(a, &s, err);
    close_all(&s);
    return status;
}

int cmd_frames(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.footage.checkpoint = -1, .composite = VIS_EXACT, .frames = NOT_ASKED};
    vis_status status = parse(argc, argv, &a, &err);
    a.footage.threads = a.common.threads;
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("frames", status, &err);
}
