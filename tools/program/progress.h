/* program/progress.h - how far long work has come, on standard error.
 *
 * On a terminal: one line that is drawn over, with a bar, count, rate and time left, as long as the
 * terminal is wide at most. Elsewhere, and on a terminal that knows no escapes (TERM=dumb): a plain
 * line every ten seconds, so that logs stay short.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_PROGRESS_H
#define PROGRAM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    const char *what; /* "frame" */
    const char *rate; /* "fps" */
    bool quiet;
    bool terminal;
    bool running;       /* the first progress_show has come: time counts from there */
    bool drawn;         /* the line on the terminal is not ended; guarded by the lock of stderr */
    int64_t first;      /* done at that time */
    double start, last; /* seconds */
} progress;

/* Prepares a bar and lets signals end the work through progress_show (program/interrupt.h). */
void progress_start(progress *p, const char *what, const char *rate, bool quiet);

/* A vis_progress_fn with the progress as `user`; false after a signal that asks to stop. */
bool progress_show(void *user, int64_t done, int64_t total);

/* Wipes the line, so that other text can follow. Any thread. */
void progress_end(progress *p);

#endif
