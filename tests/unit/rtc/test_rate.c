/* unit/rtc/test_rate.c - less after losses, more again without, never beyond what the viewer takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "rtc/rate.h"

static void test_losses_bound_it_and_let_it_go(void **state)
{
    rate r = {0};
    rate_report(&r, 0.01, 1e6);
    assert_true(rate_bound(&r) == 0);
    rate_report(&r, 0.05, 1e6); /* between the two nothing changes */
    assert_true(rate_bound(&r) == 0);
    rate_report(&r, 0.2, 1e6);
    assert_true(rate_bound(&r) == 1e6 * 0.9);
    rate_report(&r, 0.5, 2e6);
    assert_true(rate_bound(&r) == 0.9e6 * 0.75);
    for (int i = 0; i < 30; i++)
        rate_report(&r, 1, 1e6);
    assert_true(rate_bound(&r) == RATE_LEAST);
    for (int i = 0; i < 100; i++)
        rate_report(&r, 0, 1e6);
    assert_true(rate_bound(&r) == 0);
}

static void test_the_viewers_estimate_is_kept_to(void **state)
{
    rate r = {0};
    rate_estimate(&r, 5e5);
    assert_true(rate_bound(&r) == 5e5);
    rate_report(&r, 0.2, 1e7);
    assert_true(rate_bound(&r) == 5e5);
    rate_estimate(&r, 1);
    assert_true(rate_bound(&r) == RATE_LEAST);
    rate_estimate(&r, 1e30);
    assert_true(rate_bound(&r) == 1e7 * 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_bound_it_and_let_it_go),
        cmocka_unit_test(test_the_viewers_estimate_is_kept_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
