/* program/cmd_infer.c - viseme infer: raw tensors in, raw tensors out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/npy.h"
#include "base/status.h"
#include "measure/statistics.h"
#include "measure/tensor_folder.h"
#include "program/command.h"
#include "program/fast_report.h"
#include "program/options.h"
#include "program/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BATCH 8

const command_help cmd_infer_help = {
    .name = "infer",
    .purpose = "raw tensors in, raw tensors out",
    .usage = "infer --model FILE (--input FILE.npy ... | --data DIR) -o OUT.npy",
    .example =
        "  viseme infer --model 99.pth --input visual.npy --input audio.npy -o out.npy\n"
        "  viseme infer --model model.onnx --data dump -o out.npy\n\n"
        "Inputs are float32 and may come in any order: they are matched to the model's by shape.\n"
        "DIR holds visual_input.bin and audio_input.bin, little-endian float32, and\n"
        "metadata.json:\n"
        "  {\"num_frames\": 10, \"start_frame\": 100, \"visual_shape\": [10, 6, 320, 320],\n"
        "   \"audio_shape\": [10, 32, 16, 16], \"dtype\": \"float32\"}\n",
};

typedef struct arguments {
    const char *model, *data, *mode;
    text_list inputs, outputs;
    int checkpoint;
    vis_precision precision;
    common_options common;
    bool done;
} arguments;

/* The inputs of a run, wherever they came from: N frames each, `data` row-major. */
typedef struct infer_inputs {
    int count;
    vis_shape shape[TEXT_LIST_MAX];
    const float *data[TEXT_LIST_MAX];
    tensor owned[TEXT_LIST_MAX]; /* what .npy files were read into */
    tensor_folder folder;
} infer_inputs;

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        opt_model(&a->model),
        opt_checkpoint(&a->checkpoint),
        {"--input", OPTION_TEXTS, &a->inputs, "FILE",
         "an input, .npy; once for each input, in any order"},
        {"--data", OPTION_TEXT, &a->data, "DIR", "instead: a folder of raw tensors"},
        {"--output", OPTION_TEXTS, &a->outputs, "FILE",
         "the result, .npy; once for each output (-o)"},
        opt_audio_mode(&a->mode),
        opt_precision(&a->precision),
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_infer_help,
                          &a->common, NULL, &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(a->model, "--model", &cmd_infer_help, err));
    VIS_TRY(option_required(a->outputs.count ? a->outputs.item[0] : NULL, "--output",
                            &cmd_infer_help, err));
    if (!a->data == !a->inputs.count)
        return vis_fail(err, VIS_ERR_USAGE,
                        "give either --input (once for each) or --data; see viseme infer --help");
    return VIS_OK;
}

static vis_status read_npy(const char *path, infer_inputs *in, vis_error *err)
{
    int i = in->count;
    tensor *t = &in->owned[i];
    VIS_TRY(npy_read(path, t, err));
    in->count++;
    if (t->dtype != TENSOR_F32)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: holds integers; the networks take floating-point numbers", path);
    if (t->rank < 1 || tensor_count(t) == 0)
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: holds no numbers; an input is [N, ...]", path);
    in->shape[i].rank = t->rank;
    memcpy(in->shape[i].dim, t->dim, sizeof t->dim);
    in->data[i] = tensor_f32(t);
    return VIS_OK;
}

static vis_status open_inputs(const arguments *a, infer_inputs *in, vis_error *err)
{
    for (int i = 0; i < a->inputs.count; i++)
        VIS_TRY(read_npy(a->inputs.item[i], in, err));
    if (!a->data) return VIS_OK;
    tensor_folder *f = &in->folder;
    VIS_TRY(tensor_folder_open(a->data, f, err));
    in->count = 2;
    in->shape[0].rank = f->visual_rank;
    in->shape[1].rank = f->audio_rank;
    memcpy(in->shape[0].dim, f->visual_dim, sizeof f->visual_dim);
    memcpy(in->shape[1].dim, f->audio_dim, sizeof f->audio_dim);
    in->data[0] = f->visual;
    in->data[1] = f->audio;
    return VIS_OK;
}

static void close_inputs(infer_inputs *in)
{
    for (int i = 0; i < TEXT_LIST_MAX; i++)
        tensor_free(&in->owned[i]);
    tensor_folder_close(&in->folder);
}

/* A checkpoint that could be ave or hubert is what its audio input says: 16 x 16 or 32 x 32 a
 * channel. */
