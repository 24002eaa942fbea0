/* diagnose/paint_run.c - frame by frame into the appearance; then the best and the worst once more.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/paint_run.h"

#include "face/crop.h"
#include "inside/filmed.h"
#include "media/draw.h"

#include <stdlib.h>
#include <string.h>

/* Gives frame i of a run as two padded crops, filmed and painted. */
typedef vis_status (*run_source)(void *user, int64_t i, const picture **filmed,
                                 const picture **shown, vis_error *err);

static vis_status show(run_source source, void *user, const face_geometry *g, int64_t i,
                       diagnosed_frame *f, vis_error *err)
{
    const picture *filmed, *shown;
    VIS_TRY(source(user, i, &filmed, &shown, err));
    VIS_TRY(face_inner(g, filmed, &f->filmed, err));
    return face_inner(g, shown, &f->painted, err);
}

static vis_status measure(appearance *a, run_source source, void *user, int64_t count, diagnosis *d,
                          vis_error *err)
{
    for (int64_t i = 0; i < count; i++) {
        const picture *filmed, *shown;
        VIS_TRY(source(user, i, &filmed, &shown, err));
        VIS_TRY(appearance_add(a, i, filmed, shown, err));
    }
    VIS_TRY(appearance_finish(a, &d->looks, err));
    d->psnr = malloc(sizeof *d->psnr * (size_t)(count ? count : 1));
    if (!d->psnr) return vis_fail_memory(err, "the frames' figures");
    memcpy(d->psnr, appearance_psnrs(a), sizeof *d->psnr * (size_t)count);
    d->psnrs = count;
    return VIS_OK;
}

/* Numbers in the result begin at `first`. */
static vis_status run_over(run_source source, void *user, const face_geometry *g, int64_t first,
                           int64_t count, diagnosis *d, vis_error *err)
{
    appearance *a;
    VIS_TRY(appearance_create(g, &a, err));
    vis_status status = measure(a, source, user, count, d, err);
    appearance_free(a);
    if (status != VIS_OK || count == 0) return status;
    VIS_TRY(show(source, user, g, d->looks.best_frame, &d->best, err));
    VIS_TRY(show(source, user, g, d->looks.worst_frame, &d->worst, err));
    d->best.number = first + d->looks.best_frame;
    d->worst.number = first + d->looks.worst_frame;
    d->best.psnr = d->looks.best_psnr;
    d->worst.psnr = d->looks.worst_psnr;
    d->painted = true;
    return VIS_OK;
}

/* ---- A checkpoint on its footage ---- */

typedef struct own_run {
    painter *painter;
    examples *examples;
    const contract *contract;
    face_cropper *cropper; /* for faces that were not put into the inner square */
    picture crop;
} own_run;

/* The padded crop with the face in it; where the contract puts it elsewhere, the crop of the
 * finished frame. */
static vis_status own_frame(void *user, int64_t i, const picture **filmed, const picture **shown,
                            vis_error *err)
{
    own_run *r = user;
    example e;
    painted out;
    VIS_TRY(examples_get(r->examples, i, &e, err));
    VIS_TRY(painter_paint(r->painter, r->contract, &e, &out, err));
    *filmed = e.crop;
    *shown = &r->crop;
    if (r->contract->choice[AXIS_PLACE_OUT] != PLACE_INSET)
        return face_crop(r->cropper, out.frame, e.rect, &r->crop, NULL, err);
    int inset = examples_geometry(r->examples)->inset;
    VIS_TRY(picture_copy(e.crop, &r->crop, err));
    draw_picture(&r->crop, out.face, inset, inset);
    return VIS_OK;
}

vis_status run_of_checkpoint(painter *p, examples *e, const contract *c, int most, diagnosis *d,
                             vis_error *err)
{
    const face_geometry *g = examples_geometry(e);
    own_run r = {.painter = p, .examples = e, .contract = c};
    int64_t count = examples_count(e);
    if (count > examples_footage(e)) count = examples_footage(e);
    if (count > most) count = most;
    VIS_TRY(face_cropper_create(g, &r.cropper, err));
    vis_status status = run_over(own_frame, &r, g, 0, count, d, err);
    face_cropper_destroy(r.cropper);
    picture_free(&r.crop);
    return status;
}

/* ---- Another program's frames ---- */

typedef struct their_run {
    outputs *outputs;
    vis_character *character;
    face_cropper *cropper;
    picture filmed, painted;
} their_run;

static vis_status their_frame(void *user, int64_t i, const picture **filmed, const picture **shown,
                              vis_error *err)
{
    their_run *r = user;
    int footage = outputs_footage(r->outputs, i), rect[4];
    const picture *frame, *film;
    VIS_TRY(outputs_frame(r->outputs, i, &frame, err));
    filmed_rect(r->character, footage, rect);
    VIS_TRY(face_crop(r->cropper, frame, rect, &r->painted, NULL, err));
    VIS_TRY(filmed_frame(r->character, footage, &film, err));
    vis_status status = face_crop(r->cropper, film, rect, &r->filmed, NULL, err);
    filmed_release(r->character, film);
    *filmed = &r->filmed;
    *shown = &r->painted;
    return status;
}

vis_status run_of_outputs(outputs *o, vis_character *c, int image_size, int64_t first, int most,
                          diagnosis *d, vis_error *err)
{
    face_geometry g;
    VIS_TRY(face_geometry_for(image_size, &g, err));
    their_run r = {.outputs = o, .character = c};
    int64_t count = outputs_count(o) < most ? outputs_count(o) : most;
    VIS_TRY(face_cropper_create(&g, &r.cropper, err));
    vis_status status = run_over(their_frame, &r, &g, first, count, d, err);
    face_cropper_destroy(r.cropper);
    picture_free(&r.filmed);
    picture_free(&r.painted);
    return status;
}
