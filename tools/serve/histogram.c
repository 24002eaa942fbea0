/* serve/histogram.c - buckets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/histogram.h"

#include "base/status.h"

static const double bound[HISTOGRAM_BUCKETS] = {.05, .1, .15, .2, .25, .3, .4, .5, .7, 1, 2.5, 10};

void histogram_add(histogram *h, double seconds)
{
    int at = 0;
    while (at < HISTOGRAM_BUCKETS && seconds > bound[at])
        at++;
    if (at < HISTOGRAM_BUCKETS) h->bucket[at]++;
    h->count++;
    h->sum += seconds;
}

vis_status histogram_print(const histogram *h, const char *name, const char *labels, buffer *out,
                           vis_error *err)
{
    int64_t below = 0;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        below += h->bucket[i];
        VIS_TRY(buffer_print(out, err, "%s_bucket{%s,le=\"%g\"} %lld\n", name, labels, bound[i],
                             (long long)below));
    }
    return buffer_print(
        out, err, "%s_bucket{%s,le=\"+Inf\"} %lld\n%s_sum{%s} %.6f\n%s_count{%s} %lld\n", name,
        labels, (long long)h->count, name, labels, h->sum, name, labels, (long long)h->count);
}
