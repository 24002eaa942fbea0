/* program/interrupt.c - the thread that waits for signals.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/interrupt.h"
#include "base/exit_status.h"

#include "base/clock.h"
#include "base/file.h"
#include "viseme/viseme.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define STACK (256 << 10) /* counts in --max-memory */
#define INSIST_SECONDS 1

static const char *watched; /* the command */
static sigset_t asking;     /* the signals */
static atomic_int asked;    /* by the command: so many signals it takes itself */
static atomic_bool seen, insisted;

/* Other threads go on until the last line, so nothing here may wait for them; but for the lock of
 * temporaries, which nobody holds for long. Returns where a video is being finished, which ends the
 * program soon enough. */
static void stop_at_once(void)
{
    if (!file_discard_all()) return;
    dprintf(STDERR_FILENO, "viseme %s: stopped\n", watched);
    _exit(exit_status(VIS_ERR_CANCELLED));
}

/* Only a person who waits in vain asks twice. What comes twice at once is one request: `timeout`
 * signals its child and then their group, a terminal that closes does likewise. */
static bool insists(double since_last)
{
    return since_last >= INSIST_SECONDS;
}

/* What the command asks about it; false: it is not the command's to take. */
static bool note(int number, bool again)
{
    static double last;
    double now = clock_seconds();
    bool more = again && insists(now - last);
    if (!again || more) last = now;
    if (!more) return atomic_load(&asked) > 0;
    if (atomic_load(&asked) > 1 && !atomic_exchange(&insisted, true)) return true;
    return number != SIGINT;
}

static void *watch(void *unused)
{
    (void)unused;
    for (int number;;) {
        if (sigwait(&asking, &number) != 0) continue;
        if (!note(number, atomic_exchange(&seen, true))) stop_at_once();
    }
    return NULL;
}

void interrupt_watch(const char *command)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    watched = command;
    sigemptyset(&asking);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&asking, numbers[i]);
    }
    pthread_sigmask(SIG_BLOCK, &asking, NULL); /* later threads inherit it */
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    if (pthread_create(&thread, &attributes, watch, NULL) != 0)
        pthread_sigmask(SIG_UNBLOCK, &asking, NULL); /* they do what they do to any program */
    pthread_attr_destroy(&attributes);
}

void interrupt_by_asking(void)
{
    atomic_store(&asked, 1);
}

void interrupt_by_asking_twice(void)
{
    atomic_store(&asked, 2);
}

bool interrupt_insisted(void)
{
    return atomic_load(&insisted);
}

bool interrupt_seen(void)
{
    return atomic_load(&seen);
}
