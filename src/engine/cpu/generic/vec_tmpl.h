/* engine/cpu/generic/vec_tmpl.h - vectors for the kernel templates.
 *
 * The including file defines
 *   LANES      floats in a vector: 4, 8 or 16
 *   TILE       pixels of the largest gemm tile; TILE * 2 accumulators must fit in registers
 *   FN(name)   the name of a function of this instance
 *   VEC_HOLD(v)    keeps v in a register: the compiler would read it from memory at each use
 *   VEC_MAX(a, b), VEC_MIN(a, b)   where b is NaN: NaN; a is a bound and never NaN
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/kernels.h"

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t ivec __attribute__((vector_size(LANES * 4)));
typedef float vec_any __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define FORCE_INLINE static inline __attribute__((always_inline))
#ifndef UNROLL
#define UNROLL _Pragma("GCC unroll 24")
#endif

#ifndef VEC_MAX
FORCE_INLINE vec vec_select(ivec mask, vec yes, vec no)
{
    return (vec)((mask & (ivec)yes) | (~mask & (ivec)no));
}
#define VEC_MAX(a, b) vec_select((a) > (b), (a), (b))
#define VEC_MIN(a, b) vec_select((a) < (b), (a), (b))
#endif

#ifndef VEC_HOLD
#define VEC_HOLD(v) (void)0
#endif

FORCE_INLINE vec vec_load(const float *p)
{
    return *(const vec_any *)p;
}

FORCE_INLINE void vec_store(float *p, vec v)
{
    *(vec_any *)p = v;
}

FORCE_INLINE vec vec_splat(float s)
{
    vec v;
    UNROLL for (int i = 0; i < LANES; i++) v[i] = s;
    return v;
}

/* `slope`: of this vector's channels; looked at for NN_ACTIVATION_SLOPE only. */
FORCE_INLINE vec vec_activate(vec v, const nn_activation *act, const float *slope)
{
    const vec zero = {0};
    switch (act->kind) {
    case NN_ACTIVATION_RELU:
        return VEC_MAX(zero, v);
    case NN_ACTIVATION_CLIP:
        return VEC_MIN(vec_splat(act->high), VEC_MAX(vec_splat(act->low), v));
    case NN_ACTIVATION_SLOPE:
        return VEC_MAX(zero, v) + VEC_MIN(zero, v) * vec_load(slope);
    default:
        return v;
    }
}
