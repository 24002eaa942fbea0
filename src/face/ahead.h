/* face/ahead.h - decoding ahead: threads that fill a cache in the order of a schedule.
 *
 * Pictures are decoded by several threads, and by the caller itself when it needs one at once. A
 * video is decoded by one thread; where the schedule runs backward, in blocks of half the cache, so
 * that a block costs one pass from its key frame on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_AHEAD_H
#define FACE_AHEAD_H

#include "face/cache.h"
#include "face/footage.h"

typedef struct ahead ahead;

/* Takes over neither; both must outlive it and be left alone until ahead_destroy, except for what
 * the functions below do. `threads` >= 1. VIS_ERR_MEMORY. */
vis_status ahead_create(footage *f, schedule *order, size_t cache_bytes, int threads, ahead **out,
                        vis_error *err);
void ahead_destroy(ahead *a); /* NULL is fine */

/* Sets the schedule's plan and begins to decode. */
void ahead_plan(ahead *a, int first, int64_t begin, int64_t length);

/* Sets where the plan, which nobody has followed yet, will probably end. */
void ahead_expect(ahead *a, int64_t length);

/* Borrows the picture of frame n (a number of the schedule's); waits for it. An error of a frame is
 * kept and said again. Any thread. */
vis_status ahead_borrow(ahead *a, int n, const picture **frame, vis_error *err);
void ahead_return(ahead *a, const picture *frame);

#endif
