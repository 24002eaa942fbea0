/* render/frame_queue.h - finished pictures on their way from the drawing thread to the encoding
 * one.
 *
 * A ring of a few pictures: the drawer copies into a free place, the encoder works on the oldest
 * where it lies. Memory is bounded by the number of places.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_FRAME_QUEUE_H
#define RENDER_FRAME_QUEUE_H

#include "base/status.h"
#include "media/picture.h"

#include <stdbool.h>

typedef struct frame_queue frame_queue;

vis_status frame_queue_create(int places, frame_queue **out, vis_error *err);
void frame_queue_free(frame_queue *q); /* NULL is fine; no thread may be inside */

/* Drawer: copies a picture in, waiting for a place. False when the encoder has given up; a copy
 * that fails is told in *status. */
bool frame_queue_push(frame_queue *q, const picture *p, vis_status *status, vis_error *err);

/* Drawer: no more pictures will come. */
void frame_queue_end(frame_queue *q);

/* Encoder: the oldest picture, waiting for one; NULL after the last. Given back by frame_queue_pop.
 */
const picture *frame_queue_front(frame_queue *q);
void frame_queue_pop(frame_queue *q);

/* Encoder: takes no more; a waiting drawer is woken. */
void frame_queue_refuse(frame_queue *q);

#endif
