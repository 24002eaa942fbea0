/* diagnose/square_figures.h - how the face square behaves over the footage: size, shape, trembling.
 *
 * Squares are those of face/square.h, clipped to the frame. The side of an oblong one is the mean
 * of its width and height.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_SQUARE_FIGURES_H
#define DIAGNOSE_SQUARE_FIGURES_H

#include "base/status.h"

#define SQUARE_OBLONG 0.02 /* width and height differ by more than this share of the side */
#define SQUARE_ASTRAY 0.25 /* off the median of the eleven around by more than this share */

/* Lengths in pixels of the frame. */
typedef struct square_figures {
    double side_mean, side_min, side_max;
    double tremble;  /* standard deviation of what cannot be motion, of left, top or side, whichever
                        is largest; NAN for fewer than SQUARE_TREMBLE_FRAMES squares */
    int clipped;     /* squares cut off by the right or bottom edge of the frame */
    int oblong;      /* others that are not square */
    int astray;      /* others that jump away from their neighbours, in place or in size */
    int first_wrong; /* the first square that was counted; -1: none */
} square_figures;

#define SQUARE_TREMBLE_FRAMES 16

/* `count` (1 or more) squares in the order of time, in frames of width x height. VIS_ERR_MEMORY. */
vis_status square_figures_of(const int (*squares)[4], int count, int width, int height,
                             square_figures *out, vis_error *err);

#endif
