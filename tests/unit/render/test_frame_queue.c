/* Pictures leave the queue in the order they came, its memory is bounded, and neither side hangs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "render/frame_queue.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define PICTURES 200

typedef struct consumer {
    frame_queue *queue;
    int seen, wrong, give_up_after;
} consumer;

static void *consume(void *argument)
{
    consumer *c = argument;
    for (const picture *p; (p = frame_queue_front(c->queue));) {
        c->wrong += p->data[0] != (uint8_t)c->seen;
        frame_queue_pop(c->queue);
        if (++c->seen == c->give_up_after) {
            frame_queue_refuse(c->queue);
            break;
        }
    }
    return NULL;
}

/* Pushes PICTURES pictures; returns how many were taken. */
static int produce(frame_queue *q)
{
    picture p = {0};
    int pushed = 0;
    assert_int_equal(picture_create(&p, 8, 4, NULL), VIS_OK);
    for (; pushed < PICTURES; pushed++) {
        vis_status status;
        p.data[0] = (uint8_t)pushed;
        if (!frame_queue_push(q, &p, &status, NULL)) break;
        assert_int_equal(status, VIS_OK);
    }
    frame_queue_end(q);
    picture_free(&p);
    return pushed;
}

static void pictures_arrive_in_order(void **state)
{
    pthread_t thread;
    consumer c = {0};
    assert_int_equal(frame_queue_create(3, &c.queue, NULL), VIS_OK);
    pthread_create(&thread, NULL, consume, &c);
    assert_int_equal(produce(c.queue), PICTURES);
    pthread_join(thread, NULL);
    assert_int_equal(c.seen, PICTURES);
    assert_int_equal(c.wrong, 0);
    frame_queue_free(c.queue);
}

static void a_refusal_wakes_the_drawer(void **state)
{
    pthread_t thread;
    consumer c = {.give_up_after = 10};
    assert_int_equal(frame_queue_create(2, &c.queue, NULL), VIS_OK);
    pthread_create(&thread, NULL, consume, &c);
    assert_in_range(produce(c.queue), 10, 12);
    pthread_join(thread, NULL);
    frame_queue_free(c.queue);
}

static void an_ended_empty_queue_says_so(void **state)
{
    frame_queue *q;
    assert_int_equal(frame_queue_create(2, &q, NULL), VIS_OK);
    frame_queue_end(q);
    assert_null(frame_queue_front(q));
    frame_queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_arrive_in_order),
        cmocka_unit_test(a_refusal_wakes_the_drawer),
        cmocka_unit_test(an_ended_empty_queue_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
