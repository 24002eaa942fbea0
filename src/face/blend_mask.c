/* face/blend_mask.c - fades from filmed to painted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/blend_mask.h"

#include <math.h>

/* In sides of the square. */
#define EDGE_FADE 0.1F   /* inwards of what the network was shown */
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

/* Distance of a pixel's centre from the nearest edge of the mouth rectangle, in sides; negative
 * outside. */
static float from_edges(const face_geometry *g, int x, int y)
{
    int left = x - g->inset - g->mask_x, top = y - g->inset - g->mask_y;
    int right = g->mask_width - 1 - left, bottom = g->mask_height - 1 - top;
    int least = left < right ? left : right;
    least = least < top ? least : top;
    least = least < bottom ? least : bottom;
    return ((float)least + 0.5F) / (float)g->crop;
}

typedef struct shares {
    float shown;
    float depth; /* inwards of the fade, in sides; negative on it and outside */
} shares;

static shares by_edges(float distance)
{
    return (shares){smooth(distance / EDGE_FADE), distance - EDGE_FADE};
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
            shares s = by_edges(from_edges(g, x, y));
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
