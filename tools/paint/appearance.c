/* paint/appearance.c - one pass over the frames; the measures from its sums.
 * SPDX-License-Identifier: Apache-2.0 */
#include "paint/appearance.h"

#include "paint/blocks.h"
#include "paint/detail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 3
#define SEAM_LENGTH 16 /* pixels of a piece along the edge */
#define SEAM_DEPTH 3   /* and across it */
#define HISTORY 3      /* frames that a second difference needs */

/* What is summed up of one block. */
typedef struct block_sums {
    double painted[CHANNELS], filmed[CHANNELS]; /* of the means */
    double bend;                                /* squared second differences of the error */
} block_sums;

struct appearance {
    face_geometry geometry;
    region face, mask;
    block_grid grid;
    int64_t frames, capacity, last;
    int run;       /* frames that follow each other, up to the last; at most HISTORY */
    int64_t bends; /* second differences taken, of each block and channel */
    double *psnr;  /* [frames] */
    double ssim;   /* sum */
    recolour pixels[CHANNELS], crossed[CHANNELS];
    int pieces;                 /* of a side of the square */
    recolour (*seam)[CHANNELS]; /* [SEAM_SIDES][pieces] of their mean colours */
    block_sums *block;          /* [grid.count] */
    float *filmed;              /* [grid.count][3], block means of this frame */
    float *painted;             /* the same */
    float *error; /* [HISTORY][grid.count][3]: painted - filmed, frame n at n % HISTORY */
    detail *detail;
    motion *motion;
    int64_t best_frame, worst_frame;
    double best_error, worst_error;
};

static vis_status allocate(appearance *a, vis_error *err)
{
    size_t count = (size_t)a->grid.count;
    a->block = calloc(count, sizeof *a->block);
    a->filmed = calloc(count * CHANNELS, sizeof *a->filmed);
    a->painted = calloc(count * CHANNELS, sizeof *a->painted);
    a->error = calloc(HISTORY * count * CHANNELS, sizeof *a->error);
    a->seam = calloc(SEAM_SIDES * (size_t)a->pieces, sizeof *a->seam);
    if (!a->block || !a->filmed || !a->painted || !a->error || !a->seam)
        return vis_fail_memory(err, "judging painted faces");
    VIS_TRY(detail_create(a->mask.width, a->mask.height, &a->detail, err));
    return motion_create(&a->grid, &a->motion, err);
}

vis_status appearance_create(const face_geometry *g, appearance **out, vis_error *err)
{
    *out = NULL;
    appearance *a = calloc(1, sizeof *a);
    if (!a) return vis_fail_memory(err, "judging painted faces");
    a->geometry = *g;
    a->face = (region){g->inset, g->inset, g->size, g->size};
    a->mask = (region){g->inset + g->mask_x, g->inset + g->mask_y, g->mask_width, g->mask_height};
    a->grid = block_grid_of(a->mask);
    a->pieces = g->size / SEAM_LENGTH;
    vis_status status = allocate(a, err);
    if (status == VIS_OK)
        *out = a;
    else
        appearance_free(a);
    return status;
}

void appearance_free(appearance *a)
{
    if (!a) return;
    detail_free(a->detail);
    motion_free(a->motion);
    free(a->psnr);
    free(a->seam);
    free(a->block);
    free(a->filmed);
    free(a->painted);
    free(a->error);
    free(a);
}

static vis_status check(const appearance *a, int64_t number, const picture *p, vis_error *err)
{
    int side = a->geometry.crop;
    if (p->width == side && p->height == side) return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "frame %lld: a crop of %d x %d where %d x %d was expected", (long long)number,
                    p->width, p->height, side, side);
}

static vis_status grow(appearance *a, vis_error *err)
{
    if (a->frames < a->capacity) return VIS_OK;
    int64_t capacity = a->capacity ? 2 * a->capacity : 256;
    double *larger = realloc(a->psnr, sizeof *a->psnr * (size_t)capacity);
    if (!larger) return vis_fail_memory(err, "the frames' PSNR");
    a->psnr = larger;
    a->capacity = capacity;
    return VIS_OK;
}

static double mean_error(const recolour sums[CHANNELS])
{
    double sum = 0;
    for (int c = 0; c < CHANNELS; c++)
        sum += recolour_plain_error(&sums[c]);
    return sum / CHANNELS;
}

