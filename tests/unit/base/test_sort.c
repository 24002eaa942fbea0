/* tests/unit/base/test_sort.c - indices in order, against all orders of a few and random ones.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/sort.h"

#define MANY 1000

static int by_value(int a, int b, const void *context)
{
    const int *value = context;
    return (value[a] > value[b]) - (value[a] < value[b]);
}

/* Each index is there once, and their values rise. */
static void check_sorted(const int *value, int n)
{
    int index[MANY], seen[MANY] = {0};
    for (int i = 0; i < n; i++)
        index[i] = n - 1 - i;
    sort_indices(index, (size_t)n, by_value, value);
    for (int i = 0; i < n; i++) {
        assert_in_range(index[i], 0, n - 1);
        assert_int_equal(seen[index[i]]++, 0);
        if (i) assert_true(value[index[i - 1]] <= value[index[i]]);
    }
}

static void none_and_one(void **state)
{
    const int value[] = {7};
    sort_indices(NULL, 0, by_value, value);
    check_sorted(value, 1);
}

/* Six values out of four, so that some are equal: all 4,096. */
static void all_orders_of_six(void **state)
{
    for (int code = 0; code < 4096; code++) {
        int value[6];
        for (int i = 0; i < 6; i++)
            value[i] = code >> (2 * i) & 3;
        for (int n = 0; n <= 6; n++)
            check_sorted(value, n);
    }
}

static void many(void **state)
{
    static int value[MANY];
    uint32_t random = 1;
    for (int i = 0; i < MANY; i++) {
        random = random * 1664525 + 1013904223;
        value[i] = (int)(random >> 24);
    }
    check_sorted(value, MANY);
    for (int i = 0; i < MANY; i++)
        value[i] = i;
    check_sorted(value, MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_and_one),
        cmocka_unit_test(all_orders_of_six),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
