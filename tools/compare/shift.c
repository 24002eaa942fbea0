/* compare/shift.c - small copies, laid over each other at every offset.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/shift.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

void shift_free(shift_finder *s)
{
    free(s->a);
    free(s->b);
    *s = (shift_finder){0};
}

static vis_status begin(shift_finder *s, const picture *p, vis_error *err)
{
    int longer = p->width > p->height ? p->width : p->height;
    int by = (longer + SHIFT_SIDE - 1) / SHIFT_SIDE;
    s->width = p->width / by > 0 ? p->width / by : 1;
    s->height = p->height / by > 0 ? p->height / by : 1;
    size_t numbers = (size_t)SHIFT_FRAMES * (size_t)s->width * (size_t)s->height * 3;
    s->a = malloc(numbers * sizeof *s->a);
    s->b = malloc(numbers * sizeof *s->b);
    return s->a && s->b ? VIS_OK : vis_fail_memory(err, "small copies of pictures");
}

/* Each cell is the mean of the pixels under it. */
static void shrink(const shift_finder *s, const picture *p, float *out)
{
    for (int cy = 0; cy < s->height; cy++)
        for (int cx = 0; cx < s->width; cx++) {
            int x1 = (int)((int64_t)cx * p->width / s->width);
            int x2 = (int)((int64_t)(cx + 1) * p->width / s->width);
            int y1 = (int)((int64_t)cy * p->height / s->height);
            int y2 = (int)((int64_t)(cy + 1) * p->height / s->height);
            int64_t sum[3] = {0};
            for (int y = y1; y < y2; y++)
                for (int x = x1; x < x2; x++)
                    for (int c = 0; c < 3; c++)
                        sum[c] += p->data[(size_t)y * (size_t)p->stride + (size_t)(3 * x + c)];
            for (int c = 0; c < 3; c++)
                *out++ = (float)((double)sum[c] / ((double)(x2 - x1) * (y2 - y1)));
        }
}

vis_status shift_add(shift_finder *s, const picture *a, const picture *b, vis_error *err)
{
    if (s->frames == SHIFT_FRAMES) return VIS_OK;
    if (!s->a) VIS_TRY(begin(s, a, err));
    size_t one = (size_t)s->width * (size_t)s->height * 3;
    shrink(s, a, s->a + (size_t)s->frames * one);
    shrink(s, b, s->b + (size_t)s->frames * one);
    s->frames++;
    return VIS_OK;
}

static bool moves(const shift_finder *s, size_t cell, size_t one)
{
    float low = s->a[cell], high = low;
    for (int f = 1; f < s->frames; f++) {
        float v = s->a[(size_t)f * one + cell];
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    return (double)(high - low) > SHIFT_MOVES;
}

/* Mean |A's frame i + offset - B's frame i| over moving cells and the frames i that `overlap` has
 * on both sides. */
static double distance(const shift_finder *s, const bool *moving, size_t one, int offset,
                       int overlap)
{
    int first = overlap < 0 ? -overlap : 0;
    int last = overlap < 0 ? s->frames : s->frames - overlap;
    double sum = 0;
    int64_t count = 0;
    for (int i = first; i < last; i++) {
        const float *a = s->a + (size_t)(i + offset) * one, *b = s->b + (size_t)i * one;
        for (size_t k = 0; k < one; k++) {
            if (!moving[k]) continue;
            sum += fabs((double)a[k] - (double)b[k]);
            count++;
        }
    }
    return count ? sum / (double)count : 0;
}

bool shift_find(const shift_finder *s, int *offset)
{
    size_t one = (size_t)s->width * (size_t)s->height * 3;
    bool *moving = s->frames >= 3 ? malloc(one + 1) : NULL;
    double best = INFINITY;
    *offset = 0;
    if (!moving) return false;
    for (size_t k = 0; k < one; k++)
        moving[k] = moves(s, k, one);
    for (int k = -SHIFT_REACH; k <= SHIFT_REACH; k++) {
        if (k == 0 || s->frames - abs(k) < 2) continue;
        double there = distance(s, moving, one, k, k), here = distance(s, moving, one, 0, k);
        if (there * 3 > here || here - there <= 1) continue;
        if (there < best || (there <= best && abs(k) < abs(*offset))) {
            best = there;
            *offset = k;
        }
    }
    free(moving);
    return *offset != 0;
}
