/* program/progress.c - the bar.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/progress.h"

#include "base/clock.h"
#include "program/interrupt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_WIDTH 28
#define BAR_LEAST 8 /* a shorter one says nothing */
#define USUAL_COLUMNS 80
#define TERMINAL_SECONDS 0.1
#define PLAIN_SECONDS 10

/* Can lines be drawn over? Not where the terminal knows no escapes. */
static bool draws(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDERR_FILENO) && kind && kind[0] && strcmp(kind, "dumb") != 0;
}

/* Of the terminal as it is now: windows change. */
static int columns(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : USUAL_COLUMNS;
}

void progress_start(progress *p, const char *what, const char *rate, bool quiet)
{
    *p = (progress){.what = what, .rate = rate, .quiet = quiet, .terminal = draws()};
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

/* "[=====>    ] " of `width` columns inside the brackets; nothing where that is too few. */
static void bar_text(double share, int width, char bar[BAR_WIDTH + 4])
{
    bar[0] = '\0';
    if (width < BAR_LEAST) return;
    if (width > BAR_WIDTH) width = BAR_WIDTH;
    int full = (int)(share * width);
    for (int i = 0; i < width; i++)
        bar[1 + i] = (char)(i < full ? '=' : i == full ? '>' : ' ');
    bar[0] = '[';
    strcpy(bar + 1 + width, "] ");
}

/* Over the line before, never as long as the terminal is wide: it would wrap, and stay. */
static void draw_over(double share, const char *words)
{
    char bar[BAR_WIDTH + 4];
    int room = columns() - 1;
    bar_text(share, room - (int)strlen(words) - 3, bar);
    fprintf(stderr, "\r\033[K%s%.*s", bar, room, words);
    (void)fflush(stderr);
}

/* The caller holds the lock of stderr. */
static void draw(progress *p, int64_t done, int64_t total, double elapsed)
{
    char left[32] = "?", count[64], words[192];
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
    snprintf(words, sizeof words, "%s %s  %.1f %s  ETA %s", p->what, count, rate, p->rate, left);
    draw_over(total > 0 ? (double)done / (double)total : 0, words);
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
