/* bench/viseme_worker.c - viseme as one of the runtimes that bench/side_by_side.py times in turn.
 *
 *   viseme_worker MODEL [--threads T] [--batch N] [--audio-mode M] [--precision P] [--cached]
 *                 --output OUT.npy INPUT.npy ...
 *
 * Speaks what bench/worker.py asks: "ready" and facts as JSON once the network has run and OUT.npy
 * holds its answer; then, for each line "turn", two runs and the milliseconds of the second. The
 * first puts caches and threads back as they were before others had the processors.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/cpu.h"
#include "base/exit_status.h"
#include "base/npy.h"
#include "base/status.h"
#include "engine/nn.h"
#include "measure/timed_network.h"
#include "program/options.h"

#include <stdio.h>
#include <string.h>

typedef struct arguments {
    const char *mode, *output;
    text_list files; /* the model, then its inputs */
    int batch;
    vis_precision precision;
    bool cached;
    common_options common;
    bool done;
} arguments;

static const command_help help = {
    .name = "viseme_worker",
    .purpose = "viseme under the clock of bench/side_by_side.py",
    .usage = "viseme_worker MODEL --output OUT.npy INPUT.npy ...",
    .example = "  viseme_worker model.pth --cached --output out.npy input0.npy input1.npy\n",
};

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        {"FILES", OPTION_TEXTS, &a->files, NULL, "the model, then its inputs as .npy"},
        {"--output", OPTION_TEXT, &a->output, "FILE", "where the answer goes, .npy"},
        {"--batch", OPTION_INT, &a->batch, "N", "frames in one run"},
        {"--cached", OPTION_FLAG, &a->cached, NULL, "the steady state, footage cached"},
        opt_audio_mode(&a->mode),
        opt_precision(&a->precision),
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &help, &a->common, NULL,
                          &a->done, err));
    if (a->done) return VIS_OK;
    VIS_TRY(option_required(a->output, "--output", &help, err));
    return option_required(a->files.count ? a->files.item[0] : NULL, "MODEL", &help, err);
}

static bool same_shape(const graph_shape *s, const tensor *t)
{
    return s->rank == t->rank && memcmp(s->dim, t->dim, (size_t)s->rank * sizeof *s->dim) == 0;
}

static vis_status read_input(timed_network *t, const char *path, vis_error *err)
{
    tensor given = {0};
    VIS_TRY(npy_read(path, &given, err));
    int found = -1;
    for (int i = 0; i < timed_network_input_count(t); i++)
        if (given.dtype == TENSOR_F32 && same_shape(timed_network_input_shape(t, i), &given))
            found = i;
    if (found >= 0)
        memcpy(timed_network_input(t, found), tensor_f32(&given),
               (size_t)tensor_count(&given) * sizeof(float));
    tensor_free(&given);
    if (found >= 0) return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH, "%s: fits no input of the model", path);
}

static vis_status write_answer(const timed_network *t, const char *path, vis_error *err)
{
    const graph_shape *shape = timed_network_output_shape(t, 0);
    tensor answer = {
        .dtype = TENSOR_F32, .rank = shape->rank, .data = (void *)timed_network_output(t, 0)};
    memcpy(answer.dim, shape->dim, sizeof answer.dim);
    return npy_write(path, &answer, err);
}

static void serve(timed_network *t, void (*run)(timed_network *))
{
    char line[64];
    printf("ready {\"version\": \"%s, %s\"}\n", vis_version(), cpu_isa_name(cpu_best()));
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) && strcmp(line, "turn\n") == 0) {
        run(t);
        double start = clock_seconds();
        run(t);
        printf("%.6f\n", (clock_seconds() - start) * 1e3);
        (void)fflush(stdout);
    }
}

static vis_status work(const arguments *a, timed_network *t, vis_error *err)
{
    for (int i = 1; i < a->files.count; i++)
        VIS_TRY(read_input(t, a->files.item[i], err));
    if (a->cached && timed_network_kept_bytes(t) == 0)
        return vis_fail(err, VIS_ERR_USAGE, "%s: nothing of it can be cached", a->files.item[0]);
    if (a->cached) timed_network_see_footage(t);
    void (*run)(timed_network *) = a->cached ? timed_network_run_cached : timed_network_run;
    run(t);
    VIS_TRY(write_answer(t, a->output, err));
    serve(t, run);
    return VIS_OK;
}

static vis_status open_and_work(const arguments *a, vis_error *err)
{
    vis_model_options options = {
        .size = sizeof options, .audio_mode = a->mode, .checkpoint = -1, .precision = a->precision};
    vis_model *model;
    timed_network *t = NULL;
    /* Float32 must not be timed under another name. */
    if (a->precision == VIS_FAST && !nn_has_fast())
        return vis_fail(err, VIS_ERR_MISMATCH, "no kernels for the fast precision here");
    VIS_TRY(vis_model_open(a->files.item[0], &options, &model, err));
    vis_status status = timed_network_create(model, a->batch, a->common.threads, &t, err);
    vis_model_close(model);
    if (status == VIS_OK) status = work(a, t, err);
    timed_network_free(t);
    return status;
}

int main(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {0};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = open_and_work(&a, &err);
    if (status != VIS_OK) fprintf(stderr, "viseme_worker: %s\n", err.message);
    return exit_status(status);
}
