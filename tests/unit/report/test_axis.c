/* Axes hold their values, are ticked at round numbers, and write numbers that people read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "report/axis.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MINUS "\xE2\x88\x92"

static axis rounded(double low, double high)
{
    return axis_make((axis_range){low, high}, (axis_options){.round = true, .ticks = 5});
}

static void expect_ticks(const axis *a, int count, const char *const *texts)
{
    char text[AXIS_TEXT];
    assert_int_equal(a->n_ticks, count);
    for (int i = 0; i < count; i++) {
        axis_tick_text(a, i, text);
        assert_string_equal(text, texts[i]);
    }
}

static void ticks_are_round_and_enclose_the_values(void **state)
{
    axis a = rounded(27.3, 34.9);
    expect_ticks(&a, 6, (const char *const[]){"26", "28", "30", "32", "34", "36"});
    assert_true(a.low == 26 && a.high == 36);
}

static void small_and_large_numbers_stay_short(void **state)
{
    axis a = rounded(0, 2.1e-6), b = rounded(-0.31, 0.4), c = rounded(0, 3.2e7);
    expect_ticks(&a, 6,
                 (const char *const[]){"0", "5e" MINUS "7", "1e" MINUS "6", "1.5e" MINUS "6",
                                       "2e" MINUS "6", "2.5e" MINUS "6"});
    expect_ticks(&b, 5, (const char *const[]){MINUS "0.4", MINUS "0.2", "0.0", "0.2", "0.4"});
    expect_ticks(&c, 5, (const char *const[]){"0", "1e7", "2e7", "3e7", "4e7"});
}

static void one_value_gets_room(void **state)
{
    const double values[] = {0, 42, -1e-9, 1e15, 1e299};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        axis a = rounded(values[i], values[i]);
        a.to = 100;
        assert_true(a.low < values[i] && values[i] < a.high);
        assert_true(axis_at(&a, values[i]) > 5 && axis_at(&a, values[i]) < 95);
        assert_true(a.n_ticks >= 2);
    }
}

static void extreme_ranges_stay_finite(void **state)
{
    const double ranges[][2] = {{-1e300, 1e300}, {0, 1e-299}, {1e15, 1e15 + 0.25}, {-5e-324, 0}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        axis a = rounded(ranges[i][0], ranges[i][1]);
        a.to = 100;
        assert_true(isfinite(a.low) && isfinite(a.high) && a.low < a.high);
        assert_true(a.n_ticks >= 1 && a.n_ticks <= AXIS_MAX_TICKS);
        assert_true(isfinite(axis_at(&a, ranges[i][0])) && isfinite(axis_at(&a, ranges[i][1])));
    }
}

static void frames_are_counted_in_whole_numbers(void **state)
{
    axis a = axis_make((axis_range){0, 3}, (axis_options){.whole = true, .ticks = 8});
    expect_ticks(&a, 4, (const char *const[]){"0", "1", "2", "3"});
    axis b = axis_make((axis_range){7, 7}, (axis_options){.whole = true, .ticks = 8});
    expect_ticks(&b, 1, (const char *const[]){"7"});
}

static void logarithms_are_ticked_by_decades(void **state)
{
    axis a =
        axis_make((axis_range){3e-7, 20}, (axis_options){.log = true, .round = true, .ticks = 5});
    a.to = 100;
    expect_ticks(&a, 10,
                 (const char *const[]){"1e" MINUS "7", "1e" MINUS "6", "1e" MINUS "5", "0.0001",
                                       "0.001", "0.01", "0.1", "1", "10", "100"});
    assert_true(fabs(axis_at(&a, 1e-7)) < 1e-9 && fabs(axis_at(&a, 100) - 100) < 1e-9);
    assert_true(fabs(axis_at(&a, 1e-4) - 100.0 / 3) < 1e-9);
}

static void nothing_is_zero_to_one(void **state)
{
    axis a = axis_make(axis_no_range(), (axis_options){.ticks = 2});
    expect_ticks(&a, 3, (const char *const[]){"0.0", "0.5", "1.0"});
    axis b = axis_make(axis_no_range(), (axis_options){.ticks = 5, .log = true});
    assert_true(b.low == 0 && b.high == 1);
}

static void gaps_do_not_count(void **state)
{
    axis_range r = axis_no_range();
    const double values[] = {NAN, INFINITY, -INFINITY, DBL_MAX, 3, 5};
    for (size_t i = 0; i < 6; i++)
        axis_include(&r, values[i], false);
    assert_true(r.low == 3 && r.high == 5);
    assert_false(axis_shows(0, true) || axis_shows(-1, true) || axis_shows(NAN, true));
    assert_true(axis_shows(0, false) && axis_shows(1e-9, true));
}

static void numbers_are_written_for_people(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {31.42, "31.42"},
        {-0.04, MINUS "0.04"},
        {1.5e-7, "1.5e" MINUS "7"},
        {2e12, "2e12"},
        {0, "0"},
        {12.0834, "12.08"},
        {INFINITY, "\xE2\x88\x9E"},
        {-INFINITY, MINUS "\xE2\x88\x9E"},
        {NAN, "\xE2\x80\x93"},
    };
    char text[AXIS_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axis_number_text(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_and_enclose_the_values),
        cmocka_unit_test(small_and_large_numbers_stay_short),
        cmocka_unit_test(one_value_gets_room),
        cmocka_unit_test(extreme_ranges_stay_finite),
        cmocka_unit_test(frames_are_counted_in_whole_numbers),
        cmocka_unit_test(logarithms_are_ticked_by_decades),
        cmocka_unit_test(nothing_is_zero_to_one),
        cmocka_unit_test(gaps_do_not_count),
        cmocka_unit_test(numbers_are_written_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
