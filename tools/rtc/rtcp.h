/* rtc/rtcp.h - what viewers report of how it arrives, and what they are told of the time (RFC 3550,
 * 4585, 5104, draft-alvestrand-rmcat-remb).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_RTCP_H
#define RTC_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCP_MAX 256     /* bytes of what is written here */
#define RTCP_NAME_MAX 32 /* bytes of a name (CNAME) */

/* What is called while a datagram is read; all of them are needed. */
typedef struct rtcp_sink {
    void *user;
    void (*report)(void *user, uint32_t ssrc, double lost); /* share since the report before */
    void (*missing)(void *user, uint32_t ssrc, uint16_t sequence);
    void (*key)(void *user, uint32_t ssrc); /* a picture is wanted that needs no other */
    void (*rate)(void *user, double bits_per_second);
    void (*bye)(void *user);
} rtcp_sink;

/* Packets of a datagram up to the first that is not of the right form; false: there was one. What
 * is of an unknown kind is skipped. */
bool rtcp_read(const uint8_t *bytes, size_t size, const rtcp_sink *sink);

typedef struct rtcp_sender {
    uint32_t ssrc;
    uint64_t wall;    /* now, NTP: seconds since 1900, 32.32 */
    uint32_t media;   /* now, on the medium's clock */
    uint32_t packets; /* that were sent */
    uint32_t octets;  /* of payload */
    const char *name; /* what belongs together has the same */
} rtcp_sender;

/* A sender's report with its name; with `bye` also that it ends. Its size. */
size_t rtcp_write(const rtcp_sender *s, bool bye, uint8_t out[RTCP_MAX]);

/* Microseconds of CLOCK_REALTIME as NTP has them. */
uint64_t rtcp_wall(int64_t realtime_us);

#endif
