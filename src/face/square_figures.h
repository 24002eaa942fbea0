/* face/square_figures.h - how the face square behaves over the footage: size, shape, trembling.
 *
 * Squares are those of face/square.h, clipped to the frame. The side of an oblong one is the mean
 * of its width and height.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_SQUARE_FIGURES_H
#define FACE_SQUARE_FIGURES_H

#include "base/status.h"

#define SQUARE_OBLONG_SHARE 0.02 /* width and height differ by more than this share of the side */
#define SQUARE_ASTRAY_SHARE 0.25 /* off the median of the eleven around by more than this share */

/* What is wrong with a square; the first that holds. */
typedef enum square_kind {
    SQUARE_FINE,
    SQUARE_CLIPPED, /* cut off by the right or bottom edge of the frame */
    SQUARE_OBLONG,  /* not square */
    SQUARE_ASTRAY,  /* jumps away from its neighbours, in place or in size */
    SQUARE_KINDS,
} square_kind;

/* Lengths in pixels of the frame. */
typedef struct square_figures {
    double side_mean, side_min, side_max;
    double tremble; /* standard deviation of what cannot be motion, of left, top or side, whichever
                       is largest; NAN for fewer than SQUARE_TREMBLE_FRAMES squares */
    int clipped, oblong, astray; /* squares of these kinds */
    int first_wrong;             /* the first square that was counted; -1: none */
} square_figures;

#define SQUARE_TREMBLE_FRAMES 16

/* Square n of `count`, in the order of time, in frames of width x height. */
square_kind square_judge(const int (*squares)[4], int count, int n, int width, int height);

/* The tremble from which on squares of that side shake visibly. */
double square_tremble_limit(double side);

/* `count` (1 or more) squares in the order of time, in frames of width x height. VIS_ERR_MEMORY. */
vis_status square_figures_of(const int (*squares)[4], int count, int width, int height,
                             square_figures *out, vis_error *err);

#endif
