/* face/avatar.h - the face squares of an avatar of LiveTalking.
 *
 * Format: coords.pkl beside full_imgs/00000000.png, ... and face_imgs/: a pickle of one list with
 * four whole numbers a frame, plain or NumPy's. Its Ultralight avatars hold (x1, y1, x2, y2) with
 * right and bottom outside, which is this family's square; its Wav2Lip avatars (y1, y2, x1, x2),
 * the box of another face detector. Nothing in the file says which, and both can make sense. Where
 * both do, face_imgs/ decides: its first picture was cut out by the right one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_AVATAR_H
#define FACE_AVATAR_H

#include "base/log.h"
#include "base/status.h"

#include <stdbool.h>

#define AVATAR_PICTURES "full_imgs"
#define AVATAR_DIGITS 8 /* of a picture's number */

/* Does the folder hold one: full_imgs/ and coords.pkl? VIS_ERR_MEMORY. */
vis_status avatar_find(const char *folder, bool *there, vis_error *err);

/* Squares of `count` frames of width x height, checked and clipped as squares.h says. A warning
 * tells of the order that is not this family's. The same errors; what is in the pickle is never
 * run. */
vis_status squares_of_avatar(const char *folder, int count, int width, int height,
                             const vis_log *log, int (**squares)[4], vis_error *err);

#endif
