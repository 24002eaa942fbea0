/* sweep/sweep_plot.h - PSNR by checkpoint as a drawing of its own, for a document or a wiki; the
 * page draws its own (tools/report/page/sweep.js).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_PLOT_H
#define SWEEP_SWEEP_PLOT_H

#include "sweep/sweep.h"

/* An .svg file: the mask on trained and on held-out frames, and the mouth. Along x stand the
 * numbers of N.pth; where names are no numbers, their place in natural order. */
vis_status sweep_plot_save(const sweep_result *r, const char *path, vis_error *err);

#endif
