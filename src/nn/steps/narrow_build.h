/* nn/steps/narrow_build.h - a program whose blocks are steps of 16 bits.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NN_STEPS_NARROW_BUILD_H
#define NN_STEPS_NARROW_BUILD_H

#include "nn/calibrate.h"
#include "nn/kernels/kernels16.h"
#include "nn/steps/narrow_pack.h"

/* Where a block's steps lie in the program that was made. */
typedef struct narrow_steps {
    int first, count;
} narrow_steps;

/* Makes a program for these kernels out of a float32 one that calibration_run has seen and
 * narrow_pack has packed, neither kept nor planned: blocks with exact[i] stay as they are, the
 * others become steps of 16 bits. steps [n_blocks] is filled. The new program uses memory of `old`
 * and `packed`, which must outlive it, until narrow_adopt. VIS_ERR_MEMORY. */
vis_status narrow_build(const nn_program *old, const calibration *seen, const narrow_packed *packed,
                        const bool *exact, const nn_kernels16 *kernels, nn_program **out,
                        narrow_steps *steps, vis_error *err);

/* Gives the new program what it uses of `old` and `packed`, frees the rest of `old`, and `old`
 * itself. */
void narrow_adopt(nn_program *p, nn_program *old, const calibration *seen, narrow_packed *packed,
                  const bool *exact);

#endif
