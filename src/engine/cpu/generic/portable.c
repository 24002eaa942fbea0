/* engine/cpu/generic/portable.c - the templates at four lanes, for whatever the compiler's baseline is.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#define LANES 4
#define TILE 6
#define FN(name) portable_##name
#if defined(__SSE__)
#define VEC_MAX(a, b) __builtin_ia32_maxps(a, b)
#define VEC_MIN(a, b) __builtin_ia32_minps(a, b)
#endif

#include "engine/cpu/generic/vec_tmpl.h"

#include "engine/cpu/generic/gemm_tmpl.h"
#include "engine/cpu/generic/rows_tmpl.h"
#include "engine/cpu/generic/winograd_tmpl.h"

const nn_kernels nn_kernels_portable = {
    "portable",
    LANES,
    TILE,
    portable_gemm,
    portable_depthwise,
    portable_blend,
    portable_sigmoid,
    portable_winograd_in,
    portable_winograd_out,
};
