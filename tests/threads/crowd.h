/* tests/threads/crowd.h - the same work on several threads that begin at the same moment.
 *
 * cmocka's assertions belong on the thread of the test: workers note what went wrong in `argument`
 * and the test asserts on it afterwards.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_THREADS_CROWD_H
#define TESTS_THREADS_CROWD_H

#define CROWD_MAX 16

/* `number` in [0, people) tells the threads apart. */
typedef void (*crowd_work)(void *argument, int number);

/* Returns when all are done. */
void crowd_run(int people, crowd_work work, void *argument);

#endif
