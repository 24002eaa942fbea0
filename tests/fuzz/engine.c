/* fuzz/engine.c - an ONNX network as it is run: compiled for small shapes, on the fast path and on
 * the plain one, and run once each. What is large is left out, so that a run stays short.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "base/memory.h"
#include "engine/nn.h"
#include "networks/model_internal.h"

#include <stdlib.h>
#include <string.h>

#define FREE_SIZE 2           /* what an axis without a size gets */
#define MAX_NUMBERS (1 << 14) /* of one value */
#define MAX_TOTAL (1 << 17)   /* of all values, and of constants */
#define MAX_MACS ((int64_t)1 << 22)

/* Shapes for the inputs; false when one has no rank. */
static bool choose_shapes(const graph *g, graph_shape *shape)
{
    for (int i = 0; i < g->n_inputs; i++) {
        const graph_value *value = &g->value[g->input[i]];
        if (value->rank < 0) return false;
        shape[i].rank = value->rank;
        for (int a = 0; a < value->rank; a++)
            shape[i].dim[a] = value->dim[a] < 0 ? FREE_SIZE : value->dim[a];
    }
    return true;
}

static bool is_small(const graph *resolved)
{
    int64_t total = 0;
    for (int i = 0; i < resolved->n_values; i++) {
        int64_t count;
        const graph_value *value = &resolved->value[i];
        if (!shape_count(value->dim, value->rank, &count) || count > MAX_NUMBERS) return false;
        total += count;
    }
    return total <= MAX_TOTAL && graph_macs(resolved) <= MAX_MACS;
}

static void run(const nn_program *program)
{
    nn_session *session = NULL;
    vis_error err = {0};
    tensor in[GRAPH_MAX_INPUTS] = {0}, out[GRAPH_MAX_INPUTS] = {0};
    const float *inputs[GRAPH_MAX_INPUTS];
    float *outputs[GRAPH_MAX_INPUTS];
    vis_status status = nn_session_create(program, NULL, &session, &err);
    for (int i = 0; i < nn_input_count(program) && status == VIS_OK; i++) {
        const graph_shape *s = nn_input_shape(program, i);
        status = tensor_create(&in[i], TENSOR_F32, s->rank, s->dim, &err);
        inputs[i] = tensor_f32(&in[i]);
        for (int64_t k = 0; status == VIS_OK && k < tensor_count(&in[i]); k++)
            tensor_f32(&in[i])[k] = (float)(k % 7) - 3;
    }
    for (int i = 0; i < nn_output_count(program) && status == VIS_OK; i++) {
        const graph_shape *s = nn_output_shape(program, i);
        status = tensor_create(&out[i], TENSOR_F32, s->rank, s->dim, &err);
        outputs[i] = tensor_f32(&out[i]);
    }
    target_check(status, &err);
    if (status == VIS_OK) nn_run(session, inputs, outputs);
    nn_session_free(session);
    for (int i = 0; i < GRAPH_MAX_INPUTS; i++) {
        tensor_free(&in[i]);
        tensor_free(&out[i]);
    }
}

static void compile_and_run(const graph *g, const graph_shape *shape)
{
    for (int way = 0; way < 3; way++) {
        nn_program *program = NULL;
        vis_error err = {0};
        nn_options options = {.reference = way == 0, .fast = way == 2, .cache_inputs = way == 2};
        vis_status status = nn_compile(g, shape, g->n_inputs, &options, &program, &err);
        target_check(status, &err);
        if (status == VIS_OK) run(program);
        nn_program_free(program);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vis_error err = {0};
    model_options options = {.mode = AUDIO_NONE, .checkpoint = -1};
    model *m = calloc(1, sizeof *m);
    if (!m) abort();
    strcpy(m->info.path, EXTERNAL "/fuzzed.onnx");
    vis_status status = model_from_onnx(data, size, &options, m, &err);
    graph_shape shape[GRAPH_MAX_INPUTS];
    resolved_graph *resolved = NULL;
    if (status == VIS_OK && choose_shapes(m->net, shape))
        status = graph_resolve(m->net, shape, m->net->n_inputs, &resolved, &err);
    target_check(status, &err);
    if (status == VIS_OK && resolved && is_small(resolved_graph_get(resolved)))
        compile_and_run(m->net, shape);
    resolved_graph_free(resolved);
    model_close(m);
    return 0;
}
