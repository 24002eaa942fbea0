/* live/admission.c - a sum of promises under a lock.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/admission_promise.h"

#include "base/clock.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#define MARGIN                                                                                     \
    0.85 /* of the processors may be promised; the rest is the system's and the server's */
#define MAX_SESSIONS 1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double processors; /* 0: not settled */
static int most = MAX_SESSIONS;
static double promised;
static int sessions, speaking;

/* How many of the last painted frames came late: a mean that forgets. */
#define LATE_MANY 0.1    /* from which on the machine has too much to do already */
#define LATE_FRAMES 50.0 /* it looks back over about so many, */
#define LATE_SECONDS 5.0 /* and no longer than so long */
static double late_share, late_at;

static void forget_late(double now)
{
    late_share *= exp((late_at - now) / LATE_SECONDS);
    late_at = now;
}

/* Is there less to be had than was promised? */
static bool strained(void)
{
    forget_late(clock_seconds());
    return late_share > LATE_MANY;
}

void live_promise_kept(bool in_time)
{
    pthread_mutex_lock(&lock);
    forget_late(clock_seconds());
    late_share += ((in_time ? 0 : 1) - late_share) / LATE_FRAMES;
    pthread_mutex_unlock(&lock);
}

/* VISEME_PROCESSORS promises more or less than there is. */
static double processors_here(void)
{
    const char *given = getenv("VISEME_PROCESSORS");
    double told = given ? strtod(given, NULL) : 0;
    return told > 0 ? told : thread_default_count();
}

static double capacity(void)
{
    if (processors <= 0) processors = processors_here();
    return processors * MARGIN;
}

void live_admission_set(double wanted, int max_sessions)
{
    pthread_mutex_lock(&lock);
    processors = wanted;
    most = max_sessions > 0 ? max_sessions : MAX_SESSIONS;
    pthread_mutex_unlock(&lock);
}

void live_admission_load(live_load *out)
{
    pthread_mutex_lock(&lock);
    *out = (live_load){
        .capacity = capacity(), .promised = promised, .sessions = sessions, .speaking = speaking};
    pthread_mutex_unlock(&lock);
}

vis_status live_promise_session(double cost, vis_error *err)
{
    pthread_mutex_lock(&lock);
    bool many = sessions >= most;
    bool fits = !many && (sessions == 0 || promised + cost <= capacity());
    if (fits) {
        promised += cost;
        sessions++;
    }
    pthread_mutex_unlock(&lock);
    if (many)
        return vis_fail(err, VIS_ERR_LIMIT, "%d sessions are open, as many as there may be", most);
    return fits ? VIS_OK
                : vis_fail(err, VIS_ERR_LIMIT,
                           "the machine could not keep one more session at full "
                           "frame rate; try again when others have ended");
}

vis_status live_promise_speech(double cost, vis_error *err)
{
    pthread_mutex_lock(&lock);
    bool fits = speaking == 0 || (promised + cost <= capacity() && !strained());
    if (fits) {
        promised += cost;
        speaking++;
    }
    pthread_mutex_unlock(&lock);
    return fits ? VIS_OK
                : vis_fail(err, VIS_ERR_LIMIT,
                           "as many speak already as the machine can keep at "
                           "full frame rate; try again in a moment");
}

/* Sums of what is added and taken away end at 0 again, whatever was rounded. */
static void take_back(double cost, int *count)
{
    pthread_mutex_lock(&lock);
    promised -= cost;
    --*count;
    if (sessions == 0 && speaking == 0) promised = 0;
    pthread_mutex_unlock(&lock);
}

void live_promise_session_end(double cost)
{
    take_back(cost, &sessions);
}

void live_promise_speech_end(double cost)
{
    take_back(cost, &speaking);
}
