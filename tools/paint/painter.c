/* paint/painter.c - crop, spoil as asked, run, decode, paste.
 * SPDX-License-Identifier: Apache-2.0 */
#include "paint/painter.h"

#include "base/memory.h"
#include "face/crop.h"
#include "face/paste.h"
#include "inside/face_network.h"
#include "media/draw.h"

#include <stdlib.h>
#include <string.h>

#define MODES 3 /* resize_mode has three */

struct painter {
    face_geometry geometry[2]; /* by PLACE_INSET, PLACE_WHOLE */
    const feature_table *features;
    int window_rows;
    network *network;
    face_cropper *cropper[2][MODES]; /* by place and mode; made when first needed */
    face_paster *paster[2][MODES];
    float *window;     /* [window_rows, row_size] */
    float *other;      /* [6, S, S]: the visual input of the other frame */
    float *decoded;    /* [3, S, S] */
    picture reference; /* padded crop of the other frame; empty: not set */
    picture crop;      /* square in another interpolation or place */
    picture face, frame;
    const float *output; /* of the last run; NULL: none yet */
    contract last;       /* and what it was run under */
    int64_t last_index;
};

vis_status painter_create(const model *m, const face_geometry *geometry,
                          const feature_table *features, thread_pool *pool, painter **out,
                          vis_error *err)
{
    *out = NULL;
    painter *p = calloc(1, sizeof *p);
    if (!p) return vis_fail_memory(err, "a painter");
    p->geometry[PLACE_INSET] = p->geometry[PLACE_WHOLE] = *geometry;
    p->geometry[PLACE_WHOLE].crop = geometry->size;
    p->geometry[PLACE_WHOLE].inset = 0;
    p->features = features;
    p->window_rows = m->info.window_rows;
    size_t plane = (size_t)geometry->size * (size_t)geometry->size;
    p->window = aligned_calloc((size_t)p->window_rows * (size_t)features->row_size, sizeof(float));
    p->other = aligned_calloc(FACE_VISUAL_PLANES * plane, sizeof(float));
    p->decoded = aligned_calloc(FACE_OUTPUT_PLANES * plane, sizeof(float));
    vis_status status =
        p->window && p->other && p->decoded ? VIS_OK : vis_fail_memory(err, "a painter");
    if (status == VIS_OK) status = face_network_create(m, pool, false, &p->network, err);
    if (status == VIS_OK)
        *out = p;
    else
        painter_free(p);
    return status;
}

void painter_free(painter *p)
{
    if (!p) return;
    for (int place = 0; place < 2; place++)
        for (int mode = 0; mode < MODES; mode++) {
            face_cropper_destroy(p->cropper[place][mode]);
            face_paster_destroy(p->paster[place][mode]);
        }
    face_network_free(p->network);
    aligned_free(p->window);
    aligned_free(p->other);
    aligned_free(p->decoded);
    picture_free(&p->reference);
    picture_free(&p->crop);
    picture_free(&p->face);
    picture_free(&p->frame);
    free(p);
}

vis_status painter_set_reference(painter *p, const picture *crop, vis_error *err)
{
    p->output = NULL;
    return picture_copy(crop, &p->reference, err);
}

static resize_mode mode_of(int choice, resize_mode family)
{
    switch (choice) {
    case RESIZE_AS_LINEAR:
        return RESIZE_LINEAR;
    case RESIZE_AS_CUBIC:
        return RESIZE_CUBIC;
    case RESIZE_AS_AREA:
        return RESIZE_AREA;
    default:
        return family;
    }
}

/* The example's square in the interpolation and place of the contract. */
static vis_status crop_square(painter *p, const contract *c, const example *e, const picture **crop,
                              vis_error *err)
{
    int place = c->choice[AXIS_PLACE_IN];
    face_geometry g = p->geometry[place];
    resize_mode mode = mode_of(c->choice[AXIS_CROP], g.crop_mode);
    *crop = e->crop;
    if (place == PLACE_INSET && mode == g.crop_mode) return VIS_OK;
    g.crop_mode = mode;
    face_cropper **cropper = &p->cropper[place][mode];
    if (!*cropper) VIS_TRY(face_cropper_create(&g, cropper, err));
    *crop = &p->crop;
    return face_crop(*cropper, e->frame, e->rect, &p->crop, NULL, err);
}

static face_geometry with_mask(face_geometry g, int mask)
{
    int all = g.size;
    switch (mask) {
    case MASK_NONE:
        g.mask_width = g.mask_height = 0;
        break;
    case MASK_ALL:
        g.mask_x = g.mask_y = 0;
        g.mask_width = g.mask_height = all;
        break;
    case MASK_LOWER:
        g.mask_x = 0;
        g.mask_width = all;
        g.mask_y = all / 2;
        g.mask_height = all - g.mask_y;
        break;
    }
    return g;
}

/* planes [n, 3, S, S]: B <-> R */
static void swap_channels(float *planes, int n, size_t plane)
{
    for (int k = 0; k < n; k++, planes += 3 * plane)
        for (size_t i = 0; i < plane; i++) {
            float blue = planes[i];
            planes[i] = planes[2 * plane + i];
            planes[2 * plane + i] = blue;
        }
}

static void spread(float *values, size_t count, float gain, float offset)
{
    for (size_t i = 0; i < count; i++)
        values[i] = values[i] * gain + offset;
}

