/* The pool runs every index exactly once, gives each thread its own worker number, and can be
 * shared.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define COUNT 1000

typedef struct tally {
    _Atomic int runs[COUNT];
    _Atomic int busy[16]; /* workers must not be in two places */
    _Atomic int clashes;
} tally;

static void count_run(void *argument, int index, int worker)
{
    tally *t = argument;
    if (atomic_fetch_add(&t->busy[worker], 1) != 0) atomic_fetch_add(&t->clashes, 1);
    atomic_fetch_add(&t->runs[index], 1);
    atomic_fetch_sub(&t->busy[worker], 1);
}

static void every_index_runs_once(void **state)
{
    for (int threads = 1; threads <= 8; threads *= 2) {
        thread_pool *pool;
        assert_int_equal(thread_pool_create(threads, &pool, NULL), VIS_OK);
        assert_int_equal(thread_pool_size(pool), threads);
        static tally t;
        memset(&t, 0, sizeof t);
        for (int loop = 0; loop < 50; loop++)
            thread_pool_run(pool, COUNT, count_run, &t);
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(t.runs[i], 50);
        assert_int_equal(t.clashes, 0);
        thread_pool_destroy(pool);
    }
}

static void no_pool_is_one_thread(void **state)
{
    static tally t;
    thread_pool_run(NULL, 10, count_run, &t);
    for (int i = 0; i < 10; i++)
        assert_int_equal(t.runs[i], 1);
    assert_int_equal(thread_pool_size(NULL), 1);
    thread_pool_destroy(NULL);
}

static thread_pool *shared;
static tally shared_tally;

static void *call_often(void *unused)
{
    for (int i = 0; i < 200; i++)
        thread_pool_run(shared, 20, count_run, &shared_tally);
    return NULL;
}

static void callers_take_turns(void **state)
{
    pthread_t a, b;
    assert_int_equal(thread_pool_create(3, &shared, NULL), VIS_OK);
    pthread_create(&a, NULL, call_often, NULL);
    pthread_create(&b, NULL, call_often, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    for (int i = 0; i < 20; i++)
        assert_int_equal(shared_tally.runs[i], 400);
    thread_pool_destroy(shared);
}

static void absurd_counts_are_refused(void **state)
{
    thread_pool *pool;
    vis_error err;
    assert_int_equal(thread_pool_create(-1, &pool, &err), VIS_ERR_USAGE);
    assert_int_equal(thread_pool_create(100000, &pool, &err), VIS_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_runs_once),
        cmocka_unit_test(no_pool_is_one_thread),
        cmocka_unit_test(callers_take_turns),
        cmocka_unit_test(absurd_counts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
