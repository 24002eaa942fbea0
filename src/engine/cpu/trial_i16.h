/* engine/cpu/trial_i16.h - a table of 16-bit kernels held against another before it is used.
 *
 * For instruction sets that no machine of ours has: their tables are trusted only where they give
 * what one that is known gives.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CPU_TRIAL_I16_H
#define ENGINE_CPU_TRIAL_I16_H

#include "engine/cpu/kernels_i16.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Do both give the same bits for small random operands, in tiles of all sizes? Takes a
 * fraction of a millisecond and no memory but 20 KiB of the stack. */
bool nn_i16_agree(const nn_kernels_i16 *a, const nn_kernels_i16 *b);

/* What came out, so that it is found out once; begins as zero. Any thread may ask. */
typedef struct nn_i16_trial {
    atomic_int outcome;
} nn_i16_trial;

/* `table` where it agrees with `known`, otherwise `known`. */
const nn_kernels_i16 *nn_i16_trusted(nn_i16_trial *trial, const nn_kernels_i16 *table,
                                     const nn_kernels_i16 *known);

/* Has nn_i16_trusted been asked, and did the two disagree? */
bool nn_i16_distrusted(const nn_i16_trial *trial);

#endif
