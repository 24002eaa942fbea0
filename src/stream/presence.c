/* stream/presence.c - step by step.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/presence.h"

#include <math.h>

/* One step from `from` at most, without leaving crumbs. */
static float towards(const presence *p, float from, float to)
{
    int frames = to < from && p->lead < PRESENCE_FADE ? PRESENCE_FADE : p->lead;
    float step = 1.0F / (float)(frames + 1);
    if (fabsf(to - from) < 1.05F * step) return to;
    return to > from ? from + step : from - step;
}

/* As much of the way from the last window to this one as brings it there with row 0. */
static void pass_over(int64_t row, const float *last, float *window, size_t size)
{
    float share = 1.0F / (float)(1 - row);
    for (size_t i = 0; i < size; i++)
        window[i] = last[i] + share * (window[i] - last[i]);
}

float presence_follow(presence *p, int64_t row, float told, const float *last, float *window,
                      size_t size)
{
    if (row == -p->lead) p->passing = p->shown > 0;
    if (row < 0 && p->passing) pass_over(row, last, window, size);
    p->may = towards(p, p->may, 1);
    float wanted = told < p->may ? told : p->may;
    bool settled = row >= 0 && p->may == 1;
    p->shown = settled ? wanted : towards(p, p->shown, wanted);
    return p->shown;
}

float presence_rest(presence *p)
{
    p->shown = towards(p, p->shown, 0);
    p->may = p->shown;
    return p->shown;
}
