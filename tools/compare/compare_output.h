/* compare/compare_output.h - a comparison as files: pictures, compare.json, report.html.
 *
 *   four_way_NNNN.png      what went in, A, B, |A - B| x 10, labelled
 *   side_by_side_NNNN.png  A and B
 *   compare.json           everything (compare/compare_json.h)
 *   report.html            one page to look at, which needs no other file
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_COMPARE_OUTPUT_H
#define COMPARE_COMPARE_OUTPUT_H

#include "compare/compare.h"

#define COMPARE_PICTURES 5
#define COMPARE_MAX_PICTURES 100

/* Writes all of it into `folder`, made if need be; `pictures` of the frames furthest apart. */
vis_status compare_output(comparison *c, verdict required, const char *folder, int pictures,
                          vis_error *err);

#endif
