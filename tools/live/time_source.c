/* live/time_source.c - the machine's time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/time_source.h"

#include <time.h>

static int64_t now(void *user)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void wait_until(void *user, pthread_cond_t *changed, pthread_mutex_t *lock, int64_t until_us)
{
    const struct timespec at = {(time_t)(until_us / 1000000), (long)(until_us % 1000000) * 1000};
    pthread_cond_timedwait(changed, lock, &at);
}

const time_source time_source_machine = {.now = now, .wait = wait_until};
