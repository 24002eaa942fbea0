/* rtc/viewer_internal.h - between what a viewer is and what goes out to it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_VIEWER_INTERNAL_H
#define RTC_VIEWER_INTERNAL_H

#include "rtc/viewer.h"

int64_t viewer_now_us(void); /* CLOCK_MONOTONIC */

/* A datagram to `reply`; `user` is the viewer. */
void viewer_send_reply(void *user, const uint8_t *bytes, size_t size);

/* A medium's packet, made into RTP. */
void viewer_send(rtc_viewer *v, const live_packet *p, int64_t now_us);

/* What is due by now, and reports; true: more waits. */
bool viewer_send_due(rtc_viewer *v, int64_t now_us);

/* Sender reports of both media. */
void viewer_report(rtc_viewer *v, int64_t now_us, bool bye);

#endif