static void add_pixels(appearance *a, int64_t number, const picture *filmed, const picture *painted)
{
    recolour of_frame[CHANNELS] = {0};
    recolour_add_pixels(of_frame, a->crossed, painted, filmed, a->mask);
    double error = mean_error(of_frame);
    for (int c = 0; c < CHANNELS; c++)
        recolour_merge(&a->pixels[c], &of_frame[c]);
    a->psnr[a->frames] = metric_psnr(error);
    if (a->frames == 0 || error < a->best_error) {
        a->best_error = error;
        a->best_frame = number;
    }
    if (a->frames == 0 || error > a->worst_error) {
        a->worst_error = error;
        a->worst_frame = number;
    }
}

/* Piece k of a side of the S x S square. */
static region seam_piece(const appearance *a, int side, int k)
{
    region f = a->face;
    int along = k * SEAM_LENGTH, right = f.x + f.width - SEAM_DEPTH,
        bottom = f.y + f.height - SEAM_DEPTH;
    switch (side) {
    case SEAM_TOP:
        return (region){f.x + along, f.y, SEAM_LENGTH, SEAM_DEPTH};
    case SEAM_RIGHT:
        return (region){right, f.y + along, SEAM_DEPTH, SEAM_LENGTH};
    case SEAM_BOTTOM:
        return (region){f.x + along, bottom, SEAM_LENGTH, SEAM_DEPTH};
    default:
        return (region){f.x, f.y + along, SEAM_DEPTH, SEAM_LENGTH};
    }
}

static void add_seam(appearance *a, const picture *filmed, const picture *painted)
{
    for (int side = 0; side < SEAM_SIDES; side++)
        for (int k = 0; k < a->pieces; k++) {
            recolour piece[CHANNELS] = {0};
            recolour_add_pixels(piece, NULL, painted, filmed, seam_piece(a, side, k));
            for (int c = 0; c < CHANNELS; c++)
                recolour_add(&a->seam[side * a->pieces + k][c], piece[c].painted / piece[c].count,
                             piece[c].filmed / piece[c].count);
        }
}

static float *error_of(const appearance *a, int64_t frame)
{
    return a->error + (size_t)(frame % HISTORY) * (size_t)a->grid.count * CHANNELS;
}

static void add_means(appearance *a)
{
    float *error = error_of(a, a->frames);
    for (int i = 0; i < a->grid.count * CHANNELS; i++) {
        block_sums *b = &a->block[i / CHANNELS];
        b->painted[i % CHANNELS] += (double)a->painted[i];
        b->filmed[i % CHANNELS] += (double)a->filmed[i];
        error[i] = a->painted[i] - a->filmed[i];
    }
}

/* How the error of each block bends over the last three frames. */
static void add_bends(appearance *a)
{
    const float *now = error_of(a, a->frames), *before = error_of(a, a->frames - 1),
                *first = error_of(a, a->frames - 2);
    for (int i = 0; i < a->grid.count * CHANNELS; i++) {
        double bend = (double)(now[i] - 2 * before[i] + first[i]);
        a->block[i / CHANNELS].bend += bend * bend;
    }
    a->bends++;
}

vis_status appearance_add(appearance *a, int64_t number, const picture *filmed,
                          const picture *painted, vis_error *err)
{
    VIS_TRY(check(a, number, filmed, err));
    VIS_TRY(check(a, number, painted, err));
    VIS_TRY(grow(a, err));
    double ssim;
    VIS_TRY(metric_ssim(filmed, painted, a->mask, &ssim, err));
    bool follows = a->frames > 0 && number == a->last + 1;
    block_means(&a->grid, filmed, a->filmed);
    block_means(&a->grid, painted, a->painted);
    VIS_TRY(motion_add(a->motion, follows, a->filmed, a->painted, err));
    a->ssim += ssim;
    a->run = !follows ? 1 : a->run < HISTORY ? a->run + 1 : HISTORY;
    add_pixels(a, number, filmed, painted);
    add_seam(a, filmed, painted);
    detail_add(a->detail, filmed, painted, a->mask);
    add_means(a);
    if (a->run == HISTORY) add_bends(a);
    a->last = number;
    a->frames++;
    return VIS_OK;
}

const double *appearance_psnrs(const appearance *a)
{
    return a->psnr;
}

static void finish_colours(const appearance *a, appearance_result *r)
{
    double left = 0, painted = 0, filmed = 0;
    for (int c = 0; c < CHANNELS; c++) {
        const recolour *s = &a->pixels[c];
        recolouring by = recolour_fit(s);
        r->gain[c] = by.gain;
        r->offset[c] = by.offset;
        left += recolour_error(s, by) / CHANNELS;
        r->shift[c] = (s->painted - s->filmed) / s->count;
        painted += s->painted2 / s->count - pow(s->painted / s->count, 2);
        filmed += s->filmed2 / s->count - pow(s->filmed / s->count, 2);
    }
    r->psnr = metric_psnr(mean_error(a->pixels));
    r->psnr_recoloured = metric_psnr(left);
    r->psnr_swapped = metric_psnr(mean_error(a->crossed));
    r->spread[0] = sqrt(fmax(filmed, 0) / CHANNELS);
    r->spread[1] = sqrt(fmax(painted, 0) / CHANNELS);
}

