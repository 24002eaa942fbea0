/* Each of the four verdicts at its thresholds and just beyond them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "compare/verdict.h"

#include <math.h>
#include <string.h>

static void tensors_are_judged_by_their_numbers(void **state)
{
    assert_int_equal(verdict_of_tensors(true, 0, 0), VERDICT_BITS);
    assert_int_equal(verdict_of_tensors(false, 0, 0), VERDICT_NUMERIC); /* -0 and 0 */
    assert_int_equal(verdict_of_tensors(false, 5e-5, 2e-6), VERDICT_NUMERIC);
    assert_int_equal(verdict_of_tensors(false, 5.01e-5, 2e-6), VERDICT_DIFFERENT);
    assert_int_equal(verdict_of_tensors(false, 5e-5, 2.01e-6), VERDICT_DIFFERENT);
    assert_int_equal(verdict_of_tensors(false, INFINITY, INFINITY), VERDICT_DIFFERENT);
    assert_int_equal(verdict_of_tensors(false, NAN, NAN), VERDICT_DIFFERENT);
}

static void pictures_are_judged_by_bytes_then_by_eye(void **state)
{
    assert_int_equal(verdict_of_pictures(0, 1, INFINITY, 1), VERDICT_BITS);
    assert_int_equal(verdict_of_pictures(1, 0.999, 60, 1), VERDICT_NUMERIC);
    assert_int_equal(verdict_of_pictures(1, 0.9989, 60, 1), VERDICT_VISUAL);
    assert_int_equal(verdict_of_pictures(2, 0.9999, 60, 1), VERDICT_VISUAL);
    assert_int_equal(verdict_of_pictures(90, 0.5, 40, 0.99), VERDICT_VISUAL);
    assert_int_equal(verdict_of_pictures(90, 0.5, 39.99, 1), VERDICT_DIFFERENT);
    assert_int_equal(verdict_of_pictures(90, 0.5, 50, 0.9899), VERDICT_DIFFERENT);
    assert_int_equal(verdict_of_pictures(90, 0.5, 50, NAN),
                     VERDICT_VISUAL); /* too small for SSIM */
    assert_int_equal(verdict_of_pictures(90, 0.5, NAN, 1), VERDICT_DIFFERENT);
}

static void tensors_rule_numbers_and_pictures_rule_sight(void **state)
{
    assert_int_equal(verdict_of_both(VERDICT_BITS, VERDICT_BITS), VERDICT_BITS);
    assert_int_equal(verdict_of_both(VERDICT_NUMERIC, VERDICT_BITS), VERDICT_NUMERIC);
    assert_int_equal(verdict_of_both(VERDICT_DIFFERENT, VERDICT_NUMERIC), VERDICT_VISUAL);
    assert_int_equal(verdict_of_both(VERDICT_DIFFERENT, VERDICT_DIFFERENT), VERDICT_DIFFERENT);
}

static void words_are_read_back(void **state)
{
    verdict v;
    vis_error err;
    for (verdict w = VERDICT_VISUAL; w <= VERDICT_BITS; w++) {
        assert_int_equal(verdict_parse(verdict_word(w), &v, &err), VIS_OK);
        assert_int_equal(v, w);
    }
    assert_int_equal(verdict_parse("different", &v, &err), VIS_ERR_USAGE);
    assert_non_null(strstr(err.message, "different"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_judged_by_their_numbers),
        cmocka_unit_test(pictures_are_judged_by_bytes_then_by_eye),
        cmocka_unit_test(tensors_rule_numbers_and_pictures_rule_sight),
        cmocka_unit_test(words_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
