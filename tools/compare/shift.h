/* compare/shift.h - do two runs of pictures start at different frames?
 *
 * Small copies of the first frames are kept, and B is laid over A at every offset. Only cells that
 * move in A count, since a still background fits everywhere. B is shifted when at some offset its
 * cells lie at most a third as far from A's as they do in place, over at least two frames, and when
 * what that gains is more than 1/255.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_SHIFT_H
#define COMPARE_SHIFT_H

#include "media/picture.h"

#include <stdbool.h>

#define SHIFT_FRAMES 64 /* kept */
#define SHIFT_REACH 32  /* offsets looked at, each way */
#define SHIFT_SIDE 96   /* cells along the longer side of a small copy */
#define SHIFT_MOVES 4.0 /* of 255: what a cell's range over the frames must exceed to count */

/* Zero-initialised is valid and empty. */
typedef struct shift_finder {
    int width, height, frames; /* cells, frames kept */
    float *a, *b;              /* [SHIFT_FRAMES, height, width, 3]; owned */
} shift_finder;

void shift_free(shift_finder *s);

/* Keeps the next frame of both (of equal size, always the same), while there is room. */
vis_status shift_add(shift_finder *s, const picture *a, const picture *b, vis_error *err);

/* True when B's frame i is A's frame i + *offset. */
bool shift_find(const shift_finder *s, int *offset);

#endif