static vis_status settle_mode(vis_model *model, const infer_inputs *in, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(model, &info);
    if (strcmp(info.audio_mode, "ave or hubert") != 0) return VIS_OK;
    for (int i = 0; i < in->count; i++) {
        const vis_shape *s = &in->shape[i];
        if (s->rank != 4 || s->dim[2] == info.image_size) continue;
        if (s->dim[2] == 16) return vis_model_set_audio_mode(model, "ave", err);
        if (s->dim[2] == 32) return vis_model_set_audio_mode(model, "hubert", err);
    }
    return vis_fail(err, VIS_ERR_USAGE,
                    "%s: the checkpoint fits both ave and hubert; say which with --audio-mode",
                    info.path);
}

/* The largest divisor of `frames` that is at most MAX_BATCH: memory grows with the batch. */
static int64_t divisor(int64_t frames)
{
    int64_t d = frames < MAX_BATCH ? frames : MAX_BATCH;
    while (frames % d)
        d--;
    return d;
}

/* How many frames go through the network at a time: what an ONNX file insists on; all for a graph
 * that may mix them; else a few. */
static vis_status choose_batch(const vis_model *model, const infer_inputs *in, int64_t *frames,
                               int64_t *batch, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(model, &info);
    *frames = in->shape[0].dim[0];
    for (int i = 1; i < in->count; i++)
        if (in->shape[i].dim[0] != *frames && info.kind != VIS_MODEL_OTHER)
            return vis_fail(err, VIS_ERR_MISMATCH,
                            "the inputs have %lld and %lld frames; give as many of each",
                            (long long)*frames, (long long)in->shape[i].dim[0]);
    *batch = info.batch > 0 ? info.batch : divisor(*frames);
    if (info.kind == VIS_MODEL_OTHER) *batch = *frames;
    if (*batch < 1 || *frames % *batch)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: its batch is fixed at %lld, which does not divide %lld frames",
                        info.path, (long long)*batch, (long long)*frames);
    return VIS_OK;
}

static int64_t numbers(const vis_shape *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++)
        n *= s->dim[i];
    return n;
}

/* Runs all chunks; outputs[i] holds every frame. */
static vis_status run_chunks(vis_session *session, const infer_inputs *in, int64_t frames,
                             int64_t batch, tensor *outputs, int n_outputs, vis_error *err)
{
    for (int64_t first = 0; first < frames; first += batch) {
        const float *inputs[TEXT_LIST_MAX];
        float *results[TEXT_LIST_MAX];
        for (int i = 0; i < in->count; i++)
            inputs[i] =
                in->data[i] + (frames == batch ? 0 : numbers(&in->shape[i]) / frames * first);
        for (int i = 0; i < n_outputs; i++)
            results[i] = tensor_f32(&outputs[i]) +
                         (frames == batch ? 0 : tensor_count(&outputs[i]) / frames * first);
        VIS_TRY(vis_session_run(session, inputs, results, err));
    }
    return VIS_OK;
}

static vis_status create_outputs(const arguments *a, const vis_session *session, int64_t frames,
                                 int64_t batch, tensor *outputs, vis_error *err)
{
    int count = vis_session_output_count(session);
    if (count != a->outputs.count)
        return vis_fail(err, VIS_ERR_USAGE, "the model has %d outputs; give --output %d times",
                        count, count);
    for (int i = 0; i < count; i++) {
        vis_shape s = vis_session_output_shape(session, i);
        if (frames != batch) s.dim[0] = s.dim[0] / batch * frames;
        VIS_TRY(tensor_create(&outputs[i], TENSOR_F32, s.rank, s.dim, err));
    }
    return VIS_OK;
}

