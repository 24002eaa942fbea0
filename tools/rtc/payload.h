/* rtc/payload.h - pictures cut into what fits a packet: H.264 (RFC 6184, mode 1), VP8 (RFC 7741).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_PAYLOAD_H
#define RTC_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct payload_unit {
    const uint8_t *bytes;
    size_t size;
} payload_unit;

/* A picture on its way into packets; its bytes must live on. */
typedef struct payload_cutter {
    bool vp8;
    const uint8_t *at, *end; /* what was not looked at yet */
    payload_unit unit;       /* of H.264: being cut */
    size_t cut;              /* of the unit, or of a VP8 picture's bytes */
} payload_cutter;

/* H.264 is an access unit in Annex B; delimiters are left out. */
void payload_begin(payload_cutter *c, bool vp8, const uint8_t *bytes, size_t size);

/* The next payload, of at most `max` bytes (64 or more); its size, 0 where there is no more. */
size_t payload_next(payload_cutter *c, uint8_t *out, size_t max, bool *last);

#endif
