/* render/renderer.c - crop, network, paste.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/renderer.h"

#include "face/crop.h"
#include "face/paste.h"
#include "render/network.h"

#include <stdlib.h>
#include <string.h>

struct renderer {
    const model *model;
    character *character;
    face_geometry geometry;
    face_cropper *cropper;
    face_paster *paster;
    network *network;
    picture crop;
    picture result;
};

static vis_status set_up(renderer *r, thread_pool *pool, const renderer_options *options,
                         vis_error *err)
{
    VIS_TRY(face_geometry_for(r->model->info.image_size, &r->geometry, err));
    if (options && options->crop_mode) r->geometry.crop_mode = *options->crop_mode;
    if (options && options->paste_mode) r->geometry.paste_mode = *options->paste_mode;
    VIS_TRY(face_cropper_create(&r->geometry, &r->cropper, err));
    VIS_TRY(face_paster_create(&r->geometry, &r->paster, err));
    network_options keeping = {.footage = character_facts(r->character)->frames,
                               .kept_bytes = options ? options->kept_bytes : 0};
    return network_create(r->model, pool, &keeping, &r->network, err);
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
    face_cropper_destroy(r->cropper);
    face_paster_destroy(r->paster);
    picture_free(&r->crop);
    picture_free(&r->result);
    network_free(r->network);
    free(r);
}

static vis_status draw_on(renderer *r, const picture *footage, bool returns, const float *window,
                          render_frame *frame, vis_error *err)
{
    float *visual = network_visual(r->network);
    VIS_TRY(face_crop(r->cropper, footage, frame->rect, &r->crop, visual, err));
    frame->visual = visual;
    frame->output =
        network_run_footage(r->network, frame->footage, returns, window, &frame->network_ms);
    return face_paste(r->paster, footage, frame->rect, &r->crop, frame->output,
                      character_parsing(footage), &r->result, err);
}

vis_status renderer_draw(renderer *r, int footage, bool returns, const float *window,
                         render_frame *frame, vis_error *err)
{
    const picture *filmed;
    VIS_TRY(character_frame(r->character, footage, &filmed, err));
    *frame = (render_frame){.footage = footage, .picture = &r->result};
    character_rect(r->character, footage, frame->rect);
    vis_status status = draw_on(r, filmed, returns, window, frame, err);
    character_release(r->character, filmed);
    return status;
}
