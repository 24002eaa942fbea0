/* face/lips.c - where the filmed mouth is closed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/lips.h"

#include <math.h>

#define INNER 8        /* points of the inner lips, around */
#define CLOSED 0.02F   /* sides of the square */
#define NARROWEST 0.1F /* width of a mouth, likewise; */
#define HIGHEST 0.15F  /* its place below the square's top, */
#define LOWEST 1.2F    /* and that of its lower edge */
#define ASIDE 0.35F    /* of its middle from the square's */
#define TALLEST 0.6F   /* no mouth opens further */

/* The mean height of what the points go round, by its area; -1: no mouth. */
static float opening_of(const int (*inner)[2], const int square[4])
{
    float side = (float)(square[2] - square[0]), area = 0;
    float left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    for (int i = 0; i < INNER; i++) {
        const int *a = inner[i], *b = inner[(i + 1) % INNER];
        float x = (float)(a[0] - square[0]), y = (float)(a[1] - square[1]);
        area += (x * (float)(b[1] - square[1]) - y * (float)(b[0] - square[0])) / 2;
        left = fminf(left, x);
        right = fmaxf(right, x);
        top = fminf(top, y);
        bottom = fmaxf(bottom, y);
    }
    float width = right - left, middle = (left + right) / 2;
    bool mouth = side > 0 && width >= NARROWEST * side && top >= HIGHEST * side &&
                 bottom <= LOWEST * side && fabsf(middle - side / 2) <= ASIDE * side &&
                 bottom - top <= TALLEST * side;
    return mouth ? fabsf(area) / width / side : -1;
}

float lips_opening(const int (*points)[2], int count, const int square[4])
{
    static const int begins[] = {102, 88};
    for (int i = 0; i < 2; i++) {
        if (begins[i] + INNER > count) continue;
        float opening = opening_of(points + begins[i], square);
        if (opening >= 0) return opening;
    }
    return -1;
}

static bool is_open(float opening)
{
    return opening < 0 || opening > CLOSED;
}

/* Frames to the nearest one with an open mouth, LIPS_FADE at most; beyond the ends is none. */
static void distances(const float *opening, int count, float *to)
{
    float away = LIPS_FADE;
    for (int n = 0; n < count; n++) {
        away = is_open(opening[n]) ? 0 : fminf(away + 1, LIPS_FADE);
        to[n] = away;
    }
    away = LIPS_FADE;
    for (int n = count - 1; n >= 0; n--) {
        away = is_open(opening[n]) ? 0 : fminf(away + 1, LIPS_FADE);
        to[n] = fminf(to[n], away);
    }
}

bool lips_closed(const float *opening, int count, float *shown)
{
    bool any = false;
    distances(opening, count, shown);
    for (int n = 0; n < count;) {
        int begin = n;
        float most = 0;
        for (; n < count && (n == begin || shown[n] > 0) && shown[begin] > 0; n++)
            most = fmaxf(most, shown[n]);
        if (n == begin) n++; /* an open mouth */
        any = any || most >= LIPS_FADE;
        for (int i = begin; i < n; i++)
            shown[i] = most >= LIPS_FADE ? shown[i] / LIPS_FADE : 0;
    }
    return any;
}
