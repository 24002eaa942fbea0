/* measure/statistics.h - range, mean and spread of numbers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_STATISTICS_H
#define MEASURE_STATISTICS_H

#include <stdint.h>

/* Running sums over any number of values; zero-initialised is empty. */
typedef struct statistics {
    int64_t count;   /* finite values */
    int64_t inside;  /* of them in [0, 1] */
    int64_t broken;  /* NaN or infinite ones, counted apart */
    double min, max; /* 0 while empty */
    double mean;
    double squares; /* sum of squared distances from the mean */
} statistics;

void statistics_add(statistics *s, const float *values, int64_t count);

/* s becomes the statistics of both. */
void statistics_merge(statistics *s, const statistics *other);

double statistics_std(const statistics *s);    /* of the population, as numpy.std */
double statistics_inside(const statistics *s); /* share of all values in [0, 1] */

/* The median of `count` values, which are reordered; 0 when there are none. */
double statistics_median(double *values, int count);

#endif
