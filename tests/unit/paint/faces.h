/* tests/unit/paint/faces.h - a drawn face whose mouth speaks and rests, and faults planted into
 * it.
 *
 * Padded crops of the 160 models: 168 x 168 pixels. The cheeks are texture that stands still; the
 * mouth, FACE_MOUTH blocks of 8 x 8 in the middle, opens and closes in the frames of speech.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_DIAGNOSE_FACES_H
#define TEST_DIAGNOSE_FACES_H

#include "face/geometry.h"
#include "media/picture.h"

#include <stdbool.h>

#define FACE_CROP 168
#define FACE_MOUTH 48 /* blocks: more than a tenth of the mask's 324 */
#define FACE_OPEN 40  /* levels by which an open mouth is darker than a closed one */

face_geometry face_small(void);

/* A picture of one colour. */
void face_fill(picture *p, int side, int blue, int green, int red);

/* Does the mouth rest in frame t? Eight frames in sixteen. */
bool face_rests(int t);

/* Draws the face with the mouth open by `open`, 0 to 1, in frame t. */
void face_draw(picture *p, double open);

/* How far the mouth is open in frame t: 0 at rest, else moving fast and not the same twice. */
double face_opening(int t);

/* The inner S x S, changed. */
void face_recolour(picture *p, const double gain[3], const double offset[3]);
void face_exchange(picture *p);                /* blue and red */
void face_blur(picture *p, double sigma);      /* Gaussian */
void face_frame(picture *p, int wide, int by); /* the rim made darker */
void face_blotch(picture *p, int by);          /* patches of 16 x 16, brighter and darker in turn */

#endif
