/* face/square_files.h - where a character's folder keeps its face squares.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_SQUARE_FILES_H
#define FACE_SQUARE_FILES_H

#include "base/log.h"
#include "base/status.h"

#include <stdbool.h>

/* Squares of `count` frames, as squares.h gives them, from what there is: of a package
 * crop_rectangles.json, cache/crop_rectangles.json or crop_rects.json, as the tools of this field
 * leave them, else landmarks/; of a dataset (`landmarks_first`) the other way round. VIS_ERR_OPEN
 * names what was looked for when there is none of them. */
vis_status squares_of_folder(const char *folder, bool landmarks_first, int count, int width,
                             int height, const vis_log *log, int (**squares)[4], vis_error *err);

#endif
