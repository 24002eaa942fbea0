/* measure/statistics.c - sums in double, block by block, so that a mean of millions stays exact to
 * 1e-15.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/statistics.h"

#include <math.h>
#include <stdlib.h>

/* Two passes over one block: its mean, then its squares about that mean. */
static statistics of_block(const float *values, int64_t count)
{
    statistics s = {0};
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        double v = (double)values[i];
        if (!isfinite(v)) {
            s.broken++;
            continue;
        }
        if (s.count == 0 || v < s.min) s.min = v;
        if (s.count == 0 || v > s.max) s.max = v;
        s.inside += v >= 0 && v <= 1;
        sum += v;
        s.count++;
    }
    s.mean = s.count ? sum / (double)s.count : 0;
    for (int64_t i = 0; i < count; i++) {
        double d = (double)values[i] - s.mean;
        if (isfinite(d)) s.squares += d * d;
    }
    return s;
}

/* Chan, Golub and LeVeque (1979): pairwise combination of means and squares. */
void statistics_merge(statistics *s, const statistics *other)
{
    s->broken += other->broken;
    if (other->count == 0) return;
    if (s->count == 0) {
        int64_t broken = s->broken;
        *s = *other;
        s->broken = broken;
        return;
    }
    double a = (double)s->count, b = (double)other->count, delta = other->mean - s->mean;
    s->squares += other->squares + delta * delta * a * b / (a + b);
    s->mean += delta * b / (a + b);
    s->count += other->count;
    s->inside += other->inside;
    s->min = fmin(s->min, other->min);
    s->max = fmax(s->max, other->max);
}

void statistics_add(statistics *s, const float *values, int64_t count)
{
    statistics block = of_block(values, count);
    statistics_merge(s, &block);
}

double statistics_std(const statistics *s)
{
    return s->count ? sqrt(s->squares / (double)s->count) : 0;
}

double statistics_inside(const statistics *s)
{
    int64_t all = s->count + s->broken;
    return all ? (double)s->inside / (double)all : 0;
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double statistics_median(double *values, int count)
{
    if (count <= 0) return 0;
    qsort(values, (size_t)count, sizeof *values, compare_double);
    int middle = count / 2;
    return count % 2 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}
