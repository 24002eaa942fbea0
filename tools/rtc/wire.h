/* rtc/wire.h - numbers as the network has them: the highest byte first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_WIRE_H
#define RTC_WIRE_H

#include <stdint.h>

static inline uint16_t wire_get16(const uint8_t *b)
{
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t wire_get32(const uint8_t *b)
{
    return (uint32_t)wire_get16(b) << 16 | wire_get16(b + 2);
}

static inline void wire_put16(uint8_t *b, uint16_t value)
{
    b[0] = (uint8_t)(value >> 8);
    b[1] = (uint8_t)value;
}

static inline void wire_put32(uint8_t *b, uint32_t value)
{
    wire_put16(b, (uint16_t)(value >> 16));
    wire_put16(b + 2, (uint16_t)value);
}

#endif
