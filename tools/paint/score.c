/* paint/score.c - decibels in the mask and in the mouth.
 * SPDX-License-Identifier: Apache-2.0 */
#include "paint/score.h"

#include <math.h>
#include <stdlib.h>

#define LISTENING 4    /* examples that the mouth is looked for on */
#define HEARING 6      /* windows that each of them hears */
#define MOUTH_SHARE 10 /* a tenth of the mask's blocks */

region score_mask_region(const face_geometry *g, const int rect[4])
{
    double x_scale = (double)(rect[2] - rect[0]) / g->crop;
    double y_scale = (double)(rect[3] - rect[1]) / g->crop;
    int x1 = rect[0] + (int)ceil((g->inset + g->mask_x) * x_scale);
    int y1 = rect[1] + (int)ceil((g->inset + g->mask_y) * y_scale);
    int x2 = rect[0] + (int)floor((g->inset + g->mask_x + g->mask_width) * x_scale);
    int y2 = rect[1] + (int)floor((g->inset + g->mask_y + g->mask_height) * y_scale);
    return (region){x1, y1, x2 > x1 ? x2 - x1 : 1, y2 > y1 ? y2 - y1 : 1};
}

static double decibels(double mse)
{
    double psnr = metric_psnr(mse);
    return psnr < SCORE_EXACT ? psnr : SCORE_EXACT;
}

/* PSNR of the mouth's blocks; NAN without any. */
static double mouth_psnr(const mouth_map *map, const picture *a, const picture *b)
{
    if (!map || !map->count) return NAN;
    double squared = 0;
    for (int i = 0; i < map->side * map->side; i++) {
        if (!map->block[i]) continue;
        region r = {i % map->side * SCORE_BLOCK, i / map->side * SCORE_BLOCK, SCORE_BLOCK,
                    SCORE_BLOCK};
        squared += metric_mse(a, b, r);
    }
    return decibels(squared / map->count);
}

vis_status score_add(score *s, const face_geometry *g, const mouth_map *map, const example *e,
                     const painted *p, const picture *target, const picture *target_face,
                     bool with_ssim, vis_error *err)
{
    region mask = score_mask_region(g, e->rect);
    double ssim = NAN;
    if (with_ssim) VIS_TRY(metric_ssim(p->frame, target, mask, &ssim, err));
    s->psnr_sum += decibels(metric_mse(p->frame, target, mask));
    s->mouth_sum += mouth_psnr(map, p->face, target_face);
    s->ssim_sum += ssim;
    s->frames++;
    return VIS_OK;
}

double score_psnr(const score *s)
{
    return s->frames ? s->psnr_sum / s->frames : NAN;
}

double score_mouth_psnr(const score *s)
{
    return s->frames ? s->mouth_sum / s->frames : NAN;
}

double score_ssim(const score *s)
{
    return s->frames ? s->ssim_sum / s->frames : NAN;
}

/* means [side, side, 3] of the face's blocks */
static void block_means(const picture *face, int side, double *means)
{
    for (int y = 0; y < side * SCORE_BLOCK; y++) {
        const uint8_t *row = face->data + (size_t)y * (size_t)face->stride;
        double *to = means + (size_t)(y / SCORE_BLOCK) * (size_t)side * 3;
        for (int x = 0; x < side * SCORE_BLOCK; x++)
            for (int c = 0; c < 3; c++)
                to[x / SCORE_BLOCK * 3 + c] += row[3 * x + c] / (double)(SCORE_BLOCK * SCORE_BLOCK);
    }
}

/* One example under several windows: adds each block's variance to `variance` [side, side]. */
static vis_status listen(painter *p, examples *e, const contract *base, const example *shown,
                         int side, double *means, double *variance, vis_error *err)
{
    int blocks = side * side;
    int64_t rows = examples_count(e);
    for (int i = 0; i < HEARING * blocks * 3; i++)
        means[i] = 0;
    for (int k = 0; k < HEARING; k++) {
        painted out;
        contract c = *base;
        c.choice[AXIS_SHIFT] = (int)((rows * k / HEARING + shown->index) % rows - shown->index);
        VIS_TRY(painter_paint(p, &c, shown, &out, err));
        block_means(out.face, side, means + (size_t)k * (size_t)blocks * 3);
    }
    for (int i = 0; i < blocks * 3; i++) {
        double sum = 0, squares = 0;
        for (int k = 0; k < HEARING; k++) {
            double v = means[(size_t)k * (size_t)blocks * 3 + (size_t)i];
            sum += v;
            squares += v * v;
        }
        variance[i / 3] += (squares - sum * sum / HEARING) / HEARING / 3;
    }
    return VIS_OK;
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static bool in_mask(const face_geometry *g, int x, int y)
{
    return x * SCORE_BLOCK >= g->mask_x && (x + 1) * SCORE_BLOCK <= g->mask_x + g->mask_width &&
           y * SCORE_BLOCK >= g->mask_y && (y + 1) * SCORE_BLOCK <= g->mask_y + g->mask_height;
}

/* variance [side, side] -> the blocks that vary most; `sorted` is room for as many. */
static void choose(const face_geometry *g, const double *variance, int shown, double *sorted,
                   mouth_map *map)
{
    int inside = 0;
    for (int i = 0; i < map->side * map->side; i++)
        if (in_mask(g, i % map->side, i / map->side)) sorted[inside++] = variance[i];
    qsort(sorted, (size_t)inside, sizeof *sorted, descending);
    int wanted = inside / MOUTH_SHARE;
    double least = wanted ? sorted[wanted - 1] : INFINITY, sum = 0;
    for (int i = 0; i < map->side * map->side && map->count < wanted; i++) {
        if (!in_mask(g, i % map->side, i / map->side) || variance[i] < least) continue;
        map->block[i] = 1;
        map->count++;
        sum += variance[i] / shown;
    }
    map->levels = map->count ? sqrt(sum / map->count) : 0;
}

static vis_status find(painter *p, examples *e, const contract *base, const int64_t *index,
                       int count, double *means, double *variance, mouth_map *map, vis_error *err)
{
    int shown = count < LISTENING ? count : LISTENING;
    for (int k = 0; k < shown; k++) {
        example one;
        VIS_TRY(examples_get(e, index[(int64_t)k * count / shown], &one, err));
        VIS_TRY(listen(p, e, base, &one, map->side, means, variance, err));
    }
    choose(examples_geometry(e), variance, shown ? shown : 1, means, map);
    return VIS_OK;
}

vis_status mouth_map_find(painter *p, examples *e, const contract *base, const int64_t *index,
                          int count, mouth_map *out, vis_error *err)
{
    *out = (mouth_map){.side = examples_geometry(e)->size / SCORE_BLOCK};
    size_t blocks = (size_t)out->side * (size_t)out->side;
    double *means = calloc(HEARING * blocks * 3, sizeof *means);
    double *variance = calloc(blocks, sizeof *variance);
    out->block = calloc(blocks, 1);
    vis_status status =
        means && variance && out->block ? VIS_OK : vis_fail_memory(err, "a map of the mouth");
    if (status == VIS_OK) status = find(p, e, base, index, count, means, variance, out, err);
    free(means);
    free(variance);
    if (status != VIS_OK) mouth_map_free(out);
    return status;
}

void mouth_map_free(mouth_map *map)
{
    free(map->block);
    *map = (mouth_map){0};
}
