/* measure/speed.h - how fast a network runs here and now.
 *
 * Times are wall clock. Every figure comes after a warm-up, runs follow each other without a pause.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_SPEED_H
#define MEASURE_SPEED_H

#include "viseme/viseme.h"

#define SPEED_MAX_RUNS 100000

typedef struct speed_options {
    int batch;     /* 0: see timed_network_create */
    int threads;   /* 0: all processors */
    int runs;      /* 1 ... SPEED_MAX_RUNS, of each kind */
    bool cached;   /* only the steady state */
    double opened; /* clock_seconds() before the model was opened */
} speed_options;

/* Milliseconds of one run, over all runs. */
typedef struct speed_times {
    double min, lower, median, upper; /* lower, upper: quartiles */
} speed_times;

typedef struct speed_figures {
    int batch, threads;
    bool fast;        /* was asked for; else float32 */
    vis_fast came_to; /* what became of it */
    bool has_fresh, has_cached;
    speed_times fresh;                   /* nothing kept from before */
    speed_times cached;                  /* every footage frame has been seen before */
    double load_ms;                      /* from `opened` until the network is compiled */
    double first_result_ms;              /* from `opened` to the end of the first run */
    double weights_mb, work_mb, kept_mb; /* 10^6 bytes; kept_mb of one footage frame, or 0 */
} speed_figures;

/* Times a model that may be closed afterwards. VIS_ERR_USAGE for `cached` where the network keeps
 * nothing, for runs out of range, and with the others as timed_network_create says. */
vis_status speed_measure(const vis_model *model, const speed_options *options, speed_figures *out,
                         vis_error *err);

/* Frames (rows of an encoder) per second at the median. */
double speed_fps(const speed_figures *f, const speed_times *t);

#endif
