/* render/frame_line.h - frames on their way through a clip: ordered by one thread, painted by
 * several at once, encoded by one in the order in which they came.
 *
 * A ring of places. A place goes round: empty, being ordered, ordered, being painted, painted,
 * being encoded, empty. Orders are taken in order and finish in any; the encoder waits for the
 * oldest. Memory is bounded by the number of places, and the picture is painted where the encoder
 * reads it.
 *
 * A failure travels in its place, so that the one met first is that of the earliest frame, whoever
 * met it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_FRAME_LINE_H
#define RENDER_FRAME_LINE_H

#include "base/status.h"
#include "media/picture.h"
#include "render/renderer.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct frame_line frame_line;

/* Whoever holds a place works in it; the others leave it alone. */
typedef struct frame_place {
    render_order order; /* its window is `window` */
    float *window;      /* [window_size], owned by the line */
    picture picture;    /* the finished frame, owned by the line */
    output_range range; /* of what the network gave */
    vis_status status;  /* what became of it so far; not VIS_OK: nobody paints it */
    vis_error err;
} frame_place;

/* `window_size` numbers to a feature window. VIS_ERR_MEMORY. */
vis_status frame_line_create(int places, int window_size, frame_line **out, vis_error *err);

/* No thread may be inside; what was borrowed for an order is the caller's to return, see
 * frame_line_place. NULL is fine. */
void frame_line_free(frame_line *l);

/* Ordering thread: the next place, waiting until it is empty; NULL when the line has stopped. Its
 * order is empty, its status VIS_OK. The place is handed on by frame_line_order. */
frame_place *frame_line_begin(frame_line *l);
void frame_line_order(frame_line *l);

/* Ordering thread: no more orders will come. */
void frame_line_end(frame_line *l);

/* Ordering thread: how many frames the encoder has done with, waiting until there are more than
 * `seen` or the line has stopped. */
int64_t frame_line_done(frame_line *l, int64_t seen);

/* Painters: the oldest order that nobody has taken, waiting for one; NULL after the last, and when
 * the line has stopped. Handed on by frame_line_painted. */
frame_place *frame_line_take(frame_line *l);
void frame_line_painted(frame_line *l, frame_place *place);

/* Encoder: the oldest frame, waiting until it is painted; NULL after the last, and when the line
 * has stopped. Given back by frame_line_pop. */
frame_place *frame_line_front(frame_line *l);
void frame_line_pop(frame_line *l);

/* Anybody: everyone who waits or comes is told to stop. */
void frame_line_stop(frame_line *l);

/* Place i of `places`, NULL beyond the last, for cleaning up when all threads are gone. */
frame_place *frame_line_place(frame_line *l, int i);

#endif
