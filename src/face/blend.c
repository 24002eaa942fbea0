/* face/blend.c - the fade's difference in colour on a coarse grid, and the blending itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/blend.h"

#include "base/memory.h"
#include "face/size_cache.h"
#include "media/pixel_rows.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GRID 32     /* cells along each side of a square */
#define PASSES 6    /* of the smoothing on it: a deviation of about 1.7 cells */
#define SIZES 12    /* of squares, for which masks are at hand: a face moves to and fro */
#define BLOCK 32    /* bytes of a row that are blended together */
#define LEAST 1e-6F /* weight below which nothing is known of a cell */

typedef float plane[GRID][GRID];

/* What the size of a square decides. */
typedef struct sized {
    int width, height;
    int part[4];
    uint8_t *shown;  /* [height, width, 3]: one number a pixel, three times */
    int (*span)[4];  /* [height]: a row is filmed, fades in, is painted, fades out, is filmed: the
                        bytes at which that changes */
    int32_t *cell;   /* [width, 3]: in the middles of which cell and the next a number lies, */
    float *between;  /* and how far from one to the other */
    int first[GRID]; /* the first pixel that lies so in each cell; of the last, the row's end */
    plane share;     /* carry / smoothed weight: what makes sums of differences a tone */
} sized;

struct face_blender {
    const blend_mask *mask;
    const pixel_rows *rows;
    size_cache sizes;
    int16_t *tones; /* [2, width, 3]: of two rows of the grid, pixel by pixel */
    int32_t *sums;  /* [width, 3]: of a row of cells */
    int line_width;
};

static vis_status sized_make(const void *blender, int width, int height, void **out,
                             vis_error *err);
static void sized_free(void *sized);

vis_status face_blender_create(const blend_mask *mask, face_blender **out, vis_error *err)
{
    *out = NULL;
    face_blender *b = calloc(1, sizeof *b);
    if (!b) return vis_fail_memory(err, "blending");
    b->mask = mask;
    b->rows = pixel_rows_best();
    size_cache_init(&b->sizes, SIZES, sized_make, sized_free, b);
    *out = b;
    return VIS_OK;
}

void face_blender_destroy(face_blender *b)
{
    if (!b) return;
    size_cache_free(&b->sizes);
    aligned_free(b->tones);
    aligned_free(b->sums);
    free(b);
}

const blend_mask *face_blender_mask(const face_blender *b)
{
    return b->mask;
}

/* The first pixel of cell `k` of GRID along `length` pixels. */
static int edge(int k, int length)
{
    return (int)((int64_t)k * length / GRID);
}

/* Most where the fade is half way. */
static int fade_weight(uint8_t shown)
{
    return shown * (255 - shown);
}

/* Rows, then columns, of weights 1 2 1; beyond the edges there is nothing. */
static void smooth_once(plane p)
{
    float wide[GRID + 2] = {0}, rows[GRID + 2][GRID] = {{0}};
    for (int y = 0; y < GRID; y++) {
        memcpy(wide + 1, p[y], sizeof p[y]);
        for (int x = 0; x < GRID; x++)
            rows[y + 1][x] = 2 * wide[x + 1] + wide[x] + wide[x + 2];
    }
    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++)
            p[y][x] = (2 * rows[y + 1][x] + rows[y][x] + rows[y + 2][x]) / 16;
}

static void smooth_out(plane p)
{
    for (int i = 0; i < PASSES; i++)
        smooth_once(p);
}

static int down_to_block(int i)
{
    return i / BLOCK * BLOCK;
}

static int up_to_block(int i, int most)
{
    int up = down_to_block(i + BLOCK - 1);
    return up < most ? up : most;
}

/* Where a row of the mask fades and is painted; one that is painted in several pieces only fades. */
static void find_span(const uint8_t *shown, int bytes, int span[4])
{
    int begin = 0, end = bytes;
    while (begin < end && !shown[begin])
        begin++;
    while (end > begin && !shown[end - 1])
        end--;
    span[0] = span[1] = begin;
    span[2] = span[3] = end;
    while (span[1] < end && shown[span[1]] < 255)
        span[1]++;
    while (span[2] > span[1] && shown[span[2] - 1] < 255)
        span[2]--;
    for (int i = span[1]; i < span[2]; i++)
        if (shown[i] < 255) span[1] = span[2] = end;
}

