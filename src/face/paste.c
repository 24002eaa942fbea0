/* face/paste.c - from the network's output back into the frame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/paste.h"

#include "face/blend.h"
#include "face/geometry.h"
#include "face/resize_cache.h"
#include "media/pixel_rows.h"

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

/* Columns and rows `part` of output [3, S, S] -> the same of S x S pixels at `out`, rows `stride` bytes
 * apart */
static void merge_planes(const float *output, int size, const int part[4], uint8_t *out,
                         size_t stride)
{
    const pixel_rows *rows = pixel_rows_best();
    size_t plane = (size_t)size * (size_t)size, left = (size_t)part[0];
    for (int y = part[1]; y < part[3]; y++)
        rows->to_pixels(output + (size_t)y * (size_t)size + left, plane, part[2] - part[0],
                        out + (size_t)y * stride + 3 * left);
}

vis_status face_pixels(const face_geometry *geometry, const float *output, picture *face,
                       vis_error *err)
{
    const int whole[4] = {0, 0, geometry->size, geometry->size};
    VIS_TRY(picture_reserve(face, geometry->size, geometry->size, err));
    merge_planes(output, geometry->size, whole, face->data, (size_t)face->stride);
    return VIS_OK;
}

/* From a pixel of the crop that the mask shows to any that its neighbours in the square are made
 * of: one for the interpolation of the mask, two for the cubic one of the painting, and one to
 * spare. */
#define REACH 4

bool face_paste_reads(const face_geometry *g, const blend_mask *mask, int part[4])
{
    /* which reaches as far as a square is small */
    bool far = !mask || g->paste_mode == RESIZE_AREA;
    for (int k = 0; k < 4; k++) {
        int at = far ? (k < 2 ? 0 : g->size) : mask->part[k] + (k < 2 ? -REACH : REACH) - g->inset;
        part[k] = at < 0 ? 0 : at > g->size ? g->size : at;
    }
    return !far;
}

void face_paste_reads_row(const face_geometry *g, const blend_mask *mask, int y, int columns[2])
{
    int first = y + g->inset - REACH, end = y + g->inset + REACH + 1;
    columns[0] = g->size, columns[1] = 0;
    for (int row = first < 0 ? 0 : first; row < end && row < mask->crop; row++) {
        const int *shown = mask->row[row];
        if (shown[0] >= shown[1]) continue;
        int left = shown[0] - REACH - g->inset, right = shown[1] + REACH - g->inset;
        if (left < columns[0]) columns[0] = left < 0 ? 0 : left;
        if (right > columns[1]) columns[1] = right > g->size ? g->size : right;
    }
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

/* The padded crop with what the network painted: as far as it is read. */
static vis_status assemble(face_paster *paster, const picture *crop, const float *output,
                           const blend_mask *mask, vis_error *err)
{
    const face_geometry *g = &paster->geometry;
    int part[4];
    if (!face_paste_reads(g, mask, part)) {
        if (crop->width != g->crop || crop->height != g->crop)
            return vis_fail(err, VIS_ERR_MISMATCH, "a crop of %d x %d where %d x %d was expected",
                            crop->width, crop->height, g->crop, g->crop);
        VIS_TRY(picture_copy(crop, &paster->whole, err));
    }
    merge_planes(output, g->size, part, pixel_at(&paster->whole, g->inset, g->inset),
                 (size_t)paster->whole.stride);
    return VIS_OK;
}

static vis_status resize_into(face_paster *paster, const int square[4], face_blender *blender,
                              picture *result, vis_error *err)
{
    int width = square[2] - square[0], height = square[3] - square[1];
    int part[4] = {0, 0, width, height};
    resize_plan *plan;
    VIS_TRY(resize_cache_get(&paster->resizes, width, height, &plan, err));
    if (blender) VIS_TRY(face_blender_part(blender, width, height, part, err));
    if (part[0] < part[2])
        resize_run_part(plan, paster->whole.data, paster->whole.stride,
                        pixel_at(result, square[0], square[1]), result->stride, part);
    return VIS_OK;
}

vis_status face_paste(face_paster *paster, const picture *frame, const int rect[4],
                      const picture *crop, const float *output, struct face_blender *blender,
                      const uint8_t *keep, picture *result, vis_error *err)
{
    int square[4] = {rect[0], rect[1], rect[2], rect[3]};
    VIS_TRY(square_clip(square, frame->width, frame->height, NULL, "paste", err));
    VIS_TRY(assemble(paster, crop, output, blender ? face_blender_mask(blender) : NULL, err));
    VIS_TRY(picture_copy(frame, result, err));
    VIS_TRY(resize_into(paster, square, blender, result, err));
    if (blender) VIS_TRY(face_blend(blender, frame, square, result, err));
    if (keep) restore_masked(frame, square, keep, result);
    return VIS_OK;
}

vis_status face_mix(const picture *other, const int rect[4], int share, picture *into,
                    vis_error *err)
{
    int square[4] = {rect[0], rect[1], rect[2], rect[3]};
    VIS_TRY(square_clip(square, into->width, into->height, NULL, "paste", err));
    const pixel_rows *rows = pixel_rows_best();
    for (int y = square[1]; y < square[3]; y++)
        rows->mix(pixel_at(other, square[0], y), share, 3 * (square[2] - square[0]),
                  pixel_at(into, square[0], y));
    return VIS_OK;
}
