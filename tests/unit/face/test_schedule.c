/* tests/unit/face/test_schedule.c - resampling in time, next uses, and the cursor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/character.h"
#include "face/frame_decoder.h"
#include "face/ping_pong.h"

#include <math.h>

static void frames_nearest_in_time_are_shown(void **state)
{
    const struct {
        int sources, frames;
        double step;
    } cases[] = {
        {300, 250, 30 / 25.}, {100, 125, 20 / 25.},         {600, 250, 60 / 25.}, {1, 1, 1},
        {1, 25, 1 / 25.},     {30, 25, 30000 / 1001. / 25}, {2, 1, 30 / 25.}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        schedule s;
        assert_int_equal(schedule_create(&s, cases[k].sources, cases[k].step, NULL), VIS_OK);
        assert_int_equal(s.frames, cases[k].frames);
        for (int n = 0; n < s.frames; n++) {
            double wanted = n * cases[k].step;
            if (wanted > cases[k].sources - 1) wanted = cases[k].sources - 1;
            assert_true(fabs(s.source_of[n] - wanted) <= 0.5);
        }
        schedule_free(&s);
    }
}

static void next_use_is_what_a_search_finds(void **state)
{
    const double steps[] = {1, 1.2, 0.8, 2.4, 0.25};
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        schedule s;
        plan p = {.end = INT64_MAX, .likely_end = INT64_MAX};
        assert_int_equal(schedule_create(&s, 12, steps[k], NULL), VIS_OK);
        schedule_add(&s, &p);
        p.first = s.frames > 3 ? 2 : 0;
        p.end = 150;
        for (p.cursor = -1; p.cursor < 60; p.cursor++)
            for (int index = 0; index < 12; index++) {
                int64_t found = p.cursor;
                while (found < p.end && schedule_at(&s, &p, found) != index)
                    found++;
                if (found == p.end) found = PING_PONG_NEVER;
                if (found != PING_PONG_NEVER) found -= p.cursor;
                assert_true(schedule_next_use(&s, index) == found);
            }
        schedule_free(&s);
    }
}

/* Frames that come back only behind the likely end do not count, until the cursor is there. */
static void likely_end_holds_until_it_is_passed(void **state)
{
    schedule s;
    plan p = {.end = INT64_MAX, .likely_end = INT64_MAX};
    assert_int_equal(schedule_create(&s, 10, 1, NULL), VIS_OK);
    schedule_add(&s, &p);
    p.likely_end = 6; /* 1 2 3 4 5 6, and perhaps more: 7 8 9 8 7 6 ... */
    p.cursor = 3;
    assert_true(schedule_next_use(&s, 6) == 5 - 3);
    assert_true(schedule_next_use(&s, 7) == PING_PONG_NEVER);
    assert_true(schedule_next_use(&s, 3) == PING_PONG_NEVER);
    p.cursor = 6;
    assert_true(schedule_next_use(&s, 7) == 0);
    p.end = 7;
    p.likely_end = 9;
    assert_true(schedule_next_use(&s, 8) == PING_PONG_NEVER);
    schedule_free(&s);
}

static void cursor_follows_but_second_looks_do_not_move_it(void **state)
{
    schedule s;
    plan p = {.end = INT64_MAX, .likely_end = INT64_MAX};
    assert_int_equal(schedule_create(&s, 50, 1, NULL), VIS_OK);
    for (int i = 0; i < 20; i++) {
        schedule_advance(&s, &p, ping_pong_index(i, 0, 50));
        assert_int_equal(p.cursor, i + 1);
    }
    schedule_advance(&s, &p, ping_pong_index(15, 0, 50));
    assert_int_equal(p.cursor, 20);
    schedule_advance(&s, &p, ping_pong_index(21, 0, 50)); /* another thread was faster */
    assert_int_equal(p.cursor, 22);
    schedule_advance(&s, &p, ping_pong_index(20, 0, 50));
    assert_int_equal(p.cursor, 22);
    schedule_advance(&s, &p, 40); /* a jump */
    assert_int_equal(p.cursor, 40);
    schedule_free(&s);
}

static void of_many_plans_the_soonest_counts(void **state)
{
    schedule s;
    plan one = {.cursor = 0, .end = INT64_MAX, .likely_end = INT64_MAX};   /* 1 2 3 4 5 ... */
    plan other = {.cursor = 4, .end = INT64_MAX, .likely_end = INT64_MAX}; /* 5 6 7 8 9 8 ... */
    assert_int_equal(schedule_create(&s, 10, 1, NULL), VIS_OK);
    schedule_add(&s, &one);
    assert_true(schedule_next_use(&s, 7) == 6);
    schedule_add(&s, &other);
    schedule_add(&s, &other); /* twice is once */
    assert_true(schedule_next_use(&s, 7) == 2);
    assert_true(schedule_next_use(&s, 2) == 1);
    schedule_remove(&s, &one);
    assert_true(schedule_next_use(&s, 2) == 11);
    schedule_remove(&s, &other);
    schedule_remove(&s, &other);
    assert_true(schedule_next_use(&s, 7) == 6); /* as if from the beginning */
    schedule_free(&s);
}

static void endless_footage_is_refused(void **state)
{
    schedule s;
    assert_int_equal(schedule_create(&s, FRAME_SOURCE_MAX, 1e-3, NULL), VIS_ERR_LIMIT);
    assert_int_equal(schedule_create(&s, 0, 1, NULL), VIS_ERR_LIMIT);
    assert_int_equal(schedule_create(&s, 5, 1e-300, NULL), VIS_ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_nearest_in_time_are_shown),
        cmocka_unit_test(next_use_is_what_a_search_finds),
        cmocka_unit_test(likely_end_holds_until_it_is_passed),
        cmocka_unit_test(cursor_follows_but_second_looks_do_not_move_it),
        cmocka_unit_test(of_many_plans_the_soonest_counts),
        cmocka_unit_test(endless_footage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
