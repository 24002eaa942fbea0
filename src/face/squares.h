/* face/squares.h - the face squares of all frames of a character.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_SQUARES_H
#define FACE_SQUARES_H

#include "base/log.h"
#include "base/status.h"
#include "face/outline.h"

#include <stdbool.h>

/* Both give *squares as [count][4], the caller's to free, every square checked against frames of
 * width x height and clipped to them; one warning for all that had to be clipped.
 * VIS_ERR_OPEN (a file missing), VIS_ERR_FORMAT, VIS_ERR_MISMATCH (another number of squares; a
 * square empty or beginning outside the frame), VIS_ERR_LIMIT, VIS_ERR_MEMORY; file and frame
 * named. */

/* What landmarks tell beside the squares. The caller's to free, NULL where they do not tell. */
typedef struct face_shape {
    face_outline *outline; /* of the jaws */
    float *closed;         /* [count] how far the filmed mouth may be shown at rest (face/lips.h) */
} face_shape;

/* From N.lms in `folder`, for N = 0 .. count-1. More files than frames are worth a warning. */
vis_status squares_from_landmarks(const char *folder, int count, int width, int height,
                                  const vis_log *log, int (**squares)[4], face_shape *shape,
                                  vis_error *err);

/* From a crop_rectangles.json that has exactly `count` entries. */
vis_status squares_from_rectangles(const char *path, int count, int width, int height,
                                   const vis_log *log, int (**squares)[4], vis_error *err);

/* Squares of [count][4] at hand, checked and clipped in place; `path` names where they come from.
 */
vis_status squares_check(int (*squares)[4], int count, int width, int height, const char *path,
                         const vis_log *log, vis_error *err);

/* The whole frame, `count` times. */
vis_status squares_of_whole_frames(int count, int width, int height, int (**squares)[4],
                                   vis_error *err);

/* Squares of `count` frames, as above, from what there is: of a package
 * crop_rectangles.json, cache/crop_rectangles.json or crop_rects.json, as the tools of this field
 * leave them, else landmarks/; of a dataset (`landmarks_first`) the other way round. VIS_ERR_OPEN
 * names what was looked for when there is none of them. *shape is empty for rectangles. */
vis_status squares_of_folder(const char *folder, bool landmarks_first, int count, int width,
                             int height, const vis_log *log, int (**squares)[4], face_shape *shape,
                             vis_error *err);

#define AVATAR_PICTURES "full_imgs"
#define AVATAR_DIGITS 8 /* of a picture's number */

/* Does the folder hold an avatar of LiveTalking: full_imgs/ and coords.pkl? VIS_ERR_MEMORY. */
vis_status avatar_find(const char *folder, bool *there, vis_error *err);

/* Of an avatar (its format: avatar.c), of `count` frames of width x height, checked and clipped as
 * above. A warning reports an order that is not this family's. The same errors; what is in the
 * pickle is never run. */
vis_status squares_of_avatar(const char *folder, int count, int width, int height,
                             const vis_log *log, int (**squares)[4], vis_error *err);

#endif
