/* Statistics equal their definitions, whole or in pieces, and count what is not a number apart.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "measure/statistics.h"

#include <math.h>

#define COUNT 10001

static void pieces_give_the_numbers_of_the_whole(void **state)
{
    static float v[COUNT];
    double sum = 0, squares = 0;
    for (int i = 0; i < COUNT; i++)
        v[i] = sinf((float)i * 0.37f) * 0.75f + 1000.0f;
    for (int i = 0; i < COUNT; i++)
        sum += (double)v[i];
    for (int i = 0; i < COUNT; i++)
        squares += pow((double)v[i] - sum / COUNT, 2);
    statistics whole = {0}, pieces = {0};
    statistics_add(&whole, v, COUNT);
    for (int i = 0; i < COUNT; i += 7)
        statistics_add(&pieces, v + i, i + 7 <= COUNT ? 7 : COUNT - i);
    assert_true(fabs(whole.mean - sum / COUNT) < 1e-9);
    assert_true(fabs(statistics_std(&whole) - sqrt(squares / COUNT)) < 1e-9);
    assert_true(fabs(pieces.mean - whole.mean) < 1e-9);
    assert_true(fabs(statistics_std(&pieces) - statistics_std(&whole)) < 1e-9);
    assert_true(pieces.min == whole.min && pieces.max == whole.max && pieces.count == COUNT);
}

static void range_and_share_are_exact(void **state)
{
    const float v[] = {-0.5f, 0.0f, 0.25f, 1.0f, 1.5f, NAN, INFINITY, 0.5f};
    statistics s = {0};
    statistics_add(&s, v, 8);
    assert_int_equal(s.count, 6);
    assert_int_equal(s.broken, 2);
    assert_true(s.min == -0.5 && s.max == 1.5);
    assert_true(statistics_inside(&s) == 4.0 / 8.0);
}

static void nothing_is_no_error(void **state)
{
    statistics s = {0}, other = {0};
    statistics_add(&s, NULL, 0);
    statistics_merge(&s, &other);
    assert_true(statistics_std(&s) == 0 && statistics_inside(&s) == 0 && s.mean == 0);
    assert_true(statistics_median(NULL, 0) == 0);
}

static void the_median_is_the_middle(void **state)
{
    double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2};
    assert_true(statistics_median(odd, 3) == 3);
    assert_true(statistics_median(even, 4) == 2.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_give_the_numbers_of_the_whole),
        cmocka_unit_test(range_and_share_are_exact),
        cmocka_unit_test(nothing_is_no_error),
        cmocka_unit_test(the_median_is_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
