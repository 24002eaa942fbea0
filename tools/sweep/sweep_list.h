/* sweep/sweep_list.h - which checkpoints a sweep is about, in which order, by which names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_LIST_H
#define SWEEP_SWEEP_LIST_H

#include "sweep/sweep.h"

/* Fills row and rows: a folder stands for every N.pth in it, a path that comes twice counts once.
 * VIS_ERR_USAGE (none), VIS_ERR_OPEN (a folder without N.pth), VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status sweep_list(const char *const *path, int paths, sweep_result *r, vis_error *err);

/* Like strcmp, but runs of digits count as numbers: "9.pth" before "10.pth". */
int sweep_compare_names(const char *a, const char *b);

#endif
