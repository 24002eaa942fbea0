/* face/lips.h - where the filmed mouth is closed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_LIPS_H
#define FACE_LIPS_H

#include <stdbool.h>

#define LIPS_FADE 6 /* frames from an open mouth to one that counts as closed altogether */

/* How far the inner lips are open, in sides of the square: their mean height. Of `points`
 * [count][2] of the 110: 102 to 109 or, as other detectors of as many points have it, 88 to 95,
 * whichever go round a mouth. -1 where neither do. */
float lips_opening(const int (*points)[2], int count, const int square[4]);

/* Openings of `count` frames in their order -> how far the filmed mouth may be shown at rest:
 * shown[n] is 0 where it is open or not known, 1 LIPS_FADE frames from there; pauses that are too
 * short to reach 1 count as speech. Footage goes back and forth: it goes on beyond both ends. True
 * if there is any such frame. */
bool lips_closed(const float *opening, int count, float *shown);

#endif
