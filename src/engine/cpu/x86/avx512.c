/* engine/cpu/x86/avx512.c - the templates at sixteen lanes; compiled with -mavx512f and its like.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>

#define LANES 16
#define TILE 12 /* 24 of 32 registers hold sums */
#define FN(name) avx512_##name
#define VEC_HOLD(v) __asm__("" : "+v"(v))
#define VEC_MAX(a, b) _mm512_max_ps(a, b)
#define VEC_MIN(a, b) _mm512_min_ps(a, b)

#include "engine/cpu/generic/vec_tmpl.h"

#include "engine/cpu/generic/gemm_tmpl.h"
#include "engine/cpu/generic/rows_tmpl.h"
#include "engine/cpu/generic/winograd_tmpl.h"

const nn_kernels nn_kernels_avx512 = {
    "avx512",
    LANES,
    TILE,
    avx512_gemm,
    avx512_depthwise,
    avx512_blend,
    avx512_sigmoid,
    avx512_winograd_in,
    avx512_winograd_out,
};
