/* face/landmarks.h - face landmarks of a frame, and the crop square that they make.
 *
 * Format `N.lms`: text, one "x y" a line, 110 points in pixels. As in the originals a number
 * becomes float32 first and is then truncated towards zero. Blank lines are skipped, and so are a
 * third number and a byte order mark; "x,y" and text in UTF-16 are read as well.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_LANDMARKS_H
#define FACE_LANDMARKS_H

#include "base/status.h"
#include "face/outline.h"

#include <stddef.h>

#define LANDMARKS_MIN 53    /* points that the crop square needs: 1, 31 and 52 */
#define LANDMARKS_USUAL 110 /* points of the scheme in which those three mean what they must */
#define LANDMARKS_MAX 4096  /* more are refused */
#define LANDMARKS_MAX_FILE 262144 /* bytes */

/* What else a file says. */
typedef struct landmarks_facts {
    int points;
    double x, y;             /* mean of the points, in pixels */
    int jaw[OUTLINE_JAW][2]; /* points 1 to 31, from ear to ear over the chin */
    float opening;           /* of the lips (face/lips.h); -1: not known */
} landmarks_facts;

/* Reads a file into its crop square: xmin = point 1's x, xmax = point 31's x, ymin = point 52's y,
 * ymax = ymin + (xmax - xmin). The square is not checked against a frame. `facts` may be NULL.
 * VIS_ERR_OPEN, VIS_ERR_FORMAT (file and line named), VIS_ERR_LIMIT, VIS_ERR_MEMORY;
 * VIS_ERR_MISMATCH for as many points as another well-known scheme has, in which 1, 31 and 52 are
 * other places of the face. */
vis_status landmarks_read_square(const char *path, int square[4], landmarks_facts *facts,
                                 vis_error *err);

/* The same from text of `size` bytes; `name` is used in messages. */
vis_status landmarks_parse_square(const char *text, size_t size, const char *name, int square[4],
                                  landmarks_facts *facts, vis_error *err);

#endif
