/* render/renderer.c - crop, network, paste.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/renderer.h"

#include "base/clock.h"
#include "base/memory.h"
#include "face/crop.h"
#include "face/paste.h"
#include "nn/nn.h"

#include <stdlib.h>
#include <string.h>

struct renderer {
    const model *model;
    character *character;
    face_geometry geometry;
    face_cropper *cropper;
    face_paster *paster;
    nn_program *program;
    nn_session *session;
    int batch;                                   /* 1, or what an ONNX file insists on */
    float *visual;                               /* [batch, 6, S, S] */
    float *audio;                                /* [batch, C, H, W]; used only when batch > 1 */
    float *output;                               /* [batch, 3, S, S] */
    size_t visual_size, audio_size, output_size; /* numbers of one frame */
    picture crop;
    picture result;
};

static vis_status compile(renderer *r, thread_pool *pool, vis_error *err)
{
    const model_info *info = &r->model->info;
    graph_shape shapes[2];
    int64_t size = info->image_size;
    shapes[info->visual_input] = (graph_shape){4, {r->batch, FACE_VISUAL_PLANES, size, size}};
    shapes[info->audio_input] = (graph_shape){
        4, {r->batch, info->audio_shape[0], info->audio_shape[1], info->audio_shape[2]}};
    VIS_TRY(nn_compile(r->model->net, shapes, 2, NULL, &r->program, err));
    const graph_shape *out = nn_output_shape(r->program, 0);
    if (nn_output_count(r->program) != 1 || out->rank != 4 || out->dim[0] != r->batch ||
        out->dim[1] != FACE_OUTPUT_PLANES || out->dim[2] != size || out->dim[3] != size)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: its output is not [N, 3, %d, %d]; export the U-Net again", info->path,
                        info->image_size, info->image_size);
    return nn_session_create(r->program, pool, &r->session, err);
}

static vis_status allocate(renderer *r, vis_error *err)
{
    const model_info *info = &r->model->info;
    size_t plane = (size_t)info->image_size * (size_t)info->image_size;
    size_t batch = (size_t)r->batch;
    r->visual_size = FACE_VISUAL_PLANES * plane;
    r->output_size = FACE_OUTPUT_PLANES * plane;
    r->audio_size =
        (size_t)info->audio_shape[0] * (size_t)info->audio_shape[1] * (size_t)info->audio_shape[2];
    r->visual = aligned_calloc(batch * r->visual_size, sizeof *r->visual);
    r->audio = aligned_calloc(batch * r->audio_size, sizeof *r->audio);
    r->output = aligned_calloc(batch * r->output_size, sizeof *r->output);
    return r->visual && r->audio && r->output ? VIS_OK
                                              : vis_fail_memory(err, "the tensors of a frame");
}

static vis_status set_up(renderer *r, thread_pool *pool, const renderer_options *options,
                         vis_error *err)
{
    VIS_TRY(face_geometry_for(r->model->info.image_size, &r->geometry, err));
    if (options && options->crop_mode) r->geometry.crop_mode = *options->crop_mode;
    if (options && options->paste_mode) r->geometry.paste_mode = *options->paste_mode;
    VIS_TRY(face_cropper_create(&r->geometry, &r->cropper, err));
    VIS_TRY(face_paster_create(&r->geometry, &r->paster, err));
    VIS_TRY(allocate(r, err));
    return compile(r, pool, err);
}

vis_status renderer_create(const model *m, character *c, thread_pool *pool,
                           const renderer_options *options, renderer **out, vis_error *err)
{
    *out = NULL;
    VIS_TRY(model_require_unet(m, err));
    renderer *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "a renderer");
    r->model = m;
    r->character = c;
    r->batch = m->info.batch > 0 ? m->info.batch : 1;
    vis_status status = set_up(r, pool, options, err);
    if (status == VIS_OK)
        *out = r;
    else
        renderer_free(r);
    return status;
}

void renderer_free(renderer *r)
{
    if (!r) return;
    nn_session_free(r->session);
    nn_program_free(r->program);
    face_cropper_destroy(r->cropper);
    face_paster_destroy(r->paster);
    picture_free(&r->crop);
    picture_free(&r->result);
    aligned_free(r->visual);
    aligned_free(r->audio);
    aligned_free(r->output);
    free(r);
}

/* A fixed batch wants that many frames: all but the first are copies, whose answers nobody reads.
 */
static const float *fill_batch(renderer *r, const float *window)
{
    if (r->batch == 1) return window;
    for (int i = 0; i < r->batch; i++)
        memcpy(r->audio + (size_t)i * r->audio_size, window, r->audio_size * sizeof *window);
    for (int i = 1; i < r->batch; i++)
        memcpy(r->visual + (size_t)i * r->visual_size, r->visual,
               r->visual_size * sizeof *r->visual);
    return r->audio;
}

static double run_network(renderer *r, const float *window)
{
    const float *inputs[2];
    inputs[r->model->info.visual_input] = r->visual;
    inputs[r->model->info.audio_input] = fill_batch(r, window);
    double start = clock_seconds();
    nn_run(r->session, inputs, &r->output);
    return (clock_seconds() - start) * 1e3;
}

static vis_status draw_on(renderer *r, const picture *footage, const float *window,
                          render_frame *frame, vis_error *err)
{
    VIS_TRY(face_crop(r->cropper, footage, frame->rect, &r->crop, r->visual, err));
    frame->network_ms = run_network(r, window);
    return face_paste(r->paster, footage, frame->rect, &r->crop, r->output,
                      character_parsing(footage), &r->result, err);
}

vis_status renderer_draw(renderer *r, int footage, const float *window, render_frame *frame,
                         vis_error *err)
{
    const picture *filmed;
    VIS_TRY(character_frame(r->character, footage, &filmed, err));
    *frame = (render_frame){
        .footage = footage, .visual = r->visual, .output = r->output, .picture = &r->result};
    character_rect(r->character, footage, frame->rect);
    vis_status status = draw_on(r, filmed, window, frame, err);
    character_release(r->character, filmed);
    return status;
}
