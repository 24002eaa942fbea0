/* tests/kernels/evex.c - AVX-VNNI's table for processors that know VPDPWSSD by AVX-512 VNNI alone.
 *
 * The instruction is the same but for how it is written, and so is all around it.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#define TABLE nn_kernels_i16_evex
#define TABLE_NAME "avxvnni in AVX-512's form, 16 bits"
#define FORM "%{evex%}"

/* NOLINTNEXTLINE(bugprone-suspicious-include): what is tested */
#include "engine/cpu/x86/avxvnni_i16.c"
