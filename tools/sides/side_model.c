/* sides/side_model.c - a checkpoint run on what it is fed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/side_internal.h"

#include "base/memory.h"
#include "engine/nn.h"
#include "face/paste.h"
#include "inside/handles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct side_runner {
    nn_program *program;
    nn_session *session;
    int count, order[GRAPH_MAX_INPUTS]; /* input k is what is fed as number order[k] */
    float *output[GRAPH_MAX_INPUTS];
    const face_geometry *geometry;
    face_paster *paster; /* NULL: the output alone */
    picture face, seen, whole;
};

void side_runner_free(side_runner *r)
{
    if (!r) return;
    for (int i = 0; i < GRAPH_MAX_INPUTS; i++)
        aligned_free(r->output[i]);
    nn_session_free(r->session);
    nn_program_free(r->program);
    face_paster_destroy(r->paster);
    picture_free(&r->face);
    picture_free(&r->seen);
    picture_free(&r->whole);
    free(r);
}

vis_status side_picture_of(const float *values, int width, int height, float rounding, picture *out,
                           vis_error *err)
{
    VIS_TRY(picture_reserve(out, width, height, err));
    size_t plane = (size_t)width * (size_t)height;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                float v = values[(size_t)c * plane + (size_t)y * (size_t)width + (size_t)x];
                v = v * 255.0f + rounding;
                v = v > 0 ? v : 0; /* NaN too */
                out->data[(size_t)y * (size_t)out->stride + (size_t)(3 * x + c)] =
                    (uint8_t)(v < 255.0f ? v : 255.0f);
            }
    return VIS_OK;
}

static vis_status set_up(side *s, const graph_shape *shapes, side_runner *r, thread_pool *pool,
                         vis_error *err)
{
    const model *m = inside_model(s->model);
    nn_options options = {.cache_inputs = model_footage_inputs(m)};
    vis_status status = nn_compile(m->net, shapes, r->count, &options, &r->program, err);
    if (status != VIS_OK) return vis_prefix(err, status, m->info.path);
    VIS_TRY(nn_session_create(r->program, pool, &r->session, err));
    for (int i = 0; i < nn_output_count(r->program); i++) {
        const graph_shape *shape = nn_output_shape(r->program, i);
        int64_t count;
        if (!shape_count(shape->dim, shape->rank, &count) ||
            !(r->output[i] = aligned_calloc((size_t)count, sizeof(float))))
            return vis_fail_memory(err, "the output of a network");
    }
    return VIS_OK;
}

vis_status side_prepare(side *s, const graph_shape *shapes, int count, const int *order, bool whole,
                        const face_geometry *geometry, thread_pool *pool, vis_error *err)
{
    side_runner *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "a network");
    s->runner = r;
    r->count = count;
    r->geometry = geometry;
    memcpy(r->order, order, (size_t)count * sizeof *order);
    if (whole && geometry) VIS_TRY(face_paster_create(geometry, &r->paster, err));
    return set_up(s, shapes, r, pool, err);
}

/* The picture of an output [3, H, W]: alone, or pasted into the footage it was made for. */
static vis_status draw(side_runner *r, const feed_frame *fed, side_frame *out, vis_error *err)
{
    VIS_TRY(side_picture_of(out->values, (int)out->dim[2], (int)out->dim[1], 0, &r->face, err));
    out->shown = &r->face;
    if (!r->geometry) return VIS_OK;
    if (r->paster && fed->footage) {
        const example *e = fed->footage;
        VIS_TRY(face_paste(r->paster, e->frame, e->rect, e->crop, out->values, NULL, NULL,
                           &r->whole, err));
        out->shown = &r->whole;
        out->input = e->frame;
        return VIS_OK;
    }
    return VIS_OK;
}

/* What the network saw, as a picture: the reference face, pixels / 255. */
static vis_status draw_face(side *s, const feed_frame *fed, side_frame *out, vis_error *err)
{
    side_runner *r = s->runner;
    if (!r->geometry) return VIS_OK;
    const float *visual = fed->data[r->order[inside_model(s->model)->info.visual_input]];
    VIS_TRY(side_picture_of(visual, r->geometry->size, r->geometry->size, 0.5f, &r->seen, err));
    out->face = &r->seen;
    if (!out->input) out->input = &r->seen;
    return VIS_OK;
}

vis_status side_get_output(side *s, int64_t i, const feed_frame *fed, side_frame *out,
                           vis_error *err)
{
    side_runner *r = s->runner;
    const float *inputs[GRAPH_MAX_INPUTS];
    for (int k = 0; k < r->count; k++)
        inputs[k] = fed->data[r->order[k]];
    nn_run(r->session, inputs, r->output);
    const graph_shape *shape = nn_output_shape(r->program, 0);
    snprintf(out->name, sizeof out->name, "frame %lld", (long long)i);
    out->number = i;
    out->values = r->output[0]; /* of a batch: its first sample */
    out->rank = shape->rank > 1 ? shape->rank - 1 : shape->rank;
    memcpy(out->dim, shape->dim + (shape->rank > 1), (size_t)out->rank * sizeof *out->dim);
    if (out->rank != 3 || out->dim[0] != 3 || out->dim[1] > PICTURE_MAX_SIDE ||
        out->dim[2] > PICTURE_MAX_SIDE)
        return VIS_OK;
    VIS_TRY(draw(r, fed, out, err));
    return draw_face(s, fed, out, err);
}
