/* face/ping_pong.h - which footage frame belongs to which output frame.
 *
 * While speaking the footage plays in ping-pong between its ends and starts at its second frame:
 * 1, 2, ..., N-1, N-2, ..., 1, 0, 1, ... (N = 5: 1 2 3 4 3 2 1 0 1). With a first frame K the
 * ping-pong runs over the frames K to N-1.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_PING_PONG_H
#define FACE_PING_PONG_H

#include <stdint.h>

#define PING_PONG_NEVER INT64_MAX

/* The footage frame of output frame `i` when the ping-pong runs over the frames first .. count-1
 * (`count` is the number of all frames of the footage, 0 <= first < count). Any i >= -1: -1 stands
 * for the frame before the first one shown, `first`; so a run that shows K, K+1, ... is the
 * ping-pong over 0 .. count-1 from position K-1 on. A single frame is always shown. */
int ping_pong_index(int64_t i, int first, int count);

/* The earliest output frame >= `from` that shows footage frame `index`; PING_PONG_NEVER when none
 * does.
 */
int64_t ping_pong_next(int index, int64_t from, int first, int count);

/* How many of the output frames from .. end-1 show footage frame `index`. */
int64_t ping_pong_uses(int index, int64_t from, int64_t end, int first, int count);

#endif