static vis_status print_result(const arguments *a, const tensor *outputs, double ms,
                               const vis_fast *fast, vis_error *err)
{
    json_t *list = json_array();
    for (int i = 0; i < a->outputs.count; i++) {
        char shape[128];
        statistics s = {0};
        statistics_add(&s, tensor_f32(&outputs[i]), tensor_count(&outputs[i]));
        shape_text(outputs[i].dim, outputs[i].rank, shape, sizeof shape);
        if (!a->common.json && !a->common.quiet)
            printf("%s: %s, range [%.6f, %.6f], mean %.6f, std %.6f, %lld not finite, %.2f ms\n",
                   a->outputs.item[i], shape, s.min, s.max, s.mean, statistics_std(&s),
                   (long long)s.broken, ms);
        json_t *dims = json_array();
        for (int d = 0; d < outputs[i].rank; d++)
            json_add(&dims, json_integer(outputs[i].dim[d]));
        json_add(&list,
                 json_make("{s:s, s:o, s:f, s:f, s:f, s:f, s:I}", "output", a->outputs.item[i],
                           "shape", dims, "min", s.min, "max", s.max, "mean", s.mean, "std",
                           statistics_std(&s), "not_finite", (json_int_t)s.broken));
    }
    if (a->common.json) {
        json_t *all = json_make("{s:o, s:f}", "outputs", list, "ms", ms);
        if (a->precision == VIS_FAST) json_put(&all, "fast", fast_json(fast));
        return report_json(all, err);
    }
    json_decref(list);
    if (a->precision == VIS_FAST && !a->common.quiet) {
        char text[FAST_TEXT_MAX];
        fast_text(fast, text);
        printf("%s\n", text);
    }
    return VIS_OK;
}

static vis_status run_model(const arguments *a, vis_model *model, const infer_inputs *in,
                            vis_error *err)
{
    int64_t frames = 0, batch = 0;
    VIS_TRY(settle_mode(model, in, err));
    VIS_TRY(choose_batch(model, in, &frames, &batch, err));
    vis_shape chunk[TEXT_LIST_MAX];
    for (int i = 0; i < in->count; i++) {
        chunk[i] = in->shape[i];
        if (frames != batch) chunk[i].dim[0] = batch;
    }
    vis_session *session;
    VIS_TRY(vis_session_create(model, chunk, in->count, a->common.threads, &session, err));
    tensor outputs[TEXT_LIST_MAX] = {0};
    vis_status status = create_outputs(a, session, frames, batch, outputs, err);
    if (status == VIS_OK) {
        double start = clock_seconds();
        status = run_chunks(session, in, frames, batch, outputs, a->outputs.count, err);
        double ms = (clock_seconds() - start) * 1e3;
        for (int i = 0; i < a->outputs.count && status == VIS_OK; i++)
            status = npy_write(a->outputs.item[i], &outputs[i], err);
        const vis_fast fast = vis_session_fast(session);
        if (status == VIS_OK) status = print_result(a, outputs, ms, &fast, err);
    }
    for (int i = 0; i < TEXT_LIST_MAX; i++)
        tensor_free(&outputs[i]);
    vis_session_close(session);
    return status;
}

/* The results must not replace what they are made from. */
static vis_status check_apart(const arguments *a, const vis_model *model, vis_error *err)
{
    vis_model_info info;
    vis_model_get_info(model, &info);
    for (int i = 0; i < a->outputs.count; i++) {
        const char *output = a->outputs.item[i];
        VIS_TRY(file_check_apart(output, info.path, err));
        for (int k = 0; k < a->inputs.count; k++)
            VIS_TRY(file_check_apart(output, a->inputs.item[k], err));
        for (int k = 0; a->data && k < TENSOR_FOLDER_FILES; k++) {
            char *path = path_join(a->data, tensor_folder_names[k]);
            if (!path) return vis_fail_memory(err, "a file name");
            vis_status status = file_check_apart(output, path, err);
            free(path);
            VIS_TRY(status);
        }
    }
    return VIS_OK;
}

static vis_status run(const arguments *a, vis_error *err)
{
    warning_sink sink = {.quiet = a->common.quiet};
    vis_model_options options = {.size = sizeof options,
                                 .audio_mode = a->mode,
                                 .checkpoint = a->checkpoint,
                                 .precision = a->precision,
                                 .log = warning_log(&sink)};
    vis_model *model;
    static const char *const npy[] = {".npy", NULL};
    for (int i = 0; i < a->outputs.count; i++) {
        VIS_TRY(file_check_suffix(a->outputs.item[i], npy, err));
        VIS_TRY(file_check_output(a->outputs.item[i], err));
    }
    VIS_TRY(vis_model_open(a->model, &options, &model, err));
    infer_inputs in = {0};
    vis_status status = check_apart(a, model, err);
    if (status == VIS_OK) status = open_inputs(a, &in, err);
    if (status == VIS_OK) status = run_model(a, model, &in, err);
    close_inputs(&in);
    vis_model_close(model);
    return status;
}

int cmd_infer(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.checkpoint = -1};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("infer", status, &err);
}
