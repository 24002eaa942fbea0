/* nn/steps/narrow_build.h - a program whose blocks are steps of 16 bits.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NN_STEPS_NARROW_BUILD_H
#define NN_STEPS_NARROW_BUILD_H

#include "nn/calibrate.h"
#include "nn/kernels/kernels16.h"

/* Where a block's steps lie in the program that was made. */
typedef struct narrow_steps {
    int first, count;
} narrow_steps;

/* Makes a program for these kernels out of a float32 one that calibration_run has seen, neither
 * kept nor planned: blocks with exact[i] stay as they are, the others become steps of 16 bits.
 * `keep`: nn_options. steps [n_blocks] is filled. The new program uses memory of `old`, which must
 * outlive it, until narrow_adopt. VIS_ERR_MEMORY. */
vis_status narrow_build(const nn_program *old, const calibration *seen, const bool *exact,
                        const nn_kernels16 *kernels, uint32_t keep, nn_program **out,
                        narrow_steps *steps, vis_error *err);

/* Gives the new program what it uses of `old`, frees the rest of it, and `old` itself. */
void narrow_adopt(nn_program *p, nn_program *old, const calibration *seen, const bool *exact);

#endif