/* Fades by whole blocks: blending changes nothing beside them. */
static void widen(int span[4], int bytes)
{
    if (span[0] == span[3]) return;
    span[0] = down_to_block(span[0]);
    span[3] = up_to_block(span[3], bytes);
    span[1] = up_to_block(span[1], span[3]);
    span[2] = down_to_block(span[2]);
    if (span[1] >= span[2]) span[1] = span[2] = span[3];
}

static const uint8_t *row_of(const sized *s, int y)
{
    return s->shown + 3 * (size_t)y * (size_t)s->width;
}

/* How much the fade weighs in each cell, and from that what turns sums over cells into tones. */
static void weigh(const blend_mask *mask, sized *s)
{
    plane weight = {{0}};
    for (int gy = 0; gy < GRID; gy++)
        for (int y = edge(gy, s->height); y < edge(gy + 1, s->height); y++)
            for (int gx = 0; gx < GRID; gx++) {
                int row = 0; /* exact: floats of many rows' pixels would lose some */
                for (int x = edge(gx, s->width); x < edge(gx + 1, s->width); x++)
                    row += fade_weight(row_of(s, y)[3 * x]);
                weight[gy][gx] += (float)row;
            }
    smooth_out(weight);
    for (int gy = 0; gy < GRID; gy++)
        for (int gx = 0; gx < GRID; gx++) {
            int x = (2 * gx + 1) * mask->crop / (2 * GRID),
                y = (2 * gy + 1) * mask->crop / (2 * GRID);
            float carry = (float)mask->carry[y * mask->crop + x] / 255;
            s->share[gy][gx] = weight[gy][gx] > LEAST ? carry / weight[gy][gx] : 0;
        }
}

/* A mask [height, width] at the end of `shown` [height, width, 3], three times from its beginning. */
static void triple(uint8_t *shown, size_t count)
{
    const uint8_t *one = shown + 2 * count;
    for (size_t i = 0; i < count; i++) {
        uint8_t value = one[i];
        shown[3 * i] = shown[3 * i + 1] = shown[3 * i + 2] = value;
    }
}

/* Where the pixels of a row lie between the middles of cells. */
static void place(sized *s)
{
    float step = (float)GRID / (float)s->width;
    int x = 0;
    for (int gx = 0; gx < GRID - 1; gx++) {
        /* as far as the middle of the next cell; of the last pair, to the end */
        s->first[gx] = x;
        float ends = gx < GRID - 2 ? ((float)gx + 1.5F) / step - 0.5F : (float)s->width;
        for (; x < s->width && (float)x < ends; x++) {
            float share = ((float)x + 0.5F) * step - 0.5F - (float)gx;
            for (int c = 0; c < 3; c++) {
                s->cell[3 * x + c] = 3 * gx + c;
                s->between[3 * x + c] = share < 0 ? 0 : share > 1 ? 1 : share;
            }
        }
    }
    s->first[GRID - 1] = x;
}

static void find_spans(sized *s)
{
    int *part = s->part, bytes = 3 * s->width;
    part[0] = s->width, part[1] = s->height;
    for (int y = 0; y < s->height; y++) {
        int *span = s->span[y];
        find_span(row_of(s, y), bytes, span);
        if (span[0] == span[3]) continue;
        part[0] = span[0] / 3 < part[0] ? span[0] / 3 : part[0];
        part[1] = y < part[1] ? y : part[1];
        part[2] = span[3] / 3 > part[2] ? span[3] / 3 : part[2];
        part[3] = y + 1;
        widen(span, bytes);
    }
    if (!part[2]) part[0] = part[1] = 0; /* nothing is shown */
}

static vis_status sized_fill(const blend_mask *mask, sized *s, vis_error *err)
{
    size_t count = (size_t)s->width * (size_t)s->height;
    resize_plan *plan;
    VIS_TRY(resize_plan_create(RESIZE_LINEAR, mask->crop, mask->crop, s->width, s->height, 1, &plan,
                               err));
    resize_run(plan, mask->shown, mask->crop, s->shown + 2 * count, s->width);
    resize_plan_destroy(plan);
    triple(s->shown, count);
    find_spans(s);
    place(s);
    weigh(mask, s);
    return VIS_OK;
}

