/* face/ping_pong.c - which footage frame belongs to which output frame.
 *
 * A triangle wave: with x = i + 1 modulo 2 (L - 1), over L frames, it stands
 * at x while that is below L and at 2 (L - 1) - x on the way back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/ping_pong.h"

int ping_pong_index(int64_t i, int first, int count)
{
    int64_t length = (int64_t)count - first;
    if (length <= 1) return first;
    int64_t period = 2 * (length - 1);
    int64_t x = (i % period + 1) % period;
    return first + (int)(x < length ? x : period - x);
}

/* The smallest i >= from with (i + 1) mod period = x. */
static int64_t next_at(int64_t x, int64_t from, int64_t period)
{
    int64_t delta = (x - 1 - from % period) % period;
    if (delta < 0) delta += period;
    return from > INT64_MAX - delta ? PING_PONG_NEVER : from + delta;
}

int64_t ping_pong_next(int index, int64_t from, int first, int count)
{
    if (index < first || index >= count) return PING_PONG_NEVER;
    int64_t length = (int64_t)count - first, k = (int64_t)index - first;
    if (length == 1) return from;
    int64_t period = 2 * (length - 1);
    int64_t up = next_at(k, from, period), down = next_at(period - k, from, period);
    return up < down ? up : down;
}

/* How many i in from .. end-1 have (i + 1) mod period = x. */
static int64_t uses_at(int64_t x, int64_t from, int64_t end, int64_t period)
{
    int64_t at = next_at(x, from, period);
    return at < end ? (end - 1 - at) / period + 1 : 0;
}

int64_t ping_pong_uses(int index, int64_t from, int64_t end, int first, int count)
{
    if (index < first || index >= count) return 0;
    int64_t length = (int64_t)count - first, k = (int64_t)index - first;
    if (length == 1) return end > from ? end - from : 0;
    int64_t period = 2 * (length - 1), up = uses_at(k, from, end, period);
    return k == 0 || k == length - 1 ? up : up + uses_at(period - k, from, end, period);
}
