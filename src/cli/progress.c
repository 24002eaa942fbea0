/* cli/progress.c - the bar.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "base/clock.h"
#include "cli/interrupt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 28
#define TERMINAL_SECONDS 0.1
#define PLAIN_SECONDS 10

void progress_start(progress *p, const char *what, const char *rate, bool quiet)
{
    *p = (progress){.what = what, .rate = rate, .quiet = quiet, .terminal = isatty(STDERR_FILENO)};
    interrupt_by_asking();
}

static void time_text(double seconds, char *text, size_t size)
{
    int whole = (int)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(text, size, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, size, "%d:%02d", whole / 60, whole % 60);
}

static void bar_text(double share, char *bar)
{
    int full = (int)(share * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = (char)(i < full ? '=' : i == full ? '>' : ' ');
    bar[BAR_WIDTH] = '\0';
}

/* The caller holds the lock of stderr. */
static void draw(progress *p, int64_t done, int64_t total, double elapsed)
{
    char left[32] = "?", bar[BAR_WIDTH + 1] = "", count[64];
    double rate = elapsed > 0 ? (double)(done - p->first) / elapsed : 0;
    if (done > total) total = -1; /* it was an estimate, and too low */
    if (total > 0 && rate > 0) time_text((double)(total - done) / rate, left, sizeof left);
    if (total > 0)
        snprintf(count, sizeof count, "%lld/%lld", (long long)done, (long long)total);
    else
        snprintf(count, sizeof count, "%lld", (long long)done);
    if (!p->terminal) {
        fprintf(stderr, "%s %s, %.1f %s, %s left\n", p->what, count, rate, p->rate, left);
        return;
    }
    bar_text(total > 0 ? (double)done / (double)total : 0, bar);
    fprintf(stderr, "\r\033[K[%s] %s %s  %.1f %s  ETA %s", bar, p->what, count, rate, p->rate,
            left);
    (void)fflush(stderr);
    p->drawn = true;
}

bool progress_show(void *user, int64_t done, int64_t total)
{
    progress *p = user;
    if (interrupt_seen()) return false;
    double t = clock_seconds();
    if (!p->running) {
        p->running = true;
        p->start = t;
        p->first = done;
        p->last = p->terminal ? 0 : t;
    }
    bool last = done == total;
    if (!p->quiet && (t - p->last >= (p->terminal ? TERMINAL_SECONDS : PLAIN_SECONDS) ||
                      (last && p->terminal))) {
        flockfile(stderr);
        draw(p, done, total, t - p->start);
        funlockfile(stderr);
        p->last = t;
    }
    return true;
}

void progress_end(progress *p)
{
    flockfile(stderr);
    if (p->drawn) fprintf(stderr, "\r\033[K");
    p->drawn = false;
    funlockfile(stderr);
}