static vis_status sized_make(const void *blender, int width, int height, void **out, vis_error *err)
{
    const face_blender *b = blender;
    size_t row = 3 * (size_t)width, rows = (size_t)height;
    sized *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "blending");
    s->width = width;
    s->height = height;
    s->shown = malloc(row * rows);
    s->span = malloc(rows * sizeof *s->span);
    s->cell = malloc(row * sizeof *s->cell);
    s->between = malloc(row * sizeof *s->between);
    vis_status status = s->shown && s->span && s->cell && s->between
                            ? sized_fill(b->mask, s, err)
                            : vis_fail_memory(err, "blending");
    if (status == VIS_OK)
        *out = s;
    else
        sized_free(s);
    return status;
}

static void sized_free(void *of)
{
    sized *s = of;
    free(s->shown);
    free(s->span);
    free(s->cell);
    free(s->between);
    free(s);
}

static vis_status sized_for(face_blender *b, int width, int height, const sized **out,
                            vis_error *err)
{
    void *found;
    VIS_TRY(size_cache_get(&b->sizes, width, height, &found, err));
    *out = found;
    return VIS_OK;
}

vis_status face_blender_part(face_blender *b, int width, int height, int part[4], vis_error *err)
{
    const sized *s;
    VIS_TRY(sized_for(b, width, height, &s, err));
    memcpy(part, s->part, sizeof s->part);
    return VIS_OK;
}

static vis_status lines_for(face_blender *b, int width, vis_error *err)
{
    if (width <= b->line_width) return VIS_OK;
    aligned_free(b->tones);
    aligned_free(b->sums);
    b->line_width = 0;
    b->tones = aligned_calloc(6 * (size_t)width, sizeof *b->tones);
    b->sums = aligned_malloc(3 * (size_t)width, sizeof *b->sums);
    if (!b->tones || !b->sums) return vis_fail_memory(err, "blending");
    b->line_width = width;
    return VIS_OK;
}

static uint8_t *pixel_at(const picture *p, const int square[4], int y)
{
    return p->data + (size_t)(square[1] + y) * (size_t)p->stride + 3 * (size_t)square[0];
}

/* The sums of each of a row's cells. At most 512 rows (of PICTURE_MAX_SIDE) come together in a cell, so
 * that 32 bits hold those of a column. */
static void gather(const int32_t *sums, int width, int gy, plane tone[3])
{
    for (int gx = 0; gx < GRID; gx++) {
        float all[3] = {0};
        for (int x = edge(gx, width); x < edge(gx + 1, width); x++)
            for (int c = 0; c < 3; c++)
                all[c] += (float)sums[3 * x + c];
        for (int c = 0; c < 3; c++)
            tone[c][gy][gx] = all[c];
    }
}

/* tone[c][gy][gx]: along the fade and inwards of it, in levels. */
static void find_tone(face_blender *b, const sized *s, const picture *frame, const int square[4],
                      const picture *painted, plane tone[3])
{
    for (int gy = 0; gy < GRID; gy++) {
        memset(b->sums, 0, 3 * (size_t)s->width * sizeof *b->sums);
        for (int y = edge(gy, s->height); y < edge(gy + 1, s->height); y++)
            for (int side = 0; side < 4; side += 2)
                b->rows->fade_sums(pixel_at(frame, square, y), pixel_at(painted, square, y),
                                   row_of(s, y), s->span[y][side], s->span[y][side + 1], b->sums);
        gather(b->sums, s->width, gy, tone);
    }
    for (int c = 0; c < 3; c++) {
        smooth_out(tone[c]);
        for (int gy = 0; gy < GRID; gy++)
            for (int gx = 0; gx < GRID; gx++)
                tone[c][gy][gx] *= s->share[gy][gx];
    }
}

