/* face/outline.h - how far a character's lower face reaches, in whatever frame.
 *
 * Of each frame the jaw (points 1 to 31 of the 110, from ear to ear over the chin) is taken relative
 * to the face square and told as a distance from a centre, by direction. What nearly all frames stay
 * within is the outline: one for the whole footage, so that a mask made of it stands still.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_OUTLINE_H
#define FACE_OUTLINE_H

#include <stdbool.h>
#include <stdint.h>

#define OUTLINE_DIRECTIONS 72 /* direction k points to 5 k degrees, clockwise from the right */
#define OUTLINE_CENTRE_X 0.5F /* of the square's side, from its upper left corner */
#define OUTLINE_CENTRE_Y 0.35F
#define OUTLINE_JAW 31    /* points of a jaw */
#define OUTLINE_OPEN 2.0F /* reach where the jaw sets no bound: upwards */

typedef struct face_outline {
    float reach[OUTLINE_DIRECTIONS]; /* in sides of the square; at most OUTLINE_OPEN */
} face_outline;

/* Jaws of many frames, counted. Zero-initialised is empty. */
#define OUTLINE_BINS 256
typedef struct outline_counts {
    int frames, refused;
    uint32_t bins[OUTLINE_DIRECTIONS][OUTLINE_BINS]; /* of reach, [0, 1) */
} outline_counts;

/* Counts a frame; one whose points are no jaw (they do not go round the centre) is refused. */
void outline_add(outline_counts *counts, const int jaw[OUTLINE_JAW][2], const int square[4]);

/* What nearly all frames stay within; false where too few of them had a jaw. */
bool outline_of(const outline_counts *counts, face_outline *out);

/* The reach towards a point, given relative to the centre in sides of the square. */
float outline_reach(const face_outline *o, float x, float y);

#endif
