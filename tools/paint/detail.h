/* paint/detail.h - how much fine detail one picture has of another's.
 *
 * Detail is what a Gaussian of sigma 2 takes away from a Gaussian of sigma 1: edges and texture of
 * some 4 to 12 pixels a period. The octave above it, where grain and the noise of compression live,
 * hardly counts, and pixels whose detail is below DETAIL_FLOOR in both pictures do not count at
 * all: that is flat skin with noise on it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAINT_DETAIL_H
#define PAINT_DETAIL_H

#include "measure/metrics.h"

#define DETAIL_FLOOR 2.0f /* levels of brightness */

typedef struct detail detail;

/* For regions of that size, 13 x 13 pixels or more. VIS_ERR_MEMORY. */
vis_status detail_create(int width, int height, detail **out, vis_error *err);
void detail_free(detail *d); /* NULL is fine */

/* Adds a pair of pictures. */
void detail_add(detail *d, const picture *filmed, const picture *painted, region r);

/* Energy (sum of squares) of the painted detail, as a share of the filmed one's; NAN where nothing
 * filmed rises above the floor. */
double detail_sharpness(const detail *d);

/* The sigma in pixels of a Gaussian blur that leaves this share of an edge's detail; 0 for 1 and
 * more. From the energy of a blurred step in this band:
 * E(s) ~ sqrt(2 s^2 + 5) - (sqrt(s^2 + 1) + sqrt(s^2 + 4)) / sqrt(2). */
double detail_blur(double sharpness);

#endif
