/* render/network.c - a compiled U-Net and the tensors of one frame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/network.h"

#include "base/clock.h"
#include "base/memory.h"
#include "face/geometry.h"
#include "nn/nn.h"
#include "render/kept_frames.h"

#include <stdlib.h>
#include <string.h>

struct network {
    const model_info *info;
    nn_program *program;
    nn_session *session;
    kept_frames frames;                          /* of the footage */
    int batch;                                   /* 1, or what an ONNX file insists on */
    float *visual;                               /* [batch, 6, S, S] */
    float *audio;                                /* [batch, C, H, W]; used only when batch > 1 */
    float *output;                               /* [batch, 3, S, S] */
    size_t visual_size, audio_size, output_size; /* numbers of one frame */
};

static vis_status compile(network *n, const model *m, thread_pool *pool, bool reference,
                          vis_error *err)
{
    const model_info *info = n->info;
    graph_shape shapes[2];
    int64_t size = info->image_size;
    shapes[info->visual_input] = (graph_shape){4, {n->batch, FACE_VISUAL_PLANES, size, size}};
    shapes[info->audio_input] = (graph_shape){
        4, {n->batch, info->audio_shape[0], info->audio_shape[1], info->audio_shape[2]}};
    nn_options options = {.reference = reference, .keep = model_footage_inputs(m)};
    VIS_TRY(nn_compile(m->net, shapes, 2, &options, &n->program, err));
    const graph_shape *out = nn_output_shape(n->program, 0);
    if (nn_output_count(n->program) != 1 || out->rank != 4 || out->dim[0] != n->batch ||
        out->dim[1] != FACE_OUTPUT_PLANES || out->dim[2] != size || out->dim[3] != size)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: its output is not [N, 3, %d, %d]; export the U-Net again", info->path,
                        info->image_size, info->image_size);
    return nn_session_create(n->program, pool, &n->session, err);
}

static vis_status allocate(network *n, const network_options *options, vis_error *err)
{
    const model_info *info = n->info;
    size_t plane = (size_t)info->image_size * (size_t)info->image_size;
    size_t batch = (size_t)n->batch;
    n->visual_size = FACE_VISUAL_PLANES * plane;
    n->output_size = FACE_OUTPUT_PLANES * plane;
    n->audio_size =
        (size_t)info->audio_shape[0] * (size_t)info->audio_shape[1] * (size_t)info->audio_shape[2];
    n->visual = aligned_calloc(batch * n->visual_size, sizeof *n->visual);
    n->audio = aligned_calloc(batch * n->audio_size, sizeof *n->audio);
    n->output = aligned_calloc(batch * n->output_size, sizeof *n->output);
    if (!n->visual || !n->audio || !n->output)
        return vis_fail_memory(err, "the tensors of a frame");
    int footage = n->batch == 1 ? options->footage : 0;
    return kept_frames_create(&n->frames, footage, nn_kept_floats(n->program), options->kept_bytes,
                              err);
}

vis_status network_create(const model *m, thread_pool *pool, const network_options *options,
                          network **out, vis_error *err)
{
    network_options none = {0};
    if (!options) options = &none;
    *out = NULL;
    VIS_TRY(model_require_unet(m, err));
    network *n = calloc(1, sizeof *n);
    if (!n) return vis_fail_memory(err, "a network");
    n->info = &m->info;
    n->batch = m->info.batch > 0 ? m->info.batch : 1;
    vis_status status = compile(n, m, pool, options->reference, err);
    if (status == VIS_OK) status = allocate(n, options, err);
    if (status == VIS_OK)
        *out = n;
    else
        network_free(n);
    return status;
}

void network_free(network *n)
{
    if (!n) return;
    nn_session_free(n->session);
    nn_program_free(n->program);
    kept_frames_free(&n->frames);
    aligned_free(n->visual);
    aligned_free(n->audio);
    aligned_free(n->output);
    free(n);
}

float *network_visual(network *n)
{
    return n->visual;
}

/* A fixed batch wants that many frames: all but the first are copies, whose answers nobody reads.
 */
static const float *fill_batch(network *n, const float *window)
{
    if (n->batch == 1) return window;
    for (int i = 0; i < n->batch; i++)
        memcpy(n->audio + (size_t)i * n->audio_size, window, n->audio_size * sizeof *window);
    for (int i = 1; i < n->batch; i++)
        memcpy(n->visual + (size_t)i * n->visual_size, n->visual,
               n->visual_size * sizeof *n->visual);
    return n->audio;
}

static const float *run(network *n, float *kept, bool filled, const float *window, double *ms)
{
    const float *inputs[2];
    inputs[n->info->visual_input] = n->visual;
    inputs[n->info->audio_input] = fill_batch(n, window);
    double start = clock_seconds();
    nn_run_kept(n->session, inputs, &n->output, kept, filled);
    if (ms) *ms = (clock_seconds() - start) * 1e3;
    return n->output;
}

const float *network_run(network *n, const float *window, double *ms)
{
    return run(n, NULL, false, window, ms);
}

const float *network_run_footage(network *n, int footage, bool returns, const float *window,
                                 double *ms)
{
    bool filled;
    float *kept = kept_frames_take(&n->frames, footage, returns, &filled);
    return run(n, kept, filled, window, ms);
}

const float *network_run_again(network *n, const float *window, double *ms)
{
    return run(n, NULL, n->batch == 1, window, ms);
}
