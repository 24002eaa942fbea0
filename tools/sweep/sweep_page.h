/* sweep/sweep_page.h - a sweep as a page to look at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_PAGE_H
#define SWEEP_SWEEP_PAGE_H

#include "sweep/sweep.h"

/* The facts of sweep/sweep_json.h and the strip, drawn by tools/report/page/sweep.js. */
vis_status sweep_page_save(const sweep_result *r, const char *character, const char *path,
                           vis_error *err);

#endif
