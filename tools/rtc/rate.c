/* rtc/rate.c - less where packets are lost, slowly more where they are not.
 *
 * As draft-ietf-rmcat-gcc has it for the sender: a loss of up to 2 % is nobody's fault, one of more
 * than 10 % is too much.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/rate.h"

#define FEW 0.02
#define MANY 0.10
#define MORE 1.08

static double clamp(double v)
{
    return v < RATE_LEAST ? RATE_LEAST : v > RATE_MOST ? RATE_MOST : v;
}

void rate_report(rate *r, double lost, double sent)
{
    if (lost > MANY) {
        double from = r->by_loss > 0 && r->by_loss < sent ? r->by_loss : sent;
        r->by_loss = clamp(from * (1 - lost / 2));
    } else if (lost < FEW && r->by_loss > 0) {
        r->by_loss *= MORE;
        if (r->by_loss >= RATE_MOST) r->by_loss = 0;
    }
}

void rate_estimate(rate *r, double bits_per_second)
{
    r->by_viewer = clamp(bits_per_second);
}

double rate_bound(const rate *r)
{
    if (r->by_loss <= 0) return r->by_viewer;
    return r->by_viewer > 0 && r->by_viewer < r->by_loss ? r->by_viewer : r->by_loss;
}
