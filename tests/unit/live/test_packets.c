/* Packets, their queue, and what the machine is promised.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "live/admission_promise.h"
#include "live/packet_make.h"
#include "live/packet_queue.h"

#include <string.h>

static const live_packet *picture(bool key, int64_t time_us)
{
    live_bytes *b = live_bytes_new(10);
    assert_non_null(b);
    memset(b->data, key, b->size);
    return live_packet_media(LIVE_H264, key, time_us, 40000, b);
}

static const live_packet *event(const char *id)
{
    return live_packet_event(&(live_event){.kind = LIVE_STARTED, .id = id}, 7);
}

static void test_events_own_their_texts(void **state)
{
    char id[] = "one";
    const live_packet *p =
        live_packet_event(&(live_event){.kind = LIVE_FAILED, .id = id, .text = "why"}, 3);
    id[0] = 'x';
    assert_string_equal(p->event.id, "one");
    assert_string_equal(p->event.text, "why");
    assert_int_equal(p->time_us, 3);
    live_packet_keep(p);
    live_packet_release(p);
    assert_string_equal(p->event.id, "one");
    live_packet_release(p);
    live_packet_release(NULL);
}

static void take_expecting(packet_queue *q, int64_t time_us)
{
    const live_packet *p = packet_queue_take(q);
    assert_non_null(p);
    assert_int_equal(p->time_us, time_us);
    live_packet_release(p);
}

static void test_nobody_receives_media(void **state)
{
    packet_queue q;
    packet_queue_init(&q);
    packet_queue_add(&q, picture(true, 1));
    packet_queue_add(&q, event("one"));
    assert_false(packet_queue_wants_key(&q));
    take_expecting(&q, 7);
    assert_null(packet_queue_take(&q));
    assert_int_equal(packet_queue_dropped(&q), 0);
    packet_queue_free(&q);
}

static void test_who_comes_begins_with_a_key(void **state)
{
    packet_queue q;
    packet_queue_init(&q);
    packet_queue_attach(&q);
    assert_true(packet_queue_wants_key(&q));
    packet_queue_add(&q, picture(false, 1));
    packet_queue_add(&q, picture(true, 2));
    packet_queue_add(&q, picture(false, 3));
    assert_false(packet_queue_wants_key(&q));
    take_expecting(&q, 2);
    packet_queue_attach(&q); /* another receiver: 3 is dropped */
    packet_queue_add(&q, picture(false, 4));
    packet_queue_add(&q, picture(true, 5));
    take_expecting(&q, 5);
    assert_null(packet_queue_take(&q));
    packet_queue_free(&q);
}

/* A receiver that stands still for long: memory is bounded, events stay, pictures are whole again. */
static void test_who_falls_behind(void **state)
{
    packet_queue q;
    packet_queue_init(&q);
    packet_queue_attach(&q);
    packet_queue_add(&q, picture(true, 0));
    packet_queue_add(&q, event("one"));
    int waiting = 0, dropped_at = 0;
    for (int i = 1; i < 200; i++) {
        bool fine = packet_queue_add(&q, picture(false, i * 40000));
        if (!fine && !dropped_at) dropped_at = i;
    }
    assert_int_equal(dropped_at, PACKET_QUEUE_US / 40000);
    assert_true(packet_queue_wants_key(&q));
    assert_int_equal(packet_queue_dropped(&q), 200);
    packet_queue_add(&q, picture(true, 9));
    take_expecting(&q, 7); /* the event */
    take_expecting(&q, 9);
    while (packet_queue_take(&q))
        waiting++;
    assert_int_equal(waiting, 0);
    packet_queue_free(&q);
}

static void test_events_are_bounded_too(void **state)
{
    packet_queue q;
    packet_queue_init(&q);
    for (int i = 0; i < 10 * PACKET_QUEUE_EVENTS; i++)
        packet_queue_add(&q, live_packet_event(&(live_event){.kind = LIVE_STATE}, i));
    take_expecting(&q, 9 * PACKET_QUEUE_EVENTS);
    packet_queue_free(&q);
}

static void test_promises(void **state)
{
    vis_error err;
    live_load load;
    live_admission_set(2, 3);
    assert_int_equal(live_promise_session(0.1, &err), VIS_OK);
    assert_int_equal(live_promise_session(0.1, &err), VIS_OK);
    assert_int_equal(live_promise_speech(1.9, &err), VIS_OK); /* too dear, but the first */
    assert_int_equal(live_promise_speech(0.1, &err), VIS_ERR_LIMIT);
    assert_int_equal(live_promise_session(0.1, &err), VIS_ERR_LIMIT);
    live_promise_speech_end(1.9);
    assert_int_equal(live_promise_speech(0.7, &err), VIS_OK);
    assert_int_equal(live_promise_speech(0.7, &err), VIS_OK);
    assert_int_equal(live_promise_speech(0.7, &err), VIS_ERR_LIMIT); /* 0.2 + 2.1 of 1.7 */
    live_promise_speech_end(0.7);
    live_promise_speech_end(0.7);
    assert_int_equal(live_promise_session(0.1, &err), VIS_OK);
    assert_int_equal(live_promise_session(0.1, &err), VIS_ERR_LIMIT); /* a fourth */
    live_admission_load(&load);
    assert_int_equal(load.sessions, 3);
    assert_int_equal(load.speaking, 0);
    for (int i = 0; i < 3; i++)
        live_promise_session_end(0.1);
    live_admission_load(&load);
    assert_true(load.promised == 0);
    live_admission_set(0, 0);
}

static void test_late_frames_let_nobody_speak(void **state)
{
    vis_error err;
    live_admission_set(2, 9);
    assert_int_equal(live_promise_session(0.1, &err), VIS_OK);
    assert_int_equal(live_promise_speech(0.1, &err), VIS_OK);
    for (int i = 0; i < 20; i++)
        live_promise_kept(false);
    assert_int_equal(live_promise_session(0.1, &err),
                     VIS_OK); /* who looks on costs next to nothing */
    assert_int_equal(live_promise_speech(0.1, &err), VIS_ERR_LIMIT);
    for (int i = 0; i < 200; i++)
        live_promise_kept(true);
    assert_int_equal(live_promise_speech(0.1, &err), VIS_OK);
    live_promise_speech_end(0.1);
    live_promise_speech_end(0.1);
    live_promise_session_end(0.1);
    live_promise_session_end(0.1);
    live_admission_set(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_own_their_texts),
        cmocka_unit_test(test_nobody_receives_media),
        cmocka_unit_test(test_who_comes_begins_with_a_key),
        cmocka_unit_test(test_who_falls_behind),
        cmocka_unit_test(test_events_are_bounded_too),
        cmocka_unit_test(test_promises),
        cmocka_unit_test(test_late_frames_let_nobody_speak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
