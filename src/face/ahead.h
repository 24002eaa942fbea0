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

/* Sets a plan, which is the caller's and which nobody else touches until ahead_drop, and begins to
 * decode. There may be any number; what is needed first is decoded first. */
void ahead_plan(ahead *a, plan *p, int first, int64_t begin, int64_t length);

/* Sets where a plan that nobody has followed yet will probably end. */
void ahead_expect(ahead *a, plan *p, int64_t length);

/* The plan counts no more; one that was never set is fine. */
void ahead_drop(ahead *a, plan *p);

/* Borrows the picture of frame n (a number of the schedule's); waits for it. `p`: whose plan it
 * belongs to; NULL: none. An error of a frame is kept and said again. Any thread. */
vis_status ahead_borrow(ahead *a, plan *p, int n, const picture **frame, vis_error *err);
void ahead_return(ahead *a, const picture *frame);

#endif
