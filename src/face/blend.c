/* face/blend.c - the fade's difference in colour on a coarse grid, and the blending itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/blend.h"

#include "base/memory.h"
#include "face/blend_mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRID 32     /* cells along each side of a square */
#define PASSES 6    /* of the smoothing on it: a deviation of about 1.7 cells */
#define SIZES 12    /* of squares, for which masks are at hand: a face moves to and fro */
#define LEVEL 16    /* tones are counted in sixteenths of a level */
#define LEAST 1e-6F /* weight below which nothing is known of a cell */

typedef float plane[GRID][GRID];

/* What the size of a square decides. */
typedef struct sized {
    int width, height;
    uint64_t used;
    uint8_t *shown; /* [height, width, 3]: one number a pixel, three times */
    int (*span)[4]; /* [height]: a row is filmed, fades in, is painted, fades out, is filmed: the
                        bytes at which that changes */
    plane share;    /* carry / smoothed weight: what makes sums of differences a tone */
} sized;

struct face_blender {
    int crop;
    uint8_t *shown, *carry; /* [crop, crop] */
    uint64_t calls;
    sized sizes[SIZES];
    int16_t *tones; /* [2, width, 3]: of two rows of the grid, pixel by pixel */
    int32_t *sums;  /* [width, 3]: of a row of cells */
    int line_width;
};

vis_status face_blender_create(const face_geometry *geometry, const face_outline *outline,
                               face_blender **out, vis_error *err)
{
    *out = NULL;
    face_blender *b = calloc(1, sizeof *b);
    if (!b) return vis_fail_memory(err, "blending");
    size_t area = (size_t)geometry->crop * (size_t)geometry->crop;
    b->crop = geometry->crop;
    b->shown = malloc(area);
    b->carry = malloc(area);
    if (!b->shown || !b->carry) {
        face_blender_destroy(b);
        return vis_fail_memory(err, "blending");
    }
    blend_mask_make(geometry, outline, b->shown, b->carry);
    *out = b;
    return VIS_OK;
}

static void sized_free(sized *s)
{
    free(s->shown);
    free(s->span);
    *s = (sized){0};
}

void face_blender_destroy(face_blender *b)
{
    if (!b) return;
    for (int i = 0; i < SIZES; i++)
        sized_free(&b->sizes[i]);
    free(b->shown);
    free(b->carry);
    aligned_free(b->tones);
    aligned_free(b->sums);
    free(b);
}

void face_blender_shown(const face_blender *b, int rect[4])
{
    rect[0] = rect[1] = b->crop;
    rect[2] = rect[3] = 0;
    for (int y = 0; y < b->crop; y++)
        for (int x = 0; x < b->crop; x++) {
            if (!b->shown[y * b->crop + x]) continue;
            if (x < rect[0]) rect[0] = x;
            if (y < rect[1]) rect[1] = y;
            if (x >= rect[2]) rect[2] = x + 1;
            rect[3] = y + 1;
        }
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
    plane rows;
    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++)
            rows[y][x] = 2 * p[y][x] + (x > 0 ? p[y][x - 1] : 0) + (x < GRID - 1 ? p[y][x + 1] : 0);
    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++)
            p[y][x] = (2 * rows[y][x] + (y > 0 ? rows[y - 1][x] : 0) +
                       (y < GRID - 1 ? rows[y + 1][x] : 0)) /
                      16;
}

