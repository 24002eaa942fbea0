/* api/session.c - vis_session: tensors in, tensors out, inputs matched by shape.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/checks.h"
#include "api/handles.h"
#include "base/status.h"
#include "engine/nn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vis_session {
    const model *model;
    graph_shape shape[GRAPH_MAX_INPUTS];
    graph_shape output[GRAPH_MAX_INPUTS];
    thread_pool *pool;
    nn_program *program; /* NULL: the fast precision is asked for, and has not seen an input yet */
    nn_session *session;
    int inputs, outputs;
    int slot[GRAPH_MAX_INPUTS]; /* slot[i]: which graph input the caller's i-th is */
};

_Static_assert(VIS_MAX_RANK == TENSOR_MAX_RANK, "a public shape holds any tensor's");

/* Does a given shape fit a declared one, whose dynamic axes are -1? */
static bool fits(const vis_shape *given, const graph_value *declared)
{
    if (declared->rank < 0) return true;
    if (given->rank != declared->rank) return false;
    for (int i = 0; i < given->rank; i++)
        if (declared->dim[i] >= 0 && declared->dim[i] != given->dim[i]) return false;
    return true;
}

static vis_status fail_match(const model *m, const vis_shape *given, vis_error *err)
{
    char have[128], want[512] = "";
    shape_text(given->dim, given->rank, have, sizeof have);
    size_t used = 0;
    for (int i = 0; i < m->net->n_inputs && used < sizeof want - 1; i++) {
        const graph_value *v = &m->net->value[m->net->input[i]];
        char one[128];
        shape_text(v->dim, v->rank < 0 ? 0 : v->rank, one, sizeof one);
        int wrote =
            snprintf(want + used, sizeof want - used, "%s%s %s", i ? ", " : "", v->name, one);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "%s: an input of shape %s fits none of the model's (-1 is any size): %s",
                    m->info.path, have, want);
}

/* Gives every input to the first free slot that it fits. The family's inputs differ in shape, so
 * that there is no choice to get wrong; equal shapes keep the order of the call. */
static vis_status match_inputs(const model *m, const vis_shape *inputs, int n, vis_session *s,
                               vis_error *err)
{
    if (n != m->net->n_inputs)
        return vis_fail(err, VIS_ERR_USAGE, "%s: the model has %d inputs, %d were given",
                        m->info.path, m->net->n_inputs, n);
    for (int i = 0; i < n; i++)
        VIS_TRY(api_in_range("vis_shape.rank", inputs[i].rank, 0, VIS_MAX_RANK, err));
    bool taken[GRAPH_MAX_INPUTS] = {false};
    for (int i = 0; i < n; i++) {
        int found = -1;
        for (int k = 0; k < n && found < 0; k++)
            if (!taken[k] && fits(&inputs[i], &m->net->value[m->net->input[k]])) found = k;
        if (found < 0) return fail_match(m, &inputs[i], err);
        taken[found] = true;
        s->slot[i] = found;
        s->shape[found].rank = inputs[i].rank;
        memcpy(s->shape[found].dim, inputs[i].dim, sizeof s->shape[found].dim);
    }
    return VIS_OK;
}

/* `sample`: what the fast precision is decided on; NULL: float32. */
static vis_status compile(vis_session *s, const float *const *sample, vis_error *err)
{
    nn_options options = {.fast = sample != NULL,
                          .cache_inputs = model_footage_inputs(s->model),
                          .sample = sample,
                          .pool = s->pool};
    nn_program *program;
    nn_session *session;
    vis_status status = nn_compile(s->model->net, s->shape, s->inputs, &options, &program, err);
    if (status == VIS_ERR_UNSUPPORTED) return vis_prefix(err, status, s->model->info.path);
    VIS_TRY(status);
    status = nn_session_create(program, s->pool, &session, err);
    if (status != VIS_OK) {
        nn_program_free(program);
        return status;
    }
    s->program = program;
    s->session = session;
    return VIS_OK;
}

/* What comes out, without compiling anything. */
static vis_status find_outputs(vis_session *s, vis_error *err)
{
    resolved_graph *resolved;
    VIS_TRY(graph_resolve(s->model->net, s->shape, s->inputs, &resolved, err));
    const graph *g = resolved_graph_get(resolved);
    s->outputs = g->n_outputs;
    for (int i = 0; i < g->n_outputs; i++) {
        const graph_value *v = &g->value[g->output[i]];
        s->output[i].rank = v->rank;
        memcpy(s->output[i].dim, v->dim, (size_t)v->rank * sizeof *v->dim);
    }
    resolved_graph_free(resolved);
    return VIS_OK;
}

static vis_status set_up(const model *m, const vis_shape *inputs, int n, int threads,
                         vis_session *s, vis_error *err)
{
    if (!m->net)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: the checkpoint fits both ave and hubert; say which with `audio_mode`",
                        m->info.path);
    VIS_TRY(match_inputs(m, inputs, n, s, err));
    s->model = m;
    s->inputs = n;
    VIS_TRY(find_outputs(s, err));
    VIS_TRY(thread_pool_create(threads, &s->pool, err));
    return m->fast && nn_has_fast() ? VIS_OK : compile(s, NULL, err);
}

VIS_API vis_status vis_session_create(const vis_model *m, const vis_shape *inputs, int n,
                                      int threads, vis_session **out, vis_error *err)
{
    *out = NULL;
    VIS_TRY(api_given(m, "vis_model", err));
    VIS_TRY(api_given(inputs, "the shapes of the inputs", err));
    vis_session *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "a session");
    vis_status status = set_up(m->inner, inputs, n, threads, s, err);
    if (status == VIS_OK)
        *out = s;
    else
        vis_session_close(s);
    return status;
}

VIS_API void vis_session_close(vis_session *s)
{
    if (!s) return;
    nn_session_free(s->session);
    nn_program_free(s->program);
    thread_pool_destroy(s->pool);
    free(s);
}

VIS_API int vis_session_output_count(const vis_session *s)
{
    return s->outputs;
}

VIS_API vis_shape vis_session_output_shape(const vis_session *s, int index)
{
    if (index < 0 || index >= s->outputs) return (vis_shape){0};
    const graph_shape *shape = &s->output[index];
    vis_shape out = {.rank = shape->rank};
    memcpy(out.dim, shape->dim, sizeof out.dim);
    return out;
}

VIS_API vis_status vis_session_run(vis_session *s, const float *const *inputs,
                                   float *const *outputs, vis_error *err)
{
    const float *ordered[GRAPH_MAX_INPUTS];
    for (int i = 0; i < s->inputs; i++)
        ordered[s->slot[i]] = inputs[i];
    if (!s->program) VIS_TRY(compile(s, ordered, err));
    nn_run(s->session, ordered, outputs);
    return VIS_OK;
}

VIS_API vis_fast vis_session_fast(const vis_session *s)
{
    static const nn_fast undecided = {.decibel = INFINITY};
    return api_fast(s->program ? nn_fast_of(s->program) : &undecided);
}
