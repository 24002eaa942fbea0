/* face/blend_mask.c - fades from filmed to painted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/blend_mask.h"

#include <math.h>
#include <stdlib.h>

/* In sides of the square. */
#define EDGE_FADE 0.1F   /* inwards of what the network was shown, */
#define WIDE_FADE 0.16F  /* and so at the sides and above, where no jaw fades it before that */
#define CHEEK_ROOM 0.02F /* painted beyond the jaw at its sides */
#define CHIN_ROOM 0.07F  /* and below: a jaw drops further than any filmed one */
#define CHEEK_FADE 0.12F /* outwards of that */
#define CHIN_FADE 0.12F
#define CARRY 0.12F /* inwards of the fade */

/* 0 at t <= 0, 1 at t >= 1, without a corner in slope or curvature. */
static float smooth(float t)
{
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * t * (t * (6 * t - 15) + 10);
}

static uint8_t byte_of(float share)
{
    return (uint8_t)(share * 255 + 0.5F);
}

typedef struct shares {
    float shown;
    float depth; /* inwards of the fade, in sides; negative on it and outside */
} shares;

/* Distance of a pixel's centre from an edge, in sides, that fades so far. */
static shares by_edge(const face_geometry *g, int pixels, float fade)
{
    float distance = ((float)pixels + 0.5F) / (float)g->crop;
    return (shares){smooth(distance / fade), distance - fade};
}

static shares nearer(shares a, shares b)
{
    return (shares){fminf(a.shown, b.shown), fminf(a.depth, b.depth)};
}

/* By the edges of the mouth rectangle: `wide`, but for the one below, as a chin is nearer to it. */
static shares by_edges(const face_geometry *g, int x, int y, float wide)
{
    int left = x - g->inset - g->mask_x, top = y - g->inset - g->mask_y;
    int right = g->mask_width - 1 - left, bottom = g->mask_height - 1 - top;
    int side = left < right ? left : right;
    return nearer(by_edge(g, side < top ? side : top, wide), by_edge(g, bottom, EDGE_FADE));
}

/* x, y: relative to the outline's centre, in sides. */
static shares by_jaw(const face_outline *outline, float x, float y)
{
    float r = hypotf(x, y);
    float down = r > 0 && y > 0 ? y / r * (y / r) : 0;
    float room = CHEEK_ROOM + (CHIN_ROOM - CHEEK_ROOM) * down;
    float fade = CHEEK_FADE + (CHIN_FADE - CHEEK_FADE) * down;
    float depth = outline_reach(outline, x, y) + room - r;
    return (shares){smooth(1 + depth / fade), depth};
}

void blend_mask_make(const face_geometry *g, const face_outline *outline, uint8_t *shown,
                     uint8_t *carry)
{
    for (int y = 0; y < g->crop; y++)
        for (int x = 0; x < g->crop; x++) {
            shares s = by_edges(g, x, y, outline ? EDGE_FADE : WIDE_FADE);
            if (outline) {
                float px = ((float)x + 0.5F) / (float)g->crop - OUTLINE_CENTRE_X;
                float py = ((float)y + 0.5F) / (float)g->crop - OUTLINE_CENTRE_Y;
                shares jaw = by_jaw(outline, px, py);
                s.shown *= jaw.shown;
                s.depth = fminf(s.depth, jaw.depth);
            }
            int at = y * g->crop + x;
            shown[at] = byte_of(s.shown);
            carry[at] = byte_of(1 - smooth(s.depth / CARRY));
        }
}

/* What of a row anything is shown of. */
static void find_row(const blend_mask *m, int y, int row[2])
{
    const uint8_t *shown = m->shown + (size_t)y * (size_t)m->crop;
    row[0] = 0, row[1] = m->crop;
    while (row[0] < row[1] && !shown[row[0]])
        row[0]++;
    while (row[0] < row[1] && !shown[row[1] - 1])
        row[1]--;
}

static void find_part(blend_mask *m)
{
    int *part = m->part;
    part[0] = part[1] = m->crop;
    for (int y = 0; y < m->crop; y++) {
        int *row = m->row[y];
        find_row(m, y, row);
        if (row[0] >= row[1]) continue;
        part[0] = row[0] < part[0] ? row[0] : part[0];
        part[1] = y < part[1] ? y : part[1];
        part[2] = row[1] > part[2] ? row[1] : part[2];
        part[3] = y + 1;
    }
    if (!part[2]) part[0] = part[1] = 0;
}

vis_status blend_mask_create(const face_geometry *g, const face_outline *outline, blend_mask **out,
                             vis_error *err)
{
    *out = NULL;
    blend_mask *m = calloc(1, sizeof *m);
    if (!m) return vis_fail_memory(err, "blending");
    size_t area = (size_t)g->crop * (size_t)g->crop;
    m->crop = g->crop;
    m->shown = malloc(area);
    m->carry = malloc(area);
    m->row = malloc((size_t)g->crop * sizeof *m->row);
    if (!m->shown || !m->carry || !m->row) {
        blend_mask_destroy(m);
        return vis_fail_memory(err, "blending");
    }
    blend_mask_make(g, outline, m->shown, m->carry);
    find_part(m);
    *out = m;
    return VIS_OK;
}

void blend_mask_destroy(blend_mask *m)
{
    if (!m) return;
    free(m->shown);
    free(m->carry);
    free(m->row);
    free(m);
}
