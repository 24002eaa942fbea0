/* measure/examples.c - frame i, its crop, its window.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/examples.h"

#include "base/memory.h"
#include "face/crop.h"
#include "face/ping_pong.h"
#include "inside/filmed.h"
#include "inside/handles.h"

#include <stdlib.h>

struct examples {
    vis_character *character;
    int footage; /* frames of it */
    face_geometry geometry;
    face_cropper *cropper;
    feature_table features;
    int window_rows;
    int64_t ahead;           /* of the bounce: 0 as rendered, -1 straight */
    float *visual;           /* [6, S, S] */
    float *window;           /* [window_rows, row_size] */
    const picture *borrowed; /* the current frame; NULL: none */
    picture crop;
};

static vis_status set_up(const model_info *info, vis_features *features,
                         const resize_mode *crop_mode, examples *e, vis_error *err)
{
    VIS_TRY(face_geometry_for(info->image_size, &e->geometry, err));
    if (crop_mode) e->geometry.crop_mode = *crop_mode;
    VIS_TRY(face_cropper_create(&e->geometry, &e->cropper, err));
    VIS_TRY(feature_table_read(features, &e->features, err));
    if (e->features.row_size != info->row_size)
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: hears rows of %d numbers, the features have %d",
                        info->path, info->row_size, e->features.row_size);
    e->window_rows = info->window_rows;
    size_t plane = (size_t)e->geometry.size * (size_t)e->geometry.size;
    e->visual = aligned_calloc(FACE_VISUAL_PLANES * plane, sizeof *e->visual);
    e->window = aligned_calloc(examples_window_size(e), sizeof *e->window);
    if (!e->visual || !e->window) return vis_fail_memory(err, "the tensors of a frame");
    return filmed_plan(e->character, 0, -1, err);
}

vis_status examples_open(const vis_model *m, vis_character *c, vis_features *features,
                         const resize_mode *crop_mode, examples **out, vis_error *err)
{
    *out = NULL;
    VIS_TRY(model_require_unet(inside_model(m), err));
    examples *e = calloc(1, sizeof *e);
    if (!e) return vis_fail_memory(err, "examples");
    vis_character_info footage;
    vis_character_get_info(c, &footage);
    e->character = c;
    e->footage = footage.frames;
    e->ahead = -1;
    vis_status status = set_up(&inside_model(m)->info, features, crop_mode, e, err);
    if (status == VIS_OK)
        *out = e;
    else
        examples_close(e);
    return status;
}

void examples_close(examples *e)
{
    if (!e) return;
    filmed_release(e->character, e->borrowed);
    face_cropper_destroy(e->cropper);
    feature_table_free(&e->features);
    picture_free(&e->crop);
    aligned_free(e->visual);
    aligned_free(e->window);
    free(e);
}

const face_geometry *examples_geometry(const examples *e)
{
    return &e->geometry;
}

const feature_table *examples_features(const examples *e)
{
    return &e->features;
}

int examples_footage(const examples *e)
{
    return e->footage;
}

int64_t examples_count(const examples *e)
{
    return e->features.rows;
}

void examples_bounce(examples *e)
{
    e->ahead = 0;
}

size_t examples_window_size(const examples *e)
{
    return (size_t)e->window_rows * (size_t)e->features.row_size;
}

vis_status examples_get(examples *e, int64_t i, example *out, vis_error *err)
{
    if (i < 0 || i >= e->features.rows)
        return vis_fail(err, VIS_ERR_USAGE, "frame %lld: the features have only %lld rows",
                        (long long)i, (long long)e->features.rows);
    filmed_release(e->character, e->borrowed);
    e->borrowed = NULL;
    *out = (example){.index = i, .footage = ping_pong_index(i + e->ahead, 0, examples_footage(e))};
    VIS_TRY(filmed_frame(e->character, out->footage, &e->borrowed, err));
    filmed_rect(e->character, out->footage, out->rect);
    VIS_TRY(face_crop(e->cropper, e->borrowed, out->rect, &e->crop, e->visual, err));
    feature_table_window(&e->features, i, e->window_rows, e->window);
    out->frame = e->borrowed;
    out->crop = &e->crop;
    out->visual = e->visual;
    out->window = e->window;
    return VIS_OK;
}
