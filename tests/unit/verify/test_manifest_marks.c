/* unit/verify/test_manifest_marks.c - what results come to, and that a broken one is never lost.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "provenance/c2pa_codes.h"
#include "provenance/manifest_marks.h"

#include <string.h>

static manifest_marks marks;

static void add(code_kind kind, const char *code)
{
    marks_add(&marks, kind, code, span_of("x"), NULL);
}

static int begin(void **state)
{
    memset(&marks, 0, sizeof marks);
    return 0;
}

static void test_states(void **state)
{
    add(CODE_SUCCESS, C2PA_SIGNATURE_VALIDATED);
    add(CODE_FAILURE, C2PA_CREDENTIAL_UNTRUSTED);
    assert_int_equal(marks_state(&marks), MARK_FOUND);
    add(CODE_NOT_CHECKED, C2PA_HASH_MATCH);
    assert_int_equal(marks_state(&marks), MARK_NOT_CHECKED);
    add(CODE_FAILURE, C2PA_HASH_MISMATCH);
    assert_int_equal(marks_state(&marks), MARK_BROKEN);
}

static void test_a_failure_beyond_the_room_is_kept(void **state)
{
    for (int i = 0; i < 2 * MARK_MAX_CODES; i++)
        add(CODE_SUCCESS, C2PA_ASSERTION_MATCH);
    assert_int_equal(marks.codes, MARK_MAX_CODES);
    assert_int_equal(marks_state(&marks), MARK_NOT_CHECKED);
    add(CODE_FAILURE, C2PA_ASSERTION_MISMATCH);
    assert_int_equal(marks_state(&marks), MARK_BROKEN);
    for (int i = 0; i < 9; i++)
        add(CODE_SUCCESS, C2PA_ASSERTION_MATCH);
    assert_int_equal(marks.codes, MARK_MAX_CODES);
    assert_int_equal(marks_state(&marks), MARK_BROKEN);
}

static void test_texts_are_cut_and_printable(void **state)
{
    char out[MARK_TEXT], small[9], least[3];
    marks_text((byte_span){(const uint8_t *)"a\0\x1b\xff\xc3\xbc", 6}, out);
    assert_string_equal(out, "a???\xc3\xbc");
    marks_text_sized(span_of("abcdefgh"), small, sizeof small);
    assert_string_equal(small, "abcdefgh");
    marks_text_sized(span_of("abcd\xc3\xbc"
                             "efg"),
                     small, sizeof small); /* within a character */
    assert_string_equal(small, "abcd...");
    marks_text_sized(span_of("abc"), least, sizeof least);
    assert_string_equal(least, "ab");
    marks_text((byte_span){0}, out);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_states, begin),
        cmocka_unit_test_setup(test_a_failure_beyond_the_room_is_kept, begin),
        cmocka_unit_test_setup(test_texts_are_cut_and_printable, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
