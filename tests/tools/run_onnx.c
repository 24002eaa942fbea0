/* tests/tools/run_onnx.c - runs many small ONNX files, each on the fast path and on the plain one.
 *
 * Each line given to it is one job, its parts separated by tabs:
 *   MODEL.onnx RESULT INPUT.npy ...      inputs in the order of the file
 * It answers with one line a job: "ok N", N results being in RESULT.fast.I.npy and
 * RESULT.plain.I.npy, or the exit status that viseme would have and the message.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/exit_status.h"
#include "base/npy.h"
#include "engine/nn.h"
#include "networks/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARTS (2 + GRAPH_MAX_INPUTS)

typedef struct job {
    const char *model, *result;
    int inputs, outputs;
    tensor input[GRAPH_MAX_INPUTS], output[GRAPH_MAX_INPUTS];
    nn_program *program;
    nn_session *session;
} job;

static vis_status read_inputs(job *j, char *const *paths, int n, vis_error *err)
{
    for (int i = 0; i < n; i++) {
        VIS_TRY(npy_read(paths[i], &j->input[i], err));
        j->inputs++;
        if (j->input[i].dtype != TENSOR_F32)
            return vis_fail(err, VIS_ERR_USAGE, "%s: integers", paths[i]);
    }
    return VIS_OK;
}

static vis_status run_program(job *j, const char *way, vis_error *err)
{
    const float *inputs[GRAPH_MAX_INPUTS];
    float *outputs[GRAPH_MAX_INPUTS];
    VIS_TRY(nn_session_create(j->program, NULL, &j->session, err));
    for (int i = 0; i < j->inputs; i++)
        inputs[i] = tensor_f32(&j->input[i]);
    j->outputs = nn_output_count(j->program);
    for (int i = 0; i < j->outputs; i++) {
        const graph_shape *shape = nn_output_shape(j->program, i);
        VIS_TRY(tensor_create(&j->output[i], TENSOR_F32, shape->rank, shape->dim, err));
        outputs[i] = tensor_f32(&j->output[i]);
    }
    nn_run(j->session, inputs, outputs);
    for (int i = 0; i < j->outputs; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s.%s.%d.npy", j->result, way, i);
        VIS_TRY(npy_write(path, &j->output[i], err));
    }
    return VIS_OK;
}

static vis_status run_way(job *j, const graph *g, bool reference, vis_error *err)
{
    graph_shape shapes[GRAPH_MAX_INPUTS];
    nn_options options = {.reference = reference};
    for (int i = 0; i < j->inputs; i++) {
        shapes[i].rank = j->input[i].rank;
        memcpy(shapes[i].dim, j->input[i].dim, sizeof shapes[i].dim);
    }
    VIS_TRY(nn_compile(g, shapes, j->inputs, &options, &j->program, err));
    vis_status status = run_program(j, reference ? "plain" : "fast", err);
    for (int i = 0; i < GRAPH_MAX_INPUTS; i++)
        tensor_free(&j->output[i]);
    nn_session_free(j->session);
    nn_program_free(j->program);
    j->session = NULL;
    j->program = NULL;
    return status;
}

static vis_status run_job(job *j, char *const *paths, int n, vis_error *err)
{
    model *m = NULL;
    vis_status status = read_inputs(j, paths, n, err);
    if (status == VIS_OK) status = model_open(j->model, NULL, &m, err);
    for (int reference = 0; reference < 2 && status == VIS_OK; reference++)
        status = run_way(j, m->net, reference != 0, err);
    model_close(m);
    for (int i = 0; i < GRAPH_MAX_INPUTS; i++)
        tensor_free(&j->input[i]);
    return status;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char *part[MAX_PARTS];
        int n = 0;
        for (char *p = strtok(line, "\t\n"); p && n < MAX_PARTS; p = strtok(NULL, "\t\n"))
            part[n++] = p;
        if (n < 2) continue;
        job j = {.model = part[0], .result = part[1]};
        vis_error err = {0};
        vis_status status = run_job(&j, part + 2, n - 2, &err);
        if (status == VIS_OK)
            printf("ok %d\n", j.outputs);
        else
            printf("%d %s\n", exit_status(status), err.message);
        fflush(stdout);
    }
    free(line);
    return EXIT_SUCCESS;
}
