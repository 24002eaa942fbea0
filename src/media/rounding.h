/* media/rounding.h - from sums to pixels.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_ROUNDING_H
#define MEDIA_ROUNDING_H

#include <stdint.h>
#include <string.h>

/* Rounds to the nearest integer, ties to even, for |v| < 2^22: adding 1.5 * 2^23 leaves the integer
 * in the low bits of the float. Compilers vectorise it, unlike lrintf. */
static inline int32_t round_even(float v)
{
    float shifted = v + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits - 0x4B400000;
}

static inline uint8_t saturate_u8(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

#endif
