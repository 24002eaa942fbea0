/* stream/frame_pool.h - finished frames, and a pool that reuses them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_FRAME_POOL_H
#define STREAM_FRAME_POOL_H

#include "media/picture.h"
#include "render/output_range.h"

#include <stddef.h>
#include <stdint.h>

typedef struct frame_pool frame_pool;

#define STREAM_ROW_NONE INT64_MIN /* nothing is heard */

/* Read by any number of threads once it is given out. Tensors are there where the stream was asked
 * for them, else NULL. */
typedef struct stream_frame {
    int64_t index;      /* of the output frame, from the stream's first one on */
    int64_t row;        /* of the features that it speaks; STREAM_ROW_NONE */
    int footage;        /* number of the footage frame under it */
    int rect[4];        /* face box in the frame: x1, y1, x2, y2 */
    picture picture;    /* composited */
    float *visual;      /* [6, S, S], the network's input */
    float *window;      /* [C, H, W], what it heard */
    float *output;      /* [3, S, S] */
    output_range range; /* of the output */
    float spoken;       /* 1: painted as heard; 0: at rest; between: blended */
    double network_ms;  /* wall clock of the network alone */
    frame_pool *pool;   /* that it is released to */
    struct stream_frame *next;
} stream_frame;

/* `visual`, `output`: numbers of those tensors, 0 for
 * none; `window`: of a window, which every frame has. VIS_ERR_MEMORY. */
vis_status frame_pool_create(size_t visual, size_t window, size_t output, frame_pool **out,
                             vis_error *err);

/* No more frames are wanted; those still out stay valid until they are released. NULL is fine. */
void frame_pool_close(frame_pool *p);

/* A released frame, its picture as it was left, or a new one. VIS_ERR_MEMORY. */
vis_status frame_acquire(frame_pool *p, stream_frame **out, vis_error *err);

/* Back to its pool. Any thread. NULL is fine. */
void frame_release(stream_frame *f);

#endif
