/* compare/compare_page.h - the parts of report.html that need no pictures.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_COMPARE_PAGE_H
#define COMPARE_COMPARE_PAGE_H

#include "compare/compare.h"
#include "report/page.h"

/* The verdict, then the table over all. */
void compare_page_head(page *p, const compare_result *r, verdict required);

/* Differences per frame, and their histogram. VIS_ERR_MEMORY. */
vis_status compare_page_plots(page *p, const compare_result *r, vis_error *err);

/* The frames furthest apart, in their order. */
vis_status compare_page_frames(page *p, const comparison *c, vis_error *err);

/* Where two networks part. VIS_ERR_MEMORY. */
vis_status compare_page_nodes(page *p, const compare_result *r, vis_error *err);

/* What was compared, and what the words mean. */
void compare_page_foot(page *p, const compare_result *r);

#endif
