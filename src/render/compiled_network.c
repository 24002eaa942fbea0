/* render/compiled_network.c - one program for one frame of footage and one window of sound.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/compiled_network.h"

#include "face/geometry.h"
#include "render/sample.h"

#include <stdlib.h>

static vis_status check_output(const compiled_network *c, vis_error *err)
{
    int size = c->info->image_size;
    const graph_shape *out = nn_output_shape(c->program, 0);
    if (nn_output_count(c->program) == 1 && out->rank == 4 && out->dim[0] == c->batch &&
        out->dim[1] == FACE_OUTPUT_PLANES && out->dim[2] == size && out->dim[3] == size)
        return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "%s: its output is not [N, 3, %d, %d]; export the U-Net again", c->info->path,
                    size, size);
}

static vis_status compile_program(compiled_network *c, const model *m,
                                  const network_options *options, const graph_shape *shapes,
                                  vis_error *err)
{
    network_sample sample = {0};
    const float *inputs[2];
    nn_options how = {.reference = options->reference,
                      .fast = m->fast,
                      .cache_inputs = model_footage_inputs(m),
                      .pool = options->pool};
    vis_status status = VIS_OK;
    if (m->fast && options->sample) {
        status = network_sample_create(m, options->sample, c->batch, &sample, err);
        inputs[c->info->visual_input] = sample.visual;
        inputs[c->info->audio_input] = sample.audio;
        how.sample = inputs;
    }
    if (status == VIS_OK) status = nn_compile(m->net, shapes, 2, &how, &c->program, err);
    network_sample_free(&sample);
    return status == VIS_ERR_UNSUPPORTED ? vis_prefix(err, status, m->info.path) : status;
}

static vis_status compile(compiled_network *c, const model *m, const network_options *options,
                          vis_error *err)
{
    const model_info *info = c->info;
    graph_shape shapes[2];
    int64_t size = info->image_size;
    shapes[info->visual_input] = (graph_shape){4, {c->batch, FACE_VISUAL_PLANES, size, size}};
    shapes[info->audio_input] = (graph_shape){
        4, {c->batch, info->audio_shape[0], info->audio_shape[1], info->audio_shape[2]}};
    VIS_TRY(compile_program(c, m, options, shapes, err));
    VIS_TRY(check_output(c, err));
    int footage = c->batch == 1 ? options->footage : 0;
    return kept_frames_create(footage, nn_cache_floats(c->program), options->kept_bytes, &c->kept,
                              err);
}

vis_status compiled_network_create(const model *m, const network_options *options,
                                   compiled_network **out, vis_error *err)
{
    const network_options none = {0};
    *out = NULL;
    VIS_TRY(model_require_unet(m, err));
    compiled_network *c = calloc(1, sizeof *c);
    if (!c) return vis_fail_memory(err, "a network");
    c->info = &m->info;
    c->batch = m->info.batch > 0 ? m->info.batch : 1;
    vis_status status = compile(c, m, options ? options : &none, err);
    if (status == VIS_OK)
        *out = c;
    else
        compiled_network_free(c);
    return status;
}

void compiled_network_free(compiled_network *c)
{
    if (!c) return;
    kept_frames_free(c->kept);
    nn_program_free(c->program);
    free(c);
}
