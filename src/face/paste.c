/* face/paste.c - from the network's output back into the frame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/paste.h"
#include "face/blend.h"

#include "face/geometry.h"
#include "face/resize_cache.h"

#include <stdlib.h>
#include <string.h>

struct face_paster {
    face_geometry geometry;
    resize_cache resizes;
    picture whole; /* [crop, crop], the padded crop with the output inside */
};

vis_status face_paster_create(const face_geometry *geometry, face_paster **out, vis_error *err)
{
    *out = NULL;
    face_paster *paster = calloc(1, sizeof *paster);
    if (!paster) return vis_fail_memory(err, "pasting");
    paster->geometry = *geometry;
    resize_cache_init(&paster->resizes, geometry->paste_mode, geometry->crop, false);
    vis_status status = picture_create(&paster->whole, geometry->crop, geometry->crop, err);
    if (status != VIS_OK) {
        free(paster);
        return status;
    }
    *out = paster;
    return VIS_OK;
}

void face_paster_destroy(face_paster *paster)
{
    if (!paster) return;
    resize_cache_free(&paster->resizes);
    picture_free(&paster->whole);
    free(paster);
}

/* x 255, truncated, as NumPy's conversion to uint8 does within [0, 255]; NaN and what is below
 * become 0, what is above 255. */
static inline uint8_t to_pixel(float value)
{
    value *= 255.0f;
    value = value > 0.0f ? value : 0.0f;
    value = value < 255.0f ? value : 255.0f;
    return (uint8_t)(int)value;
}

/* output [3, S, S] -> S x S pixels at `out`, rows `stride` bytes apart */
static void merge_planes(const float *restrict output, int size, uint8_t *restrict out,
                         size_t stride)
{
    size_t plane = (size_t)size * (size_t)size;
    for (int y = 0; y < size; y++) {
        const float *b = output + (size_t)y * (size_t)size;
        uint8_t *row = out + (size_t)y * stride;
        for (int x = 0; x < size; x++) {
            row[3 * x] = to_pixel(b[x]);
            row[3 * x + 1] = to_pixel(b[plane + (size_t)x]);
            row[3 * x + 2] = to_pixel(b[2 * plane + (size_t)x]);
        }
    }
}

vis_status face_pixels(const face_geometry *geometry, const float *output, picture *face,
                       vis_error *err)
{
    VIS_TRY(picture_reserve(face, geometry->size, geometry->size, err));
    merge_planes(output, geometry->size, face->data, (size_t)face->stride);
    return VIS_OK;
}

static uint8_t *pixel_at(const picture *p, int x, int y)
{
    return p->data + (size_t)y * (size_t)p->stride + 3 * (size_t)x;
}

/* Puts the frame's own pixels back where `keep` [frame height, frame width] says so. */
static void restore_masked(const picture *frame, const int square[4], const uint8_t *keep,
                           picture *result)
{
    for (int y = square[1]; y < square[3]; y++) {
        const uint8_t *row = keep + (size_t)y * (size_t)frame->width;
        for (int x = square[0]; x < square[2]; x++)
            if (row[x]) memcpy(pixel_at(result, x, y), pixel_at(frame, x, y), 3);
    }
}

vis_status face_paste(face_paster *paster, const picture *frame, const int rect[4],
                      const picture *crop, const float *output, struct face_blender *blender,
                      const uint8_t *keep, picture *result, vis_error *err)
{
    const face_geometry *g = &paster->geometry;
    int square[4] = {rect[0], rect[1], rect[2], rect[3]};
    VIS_TRY(square_clip(square, frame->width, frame->height, NULL, "paste", err));
    if (crop->width != g->crop || crop->height != g->crop)
        return vis_fail(err, VIS_ERR_MISMATCH, "a crop of %d x %d where %d x %d was expected",
                        crop->width, crop->height, g->crop, g->crop);
    resize_plan *plan;
    VIS_TRY(resize_cache_get(&paster->resizes, square[2] - square[0], square[3] - square[1], &plan,
                             err));
    VIS_TRY(picture_copy(crop, &paster->whole, err));
    merge_planes(output, g->size, pixel_at(&paster->whole, g->inset, g->inset),
                 (size_t)paster->whole.stride);
    VIS_TRY(picture_copy(frame, result, err));
    resize_run(plan, paster->whole.data, paster->whole.stride,
               pixel_at(result, square[0], square[1]), result->stride);
    if (blender) VIS_TRY(face_blend(blender, frame, square, result, err));
    if (keep) restore_masked(frame, square, keep, result);
    return VIS_OK;
}

vis_status face_mix(const picture *other, const int rect[4], int share, picture *into,
                    vis_error *err)
{
    int square[4] = {rect[0], rect[1], rect[2], rect[3]};
    VIS_TRY(square_clip(square, into->width, into->height, NULL, "paste", err));
    int numbers = 3 * (square[2] - square[0]);
    for (int y = square[1]; y < square[3]; y++) {
        const uint8_t *restrict from = pixel_at(other, square[0], y);
        uint8_t *restrict to = pixel_at(into, square[0], y);
        for (int i = 0; i < numbers; i++)
            to[i] = (uint8_t)((from[i] * share + to[i] * (256 - share) + 128) >> 8);
    }
    return VIS_OK;
}
