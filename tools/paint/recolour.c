/* paint/recolour.c - running sums of pairs, and the straight line through them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "paint/recolour.h"

#include <math.h>

#define CHANNELS 3

void recolour_add(recolour *r, double painted, double filmed)
{
    r->count++;
    r->painted += painted;
    r->filmed += filmed;
    r->painted2 += painted * painted;
    r->filmed2 += filmed * filmed;
    r->product += painted * filmed;
}

void recolour_merge(recolour *r, const recolour *other)
{
    r->count += other->count;
    r->painted += other->painted;
    r->filmed += other->filmed;
    r->painted2 += other->painted2;
    r->filmed2 += other->filmed2;
    r->product += other->product;
}

/* Sums of a row, in whole numbers: PICTURE_MAX_SIDE x 255^2 fits. */
typedef struct row_sums {
    uint32_t painted[CHANNELS], filmed[CHANNELS], painted2[CHANNELS], filmed2[CHANNELS];
    uint32_t product[CHANNELS];
    uint32_t outer[2]; /* painted B x filmed R, painted R x filmed B */
} row_sums;

static row_sums sum_row(const uint8_t *painted, const uint8_t *filmed, int width)
{
    row_sums s = {0};
    for (int x = 0; x < width; x++, painted += CHANNELS, filmed += CHANNELS) {
        for (int c = 0; c < CHANNELS; c++) {
            uint32_t p = painted[c], f = filmed[c];
            s.painted[c] += p;
            s.filmed[c] += f;
            s.painted2[c] += p * p;
            s.filmed2[c] += f * f;
            s.product[c] += p * f;
        }
        s.outer[0] += (uint32_t)painted[0] * filmed[2];
        s.outer[1] += (uint32_t)painted[2] * filmed[0];
    }
    return s;
}

static recolour of_row(const row_sums *s, int width, int painted, int filmed)
{
    uint32_t product = painted == filmed ? s->product[painted] : s->outer[painted == 0 ? 0 : 1];
    return (recolour){
        width,  s->painted[painted], s->filmed[filmed], s->painted2[painted], s->filmed2[filmed],
        product};
}

void recolour_add_pixels(recolour sums[3], recolour crossed[3], const picture *painted,
                         const picture *filmed, region r)
{
    for (int y = r.y; y < r.y + r.height; y++) {
        const uint8_t *p = painted->data + (ptrdiff_t)y * painted->stride + (ptrdiff_t)r.x * 3;
        const uint8_t *f = filmed->data + (ptrdiff_t)y * filmed->stride + (ptrdiff_t)r.x * 3;
        row_sums s = sum_row(p, f, r.width);
        for (int c = 0; c < CHANNELS; c++) {
            recolour straight = of_row(&s, r.width, c, c);
            recolour_merge(&sums[c], &straight);
            if (!crossed) continue;
            recolour across = of_row(&s, r.width, c, CHANNELS - 1 - c);
            recolour_merge(&crossed[c], &across);
        }
    }
}

recolouring recolour_fit(const recolour *r)
{
    double n = r->count;
    double variance = r->painted2 - r->painted * r->painted / n;
    double together = r->product - r->painted * r->filmed / n;
    /* Sums of equal values leave rounding, which is no variance. */
    double gain = variance > 1e-9 * r->painted2 ? together / variance : 1;
    return (recolouring){gain, (r->filmed - gain * r->painted) / n};
}

double recolour_error(const recolour *r, recolouring by)
{
    double g = by.gain, o = by.offset, n = r->count;
    double sum = g * g * r->painted2 - 2 * g * r->product + r->filmed2 +
                 o * (2 * g * r->painted - 2 * r->filmed + o * n);
    if (!(n > 0)) return (double)NAN;
    return sum > 0 ? sum / n : 0;
}

double recolour_plain_error(const recolour *r)
{
    return recolour_error(r, (recolouring){1, 0});
}
