/* tests/faults/failing.h - allocations that fail when they are told to, and what is still held.
 *
 * A program linked with failing_link_args (meson.build) sends what our objects ask the C library
 * for through here: memory (malloc, calloc, realloc, strdup, strndup, vasprintf; jansson's too),
 * mappings, streams, folders and threads. Between failing_start and failing_stop each such request
 * has a number, 0 first; from any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_FAULTS_FAILING_H
#define TESTS_FAULTS_FAILING_H

#include <stdbool.h>

typedef enum failing_how {
    FAIL_ONE,      /* request n fails, as by bad luck */
    FAIL_FROM_THEN /* so do all after it, as on a full machine */
} failing_how;

/* Call once, before anything is allocated: has jansson allocate through here too. */
void failing_init(void);

/* Requests count from 0, and number n fails. n < 0: none does. */
void failing_start(long n, failing_how how);

/* Ends that; whether any request failed. */
bool failing_stop(void);

/* As failing_start(-1, ...), and notes from where each request comes: its callers. Then the numbers
 * of the first and of the last request from each such place, ascending: those that stand for all.
 * At most `room` of them; returns how many. Threads may swap a few. */
void failing_watch(void);
int failing_places(long *numbers, int room);

/* Blocks of memory and mappings that were given and not yet taken back. */
long failing_held(void);

#endif
