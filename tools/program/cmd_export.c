/* program/cmd_export.c - viseme export.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/json.h"
#include "base/status.h"
#include "program/command.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>

#define OPSET 17 /* that vis_model_export writes */
#define MAX_TENSORS 3
#define MAX_RANK 4

const command_help cmd_export_help = {
    .name = "export",
    .purpose = "a checkpoint's network as an .onnx file that other runtimes run",
    .usage = "export --model FILE -o OUT.onnx",
    .example =
        "  viseme export --model models/99.pth --audio-mode ave -o 99.onnx\n\n"
        "The file has opset 17, float32 weights and a free batch:\n"
        "  U-Nets       input [batch, 6, S, S], audio [batch, C, H, W] -> output [batch, 3, S, S]\n"
        "  AVE encoder  mel [batch, 1, 80, 16] -> features [batch, 512]\n"
        "Its metadata name the checkpoint by SHA-256, the family and the audio mode.\n",
};

typedef struct arguments {
    const char *model, *output, *mode;
    int checkpoint;
    common_options common;
    bool done;
} arguments;

/* An input or output of the file; the first axis is the batch. */
typedef struct described {
    const char *name;
    bool output;
    int rank, dim[MAX_RANK]; /* dim[0] is not used */
} described;

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        {"--model", OPTION_TEXT, &a->model, "FILE",
         "checkpoint: .pth, or a folder of N.pth (the highest N)"},
        opt_checkpoint(&a->checkpoint),
        opt_audio_mode(&a->mode),
        {"--output", OPTION_TEXT, &a->output, "FILE", "the .onnx file to write (-o)"},
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_export_help,
                          &a->common, NULL, &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(a->model, "--model", &cmd_export_help, err));
    return option_required(a->output, "--output", &cmd_export_help, err);
}

/* What vis_model_export promises to write for a model; how many tensors. */
static int describe(const vis_model_info *info, described tensors[MAX_TENSORS])
{
    if (info->kind == VIS_MODEL_AVE_ENCODER) {
        tensors[0] = (described){"mel", false, 4, {0, 1, 80, 16}};
        tensors[1] = (described){"features", true, 2, {0, 512}};
        return 2;
    }
    const int *a = info->audio_shape, s = info->image_size;
    tensors[0] = (described){"input", false, 4, {0, 6, s, s}};
    tensors[1] = (described){"audio", false, 4, {0, a[0], a[1], a[2]}};
    tensors[2] = (described){"output", true, 4, {0, 3, s, s}};
    return 3;
}

static json_t *tensors_json(const described *tensors, int count, bool output)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        if (tensors[i].output != output) continue;
        json_t *shape = json_array();
        json_add(&shape, json_string("batch"));
        for (int d = 1; d < tensors[i].rank; d++)
            json_add(&shape, json_integer(tensors[i].dim[d]));
        json_add(&list, json_make("{s:s, s:o}", "name", tensors[i].name, "shape", shape));
    }
    return list;
}

static void print_line(const arguments *a, size_t bytes, const described *tensors, int count)
{
    printf("%s: %.1f MB, opset %d,", a->output, (double)bytes * 1e-6, OPSET);
    for (int i = 0; i < count; i++) {
        printf("%s %s [batch", tensors[i].output ? " ->" : i ? "," : "", tensors[i].name);
        for (int d = 1; d < tensors[i].rank; d++)
            printf(", %d", tensors[i].dim[d]);
        printf("]");
    }
    printf("\n");
}

static vis_status print_result(const arguments *a, const vis_model_info *info, vis_error *err)
{
    file_map written;
    described tensors[MAX_TENSORS];
    int count = describe(info, tensors);
    VIS_TRY(file_map_open(a->output, &written, err));
    size_t bytes = written.size;
    file_unmap(&written);
    if (a->common.json)
        return report_json(json_make("{s:s, s:I, s:i, s:o, s:o, s:s, s:s, s:s, s:s}", "output",
                                     a->output, "bytes", (json_int_t)bytes, "opset", OPSET,
                                     "inputs", tensors_json(tensors, count, false), "outputs",
                                     tensors_json(tensors, count, true), "source", info->path,
                                     "source_sha256", info->sha256, "family", info->kind_name,
                                     "audio_mode", info->audio_mode),
                           err);
    if (!a->common.quiet) print_line(a, bytes, tensors, count);
    return VIS_OK;
}

static vis_status run(const arguments *a, vis_error *err)
{
    warning_sink sink = {.quiet = a->common.quiet};
    vis_model_options options = {.size = sizeof options,
                                 .audio_mode = a->mode,
                                 .checkpoint = a->checkpoint,
                                 .log = warning_log(&sink)};
    vis_model *model;
    static const char *const onnx[] = {".onnx", NULL};
    VIS_TRY(file_check_suffix(a->output, onnx, err));
    VIS_TRY(file_check_output(a->output, err));
    VIS_TRY(vis_model_open(a->model, &options, &model, err));
    vis_model_info info;
    vis_model_get_info(model, &info);
    vis_status status = vis_model_export(model, a->output, err);
    if (status == VIS_OK) status = print_result(a, &info, err);
    vis_model_close(model);
    return status;
}

int cmd_export(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.checkpoint = -1};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("export", status, &err);
}