static lab mean_colour(const double sums[CHANNELS], double count)
{
    return metric_lab(sums[0] / count, sums[1] / count, sums[2] / count);
}

/* One side of the square: adds to the sums of both errors, returns the sum of Delta E. */
static double finish_side(const appearance *a, int side, appearance_result *r, double *plain,
                          double *recoloured)
{
    double delta_e = 0, error = 0;
    for (int k = 0; k < a->pieces; k++) {
        const recolour *piece = a->seam[side * a->pieces + k];
        double painted[CHANNELS], filmed[CHANNELS];
        for (int c = 0; c < CHANNELS; c++) {
            painted[c] = piece[c].painted;
            filmed[c] = piece[c].filmed;
            *recoloured += recolour_error(&piece[c], (recolouring){r->gain[c], r->offset[c]});
        }
        error += CHANNELS * mean_error(piece);
        delta_e +=
            metric_delta_e(mean_colour(filmed, piece->count), mean_colour(painted, piece->count));
    }
    r->seam_side[side] = sqrt(error / (a->pieces * CHANNELS));
    *plain += error;
    return delta_e;
}

static void finish_seam(const appearance *a, appearance_result *r)
{
    double plain = 0, recoloured = 0, delta_e = 0, pieces = SEAM_SIDES * a->pieces;
    for (int side = 0; side < SEAM_SIDES; side++)
        delta_e += finish_side(a, side, r, &plain, &recoloured);
    r->seam = sqrt(plain / (pieces * CHANNELS));
    r->seam_recoloured = sqrt(recoloured / (pieces * CHANNELS));
    r->seam_delta_e = delta_e / pieces;
}

static int ascending(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Mean squared error of a block's lasting colour that recolouring leaves. */
static double uneven_error(const block_sums *b, int64_t frames, const appearance_result *r)
{
    double sum = 0;
    for (int c = 0; c < CHANNELS; c++) {
        double painted = b->painted[c] / (double)frames, filmed = b->filmed[c] / (double)frames;
        sum += pow(r->gain[c] * painted + r->offset[c] - filmed, 2);
    }
    return sum / CHANNELS;
}

/* `room` [count] doubles. */
static void finish_blocks(const appearance *a, double *room, appearance_result *r)
{
    int count = a->grid.count;
    double delta_e = 0;
    for (int i = 0; i < count; i++) {
        const block_sums *b = &a->block[i];
        delta_e += metric_delta_e(mean_colour(b->filmed, (double)a->frames),
                                  mean_colour(b->painted, (double)a->frames));
        room[i] = uneven_error(b, a->frames, r);
    }
    r->delta_e = delta_e / count;
    r->unevenness = sqrt(median(room, count));
    for (int i = 0; i < count; i++)
        room[i] = a->block[i].bend;
    r->jitter =
        a->bends ? sqrt(median(room, count) / (6.0 * CHANNELS * (double)a->bends)) : (double)NAN;
}

static vis_status finish_motion(const appearance *a, appearance_result *r, vis_error *err)
{
    motion_result m;
    VIS_TRY(motion_finish(a->motion, &m, err));
    r->filmed_motion = m.filmed;
    r->painted_motion = m.painted;
    r->filmed_rest = m.filmed_rest;
    r->rest_motion = m.painted_rest;
    r->rest_frames = m.rest_frames;
    r->tremble = m.tremble;
    return VIS_OK;
}

vis_status appearance_finish(appearance *a, appearance_result *r, vis_error *err)
{
    if (a->frames == 0) return vis_fail(err, VIS_ERR_USAGE, "no frames to judge; give one or more");
    *r = (appearance_result){.frames = a->frames,
                             .ssim = a->ssim / (double)a->frames,
                             .sharpness = detail_sharpness(a->detail),
                             .best_frame = a->best_frame,
                             .worst_frame = a->worst_frame,
                             .best_psnr = metric_psnr(a->best_error),
                             .worst_psnr = metric_psnr(a->worst_error)};
    r->blur = detail_blur(r->sharpness);
    finish_colours(a, r);
    finish_seam(a, r);
    double *room = malloc(sizeof *room * (size_t)a->grid.count);
    if (!room) return vis_fail_memory(err, "judging painted faces");
    finish_blocks(a, room, r);
    free(room);
    return finish_motion(a, r, err);
}
