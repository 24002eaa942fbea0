/* face/outline.c - jaws as distances by direction, and what most of them stay within.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/outline.h"

#include <math.h>
#include <string.h>

#define BEYOND 0.005       /* share of the frames that may reach further: landmarks gone astray */
#define JAW_STEP_BACK 0.1F /* radians that a jaw's point may lie behind the one before */
#define JAW_SPAN 3.14F     /* radians that a jaw goes round at least */
#define NEAREST 0.03F      /* sides of the square */

static const float turn = 6.2831853F;

/* Direction in (-pi/2, 3 pi/2]: the gap lies upwards, where a jaw has no point. */
static float direction(float x, float y)
{
    float a = atan2f(y, x);
    return a <= -turn / 4 ? a + turn : a;
}

/* A jaw's points by direction, from the left over the chin to the right: directions fall. */
static bool polar(const int jaw[OUTLINE_JAW][2], const int square[4], float angle[OUTLINE_JAW],
                  float reach[OUTLINE_JAW])
{
    float side = (float)(square[2] - square[0]);
    if (side <= 0) return false;
    for (int i = 0; i < OUTLINE_JAW; i++) {
        float x = (float)(jaw[i][0] - square[0]) / side - OUTLINE_CENTRE_X;
        float y = (float)(jaw[i][1] - square[1]) / side - OUTLINE_CENTRE_Y;
        angle[i] = direction(x, y);
        reach[i] = hypotf(x, y);
        if (reach[i] < NEAREST || reach[i] >= 1) return false;
        if (i > 0 && angle[i] > angle[i - 1] + JAW_STEP_BACK) return false;
    }
    return angle[0] - angle[OUTLINE_JAW - 1] >= JAW_SPAN;
}

/* The jaw's reach towards `a`: between the two points on both sides of it the further one's share,
 * as straight in direction; negative where no two points are. */
static float reach_towards(const float *angle, const float *reach, float a)
{
    float most = -1;
    for (int i = 1; i < OUTLINE_JAW; i++) {
        float from = angle[i - 1], to = angle[i];
        if ((a > from) == (a > to)) continue;
        float share = (from - a) / (from - to);
        most = fmaxf(most, reach[i - 1] + (reach[i] - reach[i - 1]) * share);
    }
    return most;
}

static float direction_of(int k)
{
    float a = turn * (float)k / OUTLINE_DIRECTIONS;
    return a > 3 * turn / 4 ? a - turn : a;
}

void outline_add(outline_counts *counts, const int jaw[OUTLINE_JAW][2], const int square[4])
{
    float angle[OUTLINE_JAW], reach[OUTLINE_JAW];
    if (!polar(jaw, square, angle, reach)) {
        counts->refused++;
        return;
    }
    counts->frames++;
    for (int k = 0; k < OUTLINE_DIRECTIONS; k++) {
        float r = reach_towards(angle, reach, direction_of(k));
        if (r >= 0) counts->bins[k][(int)(r * OUTLINE_BINS)]++;
    }
}

static float reach_of(const uint32_t bins[OUTLINE_BINS], int frames)
{
    uint64_t there = 0, beyond = 0;
    for (int b = 0; b < OUTLINE_BINS; b++)
        there += bins[b];
    if (2 * there < (uint64_t)frames) return OUTLINE_OPEN;
    int b = OUTLINE_BINS - 1;
    while (b > 0 && (double)(beyond + bins[b]) <= BEYOND * (double)there)
        beyond += bins[b--];
    return (float)(b + 1) / OUTLINE_BINS;
}

/* A contour without corners: every direction the mean of its neighbours and itself, twice. */
static void round_off(float reach[OUTLINE_DIRECTIONS])
{
    float before[OUTLINE_DIRECTIONS];
    for (int pass = 0; pass < 2; pass++) {
        memcpy(before, reach, sizeof before);
        for (int k = 0; k < OUTLINE_DIRECTIONS; k++) {
            float left = before[(k + OUTLINE_DIRECTIONS - 1) % OUTLINE_DIRECTIONS];
            float right = before[(k + 1) % OUTLINE_DIRECTIONS];
            if (left < OUTLINE_OPEN && right < OUTLINE_OPEN && before[k] < OUTLINE_OPEN)
                reach[k] = (left + 2 * before[k] + right) / 4;
        }
    }
}

bool outline_of(const outline_counts *counts, face_outline *out)
{
    if (counts->frames == 0 || counts->frames < counts->refused) return false;
    for (int k = 0; k < OUTLINE_DIRECTIONS; k++)
        out->reach[k] = reach_of(counts->bins[k], counts->frames);
    round_off(out->reach);
    return true;
}

float outline_reach(const face_outline *o, float x, float y)
{
    float at = atan2f(y, x) / turn * OUTLINE_DIRECTIONS;
    if (at < 0) at += OUTLINE_DIRECTIONS;
    int k = (int)at;
    float share = at - (float)k;
    float a = o->reach[k % OUTLINE_DIRECTIONS], b = o->reach[(k + 1) % OUTLINE_DIRECTIONS];
    return a + (b - a) * share;
}
