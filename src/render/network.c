/* render/network.c - the tensors of one frame, and its run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/network.h"

#include "base/clock.h"
#include "base/memory.h"
#include "face/geometry.h"

#include <stdlib.h>
#include <string.h>

struct network {
    compiled_network *compiled;
    compiled_network *own; /* the same where it is this network's alone, else NULL */
    nn_session *session;
    float *visual;                               /* [batch, 6, S, S] */
    float *audio;                                /* [batch, C, H, W]; used only when batch > 1 */
    float *output;                               /* [batch, 3, S, S] */
    size_t visual_size, audio_size, output_size; /* numbers of one frame */
};

static vis_status allocate(network *n, vis_error *err)
{
    const model_info *info = n->compiled->info;
    size_t plane = (size_t)info->image_size * (size_t)info->image_size;
    size_t batch = (size_t)n->compiled->batch;
    n->visual_size = FACE_VISUAL_PLANES * plane;
    n->output_size = FACE_OUTPUT_PLANES * plane;
    n->audio_size =
        (size_t)info->audio_shape[0] * (size_t)info->audio_shape[1] * (size_t)info->audio_shape[2];
    n->visual = aligned_calloc(batch * n->visual_size, sizeof *n->visual);
    n->audio = aligned_calloc(batch * n->audio_size, sizeof *n->audio);
    n->output = aligned_calloc(batch * n->output_size, sizeof *n->output);
    return n->visual && n->audio && n->output ? VIS_OK
                                              : vis_fail_memory(err, "the tensors of a frame");
}

vis_status network_create_on(compiled_network *compiled, thread_pool *pool, network **out,
                             vis_error *err)
{
    *out = NULL;
    network *n = calloc(1, sizeof *n);
    if (!n) return vis_fail_memory(err, "a network");
    n->compiled = compiled;
    vis_status status = nn_session_create(compiled->program, pool, &n->session, err);
    if (status == VIS_OK) status = allocate(n, err);
    if (status == VIS_OK)
        *out = n;
    else
        network_free(n);
    return status;
}

vis_status network_create(const model *m, thread_pool *pool, const network_options *options,
                          network **out, vis_error *err)
{
    *out = NULL;
    compiled_network *own;
    VIS_TRY(compiled_network_create(m, options, &own, err));
    vis_status status = network_create_on(own, pool, out, err);
    if (status == VIS_OK)
        (*out)->own = own;
    else
        compiled_network_free(own);
    return status;
}

void network_free(network *n)
{
    if (!n) return;
    nn_session_free(n->session);
    aligned_free(n->visual);
    aligned_free(n->audio);
    aligned_free(n->output);
    compiled_network_free(n->own);
    free(n);
}

output_range network_range(const network *n)
{
    return output_range_of(n->output, (int64_t)n->output_size);
}

float *network_visual(network *n)
{
    return n->visual;
}

/* A fixed batch wants that many frames: all but the first are copies, whose answers nobody reads.
 */
static const float *fill_batch(network *n, const float *window)
{
    int batch = n->compiled->batch;
    if (batch == 1) return window;
    for (int i = 0; i < batch; i++)
        memcpy(n->audio + (size_t)i * n->audio_size, window, n->audio_size * sizeof *window);
    for (int i = 1; i < batch; i++)
        memcpy(n->visual + (size_t)i * n->visual_size, n->visual,
               n->visual_size * sizeof *n->visual);
    return n->audio;
}

static const float *run(network *n, float *kept, bool filled, const float *window, double *ms)
{
    const model_info *info = n->compiled->info;
    const float *inputs[2];
    inputs[info->visual_input] = n->visual;
    inputs[info->audio_input] = fill_batch(n, window);
    double start = clock_seconds();
    nn_run_cached(n->session, inputs, &n->output, kept, filled);
    if (ms) *ms = (clock_seconds() - start) * 1e3;
    return n->output;
}

const float *network_run(network *n, const float *window, double *ms)
{
    return run(n, NULL, false, window, ms);
}

const float *network_run_footage(network *n, int footage, int64_t returns, const float *window,
                                 double *ms)
{
    bool filled;
    float *kept = kept_frames_take(n->compiled->kept, footage, returns, &filled);
    const float *output = run(n, kept, filled, window, ms);
    if (kept) kept_frames_give(n->compiled->kept, footage);
    return output;
}

const float *network_run_again(network *n, const float *window, double *ms)
{
    return run(n, NULL, n->compiled->batch == 1, window, ms);
}
