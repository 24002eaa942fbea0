/* Frames leave the line in the order in which they came, however many paint; failures count in that
 * order too; nobody hangs when the line ends or stops.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "render/frame_line.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#define FRAMES 200
#define PLACES 5
#define PAINTERS 3

/* A clip whose picture of frame i has i in its corner. */
typedef struct clip {
    frame_line *line;
    int encoded, wrong;
    int refuse_after; /* frames encoded before the encoder gives up; -1: never */
    int fail_at;      /* the frame that its painter cannot paint, ... */
    int order_fails;  /* ... and the one that cannot be ordered; -1: none */
    vis_status met;   /* by the encoder */
    int met_at;
} clip;

static void *paint(void *argument)
{
    clip *c = argument;
    for (frame_place *p; (p = frame_line_take(c->line));) {
        int frame = p->order.footage;
        if (p->status == VIS_OK) p->status = picture_reserve(&p->picture, 8, 4, &p->err);
        if (p->status == VIS_OK) p->picture.data[0] = (uint8_t)p->window[0];
        if (frame == c->fail_at) p->status = VIS_ERR_MISMATCH;
        for (int i = 0; i < frame * 7 % 11; i++)
            sched_yield(); /* so that they finish in another order */
        frame_line_painted(c->line, p);
    }
    return NULL;
}

static void *encode(void *argument)
{
    clip *c = argument;
    for (frame_place *p; (p = frame_line_front(c->line)); c->encoded++) {
        c->met = p->status;
        c->met_at = p->order.footage;
        if (c->met != VIS_OK || c->encoded == c->refuse_after) {
            frame_line_stop(c->line);
            break;
        }
        c->wrong += p->order.footage != c->encoded || p->picture.data[0] != (uint8_t)c->encoded;
        frame_line_pop(c->line);
    }
    return NULL;
}

/* Orders FRAMES frames, or until the line stops; returns how many. */
static int order(clip *c)
{
    int ordered = 0;
    for (frame_place *p; ordered < FRAMES && (p = frame_line_begin(c->line)); ordered++) {
        assert_int_equal(p->status, VIS_OK);
        assert_ptr_equal(p->order.window, p->window);
        assert_null(p->order.filmed);
        p->order.footage = ordered;
        p->window[0] = (float)ordered;
        if (ordered == c->order_fails) p->status = VIS_ERR_OPEN;
        frame_line_order(c->line);
    }
    frame_line_end(c->line);
    return ordered;
}

/* Runs the clip with so many painters; returns how many frames were ordered. */
static int run(clip *c, int painters)
{
    pthread_t painter[PAINTERS], encoder;
    assert_int_equal(frame_line_create(PLACES, 1, &c->line, NULL), VIS_OK);
    for (int i = 0; i < painters; i++)
        assert_int_equal(pthread_create(&painter[i], NULL, paint, c), 0);
    assert_int_equal(pthread_create(&encoder, NULL, encode, c), 0);
    int ordered = order(c);
    for (int i = 0; i < painters; i++)
        pthread_join(painter[i], NULL);
    pthread_join(encoder, NULL);
    return ordered;
}

static void frames_arrive_in_order(void **state)
{
    for (int painters = 1; painters <= PAINTERS; painters++) {
        clip c = {.refuse_after = -1, .fail_at = -1, .order_fails = -1};
        assert_int_equal(run(&c, painters), FRAMES);
        assert_int_equal(c.encoded, FRAMES);
        assert_int_equal(c.wrong, 0);
        assert_int_equal(frame_line_done(c.line, FRAMES - 1), FRAMES);
        frame_line_free(c.line);
    }
}

static void a_refusal_stops_everybody(void **state)
{
    clip c = {.refuse_after = 10, .fail_at = -1, .order_fails = -1};
    assert_in_range(run(&c, PAINTERS), 11, 10 + PLACES);
    assert_int_equal(frame_line_done(c.line, 1000), 10); /* no more will come */
    assert_null(frame_line_begin(c.line));
    assert_null(frame_line_take(c.line));
    assert_null(frame_line_front(c.line));
    frame_line_free(c.line);
}

static void the_earliest_failure_is_met(void **state)
{
    for (int painters = 1; painters <= PAINTERS; painters++) {
        clip c = {.refuse_after = -1, .fail_at = 20, .order_fails = 22};
        run(&c, painters);
        assert_int_equal(c.met, VIS_ERR_MISMATCH);
        assert_int_equal(c.met_at, 20);
        assert_int_equal(c.encoded, 20);
        frame_line_free(c.line);
        c = (clip){.refuse_after = -1, .fail_at = 22, .order_fails = 20};
        run(&c, painters);
        assert_int_equal(c.met, VIS_ERR_OPEN);
        assert_int_equal(c.met_at, 20);
        frame_line_free(c.line);
    }
}

static void an_ended_empty_line_says_so(void **state)
{
    frame_line *l;
    assert_int_equal(frame_line_create(2, 1, &l, NULL), VIS_OK);
    frame_line_end(l);
    assert_null(frame_line_take(l));
    assert_null(frame_line_front(l));
    frame_line_free(l);
}

static void places_are_all_told(void **state)
{
    frame_line *l;
    assert_int_equal(frame_line_create(3, 1, &l, NULL), VIS_OK);
    frame_place *first = frame_line_begin(l);
    frame_line_order(l);
    assert_ptr_equal(frame_line_place(l, 0), first);
    assert_ptr_equal(frame_line_place(l, 1), frame_line_begin(l));
    assert_non_null(frame_line_place(l, 2));
    assert_null(frame_line_place(l, 3));
    frame_line_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_arrive_in_order),
        cmocka_unit_test(a_refusal_stops_everybody),
        cmocka_unit_test(the_earliest_failure_is_met),
        cmocka_unit_test(an_ended_empty_line_says_so),
        cmocka_unit_test(places_are_all_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
