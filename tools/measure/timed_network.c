/* measure/timed_network.c - program, session, tensors and footage of a network under the clock.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/timed_network.h"

#include "base/memory.h"
#include "base/status.h"
#include "engine/nn.h"
#include "face/geometry.h"
#include "inside/handles.h"

#include <stdlib.h>

#define ENCODER_BATCH 25 /* rows: one second of speech */

struct timed_network {
    thread_pool *pool;
    nn_program *program;
    nn_session *session;
    int batch;
    float *input[GRAPH_MAX_INPUTS], *output[GRAPH_MAX_INPUTS];
    float *footage;     /* [frames][kept_floats]; NULL where nothing can be kept */
    size_t kept_floats; /* of one frame, rounded up to VIS_ALIGN */
    int frames, next;   /* next: the frame that comes back next */
};

static vis_status choose_batch(const model_info *info, int wanted, int *batch, vis_error *err)
{
    if (wanted < 0 || wanted > TIMED_MAX_BATCH)
        return vis_fail(err, VIS_ERR_USAGE, "a batch of %d; choose 1 to %d", wanted,
                        TIMED_MAX_BATCH);
    if (info->batch > 0 && wanted > 0 && wanted != info->batch)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: its batch is fixed at %d, %d was asked for; leave the batch out",
                        info->path, info->batch, wanted);
    *batch = wanted > 0                        ? wanted
             : info->batch > 0                 ? info->batch
             : info->kind == MODEL_AVE_ENCODER ? ENCODER_BATCH
                                               : 1;
    return VIS_OK;
}

static void unet_shapes(const model_info *info, int batch, graph_shape *shape)
{
    int64_t size = info->image_size;
    shape[info->visual_input] = (graph_shape){4, {batch, FACE_VISUAL_PLANES, size, size}};
    shape[info->audio_input] =
        (graph_shape){4, {batch, info->audio_shape[0], info->audio_shape[1], info->audio_shape[2]}};
}

/* Sizes as the file declares them; the first, where it is open, is the batch. */
static vis_status declared_shape(const model_info *info, const graph_value *v, int batch,
                                 graph_shape *shape, vis_error *err)
{
    bool known = v->rank >= 0;
    shape->rank = known ? v->rank : 0;
    for (int d = 0; d < shape->rank; d++) {
        shape->dim[d] = d == 0 && v->dim[d] < 0 ? batch : v->dim[d];
        known = known && shape->dim[d] > 0;
    }
    if (known) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE,
                    "%s: leaves the size of input %s open; export it with fixed sizes to time it",
                    info->path, v->name);
}

/* Numbers without a pattern that a sum could profit from, the same each time. */
static void fill(float *data, size_t count)
{
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        data[i] = (float)(state >> 8) / (float)(1u << 24);
    }
}

static vis_status allocate_tensor(const graph_shape *shape, bool filled, float **data,
                                  vis_error *err)
{
    int64_t count;
    if (!shape_count(shape->dim, shape->rank, &count))
        return vis_fail(err, VIS_ERR_LIMIT, "a tensor is too large; take a smaller batch");
    *data = aligned_calloc((size_t)count, sizeof **data);
    if (!*data) return vis_fail_memory(err, "the network's tensors");
    if (filled) fill(*data, (size_t)count);
    return VIS_OK;
}

static vis_status compile(timed_network *t, const model *m, vis_error *err)
{
    const model_info *info = &m->info;
    bool unet = info->kind == MODEL_UNET_328 || info->kind == MODEL_UNET_160;
    if (unet) VIS_TRY(model_require_unet(m, err));
    graph_shape shape[GRAPH_MAX_INPUTS];
    for (int i = 0; !unet && i < m->net->n_inputs; i++)
        VIS_TRY(declared_shape(info, &m->net->value[m->net->input[i]], t->batch, &shape[i], err));
    if (unet) unet_shapes(info, t->batch, shape);
    for (int i = 0; i < m->net->n_inputs; i++)
        VIS_TRY(allocate_tensor(&shape[i], true, &t->input[i], err));
    nn_options options = {.fast = m->fast,
                          .cache_inputs = model_footage_inputs(m),
                          .sample = (const float *const *)t->input,
                          .pool = t->pool};
    return nn_compile(m->net, shape, m->net->n_inputs, &options, &t->program, err);
}