static void smooth_out(plane p)
{
    for (int i = 0; i < PASSES; i++)
        smooth_once(p);
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

static const uint8_t *row_of(const sized *s, int y)
{
    return s->shown + 3 * (size_t)y * (size_t)s->width;
}

/* How much the fade weighs in each cell, and from that what turns sums over cells into tones. */
static void weigh(const face_blender *b, sized *s)
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
            int at =
                (2 * gy + 1) * b->crop / (2 * GRID) * b->crop + (2 * gx + 1) * b->crop / (2 * GRID);
            s->share[gy][gx] =
                weight[gy][gx] > LEAST ? (float)b->carry[at] / 255 / weight[gy][gx] : 0;
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

static vis_status sized_make(const face_blender *b, int width, int height, sized *s, vis_error *err)
{
    size_t count = (size_t)width * (size_t)height;
    resize_plan *plan;
    VIS_TRY(resize_plan_create(RESIZE_LINEAR, b->crop, b->crop, width, height, 1, &plan, err));
    s->width = width;
    s->height = height;
    s->shown = malloc(3 * count);
    s->span = malloc((size_t)height * sizeof *s->span);
    if (s->shown && s->span) {
        resize_run(plan, b->shown, b->crop, s->shown + 2 * count, width);
        triple(s->shown, count);
        for (int y = 0; y < height; y++)
            find_span(row_of(s, y), 3 * width, s->span[y]);
        weigh(b, s);
    }
    resize_plan_destroy(plan);
    if (s->shown && s->span) return VIS_OK;
    sized_free(s);
    return vis_fail_memory(err, "blending");
}

/* That of this size; made in place of the one unused for longest. */
static vis_status sized_for(face_blender *b, int width, int height, sized **out, vis_error *err)
{
    sized *oldest = &b->sizes[0];
    b->calls++;
    for (int i = 0; i < SIZES; i++) {
        sized *s = &b->sizes[i];
        if (s->width == width && s->height == height) {
            s->used = b->calls;
            *out = s;
            return VIS_OK;
        }
        if (s->used < oldest->used) oldest = s;
    }
    sized_free(oldest);
    VIS_TRY(sized_make(b, width, height, oldest, err));
    oldest->used = b->calls;
    *out = oldest;
    return VIS_OK;
}

static vis_status lines_for(face_blender *b, int width, vis_error *err)
{
    if (width <= b->line_width) return VIS_OK;
    aligned_free(b->tones);
    aligned_free(b->sums);
    b->line_width = 0;
    b->tones = aligned_malloc(6 * (size_t)width, sizeof *b->tones);
    b->sums = aligned_malloc(3 * (size_t)width, sizeof *b->sums);
    if (!b->tones || !b->sums) return vis_fail_memory(err, "blending");
    b->line_width = width;
    return VIS_OK;
}

static uint8_t *pixel_at(const picture *p, const int square[4], int y)
{
    return p->data + (size_t)(square[1] + y) * (size_t)p->stride + 3 * (size_t)square[0];
}

/* Where the next two are inlined, GCC 12 forgets that their rows do not overlap. */

/* Adds a row's painted - filmed, as the fade weighs them. At most 512 rows (of PICTURE_MAX_SIDE) come
 * together in a cell, so that 32 bits hold the sums. */
__attribute__((noinline)) static void add_row(const uint8_t *restrict filmed,
                                              const uint8_t *restrict painted,
                                              const uint8_t *restrict shown, int from, int to,
                                              int32_t *restrict sums)
{
    for (int i = from; i < to; i++)
        sums[i] += (int16_t)fade_weight(shown[i]) * (int16_t)(painted[i] - filmed[i]);
}

/* The sums of each of a row's cells. */
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
                add_row(pixel_at(frame, square, y), pixel_at(painted, square, y), row_of(s, y),
                        s->span[y][side], s->span[y][side + 1], b->sums);
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

/* A row of the grid, pixel by pixel: [width, 3], in 1 / LEVEL. */
static void spread(plane tone[3], int gy, int width, int16_t *line)
{
    float step = (float)GRID / (float)width;
    int x = 0;
    for (int gx = 0; gx < GRID - 1; gx++) {
        /* as far as the centre of the next cell; of the last pair, to the end */
        float ends = gx < GRID - 2 ? ((float)gx + 1.5F) / step - 0.5F : (float)width;
        float from[3], rise[3];
        for (int c = 0; c < 3; c++) {
            from[c] = tone[c][gy][gx] * LEVEL;
            rise[c] = tone[c][gy][gx + 1] * LEVEL - from[c];
        }
        for (; x < width && (float)x < ends; x++) {
            float share = ((float)x + 0.5F) * step - 0.5F - (float)gx;
            share = share < 0 ? 0 : share > 1 ? 1 : share;
            for (int c = 0; c < 3; c++)
                line[3 * x + c] = (int16_t)lrintf(from[c] + rise[c] * share);
        }
    }
}

/* Tones of a row of the grid, and where around its middle there are none. */
typedef struct tone_line {
    int16_t *tones; /* [width, 3] */
    int quiet, ends;
} tone_line;

static void lay(plane tone[3], int gy, int width, tone_line *line)
{
    spread(tone, gy, width, line->tones);
    line->quiet = line->ends = 3 * (width / 2);
    while (line->quiet > 0 && line->tones[line->quiet - 1] == 0)
        line->quiet--;
    while (line->ends < 3 * width && line->tones[line->ends] == 0)
        line->ends++;
}

/* The high half of a product, for which every processor has an instruction. */
static inline int16_t high(int16_t a, int16_t b)
{
    return (int16_t)((a * b) >> 16);
}

/* `share` of the way from `above` to `below` counts in 1 / 32768, what is shown in 1 / 256: as a
 * negative number, since compilers know high halves only of two that may be negative. */
__attribute__((noinline)) static void
blend_row(const uint8_t *restrict filmed, uint8_t *restrict painted, const uint8_t *restrict shown,
          const int16_t *restrict above, const int16_t *restrict below, int16_t share, int from,
          int to)
{
    for (int i = from; i < to; i++) {
        int16_t rise = (int16_t)(2 * (below[i] - above[i]));
        int16_t tone = (int16_t)(above[i] + high(rise, share));
        int16_t difference = (int16_t)(tone - LEVEL * (painted[i] - filmed[i]));
        int16_t part = (int16_t)((shown[i] + (shown[i] >> 7)) * -64);
        int16_t add = high((int16_t)(4 * difference), part);
        int16_t value = (int16_t)(filmed[i] + ((add + LEVEL / 2) >> 4));
        value = (int16_t)(value > 0 ? value : 0);
        painted[i] = (uint8_t)(value < 255 ? value : 255);
    }
}

/* A row but for what is filmed. Where all is painted and no tone is carried the painting stays. */
static void blend_span(const uint8_t *filmed, uint8_t *painted, const uint8_t *shown,
                       const tone_line *above, const tone_line *below, float share,
                       const int span[4])
{
    int16_t part = (int16_t)(share * 32767);
    int from = above->quiet > below->quiet ? above->quiet : below->quiet;
    int to = above->ends < below->ends ? above->ends : below->ends;
    from = from > span[1] ? from : span[1];
    to = to < span[2] ? to : span[2];
    if (from >= to) from = to = span[3];
    blend_row(filmed, painted, shown, above->tones, below->tones, part, span[0], from);
    blend_row(filmed, painted, shown, above->tones, below->tones, part, to, span[3]);
}

static void blend_rows(face_blender *b, const sized *s, const picture *frame, const int square[4],
                       picture *painted, plane tone[3])
{
    tone_line above = {.tones = b->tones}, below = {.tones = b->tones + 3 * (size_t)s->width};
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
            if (gy != spread_at + 1 || gy == 0) lay(tone, gy, s->width, &above);
            lay(tone, gy + 1, s->width, &below);
            spread_at = gy;
        }
        memcpy(to, from, (size_t)span[0]);
        blend_span(from, to, row_of(s, y), &above, &below, share, span);
        memcpy(to + span[3], from + span[3], 3 * (size_t)s->width - (size_t)span[3]);
    }
}

vis_status face_blend(face_blender *b, const picture *frame, const int square[4], picture *painted,
                      vis_error *err)
{
    sized *s;
    plane tone[3] = {{{0}}};
    VIS_TRY(sized_for(b, square[2] - square[0], square[3] - square[1], &s, err));
    VIS_TRY(lines_for(b, s->width, err));
    find_tone(b, s, frame, square, painted, tone);
    blend_rows(b, s, frame, square, painted, tone);
    return VIS_OK;
}
