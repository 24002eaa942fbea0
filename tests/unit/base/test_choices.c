/* tests/unit/base/test_choices.c - a word among choices, and what is said of another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "../cmocka_all.h"
#include "base/choices.h"

static void whole_words_are_found(void **state)
{
    assert_int_equal(choices_find("linear cubic area", "linear"), 0);
    assert_int_equal(choices_find("linear cubic area", "cubic"), 1);
    assert_int_equal(choices_find("linear cubic area", "area"), 2);
    const char *none[] = {"", " ", "lin", "linear ", "linear cubic", "areas", "Area"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(choices_find("linear cubic area", none[i]), -1);
    assert_int_equal(choices_find("", "linear"), -1);
}

static void what_can_be_chosen_is_said(void **state)
{
    const char *said[][2] = {{"fast", "--x no: choose fast"},
                             {"float32 fast", "--x no: choose float32 or fast"},
                             {"linear cubic area", "--x no: choose linear, cubic or area"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        vis_error err;
        assert_int_equal(choices_fail(said[i][0], "--x", "no", &err), VIS_ERR_USAGE);
        assert_string_equal(err.message, said[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_words_are_found),
        cmocka_unit_test(what_can_be_chosen_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
