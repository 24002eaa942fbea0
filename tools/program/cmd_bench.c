/* program/cmd_bench.c - viseme bench.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/cpu.h"
#include "base/json.h"
#include "base/status.h"
#include "measure/speed.h"
#include "measure/timed_network.h"
#include "program/command.h"
#include "program/fast_report.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>
#include <string.h>

const command_help cmd_bench_help = {
    .name = "bench",
    .purpose = "how fast a network runs here and now",
    .usage = "bench --model FILE [--batch N] [--runs R] [--cached]",
    .example =
        "  viseme bench --model 99.pth --audio-mode ave --threads 1\n"
        "  viseme bench --model audio_encoder.pth --batch 25 --json\n\n"
        "Times are wall clock, after a warm-up. \"Footage cached\" is the steady state of a "
        "render\n"
        "whose footage has come back once: what depends on the footage frame alone is kept.\n"
        "A checkpoint that fits both ave and hubert is timed as ave, unless --audio-mode says\n"
        "hubert. `make bench` times viseme beside ONNX Runtime, OpenVINO, ncnn and PyTorch.\n",
};

typedef struct arguments {
    const char *model, *mode;
    int checkpoint, batch, runs;
    vis_precision precision;
    bool cached;
    common_options common;
    bool done;
} arguments;

#define UNSET (-1) /* of --batch */

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        opt_model(&a->model),
        opt_checkpoint(&a->checkpoint),
        opt_audio_mode(&a->mode),
        {"--batch", OPTION_INT, &a->batch, "N",
         "frames in one run (default 1; 25 rows for an audio encoder)"},
        {"--runs", OPTION_INT, &a->runs, "R", "runs to take the median of (default 30)"},
        opt_precision(&a->precision),
        {"--cached", OPTION_FLAG, &a->cached, NULL, "only with the footage cached"},
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_bench_help,
                          &a->common, NULL, &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(a->model, "--model", &cmd_bench_help, err));
    if (a->batch != UNSET && (a->batch < 1 || a->batch > TIMED_MAX_BATCH))
        return vis_fail(err, VIS_ERR_USAGE, "--batch %d: choose 1 to %d", a->batch,
                        TIMED_MAX_BATCH);
    if (a->runs < 1 || a->runs > SPEED_MAX_RUNS)
        return vis_fail(err, VIS_ERR_USAGE, "--runs %d: choose 1 to %d", a->runs, SPEED_MAX_RUNS);
    return VIS_OK;
}

/* Adds median_ms, min_ms, ... under names that begin with `prefix`. */
static void add_times(json_t **all, const char *prefix, const speed_figures *f,
                      const speed_times *t)
{
    const struct {
        const char *name;
        double value;
    } field[] = {{"median_ms", t->median},
                 {"min_ms", t->min},
                 {"lower_quartile_ms", t->lower},
                 {"upper_quartile_ms", t->upper},
                 {"fps", speed_fps(f, t)}};
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", prefix, field[i].name);
        json_put(all, name, json_real(field[i].value));
    }
}

static const char *precision_name(const speed_figures *f)
{
    return f->fast ? "fast" : "float32";
}

static vis_status print_json(const arguments *a, const vis_model_info *i, const speed_figures *f,
                             vis_error *err)
{
    json_t *widths = json_array();
    for (int k = 0; i->image_size && k < 5; k++)
        json_add(&widths, json_integer(i->width[k]));
    json_t *all =
        json_make("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:i, s:i, s:i, s:s, s:s, s:b, s:f, s:f, "
                  "s:f, s:f, s:f}",
                  "path", i->path, "family", i->kind_name, "audio_mode", i->audio_mode, "dtype",
                  i->dtype, "widths", widths, "parameters", (json_int_t)i->parameters, "macs",
                  (json_int_t)i->macs, "batch", f->batch, "threads", f->threads, "runs", a->runs,
                  "isa", cpu_isa_name(cpu_best()), "precision", precision_name(f), "cached",
                  !f->has_fresh, "load_ms", f->load_ms, "first_result_ms", f->first_result_ms,
                  "weights_mb", f->weights_mb, "work_mb", f->work_mb, "kept_mb", f->kept_mb);
    add_times(&all, "", f, f->has_fresh ? &f->fresh : &f->cached);
    if (f->has_cached) add_times(&all, "cached_", f, &f->cached);
    if (f->fast) json_put(&all, "fast", fast_json(&f->came_to));
    return report_json(all, err);
}

static void print_times(const char *title, const speed_figures *f, const speed_times *t)
{
    printf("  %-15s median %.2f ms (quartiles %.2f, %.2f), best %.2f ms, %.1f fps\n", title,
           t->median, t->lower, t->upper, t->min, speed_fps(f, t));
}

static void print_text(const vis_model_info *i, const speed_figures *f)
{
    printf("%s: %s", i->path, i->kind_name);
    if (i->image_size)
        printf(", %s, widths %d %d %d %d %d", i->audio_mode, i->width[0], i->width[1], i->width[2],
               i->width[3], i->width[4]);
    printf(", %s\n  %-15s %d thread%s, %s, %s, batch of %d\n", i->dtype, "on", f->threads,
           f->threads == 1 ? "" : "s", cpu_isa_name(cpu_best()), precision_name(f), f->batch);
    if (f->fast) {
        char text[FAST_TEXT_MAX];
        fast_text(&f->came_to, text);
        printf("  %-15s %s\n", "precision", text);
    }
    if (f->has_fresh) print_times("nothing cached", f, &f->fresh);
    if (f->has_cached) print_times("footage cached", f, &f->cached);
    printf("  %-15s %.0f ms, first result after %.0f ms\n", "loaded in", f->load_ms,
           f->first_result_ms);
    printf("  %-15s weights %.1f MB, work %.1f MB", "memory", f->weights_mb, f->work_mb);
    if (f->has_cached) printf(", kept of a footage frame %.1f MB", f->kept_mb);
    printf("\n");
}

/* Which mode it is matters little here: the two differ in one small branch. So it is not asked for.
 */
static vis_status settle_mode(vis_model *model, const vis_log *log, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(model, &info);
    if (strcmp(info.audio_mode, "ave or hubert") != 0) return VIS_OK;
    log->call(log->user, "the checkpoint fits both ave and hubert; timed as ave "
                         "(--audio-mode hubert times it as the other)");
    return vis_model_set_audio_mode(model, "ave", err);
}

static vis_status run(const arguments *a, vis_error *err)
{
    speed_options options = {.batch = a->batch == UNSET ? 0 : a->batch,
                             .threads = a->common.threads,
                             .runs = a->runs,
                             .cached = a->cached,
                             .opened = clock_seconds()};
    warning_sink sink = {.quiet = a->common.quiet};
    vis_model_options open = {.size = sizeof open,
                              .audio_mode = a->mode,
                              .checkpoint = a->checkpoint,
                              .precision = a->precision,
                              .log = warning_log(&sink)};
    vis_model *model;
    VIS_TRY(vis_model_open(a->model, &open, &model, err));
    speed_figures figures;
    vis_status status = settle_mode(model, &open.log, err);
    if (status == VIS_OK) status = speed_measure(model, &options, &figures, err);
    if (status == VIS_OK) {
        vis_model_info info;
        vis_model_get_info(model, &info);
        if (a->common.json)
            status = print_json(a, &info, &figures, err);
        else if (!a->common.quiet)
            print_text(&info, &figures);
    }
    vis_model_close(model);
    return status;
}

int cmd_bench(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.checkpoint = -1, .batch = UNSET, .runs = 30};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("bench", status, &err);
}
