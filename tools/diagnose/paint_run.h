/* diagnose/paint_run.h - consecutive frames measured: how the painting looks and moves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_PAINT_RUN_H
#define DIAGNOSE_PAINT_RUN_H

#include "diagnose/diagnose.h"
#include "diagnose/outputs.h"

/* Fills looks, psnr, best and worst of `d`, and sets `painted`, from up to `most` frames: */

/* painted by a checkpoint under a contract, on its footage; */
vis_status run_of_checkpoint(painter *p, examples *e, const contract *c, int most, diagnosis *d,
                             vis_error *err);

/* as another program made them, for a network of that image size; their numbers begin at `first`.
 */
vis_status run_of_outputs(outputs *o, vis_character *c, int image_size, int64_t first, int most,
                          diagnosis *d, vis_error *err);

#endif
