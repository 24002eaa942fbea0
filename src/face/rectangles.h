/* face/rectangles.h - the face squares of a package.
 *
 * Format `crop_rectangles.json`: {"0": {"rect": [x1, y1, x2, y2]}, "1": ...}, one entry a frame,
 * numbered from 0 without gaps, in any order. Other members of an entry, and entries whose name is
 * not a number, are ignored. Coordinates are whole numbers. A plain list of such entries, or of the
 * four numbers alone (crop_rects.json), is the same with the numbers left out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_RECTANGLES_H
#define FACE_RECTANGLES_H

#include "base/status.h"

#include <stddef.h>

#define RECTANGLES_MAX_FILE (32u << 20) /* bytes; about 8 hours of footage */

/* *squares becomes [count][4], the caller's to free. The squares are not checked against a frame.
 * VIS_ERR_OPEN, VIS_ERR_FORMAT (file and entry named), VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status rectangles_read(const char *path, int (**squares)[4], int *count, vis_error *err);

/* The same from text of `size` bytes; `name` is used in messages. */
vis_status rectangles_parse(const char *text, size_t size, const char *name, int (**squares)[4],
                            int *count, vis_error *err);

#endif
