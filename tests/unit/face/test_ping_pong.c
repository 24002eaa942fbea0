/* tests/unit/face/test_ping_pong.c - the ping-pong, and when a frame is shown next.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/ping_pong.h"

static void ping_pong_starts_at_the_second_frame(void **state)
{
    const int expected[] = {1, 2, 3, 4, 3, 2, 1, 0, 1, 2, 3, 4, 3};
    for (int i = 0; i < 13; i++)
        assert_int_equal(ping_pong_index(i, 0, 5), expected[i]);
}

/* As the originals step: turn at the ends, then move. */
static void ping_pong_equals_the_stepping_loop(void **state)
{
    for (int count = 1; count <= 9; count++)
        for (int first = 0; first < count; first++) {
            int at = first, step = 0;
            for (int i = 0; i < 60; i++) {
                if (count - first > 1) {
                    if (at >= count - 1) step = -1;
                    if (at < first + 1) step = 1;
                    at += step;
                }
                assert_int_equal(ping_pong_index(i, first, count), at);
            }
        }
}

static void one_frame_is_always_shown(void **state)
{
    for (int i = -1; i < 9; i++) {
        assert_int_equal(ping_pong_index(i, 0, 1), 0);
        assert_int_equal(ping_pong_index(i, 6, 7), 6);
    }
    assert_int_equal(ping_pong_next(0, 5, 0, 1), 5);
}

static void position_before_the_start_is_the_first_frame(void **state)
{
    assert_int_equal(ping_pong_index(-1, 0, 5), 0);
    assert_int_equal(ping_pong_index(-1, 2, 5), 2);
    for (int k = 0; k < 5; k++) /* K, K+1, ... is the ping-pong from position K-1 on */
        for (int i = 0; i < 5 - k; i++)
            assert_int_equal(ping_pong_index(k - 1 + i, 0, 5), k + i);
}

static void far_positions_do_not_overflow(void **state)
{
    int index = ping_pong_index(INT64_MAX, 0, 1000);
    assert_in_range(index, 0, 999);
    assert_true(ping_pong_next(3, INT64_MAX - 1, 0, 1000) >= INT64_MAX - 1);
}

static void next_is_what_a_search_finds(void **state)
{
    for (int count = 1; count <= 7; count++)
        for (int first = 0; first < count; first++)
            for (int64_t from = -1; from < 30; from++)
                for (int index = 0; index < count; index++) {
                    int64_t found = from;
                    while (found < 100 && ping_pong_index(found, first, count) != index)
                        found++;
                    if (found == 100) found = PING_PONG_NEVER;
                    assert_true(ping_pong_next(index, from, first, count) == found);
                }
}

static void uses_are_counted(void **state)
{
    for (int count = 1; count <= 6; count++)
        for (int first = 0; first < count; first++)
            for (int from = 0; from < 4; from++)
                for (int end = from - 1; end < 30; end++) {
                    int uses[6] = {0};
                    for (int i = from; i < end; i++)
                        uses[ping_pong_index(i, first, count)]++;
                    for (int index = 0; index < count; index++)
                        assert_int_equal(ping_pong_uses(index, from, end, first, count),
                                         uses[index]);
                }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ping_pong_starts_at_the_second_frame),
        cmocka_unit_test(ping_pong_equals_the_stepping_loop),
        cmocka_unit_test(one_frame_is_always_shown),
        cmocka_unit_test(position_before_the_start_is_the_first_frame),
        cmocka_unit_test(far_positions_do_not_overflow),
        cmocka_unit_test(uses_are_counted),
        cmocka_unit_test(next_is_what_a_search_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
