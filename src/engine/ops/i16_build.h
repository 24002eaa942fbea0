/* engine/ops/i16_build.h - a program whose blocks are steps of 16 bits.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_I16_BUILD_H
#define ENGINE_OPS_I16_BUILD_H

#include "engine/calibrate.h"
#include "engine/cpu/kernels_i16.h"
#include "engine/ops/i16_pack.h"

/* Where a block's steps lie in the program that was made. */
typedef struct i16_steps {
    int first, count;
} i16_steps;

/* Makes a program for these kernels out of a float32 one that calibration_run has seen and i16_pack
 * has packed, its memory not planned: blocks with exact[i] stay as they are, the others become
 * steps of 16 bits. steps [n_blocks] is filled. The new program uses memory of `old` and `packed`,
 * which must outlive it, until i16_adopt. VIS_ERR_MEMORY. */
vis_status i16_build(const nn_program *old, const calibration *seen, const i16_packed *packed,
                     const bool *exact, const nn_kernels_i16 *kernels, nn_program **out,
                     i16_steps *steps, vis_error *err);

/* Gives the new program what it uses of `old` and `packed`, frees the rest of `old`, and `old`
 * itself. */
void i16_adopt(nn_program *p, nn_program *old, const calibration *seen, i16_packed *packed,
               const bool *exact);

/* Makes pixels of floats no wider than need be where only steps of 16 bits touch them: to the 8
 * channels that their kernels take, not to float32's vectors. Before program_plan; `p` as
 * i16_adopt leaves it. */
void i16_narrow(nn_program *p);

#endif
