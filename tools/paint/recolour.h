/* paint/recolour.h - the gain and offset that bring painted values nearest to filmed ones.
 *
 * Least squares of one channel over pairs (painted, filmed), from six running sums: so the fit can
 * be taken at the end, and the error under any gain and offset is known without a second pass.
 * Values are levels (0 to 255, fractions allowed); sums of whole levels are exact for hours of
 * pictures.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAINT_RECOLOUR_H
#define PAINT_RECOLOUR_H

#include "measure/metrics.h"

/* Zero-initialised is empty. */
typedef struct recolour {
    double count, painted, filmed, painted2, filmed2, product;
} recolour;

void recolour_add(recolour *r, double painted, double filmed);
void recolour_merge(recolour *r, const recolour *other);

/* Adds the pixels of a region, channel by channel: sums[0] of B, [1] of G, [2] of R. `crossed`: the
 * painted B with the filmed R, G with G, R with B; NULL: not wanted. */
void recolour_add_pixels(recolour sums[3], recolour crossed[3], const picture *painted,
                         const picture *filmed, region r);

/* filmed = gain x painted + offset. A painted side that never varies has gain 1. */
typedef struct recolouring {
    double gain, offset;
} recolouring;
recolouring recolour_fit(const recolour *r);

/* Mean of (gain x painted + offset - filmed)^2, squared levels; NAN of nothing. */
double recolour_error(const recolour *r, recolouring by);

/* The same as it stands: gain 1, offset 0. */
double recolour_plain_error(const recolour *r);

#endif
