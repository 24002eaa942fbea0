/* program/cmd_inspect.c - viseme inspect.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/status.h"
#include "measure/option_names.h"
#include "program/command.h"
#include "program/fast_report.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>
#include <string.h>

const command_help cmd_inspect_help = {
    .name = "inspect",
    .purpose = "what a checkpoint is",
    .usage = "inspect FILE [--precision fast --character DIR]",
    .example =
        "  viseme inspect models/99.pth\n  viseme inspect --model model.onnx --json\n"
        "  viseme inspect models/99.pth --precision fast --character character\n\n"
        "The last one says what --precision fast comes to on that character: which blocks of\n"
        "the network run in 16 bits, and how near to float32 that is.\n",
};

typedef struct arguments {
    const char *model, *positional, *mode, *character;
    vis_precision precision;
    int checkpoint;
    common_options common;
    bool done;
} arguments;

/* What the reader found odd: printed with the facts, rather than as warnings. */
#define NOTES_MAX 32
typedef struct notes {
    int count;
    char line[NOTES_MAX][256];
} notes;

static void take_note(void *user, const char *line)
{
    notes *n = user;
    if (n->count == NOTES_MAX) return;
    snprintf(n->line[n->count], sizeof n->line[0], "%s", line);
    option_names_translate(n->line[n->count++]);
}

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        opt_model(&a->model),         opt_checkpoint(&a->checkpoint), opt_audio_mode(&a->mode),
        opt_precision(&a->precision), opt_character(&a->character),
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_inspect_help,
                          &a->common, &a->positional, &a->done, err));
    if (a->done) return VIS_OK;
    if (a->model && a->positional)
        return vis_fail(err, VIS_ERR_USAGE, "%s and --model %s: give one checkpoint", a->positional,
                        a->model);
    if (!a->model) a->model = a->positional;
    if (!a->character != !(a->precision == VIS_FAST))
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: give --precision fast and --character together, to learn what fast "
                        "comes to on that character",
                        a->character ? "--character" : "--precision fast");
    return option_required(a->model, "FILE", &cmd_inspect_help, err);
}

static bool is_unet(const vis_model_info *i)
{
    return i->kind == VIS_MODEL_UNET_328 || i->kind == VIS_MODEL_UNET_160;
}

static bool is_undecided(const vis_model_info *i)
{
    return is_unet(i) && i->audio_shape[1] == 0;
}

static json_t *integers(const int *values, int count)
{
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        json_add(&array, json_integer(values[i]));
    return array;
}

static vis_status print_json(const vis_model_info *i, const notes *n, const vis_fast *fast,
                             vis_error *err)
{
    json_t *lines = json_array();
    for (int k = 0; k < n->count; k++)
        json_add(&lines, json_text(n->line[k]));
    json_t *all = json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "path",
                            i->path, "sha256", i->sha256, "format", i->format, "dtype", i->dtype,
                            "container", i->container, "prefix", i->prefix, "family", i->kind_name,
                            "audio_mode", i->audio_mode, "parameters", (json_int_t)i->parameters,
                            "macs", (json_int_t)i->macs, "notes", lines);
    if (i->batch > 0) json_put(&all, "batch", json_integer(i->batch));
    if (is_unet(i)) {
        json_put(&all, "image_size", json_integer(i->image_size));
        json_put(&all, "widths", integers(i->width, 5));
    }
    if (is_unet(i) && !is_undecided(i)) {
        json_put(&all, "audio_shape", integers(i->audio_shape, 3));
        json_put(&all, "window_rows", json_integer(i->window_rows));
        json_put(&all, "fps", json_integer(i->default_fps));
    }
    if (fast) json_put(&all, "fast", fast_json(fast));
    return report_json(all, err);
}