/* visual [6, S, S] of a padded crop under the contract, but for the reference */
static void make_visual(const painter *p, const contract *c, const picture *crop, float *visual)
{
    face_geometry g = with_mask(p->geometry[c->choice[AXIS_PLACE_IN]], c->choice[AXIS_MASK]);
    size_t plane = (size_t)g.size * (size_t)g.size;
    face_visual(&g, crop, visual);
    if (c->choice[AXIS_ORDER_IN] == ORDER_RGB) swap_channels(visual, 2, plane);
    if (c->choice[AXIS_RANGE_IN] == RANGE_SIGNED) spread(visual, 6 * plane, 2, -1);
    if (c->choice[AXIS_RANGE_IN] == RANGE_BYTES) spread(visual, 6 * plane, 255, 0);
}

static const float *make_window(painter *p, const contract *c, const example *e)
{
    size_t size = (size_t)p->features->row_size, rows = (size_t)p->window_rows;
    int64_t row = e->index + c->choice[AXIS_SHIFT];
    switch (c->choice[AXIS_WINDOW]) {
    case WINDOW_ZERO:
        memset(p->window, 0, rows * size * sizeof *p->window);
        break;
    case WINDOW_TILED:
        row = row < 0 ? 0 : row < p->features->rows ? row : p->features->rows - 1;
        for (size_t i = 0; i < rows; i++)
            memcpy(p->window + i * size, p->features->data + (size_t)row * size,
                   size * sizeof *p->window);
        break;
    default:
        feature_table_window(p->features, row, p->window_rows, p->window);
    }
    return p->window;
}

/* The visual input, into the network. */
static vis_status show(painter *p, const contract *c, const example *e, vis_error *err)
{
    const picture *crop;
    VIS_TRY(crop_square(p, c, e, &crop, err));
    float *visual = face_network_visual(p->network);
    make_visual(p, c, crop, visual);
    if (c->choice[AXIS_REFERENCE] == REFERENCE_OWN) return VIS_OK;
    if (!p->reference.data) return vis_fail(err, VIS_ERR_INTERNAL, "no other reference was set");
    size_t plane = (size_t)p->geometry[0].size * (size_t)p->geometry[0].size;
    contract other = *c;
    other.choice[AXIS_PLACE_IN] = PLACE_INSET;
    make_visual(p, &other, &p->reference, p->other);
    memcpy(visual, p->other, 3 * plane * sizeof *visual);
    return VIS_OK;
}

/* Runs the network unless it was just run on the same; on the same picture with another sound only
 * what the sound changes. */
static vis_status run(painter *p, const contract *c, const example *e, vis_error *err)
{
    bool known = p->output && p->last_index == e->index;
    if (known && contract_same_input(&p->last, c)) return VIS_OK;
    if (known && contract_same_picture(&p->last, c)) {
        p->output = face_network_run_again(p->network, make_window(p, c, e));
    } else {
        VIS_TRY(show(p, c, e, err));
        p->output = face_network_run(p->network, make_window(p, c, e));
    }
    p->last = *c;
    p->last_index = e->index;
    return VIS_OK;
}

static void decode(painter *p, const contract *c)
{
    size_t plane = (size_t)p->geometry[0].size * (size_t)p->geometry[0].size;
    memcpy(p->decoded, p->output, 3 * plane * sizeof *p->decoded);
    if (c->choice[AXIS_ORDER_OUT] == ORDER_RGB) swap_channels(p->decoded, 1, plane);
    if (c->choice[AXIS_RANGE_OUT] == RANGE_SIGNED) spread(p->decoded, 3 * plane, 0.5f, 0.5f);
}

/* Every pixel of the square from the nearest one of `crop`, as OpenCV's INTER_NEAREST finds it. */
static void paste_nearest(const picture *crop, const int rect[4], picture *frame)
{
    int width = rect[2] - rect[0], height = rect[3] - rect[1];
    for (int y = 0; y < height; y++) {
        int from_y = (int)((double)y * crop->height / height);
        uint8_t *to =
            frame->data + (size_t)(rect[1] + y) * (size_t)frame->stride + 3 * (size_t)rect[0];
        const uint8_t *from = crop->data + (size_t)from_y * (size_t)crop->stride;
        for (int x = 0; x < width; x++)
            memcpy(to + 3 * x, from + 3 * (int)((double)x * crop->width / width), 3);
    }
}

static vis_status put_back(painter *p, const contract *c, const example *e, vis_error *err)
{
    int place = c->choice[AXIS_PLACE_OUT];
    face_geometry g = p->geometry[place];
    const picture *crop = e->crop;
    VIS_TRY(face_pixels(&g, p->decoded, &p->face, err));
    if (place == PLACE_WHOLE)
        crop = &p->face; /* its size is all that counts: nothing is left of it */
    if (c->choice[AXIS_PASTE] == RESIZE_AS_NEAREST) {
        VIS_TRY(picture_copy(crop, &p->crop, err));
        draw_picture(&p->crop, &p->face, g.inset, g.inset);
        VIS_TRY(picture_copy(e->frame, &p->frame, err));
        paste_nearest(&p->crop, e->rect, &p->frame);
        return VIS_OK;
    }
    g.paste_mode = mode_of(c->choice[AXIS_PASTE], g.paste_mode);
    face_paster **paster = &p->paster[place][g.paste_mode];
    if (!*paster) VIS_TRY(face_paster_create(&g, paster, err));
    return face_paste(*paster, e->frame, e->rect, crop, p->decoded, NULL, NULL, &p->frame, err);
}

vis_status painter_paint(painter *p, const contract *c, const example *e, painted *out,
                         vis_error *err)
{
    VIS_TRY(run(p, c, e, err));
    decode(p, c);
    VIS_TRY(put_back(p, c, e, err));
    *out = (painted){.output = p->output, .face = &p->face, .frame = &p->frame};
    return VIS_OK;
}
