/* unit/verify/test_jumbf_read.c - superboxes, their labels, and sizes that do not fit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "provenance/jumbf_read.h"

#include <string.h>

#define TAIL "\x00\x11\x00\x10\x80\x00\x00\xAA\x00\x38\x9B\x71"

/* c2as "ab": one cbor box of a byte. */
static const char one[] = "\0\0\0\x2Djumb"
                          "\0\0\0\x1Cjumd"
                          "c2as" TAIL "\x03"
                          "ab\0"
                          "\0\0\0\x09"
                          "cbor\xf6";
enum {
    ONE = sizeof one - 1,
    SIZE_OF_DESCRIPTION = 11,
    TOGGLES = 32,
    LABEL = 33,
    SIZE_OF_CBOR = 39
};

static void test_a_box_is_taken_apart(void **state)
{
    jumbf_box box;
    byte_span content;
    size_t at = 0;
    const byte_span in = {(const uint8_t *)one, ONE};
    assert_int_equal(ONE, 45);
    assert_true(jumbf_next(in, &at, &box));
    assert_string_equal(box.type, "c2as");
    assert_true(jumbf_label_is(&box, "ab") && !jumbf_label_is(&box, "a"));
    assert_int_equal(box.content.size, ONE - 8);
    assert_true(jumbf_content(&box, "cbor", &content));
    assert_true(content.size == 1 && content.data[0] == 0xf6);
    assert_false(jumbf_content(&box, "json", &content));
    assert_false(jumbf_next(in, &at, &box));
}

static void test_the_one_that_is_wanted_is_found(void **state)
{
    uint8_t two[2 * ONE];
    jumbf_box box;
    memcpy(two, one, ONE);
    memcpy(two + ONE, one, ONE);
    two[ONE + LABEL] = 'x';
    const byte_span in = {two, sizeof two};
    assert_true(jumbf_find(in, "c2as", NULL, &box) && jumbf_label_is(&box, "ab"));
    assert_true(jumbf_find(in, NULL, "xb", &box));
    assert_false(jumbf_find(in, "c2cl", NULL, &box));
    assert_false(jumbf_find(in, NULL, "b", &box));
}

static void test_other_types_have_no_name(void **state)
{
    uint8_t other[ONE];
    jumbf_box box;
    size_t at = 0;
    memcpy(other, one, ONE);
    other[SIZE_OF_DESCRIPTION + 9 + 4] ^= 1; /* a byte of the type's tail */
    assert_true(jumbf_next((byte_span){other, ONE}, &at, &box));
    assert_string_equal(box.type, "");
}

static void test_without_a_label(void **state)
{
    uint8_t bare[ONE];
    jumbf_box box;
    size_t at = 0;
    memcpy(bare, one, ONE);
    bare[TOGGLES] = 0;
    assert_true(jumbf_next((byte_span){bare, ONE}, &at, &box));
    assert_int_equal(box.label.size, 0);
}

static void test_what_does_not_fit_is_not_there(void **state)
{
    static const struct {
        int at;
        uint8_t value;
    } cases[] = {{3, ONE + 1},
                 {3, 7},
                 {SIZE_OF_DESCRIPTION, 40},
                 {SIZE_OF_DESCRIPTION, 8},
                 {LABEL + 2, 'c'}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t changed[ONE];
        jumbf_box box;
        size_t at = 0;
        memcpy(changed, one, ONE);
        changed[cases[i].at] = cases[i].value;
        assert_false(jumbf_next((byte_span){changed, ONE}, &at, &box));
    }
    for (size_t size = 0; size < ONE; size++) {
        jumbf_box box;
        size_t at = 0;
        assert_false(jumbf_next((byte_span){(const uint8_t *)one, size}, &at, &box));
    }
}

static void test_content_that_does_not_fit(void **state)
{
    uint8_t changed[ONE];
    jumbf_box box;
    byte_span content;
    size_t at = 0;
    memcpy(changed, one, ONE);
    changed[SIZE_OF_CBOR] = 200;
    assert_true(jumbf_next((byte_span){changed, ONE}, &at, &box));
    assert_false(jumbf_content(&box, "cbor", &content));
    assert_int_equal(content.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_box_is_taken_apart),
        cmocka_unit_test(test_the_one_that_is_wanted_is_found),
        cmocka_unit_test(test_other_types_have_no_name),
        cmocka_unit_test(test_without_a_label),
        cmocka_unit_test(test_what_does_not_fit_is_not_there),
        cmocka_unit_test(test_content_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
