/* rtc/rate.h - how many bits a second a viewer's pictures may have, by what it reports.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_RATE_H
#define RTC_RATE_H

#define RATE_LEAST 150000.0 /* bits a second: below, pictures are not worth it */
#define RATE_MOST 20e6      /* as good as no bound */

/* Zero-initialised is not bounded. */
typedef struct rate {
    double by_loss, by_viewer; /* bounds in bits a second; 0: none */
} rate;

/* A report: `lost` is a share of packets, `sent` what went out of late, in bits a second. */
void rate_report(rate *r, double lost, double sent);

/* The viewer's own estimate (REMB). */
void rate_estimate(rate *r, double bits_per_second);

/* 0: no bound. */
double rate_bound(const rate *r);

#endif
