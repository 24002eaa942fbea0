/* face/order.h - which footage frame belongs to which output frame.
 *
 * While speaking the footage bounces between its ends and starts at its second frame:
 * 1, 2, ..., N-1, N-2, ..., 1, 0, 1, ... (N = 5: 1 2 3 4 3 2 1 0 1). With a first frame K the
 * bounce runs over the frames K to N-1.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_ORDER_H
#define FACE_ORDER_H

#include <stdint.h>

#define ORDER_NEVER INT64_MAX

/* The footage frame of output frame `i` when the bounce runs over the frames first .. count-1
 * (`count` is the number of all frames of the footage, 0 <= first < count). Any i >= -1: -1 stands
 * for the frame before the first one shown, `first`; so a run that shows K, K+1, ... is the bounce
 * over 0 .. count-1 from position K-1 on. A single frame is always shown. */
int footage_index(int64_t i, int first, int count);

/* The earliest output frame >= `from` that shows footage frame `index`; ORDER_NEVER when none does.
 */
int64_t footage_next(int index, int64_t from, int first, int count);

/* How many of the output frames from .. end-1 show footage frame `index`. */
int64_t footage_uses(int index, int64_t from, int64_t end, int first, int count);

#endif
