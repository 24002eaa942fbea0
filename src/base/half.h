/* base/half.h - 16-bit floating point numbers (IEEE binary16) as float32.
 *
 * By hand, since compilers know the type only for some processors.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_HALF_H
#define BASE_HALF_H

#include <stdint.h>
#include <string.h>

static inline float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Exact. 1 sign, 5 exponent (bias 15), 10 mantissa: shifted into a float's place the exponent is
 * short by 127 - 15 = 112; a multiplication by 2^112 mends that, for subnormal numbers too.
 * Infinity and NaN get a full exponent. Without branches, so that the compiler can do several at
 * once. */
static inline float half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16, rest = (uint32_t)(half & 0x7fffu) << 13, bits;
    float magnitude = float_from_bits(rest) * 0x1p112f;
    memcpy(&bits, &magnitude, sizeof(bits));
    return float_from_bits(sign | bits | (rest >= 0x0f800000u ? 0x7f800000u : 0));
}

#endif
