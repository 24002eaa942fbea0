/* tests/threads/crowd.c - a barrier, then the work.
 * SPDX-License-Identifier: Apache-2.0 */
#include "crowd.h"

#include "../unit/cmocka_all.h"

#include <pthread.h>

typedef struct person {
    pthread_t thread;
    pthread_barrier_t *start;
    crowd_work work;
    void *argument;
    int number;
} person;

static void *person_main(void *argument)
{
    person *me = argument;
    pthread_barrier_wait(me->start);
    me->work(me->argument, me->number);
    return NULL;
}

void crowd_run(int people, crowd_work work, void *argument)
{
    person crowd[CROWD_MAX];
    pthread_barrier_t start;
    assert_in_range(people, 1, CROWD_MAX);
    assert_int_equal(pthread_barrier_init(&start, NULL, (unsigned)people), 0);
    for (int i = 0; i < people; i++) {
        crowd[i] = (person){.start = &start, .work = work, .argument = argument, .number = i};
        assert_int_equal(pthread_create(&crowd[i].thread, NULL, person_main, &crowd[i]), 0);
    }
    for (int i = 0; i < people; i++)
        pthread_join(crowd[i].thread, NULL);
    pthread_barrier_destroy(&start);
}