/* Where pixel `i` of `length` lies between the centres of two cells. */
static void between(int i, int length, int *cell, float *share)
{
    float at = ((float)i + 0.5F) * GRID / (float)length - 0.5F;
    at = at < 0 ? 0 : at > GRID - 1 ? GRID - 1 : at;
    *cell = at >= GRID - 1 ? GRID - 2 : (int)at;
    *share = at - (float)*cell;
}

/* Tones of a row of the grid, and where around its middle there are none. */
typedef struct tone_line {
    int16_t *tones; /* [width, 3] */
    int quiet, ends;
} tone_line;

static bool is_quiet(const float cell[3])
{
    return cell[0] == 0 && cell[1] == 0 && cell[2] == 0;
}

/* A row of the grid, pixel by pixel, in 1 / PIXEL_TONE. */
static void lay(const face_blender *b, const sized *s, plane tone[3], int gy, tone_line *line)
{
    float cells[3 * GRID];
    int from = GRID / 2, to = GRID / 2;
    for (int gx = 0; gx < GRID; gx++)
        for (int c = 0; c < 3; c++)
            cells[3 * gx + c] = tone[c][gy][gx] * PIXEL_TONE;
    int first = down_to_block(3 * s->part[0]), end = up_to_block(3 * s->part[2], 3 * s->width);
    b->rows->spread(cells, s->cell + first, s->between + first, end - first, line->tones + first);
    while (from > 0 && is_quiet(cells + (ptrdiff_t)3 * (from - 1)))
        from--;
    while (to < GRID && is_quiet(cells + (ptrdiff_t)3 * to))
        to++;
    /* those between the middles of cells from ... to - 1 */
    line->quiet = 3 * s->first[from];
    line->ends = from < to ? 3 * s->first[to - 1] : line->quiet;
}

/* A row but for what is filmed. Where all is painted and no tone is carried the painting stays. */
static void blend_span(const pixel_rows *rows, const uint8_t *filmed, uint8_t *painted,
                       const uint8_t *shown, const tone_line *above, const tone_line *below,
                       float share, const int span[4])
{
    int16_t part = (int16_t)(share * 32767);
    int from = above->quiet > below->quiet ? above->quiet : below->quiet;
    int to = above->ends < below->ends ? above->ends : below->ends;
    from = up_to_block(from > span[1] ? from : span[1], span[3]);
    to = down_to_block(to < span[2] ? to : span[2]);
    if (from >= to) from = to = span[3];
    rows->blend(filmed, shown, above->tones, below->tones, part, span[0], from, painted);
    rows->blend(filmed, shown, above->tones, below->tones, part, to, span[3], painted);
}

static void blend_rows(face_blender *b, const sized *s, const picture *frame, const int square[4],
                       picture *painted, plane tone[3])
{
    tone_line above = {.tones = b->tones}, below = {.tones = b->tones + 3 * (size_t)s->width};
    size_t row = 3 * (size_t)s->width;
    int spread_at = -1;
    for (int y = 0; y < s->height; y++) {
        uint8_t *to = pixel_at(painted, square, y);
        const uint8_t *from = pixel_at(frame, square, y);
        const int *span = s->span[y];
        int gy;
        float share;
        between(y, s->height, &gy, &share);
        if (gy != spread_at) {
            tone_line last = above;
            above = below;
            below = last;
            if (gy != spread_at + 1 || gy == 0) lay(b, s, tone, gy, &above);
            lay(b, s, tone, gy + 1, &below);
            spread_at = gy;
        }
        memcpy(to, from, (size_t)span[0]);
        if (span[0] < span[3])
            blend_span(b->rows, from, to, row_of(s, y), &above, &below, share, span);
        memcpy(to + span[3], from + span[3], row - (size_t)span[3]);
    }
}

vis_status face_blend(face_blender *b, const picture *frame, const int square[4], picture *painted,
                      vis_error *err)
{
    const sized *s;
    plane tone[3] = {{{0}}};
    VIS_TRY(sized_for(b, square[2] - square[0], square[3] - square[1], &s, err));
    VIS_TRY(lines_for(b, s->width, err));
    find_tone(b, s, frame, square, painted, tone);
    blend_rows(b, s, frame, square, painted, tone);
    return VIS_OK;
}
