/* face/square_warnings.h - what is suspicious about the face squares of a character, told before
 * the work. Nothing is decoded for it.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FACE_SQUARE_WARNINGS_H
#define FACE_SQUARE_WARNINGS_H

#include "base/log.h"
#include "base/status.h"

#define SQUARE_SMALL 24 /* pixels; the mouth in it is not ten wide */

/* One line a kind, with the first frames: squares that are not square, that jump away from their
 * neighbours, that are very small; squares that tremble. `where` begins the lines. Those that leave
 * the frame have been told when they were clipped (face/squares.h). VIS_ERR_MEMORY. */
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
