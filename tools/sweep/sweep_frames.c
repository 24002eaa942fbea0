/* sweep/sweep_frames.c - frames evenly spread; blocks that move.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep_frames.h"

#include "face/crop.h"
#include "paint/blocks.h"

#include <math.h>
#include <stdlib.h>

#define MOUTH_SHARE 10 /* a tenth of the mask's blocks */
#define CHANNELS 3

_Static_assert(BLOCK_SIDE == SCORE_BLOCK, "blocks of the mouth are blocks of the score");

static int count_of(int64_t available, int wanted)
{
    return wanted < 0 || available < wanted ? (int)available : wanted;
}

static void spread(int64_t first, int64_t end, int count, int64_t *to)
{
    for (int i = 0; i < count; i++)
        to[i] = first + (end - first) * (2 * (int64_t)i + 1) / (2 * (int64_t)count);
}

vis_status sweep_choose_frames(const examples *e, int wanted, int64_t hold_out, sweep_result *r,
                               vis_error *err)
{
    int64_t footage = examples_footage(e), rows = examples_count(e);
    int64_t end = rows < footage ? rows : footage, split = footage - hold_out;
    if (split < 1 || (hold_out && split >= end))
        return vis_fail(err, VIS_ERR_USAGE,
                        "--hold-out %lld: of %lld footage frames %lld have a feature row, and both "
                        "parts need one",
                        (long long)hold_out, (long long)footage, (long long)end);
    if (end < split) split = end;
    if (end < 1) return vis_fail(err, VIS_ERR_USAGE, "the features have no row");
    r->frames = count_of(split, wanted);
    r->held_frames = count_of(end - split, wanted);
    r->frame = calloc((size_t)r->frames + (size_t)r->held_frames, sizeof *r->frame);
    if (!r->frame) return vis_fail_memory(err, "the frames of a sweep");
    spread(0, split, r->frames, r->frame);
    spread(split, end, r->held_frames, r->frame + r->frames);
    return VIS_OK;
}

static bool eligible(const face_geometry *g, int side, int i)
{
    int x = i % side, y = i / side, left = x * BLOCK_SIDE, top = y * BLOCK_SIDE;
    return 4 * x >= side && 4 * (x + 1) <= 3 * side && left >= g->mask_x && top >= g->mask_y &&
           left + BLOCK_SIDE <= g->mask_x + g->mask_width &&
           top + BLOCK_SIDE <= g->mask_y + g->mask_height;
}

/* The block that moves most and is not yet chosen; -1: none. */
static int next_block(const face_geometry *g, const mouth_map *map, const double *motion)
{
    int best = -1;
    for (int i = 0; i < map->side * map->side; i++)
        if (!map->block[i] && eligible(g, map->side, i) && motion[i] > 0 &&
            (best < 0 || motion[i] > motion[best]))
            best = i;
    return best;
}

static void choose(const face_geometry *g, const double *motion, mouth_map *map)
{
    int wanted = g->mask_width / BLOCK_SIDE * (g->mask_height / BLOCK_SIDE) / MOUTH_SHARE;
    for (int i; map->count < wanted && (i = next_block(g, map, motion)) >= 0; map->count++)
        map->block[i] = 1;
}

/* Block means of the face as filmed in example i. */
static vis_status look(examples *e, int64_t i, const block_grid *grid, picture *face, float *means,
                       vis_error *err)
{
    example one;
    VIS_TRY(examples_get(e, i, &one, err));
    VIS_TRY(face_inner(examples_geometry(e), one.crop, face, err));
    block_means(grid, face, means);
    return VIS_OK;
}

/* Adds up, block by block, how much brightness changes after each frame. */
static vis_status watch(examples *e, const int64_t *index, int count, const block_grid *grid,
                        picture *face, float *means, double *motion, vis_error *err)
{
    float *before = means, *after = means + (size_t)grid->count * CHANNELS;
    for (int k = 0; k < count; k++) {
        int64_t next = index[k] + 1 < examples_count(e) ? index[k] + 1 : index[k] - 1;
        if (next < 0) return VIS_OK;
        VIS_TRY(look(e, index[k], grid, face, before, err));
        VIS_TRY(look(e, next, grid, face, after, err));
        for (int i = 0; i < grid->count; i++)
            motion[i] += fabs((double)(block_luma(after + (size_t)i * CHANNELS) -
                                       block_luma(before + (size_t)i * CHANNELS)));
    }
    return VIS_OK;
}

vis_status sweep_find_mouth(examples *e, const int64_t *index, int count, mouth_map *out,
                            vis_error *err)
{
    const face_geometry *g = examples_geometry(e);
    block_grid grid = block_grid_of((region){0, 0, g->size, g->size});
    *out = (mouth_map){.side = grid.columns};
    picture face = {0};
    float *means = calloc((size_t)grid.count * CHANNELS * 2, sizeof *means);
    double *motion = calloc((size_t)grid.count, sizeof *motion);
    out->block = calloc((size_t)grid.count, 1);
    vis_status status =
        means && motion && out->block ? VIS_OK : vis_fail_memory(err, "a map of the mouth");
    if (status == VIS_OK) status = watch(e, index, count, &grid, &face, means, motion, err);
    if (status == VIS_OK) choose(g, motion, out);
    free(means);
    free(motion);
    picture_free(&face);
    if (status != VIS_OK) mouth_map_free(out);
    return status;
}
