/* face/crop.c - from a frame to the network's visual input.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/crop.h"

#include "face/geometry.h"
#include "face/resize_cache.h"
#include "media/pixel_rows.h"

#include <stdlib.h>
#include <string.h>

struct face_cropper {
    face_geometry geometry;
    resize_cache resizes;
};

vis_status face_cropper_create(const face_geometry *geometry, face_cropper **out, vis_error *err)
{
    *out = NULL;
    face_cropper *cropper = calloc(1, sizeof *cropper);
    if (!cropper) return vis_fail_memory(err, "cropping");
    cropper->geometry = *geometry;
    resize_cache_init(&cropper->resizes, geometry->crop_mode, geometry->crop, true);
    *out = cropper;
    return VIS_OK;
}

void face_cropper_destroy(face_cropper *cropper)
{
    if (!cropper) return;
    resize_cache_free(&cropper->resizes);
    free(cropper);
}

vis_status face_crop(face_cropper *cropper, const picture *frame, const int rect[4], picture *crop,
                     float *visual, vis_error *err)
{
    int square[4] = {rect[0], rect[1], rect[2], rect[3]};
    VIS_TRY(square_clip(square, frame->width, frame->height, NULL, "crop", err));
    int side = cropper->geometry.crop;
    VIS_TRY(picture_reserve(crop, side, side, err));
    resize_plan *plan;
    VIS_TRY(resize_cache_get(&cropper->resizes, square[2] - square[0], square[3] - square[1], &plan,
                             err));
    const uint8_t *corner =
        frame->data + (size_t)square[1] * (size_t)frame->stride + 3 * (size_t)square[0];
    resize_run(plan, corner, frame->stride, crop->data, crop->stride);
    if (visual) face_visual(&cropper->geometry, crop, visual);
    return VIS_OK;
}

vis_status face_inner(const face_geometry *geometry, const picture *crop, picture *face,
                      vis_error *err)
{
    int inset = geometry->inset, size = geometry->size;
    if (crop->width != geometry->crop || crop->height != geometry->crop)
        return vis_fail(err, VIS_ERR_MISMATCH, "a crop of %d x %d where %d x %d was expected",
                        crop->width, crop->height, geometry->crop, geometry->crop);
    VIS_TRY(picture_reserve(face, size, size, err));
    for (int y = 0; y < size; y++)
        memcpy(face->data + (size_t)y * (size_t)face->stride,
               crop->data + (size_t)(y + inset) * (size_t)crop->stride + 3 * (size_t)inset,
               3 * (size_t)size);
    return VIS_OK;
}

/* visual [6, S, S]: planes 0-2 the face, planes 3-5 the masked face */
void face_visual(const face_geometry *geometry, const picture *crop, float *visual)
{
    const face_geometry *g = geometry;
    const pixel_rows *rows = pixel_rows_best();
    size_t size = (size_t)g->size, plane = size * size;
    for (int y = 0; y < g->size; y++)
        rows->to_planes(crop->data + (size_t)(y + g->inset) * (size_t)crop->stride +
                            3 * (size_t)g->inset,
                        g->size, visual + (size_t)y * size, plane);
    float *masked = visual + 3 * plane;
    memcpy(masked, visual, 3 * plane * sizeof *visual);
    for (size_t channel = 0; channel < 3; channel++)
        for (int y = g->mask_y; y < g->mask_y + g->mask_height; y++)
            memset(masked + channel * plane + (size_t)y * size + (size_t)g->mask_x, 0,
                   (size_t)g->mask_width * sizeof *visual);
}
