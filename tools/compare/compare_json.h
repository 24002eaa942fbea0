/* compare/compare_json.h - a comparison as JSON. docs/compare.md lists the keys.
 *
 * Numbers that are infinite or not numbers (PSNR of equal pictures) become null. The caller owns
 * what comes back; NULL when out of memory, or when a file name is not UTF-8.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_COMPARE_JSON_H
#define COMPARE_COMPARE_JSON_H

#include "compare/compare.h"
#include "compare/figures.h"

#include <jansson.h>

json_t *compare_json(const compare_result *r, verdict required);

/* The judgement of columns of statistics: {"consistent": bool, "columns": [...]}. */
json_t *figures_json(const figures *f);

#endif
