/* report/sheet.h - pictures made of pictures: labelled rows, differences, four-way views.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_SHEET_H
#define REPORT_SHEET_H

#include "media/picture.h"

#define SHEET_MAX 64

/* `count` pictures from left to right (`columns` a row, 0: all in one row), each with its label
 * above (may be NULL), on a dark ground. Pictures may differ in size; each cell is as large as the
 * largest. `out` valid or empty before; resized as by picture_reserve. VIS_ERR_USAGE (no picture,
 * more than SHEET_MAX), VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status sheet_make(const picture *const *pictures, const char *const *labels, int count,
                      int columns, picture *out, vis_error *err);

/* |a - b| x gain, clipped at 255; of equal size (VIS_ERR_MISMATCH). */
vis_status sheet_difference(const picture *a, const picture *b, int gain, picture *out,
                            vis_error *err);

/* The four-way view: input, A, B, |A - B| x 10, labelled; `name_a` and `name_b` are the labels of A
 * and B. `input` may be NULL: then three. */
vis_status sheet_four_way(const picture *input, const picture *a, const char *name_a,
                          const picture *b, const char *name_b, picture *out, vis_error *err);

#endif
