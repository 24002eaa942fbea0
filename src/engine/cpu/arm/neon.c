/* engine/cpu/arm/neon.c - the templates at four lanes for aarch64, whose baseline has them.
 *
 * FMAX and FMIN give NaN for NaN on either side, which is what the templates ask for of b.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include <arm_neon.h>

#define LANES 4
#define TILE 12 /* 24 of 32 registers hold sums */
#define FN(name) neon_##name
#define VEC_MAX(a, b) vmaxq_f32(a, b)
#define VEC_MIN(a, b) vminq_f32(a, b)

#include "engine/cpu/generic/vec_tmpl.h"

#include "engine/cpu/generic/gemm_tmpl.h"
#include "engine/cpu/generic/rows_tmpl.h"
#include "engine/cpu/generic/winograd_tmpl.h"

const nn_kernels nn_kernels_neon = {
    "neon",
    LANES,
    TILE,
    neon_gemm,
    neon_depthwise,
    neon_blend,
    neon_sigmoid,
    neon_winograd_in,
    neon_winograd_out,
};
