/* program/fast_report.h - how commands tell what became of --precision fast.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_FAST_REPORT_H
#define PROGRAM_FAST_REPORT_H

#include "viseme/viseme.h"

#include <jansson.h>

#define FAST_TEXT_MAX 96

/* "fast: 2 of 31 blocks in float32, 44.1 dB" and the like. */
void fast_text(const vis_fast *fast, char text[FAST_TEXT_MAX]);

/* {"used", "blocks", "float32_blocks", "psnr_db"}: psnr_db null where nothing was measured. The
 * caller's to release; NULL when out of memory. */
json_t *fast_json(const vis_fast *fast);

#endif
