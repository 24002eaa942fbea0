/* sweep/sweep_output.h - a sweep as files.
 *
 *   sweep.json   everything (sweep/sweep_json.h)
 *   sweep.svg    PSNR by checkpoint
 *   strip.png    one frame: filmed, then as each checkpoint paints it, labelled
 *   report.html  one page to look at, which needs no other file
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_OUTPUT_H
#define SWEEP_SWEEP_OUTPUT_H

#include "sweep/sweep.h"

/* Writes all of it into `folder`, made if need be. The sweep must have its strip. */
vis_status sweep_output(const sweep_result *r, const char *character, const char *folder,
                        vis_error *err);

#endif
