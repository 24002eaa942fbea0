/* report/axis.h - from values to pixels, and the round numbers in between.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include <stdbool.h>

#define AXIS_MAX_TICKS 32
#define AXIS_TEXT 32 /* bytes that hold the text of any number */

/* Plots show values of which this is true; the rest are gaps. Beyond 1e300 differences overflow. */
bool axis_shows(double value, bool log);

/* Values seen so far; {INFINITY, -INFINITY} is none. */
typedef struct axis_range {
    double low, high;
} axis_range;

axis_range axis_no_range(void);
void axis_include(axis_range *range, double value, bool log); /* gaps are left out */

typedef struct axis_options {
    bool log;       /* decimal logarithm */
    bool whole;     /* ticks at whole numbers only */
    bool round;     /* begin and end at a tick */
    int ticks;      /* about how many */
    double padding; /* share of the range that is kept free below and above it */
} axis_options;

typedef struct axis {
    bool log;
    double low, high; /* of the values, or of their logarithms */
    double from, to;  /* pixels of low and high; set by the caller before axis_at */
    double step;
    int n_ticks;
    double ticks[AXIS_MAX_TICKS]; /* values */
} axis;

/* An axis over a range; an empty one becomes 0 to 1, a single value gets room on both sides. */
axis axis_make(axis_range range, axis_options options);

/* The pixel of a value that axis_shows; those outside the range lie at its ends. */
double axis_at(const axis *a, double value);

/* The text of tick number `i`, all with as many decimals as the step needs. */
void axis_tick_text(const axis *a, int i, char text[AXIS_TEXT]);

/* A number by itself, four digits: "31.24", "1.5e-7", "∞", "–" for NaN. */
void axis_number_text(double value, char text[AXIS_TEXT]);

#endif