static vis_status allocate_footage(timed_network *t, vis_error *err)
{
    size_t line = VIS_ALIGN / sizeof(float), floats = nn_cache_floats(t->program), all;
    if (!floats) return VIS_OK;
    t->kept_floats = (floats + line - 1) / line * line;
    size_t fit = TIMED_FOOTAGE_BYTES / sizeof(float) / t->kept_floats;
    t->frames = fit < 1 ? 1 : fit < TIMED_FOOTAGE_FRAMES ? (int)fit : TIMED_FOOTAGE_FRAMES;
    if (size_mul(t->kept_floats, (size_t)t->frames, &all))
        t->footage = aligned_malloc(all, sizeof *t->footage);
    return t->footage ? VIS_OK : vis_fail_memory(err, "what is kept of footage frames");
}

static vis_status set_up(timed_network *t, const model *m, int batch, int threads, vis_error *err)
{
    VIS_TRY(choose_batch(&m->info, batch, &t->batch, err));
    VIS_TRY(thread_pool_create(threads, &t->pool, err));
    VIS_TRY(compile(t, m, err));
    VIS_TRY(nn_session_create(t->program, t->pool, &t->session, err));
    for (int i = 0; i < nn_output_count(t->program); i++)
        VIS_TRY(allocate_tensor(nn_output_shape(t->program, i), false, &t->output[i], err));
    return allocate_footage(t, err);
}

vis_status timed_network_create(const vis_model *m, int batch, int threads, timed_network **out,
                                vis_error *err)
{
    *out = NULL;
    timed_network *t = calloc(1, sizeof *t);
    if (!t) return vis_fail_memory(err, "a network");
    vis_status status = set_up(t, inside_model(m), batch, threads, err);
    if (status == VIS_OK)
        *out = t;
    else
        timed_network_free(t);
    return status;
}

void timed_network_free(timed_network *t)
{
    if (!t) return;
    nn_session_free(t->session);
    nn_program_free(t->program);
    thread_pool_destroy(t->pool);
    for (int i = 0; i < GRAPH_MAX_INPUTS; i++) {
        aligned_free(t->input[i]);
        aligned_free(t->output[i]);
    }
    aligned_free(t->footage);
    free(t);
}

int timed_network_batch(const timed_network *t)
{
    return t->batch;
}

int timed_network_threads(const timed_network *t)
{
    return thread_pool_size(t->pool);
}

int timed_network_input_count(const timed_network *t)
{
    return nn_input_count(t->program);
}

const graph_shape *timed_network_input_shape(const timed_network *t, int i)
{
    return nn_input_shape(t->program, i);
}

float *timed_network_input(timed_network *t, int i)
{
    return t->input[i];
}

int timed_network_output_count(const timed_network *t)
{
    return nn_output_count(t->program);
}

const graph_shape *timed_network_output_shape(const timed_network *t, int i)
{
    return nn_output_shape(t->program, i);
}

const float *timed_network_output(const timed_network *t, int i)
{
    return t->output[i];
}

const nn_fast *timed_network_fast(const timed_network *t)
{
    return nn_fast_of(t->program);
}

size_t timed_network_weight_bytes(const timed_network *t)
{
    return nn_weight_bytes(t->program);
}

size_t timed_network_work_bytes(const timed_network *t)
{
    return nn_arena_bytes(t->program, thread_pool_size(t->pool));
}

size_t timed_network_kept_bytes(const timed_network *t)
{
    return nn_cache_floats(t->program) * sizeof(float);
}

void timed_network_run(timed_network *t)
{
    nn_run(t->session, (const float *const *)t->input, t->output);
}

static void run_footage(timed_network *t, bool filled)
{
    float *kept = t->footage + (size_t)t->next * t->kept_floats;
    nn_run_cached(t->session, (const float *const *)t->input, t->output, kept, filled);
    t->next = (t->next + 1) % t->frames;
}

void timed_network_see_footage(timed_network *t)
{
    for (int i = 0; i < t->frames; i++)
        run_footage(t, false);
}

void timed_network_run_cached(timed_network *t)
{
    run_footage(t, true);
}
