/* engine/cpu/x86/avx2.c - the templates at eight lanes; compiled with -mavx2 -mfma.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>

#define LANES 8
#define TILE 6 /* 12 of 16 registers hold sums */
#define FN(name) avx2_##name
#define VEC_MAX(a, b) _mm256_max_ps(a, b)
#define VEC_MIN(a, b) _mm256_min_ps(a, b)

#include "engine/cpu/generic/vec_tmpl.h"

#include "engine/cpu/generic/gemm_tmpl.h"
#include "engine/cpu/generic/rows_tmpl.h"
#include "engine/cpu/generic/winograd_tmpl.h"

const nn_kernels nn_kernels_avx2 = {
    "avx2",
    LANES,
    TILE,
    avx2_gemm,
    avx2_depthwise,
    avx2_blend,
    avx2_sigmoid,
    avx2_winograd_in,
    avx2_winograd_out,
};
