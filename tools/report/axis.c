/* report/axis.c - ranges, round steps, and numbers as text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LARGEST 1e300
#define SMALLEST 1e-300
#define MINUS "\xE2\x88\x92"
#define INFINITE "\xE2\x88\x9E"
#define NOTHING "\xE2\x80\x93"

bool axis_shows(double value, bool log)
{
    return log ? value >= SMALLEST && value <= LARGEST : value >= -LARGEST && value <= LARGEST;
}

axis_range axis_no_range(void)
{
    return (axis_range){(double)INFINITY, -(double)INFINITY};
}

void axis_include(axis_range *range, double value, bool log)
{
    if (!axis_shows(value, log)) return;
    range->low = value < range->low ? value : range->low;
    range->high = value > range->high ? value : range->high;
}

/* Ends that lie apart, in the units of the axis. */
static void set_ends(axis *a, axis_range range, axis_options options)
{
    bool empty = range.low > range.high;
    a->low = empty ? 0 : a->log ? log10(range.low) : range.low;
    a->high = empty ? 1 : a->log ? log10(range.high) : range.high;
    double largest = fmax(fabs(a->low), fabs(a->high));
    if (a->high - a->low <= 1e-12 * largest + SMALLEST) { /* one value, or as good as one */
        double room = a->log ? 0.5 : options.whole ? 0.5 : largest < SMALLEST ? 1 : largest / 2;
        a->low -= room;
        a->high += room;
    }
    double padding = (a->high - a->low) * options.padding;
    a->low -= padding;
    a->high += padding;
}

/* The 1, 2 or 5 times a power of ten next above. */
static double round_step(double step)
{
    double power = pow(10, floor(log10(step)));
    double times = step / power;
    return power * (times <= 1.0000001 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void set_linear_ticks(axis *a, axis_options options)
{
    a->step = round_step((a->high - a->low) / options.ticks);
    if (options.whole) a->step = fmax(1, a->step);
    double slack = 1e-9; /* of a step: an end that is a tick but for rounding is one */
    double first = options.round ? floor(a->low / a->step + slack) : ceil(a->low / a->step - slack);
    double last =
        options.round ? ceil(a->high / a->step - slack) : floor(a->high / a->step + slack);
    for (int i = 0; first + i <= last && a->n_ticks < AXIS_MAX_TICKS; i++)
        a->ticks[a->n_ticks++] = (first + i) * a->step;
    if (!options.round) return;
    a->low = first * a->step;
    a->high = last * a->step;
}

/* Powers of ten; below two decades their 2 and 5 times as well. */
static void set_log_ticks(axis *a, axis_options options)
{
    if (options.round) {
        a->low = floor(a->low + 1e-9);
        a->high = ceil(a->high - 1e-9);
    }
    static const double times[] = {1, 2, 5};
    bool few = a->high - a->low <= 2;
    a->step = few ? 1 : ceil((a->high - a->low) / (2 * options.ticks));
    double first = floor(a->low);
    for (int n = 0; first + n * a->step <= a->high; n++)
        for (int i = 0; i < (few ? 3 : 1) && a->n_ticks < AXIS_MAX_TICKS; i++) {
            double tick = first + n * a->step + log10(times[i]);
            if (tick >= a->low - 1e-9 && tick <= a->high + 1e-9)
                a->ticks[a->n_ticks++] = pow(10, tick);
        }
}

axis axis_make(axis_range range, axis_options options)
{
    axis a = {.log = options.log, .to = 1};
    set_ends(&a, range, options);
    if (a.log)
        set_log_ticks(&a, options);
    else
        set_linear_ticks(&a, options);
    return a;
}

double axis_at(const axis *a, double value)
{
    double share = ((a->log ? log10(value) : value) - a->low) / (a->high - a->low);
    share = share > 0 ? share < 1 ? share : 1 : 0;
    return a->from + share * (a->to - a->from);
}

/* "-1.5e-07" -> "−1.5e−7": a true minus, no leading zeros in the exponent. */
static void polish(const char *number, char text[AXIS_TEXT])
{
    char *out = text;
    for (const char *in = number; *in; in++) {
        bool exponent = in > number && in[-1] == 'e';
        if (*in == '-') {
            memcpy(out, MINUS, strlen(MINUS));
            out += strlen(MINUS);
        } else if (!exponent || *in != '+') {
            *out++ = *in;
        }
        if (exponent)
            while (in[1] == '0' && in[2])
                in++;
    }
    *out = '\0';
}

void axis_tick_text(const axis *a, int i, char text[AXIS_TEXT])
{
    double value = a->ticks[i];
    char number[AXIS_TEXT];
    if (a->log) {
        axis_number_text(value, text);
        return;
    }
    if (fabs(value) < a->step / 2) value = 0; /* not -0, nor what rounding left of it */
    double largest = fmax(fabs(a->low), fabs(a->high));
    int digits = (int)floor(log10(a->step) + 1e-9); /* the last that differs: 10^digits */
    if (largest >= 1e6 || largest < 1e-3) {
        double before = value == 0 ? 0 : floor(log10(fabs(value)) + 1e-9) - digits;
        snprintf(number, sizeof number, "%.*g", 1 + (int)fmin(12, before), value);
    } else {
        snprintf(number, sizeof number, "%.*f",
                 digits > 0     ? 0
                 : digits > -12 ? -digits
                                : 12,
                 value);
    }
    polish(number, text);
}

void axis_number_text(double value, char text[AXIS_TEXT])
{
    char number[AXIS_TEXT];
    if (isnan(value)) {
        snprintf(text, AXIS_TEXT, "%s", NOTHING);
        return;
    }
    if (isinf(value)) {
        snprintf(text, AXIS_TEXT, "%s%s", value < 0 ? MINUS : "", INFINITE);
        return;
    }
    snprintf(number, sizeof number, "%.4g", value);
    polish(number, text);
}
