/* tests/unit/stream/test_worker_pool.c - all work is done, by all workers, for all clients, and
 * none for one that has left.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "stream/worker_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define CLIENTS 20
#define PIECES 300

typedef struct client {
    worker_client entry;
    atomic_int left; /* pieces of work to do */
    atomic_int done;
    atomic_int inside; /* workers at it */
    atomic_int most;   /* of them at once */
} client;

static bool work(void *self, int worker)
{
    client *c = self;
    int inside = atomic_fetch_add(&c->inside, 1) + 1;
    if (inside > c->most) c->most = inside;
    bool some = atomic_fetch_sub(&c->left, 1) > 0;
    if (some)
        atomic_fetch_add(&c->done, 1);
    else
        atomic_fetch_add(&c->left, 1);
    if (some && worker >= 0) usleep(20);
    atomic_fetch_sub(&c->inside, 1);
    return some;
}

static void give(worker_pool *p, client *c, int pieces)
{
    if (!c->entry.work) c->entry = (worker_client){.work = work, .self = c};
    atomic_fetch_add(&c->left, pieces);
    worker_pool_wake(p, &c->entry);
}

static bool wait_for(client *c, int done)
{
    for (int ms = 0; c->done < done && ms < 30000; ms++)
        usleep(1000);
    return c->done == done;
}

static void all_work_is_done(void **state)
{
    static client clients[CLIENTS];
    worker_pool *p;
    (void)state;
    for (int size = 1; size <= 4; size += 3) {
        assert_int_equal(worker_pool_create(size, 1, &p, NULL), VIS_OK);
        assert_int_equal(worker_pool_size(p), size);
        assert_null(worker_pool_threads(p, 0));
        for (int i = 0; i < CLIENTS; i++)
            clients[i].done = clients[i].left = 0;
        for (int round = 1; round <= 3; round++) {
            for (int i = 0; i < CLIENTS; i++)
                give(p, &clients[i], PIECES / 3);
            for (int i = 0; i < CLIENTS; i++)
                assert_true(wait_for(&clients[i], round * (PIECES / 3)));
        }
        for (int i = 0; i < CLIENTS; i++)
            worker_pool_leave(p, &clients[i].entry);
        worker_pool_free(p);
    }
}

static void several_work_for_one(void **state)
{
    static client c;
    worker_pool *p;
    (void)state;
    assert_int_equal(worker_pool_create(3, 1, &p, NULL), VIS_OK);
    give(p, &c, PIECES * 10);
    assert_true(wait_for(&c, PIECES * 10));
    assert_true(c.most > 1);
    worker_pool_leave(p, &c.entry);
    worker_pool_free(p);
}

static void nobody_works_for_who_has_left(void **state)
{
    static client c;
    worker_pool *p;
    (void)state;
    assert_int_equal(worker_pool_create(3, 1, &p, NULL), VIS_OK);
    for (int i = 0; i < 50; i++) {
        give(p, &c, 40);
        usleep((useconds_t)(i * 7));
        worker_pool_leave(p, &c.entry);
        assert_int_equal(c.inside, 0);
        int done = c.done;
        usleep(200);
        assert_int_equal(c.done, done);
    }
    int done = c.done, left = c.left;
    give(p, &c, 0); /* it may come back */
    assert_true(wait_for(&c, done + left));
    worker_pool_leave(p, &c.entry);
    worker_pool_free(p);
    worker_pool_free(NULL);
}

static void workers_may_have_threads(void **state)
{
    worker_pool *p;
    (void)state;
    assert_int_equal(worker_pool_create(2, 3, &p, NULL), VIS_OK);
    assert_int_equal(thread_pool_size(worker_pool_threads(p, 1)), 3);
    worker_pool_free(p);
}

#define IN_LINE 6

/* Clients of one worker, which waits inside the first of them until all stand in line. */
static struct line {
    worker_client entry[IN_LINE];
    bool served[IN_LINE];
    int order[IN_LINE];
    atomic_int count;
    atomic_bool inside, open;
} line;

static bool stand_in_line(void *self, int worker)
{
    int number = (int)((worker_client *)self - line.entry);
    if (line.served[number]) return false;
    line.inside = true;
    while (!line.open)
        usleep(100);
    line.served[number] = true;
    line.order[line.count++] = number;
    return true;
}

static void what_is_due_first_is_served_first(void **state)
{
    const int64_t due[IN_LINE] = {0, 300, 100, 200, 100, 0};
    const int order[IN_LINE] = {0, 5, 4, 3, 1, 2};
    worker_pool *p;
    assert_int_equal(worker_pool_create(1, 1, &p, NULL), VIS_OK);
    for (int i = 0; i < IN_LINE; i++) {
        line.entry[i] = (worker_client){.work = stand_in_line, .self = &line.entry[i]};
        worker_pool_set_due(p, &line.entry[i], due[i]);
        worker_pool_wake(p, &line.entry[i]);
        while (!line.inside)
            usleep(100);
    }
    worker_pool_set_due(p, &line.entry[2], 400); /* while it stands there */
    line.open = true;
    for (int ms = 0; line.count < IN_LINE && ms < 30000; ms++)
        usleep(1000);
    for (int i = 0; i < IN_LINE; i++) {
        assert_int_equal(line.order[i], order[i]);
        worker_pool_leave(p, &line.entry[i]);
    }
    worker_pool_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_work_is_done),
        cmocka_unit_test(several_work_for_one),
        cmocka_unit_test(nobody_works_for_who_has_left),
        cmocka_unit_test(workers_may_have_threads),
        cmocka_unit_test(what_is_due_first_is_served_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
