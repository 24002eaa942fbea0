/* serve/histogram.h - how long something took, counted by sizes, as Prometheus has it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_HISTOGRAM_H
#define SERVE_HISTOGRAM_H

#include "base/buffer.h"

#include <stdint.h>

#define HISTOGRAM_BUCKETS 12

/* Zero-initialised is empty. */
typedef struct histogram {
    int64_t
        bucket[HISTOGRAM_BUCKETS]; /* not cumulative; what is beyond the last counts in `count` */
    int64_t count;
    double sum; /* seconds */
} histogram;

void histogram_add(histogram *h, double seconds);

/* The lines of one series; `labels` is `a="b"`. */
vis_status histogram_print(const histogram *h, const char *name, const char *labels, buffer *out,
                           vis_error *err);

#endif