static void print_text(const vis_model_info *i, const notes *n, const vis_fast *fast)
{
    printf("%s\n", i->path);
    printf("  family      %s\n", i->kind_name);
    if (is_unet(i)) {
        if (is_undecided(i))
            printf("  audio       %s: a .pth cannot tell; --audio-mode does\n", i->audio_mode);
        else
            printf("  audio       %s, window of %d rows as [%d, %d, %d], %d fps\n", i->audio_mode,
                   i->window_rows, i->audio_shape[0], i->audio_shape[1], i->audio_shape[2],
                   i->default_fps);
        printf("  widths      %d %d %d %d %d\n", i->width[0], i->width[1], i->width[2], i->width[3],
               i->width[4]);
        printf("  picture     [N, 6, %d, %d] -> [N, 3, %d, %d]\n", i->image_size, i->image_size,
               i->image_size, i->image_size);
    }
    printf("  parameters  %.2f M\n", (double)i->parameters * 1e-6);
    if (i->macs)
        printf("  work        %.3f GMAC a %s\n", (double)i->macs * 1e-9,
               i->kind == VIS_MODEL_AVE_ENCODER ? "row" : "frame");
    printf("  file        %s, %s", i->format, i->dtype);
    if (i->container[0]) printf(", under \"%s\"", i->container);
    if (i->prefix[0]) printf(", keys begin \"%s\"", i->prefix);
    if (i->batch > 0) printf(", batch fixed at %d", i->batch);
    printf("\n  sha256      %s\n", i->sha256);
    if (fast) {
        char text[FAST_TEXT_MAX];
        fast_text(fast, text);
        printf("  precision   %s\n", text);
    }
    for (int k = 0; k < n->count; k++)
        printf("  note        %s\n", n->line[k]);
}

/* The work of a checkpoint that could be ave or hubert, as ave; 0 when it cannot be. Changes the
 * model, so it comes last. */
static vis_status macs_as_ave(vis_model *model, int64_t *macs, vis_error *err)
{
    vis_model_info as_ave = {0};
    vis_error why = {0};
    vis_status status = vis_model_set_audio_mode(model, "ave", &why);
    if (status == VIS_OK) vis_model_get_info(model, &as_ave);
    *macs = as_ave.macs;
    if (status != VIS_ERR_MEMORY) return VIS_OK;
    *err = why;
    return status;
}

/* What fast comes to on the character's first frame, as a render of it would find. */
static vis_status measure_fast(const arguments *a, const vis_log *log, vis_model *model,
                               vis_fast *fast, vis_error *err)
{
    vis_character_options how = vis_character_options_defaults();
    how.log = *log;
    how.fps = -1; /* any rate: one frame is looked at */
    vis_context_options threads = vis_context_options_defaults();
    threads.threads = a->common.threads;
    threads.workers = 1;
    threads.cache_bytes = 0;
    vis_character *character;
    VIS_TRY(vis_character_open(a->character, &how, &character, err));
    vis_context *context = NULL;
    vis_stream *stream = NULL;
    vis_status status = vis_context_create(&threads, &context, err);
    if (status == VIS_OK) status = vis_stream_create(context, model, character, NULL, &stream, err);
    if (status == VIS_OK) *fast = vis_stream_fast(stream);
    vis_stream_close(stream);
    vis_context_close(context);
    vis_character_close(character);
    return status;
}

static vis_status print(const arguments *a, const notes *found, vis_model *model,
                        const vis_fast *fast, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(model, &info);
    if (is_undecided(&info)) VIS_TRY(macs_as_ave(model, &info.macs, err));
    if (a->common.json) return print_json(&info, found, fast, err);
    print_text(&info, found, fast);
    return VIS_OK;
}

static vis_status run(const arguments *a, vis_error *err)
{
    notes found = {0};
    vis_model_options options = {.size = sizeof options,
                                 .audio_mode = a->mode,
                                 .checkpoint = a->checkpoint,
                                 .precision = a->precision,
                                 .log = {take_note, &found}};
    vis_model *model;
    VIS_TRY(vis_model_open(a->model, &options, &model, err));
    vis_fast fast;
    vis_status status = VIS_OK;
    if (a->character) status = measure_fast(a, &options.log, model, &fast, err);
    if (status == VIS_OK) status = print(a, &found, model, a->character ? &fast : NULL, err);
    vis_model_close(model);
    return status;
}

int cmd_inspect(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.checkpoint = -1};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("inspect", status, &err);
}
