/* live/time_source.h - the time that sessions go by: the machine's, or a test's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_TIME_SOURCE_H
#define LIVE_TIME_SOURCE_H

#include <pthread.h>
#include <stdint.h>

/* Microseconds. `wait` waits on a condition (of CLOCK_MONOTONIC), with its lock held, no longer than
 * until `until_us`. */
typedef struct time_source {
    int64_t (*now)(void *user);
    void (*wait)(void *user, pthread_cond_t *changed, pthread_mutex_t *lock, int64_t until_us);
    void *user;
} time_source;

/* CLOCK_MONOTONIC. */
extern const time_source time_source_machine;

#endif
