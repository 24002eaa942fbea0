/* tests/kernels/wide.c - the templates at sixteen lanes on narrower registers: slow, but the logic
 * that AVX-512 machines run is checked everywhere.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#define LANES 16
#define TILE 12
#define FN(name) wide_##name
#define UNROLL /* 24 sums of four registers each would take the compiler minutes */

#include "engine/cpu/generic/vec_tmpl.h"

#include "engine/cpu/generic/gemm_tmpl.h"
#include "engine/cpu/generic/rows_tmpl.h"
#include "engine/cpu/generic/winograd_tmpl.h"

const nn_kernels nn_kernels_wide = {
    "avx512 template", LANES,      TILE,         wide_gemm,
    wide_depthwise,    wide_blend, wide_sigmoid, wide_winograd_in,
    wide_winograd_out,
};
