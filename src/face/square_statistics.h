/* face/square_statistics.h - how the face square behaves over the footage: size, shape, jitter;
 * and warnings of what is suspicious. Nothing is decoded for it.
 *
 * Squares are those of face/geometry.h, clipped to the frame. The side of an oblong one is the mean
 * of its width and height.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_SQUARE_STATISTICS_H
#define FACE_SQUARE_STATISTICS_H

#include "base/log.h"
#include "base/status.h"

#define SQUARE_OBLONG_SHARE 0.02  /* width and height differ by more than this share of the side */
#define SQUARE_OUTLIER_SHARE 0.25 /* off the median of the eleven around by more than this share */

/* What is wrong with a square; the first that holds. */
typedef enum square_kind {
    SQUARE_FINE,
    SQUARE_CLIPPED, /* cut off by the right or bottom edge of the frame */
    SQUARE_OBLONG,  /* not square */
    SQUARE_OUTLIER, /* jumps away from its neighbours, in place or in size */
    SQUARE_KINDS,
} square_kind;

/* Lengths in pixels of the frame. */
typedef struct square_statistics {
    double side_mean, side_min, side_max;
    double jitter; /* standard deviation of what cannot be motion, of left, top or side, whichever
                       is largest; NAN for fewer than SQUARE_JITTER_FRAMES squares */
    int clipped, oblong, outliers; /* squares of these kinds */
    int first_wrong;               /* the first square that was counted; -1: none */
} square_statistics;

#define SQUARE_JITTER_FRAMES 16

/* Square n of `count`, in the order of time, in frames of width x height. */
square_kind square_judge(const int (*squares)[4], int count, int n, int width, int height);

/* The jitter from which on squares of that side shake visibly. */
double square_jitter_limit(double side);

/* `count` (1 or more) squares in the order of time, in frames of width x height. VIS_ERR_MEMORY. */
vis_status square_statistics_of(const int (*squares)[4], int count, int width, int height,
                                square_statistics *out, vis_error *err);

#define SQUARE_SMALL 24 /* pixels; the mouth in it is not ten wide */

/* One line a kind, with the first frames: squares that are not square, that jump away from their
 * neighbours, that are very small; squares that jitter. `where` begins the lines. Those that leave
 * the frame were reported when they were clipped (face/squares.h). VIS_ERR_MEMORY. */
vis_status squares_warn(const int (*squares)[4], int count, int width, int height,
                        const char *where, const vis_log *log, vis_error *err);

/* Frames of one kind, of which a line names the first few. Zero-initialised is valid and empty. */
#define FRAME_NUMBERS_SHOWN 5
typedef struct frame_numbers {
    int count, first[FRAME_NUMBERS_SHOWN];
} frame_numbers;

void frame_numbers_add(frame_numbers *list, int frame);

/* "frame 7", "frames 7, 9 and 30", "40 frames (7, 8, 9, 10, 11, ...)". */
#define FRAME_NUMBERS_TEXT 96
const char *frame_numbers_text(const frame_numbers *list, char text[FRAME_NUMBERS_TEXT]);

#endif
