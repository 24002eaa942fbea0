/* rtc/seal.h - RTP and RTCP encrypted for a viewer, and its RTCP opened (RFC 3711), by libsrtp.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_SEAL_H
#define RTC_SEAL_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEYS 60  /* as dtls_keys gives them to the side that was called */
#define SEAL_ROOM 160 /* bytes that must be free behind what is sealed */
#define SEAL_RTP 10   /* bytes by which RTP grows */

/* One thread at a time. */
typedef struct seal seal;

vis_status seal_open(const uint8_t keys[SEAL_KEYS], seal **out, vis_error *err);
void seal_close(seal *s); /* NULL is fine */

/* In place; the new size, 0 where it failed: sequence numbers that come again are refused. */
size_t seal_rtp(seal *s, uint8_t *bytes, size_t size);
size_t seal_rtcp(seal *s, uint8_t *bytes, size_t size);

/* In place; 0: it is not the viewer's, or came before. */
size_t seal_open_rtcp(seal *s, uint8_t *bytes, size_t size);

#endif
