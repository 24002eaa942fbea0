/* render/renderer.c - crop, network, paste.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/renderer.h"

#include "face/blend.h"
#include "face/crop.h"
#include "face/paste.h"

#include <math.h>
#include <stdlib.h>

struct renderer {
    character *character;
    const char *model; /* its path */
    face_cropper *cropper;
    face_paster *paster;
    face_blender *blender; /* NULL: exact */
    network *network;
    picture crop;
    picture silent;    /* a mouth at rest, to be mixed in */
    bool crops_always; /* the crop is looked at, whether the network reads it or not */
};

vis_status renderer_mask(const model *m, character *c, const renderer_options *options,
                         blend_mask **out, vis_error *err)
{
    face_geometry geometry;
    *out = NULL;
    if (!options || !options->seamless) return VIS_OK;
    VIS_TRY(model_require_unet(m, err));
    VIS_TRY(face_geometry_for(m->info.image_size, &geometry, err));
    return blend_mask_create(&geometry, character_outline(c), out, err);
}

/* Of the rows down to the end of the region the columns that are read. */
static vis_status find_rows(const face_geometry *geometry, const blend_mask *mask,
                            network_options *out, vis_error *err)
{
    out->rows = calloc((size_t)out->region.y1, sizeof *out->rows);
    if (!out->rows) return vis_fail_memory(err, "what is shown of the network's output");
    for (int64_t y = 0; y < out->region.y1; y++) {
        int columns[2];
        face_paste_reads_row(geometry, mask, (int)y, columns);
        out->rows[y] = (nn_span){columns[0], columns[1]};
    }
    return VIS_OK;
}

vis_status renderer_network(const model *m, character *c, const renderer_options *options,
                            const blend_mask *mask, thread_pool *pool, network_options *out,
                            vis_error *err)
{
    face_geometry geometry;
    int part[4];
    *out = (network_options){.footage = character_facts(c)->frames,
                             .cache_bytes = options ? options->cache_bytes : 0,
                             .sample = c,
                             .pool = pool};
    if (!mask || options->output_shown) return VIS_OK;
    VIS_TRY(face_geometry_for(m->info.image_size, &geometry, err));
    if (options->paste_mode) geometry.paste_mode = *options->paste_mode;
    /* where nothing is shown something must be computed all the same */
    if (mask->part[0] >= mask->part[2] || !face_paste_reads(&geometry, mask, part)) return VIS_OK;
    out->region = (nn_region){part[0], part[1], part[2], part[3]};
    return find_rows(&geometry, mask, out, err);
}

static vis_status set_up(renderer *r, compiled_network *compiled, thread_pool *pool,
                         const renderer_options *options, const blend_mask *mask, vis_error *err)
{
    face_geometry geometry;
    int part[4];
    VIS_TRY(face_geometry_for(compiled->info->image_size, &geometry, err));
    if (options && options->crop_mode) geometry.crop_mode = *options->crop_mode;
    if (options && options->paste_mode) geometry.paste_mode = *options->paste_mode;
    VIS_TRY(face_cropper_create(&geometry, &r->cropper, err));
    VIS_TRY(face_paster_create(&geometry, &r->paster, err));
    if (mask) VIS_TRY(face_blender_create(mask, &r->blender, err));
    r->crops_always =
        (options && options->output_shown) || !face_paste_reads(&geometry, mask, part);
    return network_create_on(compiled, pool, &r->network, err);
}

vis_status renderer_create(compiled_network *compiled, character *c, thread_pool *pool,
                           const renderer_options *options, const blend_mask *mask, renderer **out,
                           vis_error *err)
{
    *out = NULL;
    renderer *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "a renderer");
    r->character = c;
    r->model = compiled->info->path;
    vis_status status = set_up(r, compiled, pool, options, mask, err);
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
    face_blender_destroy(r->blender);
    picture_free(&r->crop);
    picture_free(&r->silent);
    network_free(r->network);
    free(r);
}

/* Runs the network on a window and puts what it paints into `result`. */
static vis_status paint(renderer *r, const frame_job *job, const float *window, picture *result,
                        render_frame *frame, vis_error *err)
{
    double ms;
    frame->output = network_run_footage(r->network, window, &ms);
    frame->network_ms += ms;
    frame->range = network_range(r->network);
    if (!job->any_output) VIS_TRY(output_range_check(&frame->range, r->model, job->footage, err));
    return face_paste(r->paster, job->filmed, frame->rect, &r->crop, frame->output, r->blender,
                      character_parsing(job->filmed), result, err);
}

/* What a frame is mixed of, in parts of 256. */
typedef struct parts {
    int heard, silent, filmed;
} parts;

static parts parts_of(const renderer *r, const frame_job *job)
{
    int rest = 256 - (int)lrintf(job->spoken * 256);
    bool stays = job->as_filmed && !job->silence;
    float closed = stays ? 1 : character_mouth_closed(r->character, job->footage);
    int filmed = (int)lrintf((float)rest * closed);
    int painted = job->silence ? rest - filmed : 0;
    return (parts){256 - filmed - painted, painted, filmed};
}

static vis_status crop(renderer *r, const frame_job *job, render_frame *frame, vis_error *err)
{
    float *visual = network_visual(r->network);
    frame->visual = visual;
    return face_crop(r->cropper, job->filmed, frame->rect, &r->crop, visual, err);
}

/* The mouth as heard and the mouth in silence, as far as they are parts. */
static vis_status paint_parts(renderer *r, const frame_job *job, parts p, picture *result,
                              render_frame *frame, vis_error *err)
{
    if (p.heard) VIS_TRY(paint(r, job, job->window, result, frame, err));
    if (!p.silent) return VIS_OK;
    VIS_TRY(paint(r, job, job->silence, p.heard ? &r->silent : result, frame, err));
    if (!p.heard) return VIS_OK;
    return face_mix(&r->silent, frame->rect, 256 * p.silent / (p.heard + p.silent), result, err);
}

vis_status renderer_draw(renderer *r, const frame_job *job, picture *result, render_frame *frame,
                         vis_error *err)
{
    *frame = (render_frame){.footage = job->footage, .picture = result};
    character_rect(r->character, job->footage, frame->rect);
    parts p = parts_of(r, job);
    if (p.filmed == 256) return picture_copy(job->filmed, result, err);
    bool read = network_take_footage(r->network, job->footage, job->returns);
    vis_status status = read || r->crops_always ? crop(r, job, frame, err) : VIS_OK;
    if (status == VIS_OK) status = paint_parts(r, job, p, result, frame, err);
    network_leave_footage(r->network);
    VIS_TRY(status);
    return p.filmed ? face_mix(job->filmed, frame->rect, p.filmed, result, err) : VIS_OK;
}
