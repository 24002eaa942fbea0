/* sweep/sweep_page.h - a sweep as a plot and as a page to look at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_PAGE_H
#define SWEEP_SWEEP_PAGE_H

#include "sweep/sweep.h"

/* PSNR by checkpoint as an .svg file: the mask on trained and on held-out frames, and the mouth.
 * Along x stand the numbers of N.pth; where names are no numbers, their place in natural order. */
vis_status sweep_plot_save(const sweep_result *r, const char *path, vis_error *err);

/* The answer, the table, the plot and the strip as one page. */
vis_status sweep_page_save(const sweep_result *r, const char *character, const char *path,
                           vis_error *err);

#endif
