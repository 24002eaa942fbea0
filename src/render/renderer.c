/* render/renderer.c - crop, network, paste.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/renderer.h"

#include "face/crop.h"
#include "face/paste.h"
#include "render/network.h"

#include <stdlib.h>

struct renderer {
    character *character;
    const nn_fast *fast;
    const char *model;     /* its path */
    compiled_network *own; /* where it is this renderer's alone; else NULL */
    face_cropper *cropper;
    face_paster *paster;
    network *network;
    picture crop;
    picture result; /* of renderer_draw */
};

network_options renderer_network(character *c, const renderer_options *options, thread_pool *pool)
{
    return (network_options){.footage = character_facts(c)->frames,
                             .kept_bytes = options ? options->kept_bytes : 0,
                             .sample = c,
                             .pool = pool};
}

static vis_status set_up(renderer *r, compiled_network *compiled, thread_pool *pool,
                         const renderer_options *options, vis_error *err)
{
    face_geometry geometry;
    VIS_TRY(face_geometry_for(compiled->info->image_size, &geometry, err));
    if (options && options->crop_mode) geometry.crop_mode = *options->crop_mode;
    if (options && options->paste_mode) geometry.paste_mode = *options->paste_mode;
    VIS_TRY(face_cropper_create(&geometry, &r->cropper, err));
    VIS_TRY(face_paster_create(&geometry, &r->paster, err));
    return network_create_on(compiled, pool, &r->network, err);
}

vis_status renderer_create_on(compiled_network *compiled, character *c, thread_pool *pool,
                              const renderer_options *options, renderer **out, vis_error *err)
{
    *out = NULL;
    renderer *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "a renderer");
    r->character = c;
    r->fast = nn_fast_of(compiled->program);
    r->model = compiled->info->path;
    vis_status status = set_up(r, compiled, pool, options, err);
    if (status == VIS_OK)
        *out = r;
    else
        renderer_free(r);
    return status;
}

vis_status renderer_create(const model *m, character *c, thread_pool *pool,
                           const renderer_options *options, renderer **out, vis_error *err)
{
    *out = NULL;
    network_options shared = renderer_network(c, options, pool);
    compiled_network *own;
    VIS_TRY(compiled_network_create(m, &shared, &own, err));
    vis_status status = renderer_create_on(own, c, pool, options, out, err);
    if (status == VIS_OK)
        (*out)->own = own;
    else
        compiled_network_free(own);
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
    compiled_network_free(r->own);
    free(r);
}

const nn_fast *renderer_fast(const renderer *r)
{
    return r->fast;
}

vis_status renderer_draw_into(renderer *r, const render_order *order, picture *result,
                              render_frame *frame, vis_error *err)
{
    *frame = (render_frame){.footage = order->footage, .picture = result};
    character_rect(r->character, order->footage, frame->rect);
    float *visual = network_visual(r->network);
    VIS_TRY(face_crop(r->cropper, order->filmed, frame->rect, &r->crop, visual, err));
    frame->visual = visual;
    frame->output = network_run_footage(r->network, order->footage, order->returns, order->window,
                                        &frame->network_ms);
    frame->range = network_range(r->network);
    if (!order->any_output)
        VIS_TRY(output_range_check(&frame->range, r->model, order->footage, err));
    return face_paste(r->paster, order->filmed, frame->rect, &r->crop, frame->output,
                      character_parsing(order->filmed), result, err);
}

vis_status renderer_draw(renderer *r, int footage, int64_t returns, const float *window,
                         render_frame *frame, vis_error *err)
{
    render_order order = {.footage = footage, .returns = returns, .window = window};
    VIS_TRY(character_frame(r->character, footage, &order.filmed, err));
    vis_status status = renderer_draw_into(r, &order, &r->result, frame, err);
    character_release(r->character, order.filmed);
    return status;
}
