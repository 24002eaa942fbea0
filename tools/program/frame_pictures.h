/* program/frame_pictures.h - the three PNGs of a frame.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_FRAME_PICTURES_H
#define PROGRAM_FRAME_PICTURES_H

#include "viseme/viseme.h"

/* Scratch memory, reused from frame to frame. Zero-initialised is valid. */
typedef struct frame_pictures {
    uint8_t *pixels; /* [S, 2 S, 3] */
    int size;        /* S */
} frame_pictures;

void frame_pictures_free(frame_pictures *p);

/* Writes output_frame_NNNN.png (the whole frame), input_face_NNNN.png (the network's input face, S
 * x S) and comparison_NNNN.png (input face left, output face right) into `folder`. */
vis_status frame_pictures_write(frame_pictures *p, const char *folder, int number,
                                const vis_frame *frame, vis_error *err);

#endif
