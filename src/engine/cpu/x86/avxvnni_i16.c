/* engine/cpu/x86/avxvnni_i16.c - the 16-bit kernels for AVX-VNNI: AVX2's, with products added in one
 * instruction; compiled with -mavx2 -mfma.
 *
 * VPDPWSSD makes of a sum s and pairs of 16 bits s + a0 b0 + a1 b1 without saturation (VPDPWSSDS has
 * it), that is modulo 2^32. So do VPMADDWD, whose a0 b0 + a1 b1 lies outside of 32 bits for -32768
 * four times alone, 2^31 that is, and becomes -2^31; and VPADDD behind it. Modulo 2^32 it is all the
 * same where sums are cut back: both give the same bits for all operands.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/gemm_i16.h"

#include <immintrin.h>

#ifndef TABLE /* tests/kernels/ has another, for processors that know the instruction by AVX-512 */
#define TABLE nn_kernels_i16_avxvnni
#define TABLE_NAME "avxvnni, 16 bits"
#define FORM "%{vex%}"
#endif

/* acc += the products of a pair; as an instruction on one register, since GCC left to itself stores
 * sums to memory in each turn of the loop. */
FORCE_INLINE void add_products(__m256i *acc, __m256i a, __m256i b)
{
    __asm__(FORM " vpdpwssd %2, %1, %0" : "+x"(*acc) : "x"(a), "x"(b));
}

FORCE_INLINE void add_products_of(__m256i *acc, __m256i a, const int16_t *b)
{
    __asm__(FORM " vpdpwssd %2, %1, %0"
            : "+x"(*acc)
            : "x"(a), "m"(*(const __m256i_u *)(const void *)b));
}

/* NOLINTNEXTLINE(bugprone-suspicious-include): all else is the same */
#include "engine/cpu/x86/avx2_i16.c"
