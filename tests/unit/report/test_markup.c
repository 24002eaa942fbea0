/* Texts reach a page escaped, bytes as RFC 4648 writes them, and the first failure is the one that
 * is told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "report/markup.h"

#include <string.h>

static buffer out;

/* The text, escaped. */
static const char *escaped(const char *text)
{
    buffer_free(&out);
    markup m = markup_begin(&out);
    markup_text(&m, text);
    assert_int_equal(markup_end(&m, NULL), VIS_OK);
    assert_int_equal(buffer_append(&out, "", 1, NULL), VIS_OK);
    return (const char *)out.data;
}

static const char *shortened(const char *text, int most)
{
    buffer_free(&out);
    markup m = markup_begin(&out);
    markup_text_short(&m, text, most);
    assert_int_equal(markup_end(&m, NULL), VIS_OK);
    assert_int_equal(buffer_append(&out, "", 1, NULL), VIS_OK);
    return (const char *)out.data;
}

static void what_could_be_markup_is_escaped(void **state)
{
    assert_string_equal(escaped("<a href=\"x\">'&amp;'"),
                        "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;");
    assert_string_equal(escaped(""), "");
    assert_string_equal(escaped(NULL), "");
}

static void words_of_all_languages_pass(void **state)
{
    const char *text = "line\n\ttab \xC3\xA4 \xE2\x89\xA5 \xE5\x8F\xA3 \xF0\x9F\x91\x84";
    assert_string_equal(escaped(text), text);
    assert_int_equal(text_characters(text), 17);
}

static void what_is_no_text_is_replaced(void **state)
{
#define GONE "\xEF\xBF\xBD"
    assert_string_equal(escaped("a\x01\x1b[31m\x7f"), "a" GONE GONE "[31m" GONE);
    assert_string_equal(escaped("\xff\x80z"), GONE GONE "z");
    assert_string_equal(escaped("\xC3"), GONE);                  /* ends too early */
    assert_string_equal(escaped("\xE2\x82<"), GONE GONE "&lt;"); /* and so does this */
    assert_string_equal(escaped("\xC0\xBC"), GONE GONE);         /* "<" the long way */
    assert_string_equal(escaped("\xE0\x80\xBC\xF0\x85\x80\x80"),
                        GONE GONE GONE GONE GONE GONE GONE);      /* and longer */
    assert_string_equal(escaped("\xED\xA0\x80"), GONE GONE GONE); /* half a surrogate pair */
    assert_string_equal(escaped("\xF4\x90\x80\x80"), GONE GONE GONE GONE); /* beyond Unicode */
    assert_string_equal(escaped("\xEF\xBF\xBE\xC2\x85"), GONE GONE GONE GONE GONE);
}

static void long_texts_end_with_an_ellipsis(void **state)
{
    assert_string_equal(shortened("abcdef", 6), "abcdef");
    assert_string_equal(shortened("abcdefg", 6), "abcde\xE2\x80\xA6");
    assert_string_equal(shortened("\xC3\xA4\xC3\xA4\xC3\xA4", 2), "\xC3\xA4\xE2\x80\xA6");
    assert_string_equal(shortened("<<<", 2), "&lt;\xE2\x80\xA6");
}

/* The vectors of RFC 4648, section 10, and all three lengths modulo 3 over a boundary of blocks. */
static void bytes_are_written_as_rfc_4648_says(void **state)
{
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        buffer_free(&out);
        markup m = markup_begin(&out);
        markup_base64(&m, vectors[i][0], strlen(vectors[i][0]));
        assert_int_equal(out.size, strlen(vectors[i][1]));
        if (out.size) assert_memory_equal(out.data, vectors[i][1], out.size);
    }
}

static void large_blocks_join(void **state)
{
    static const uint8_t ones[3 * 1024 * 2 + 2] = {[0 ... 3 * 1024 * 2 + 1] = 0xFF};
    buffer_free(&out);
    markup m = markup_begin(&out);
    markup_base64(&m, ones, sizeof ones);
    assert_int_equal(out.size, 4 * (1024 * 2 + 1));
    for (size_t i = 0; i < out.size - 2; i++)
        assert_int_equal(out.data[i], '/');
    assert_memory_equal(out.data + out.size - 2, "8=", 2);
}

static void the_first_failure_sticks(void **state)
{
    buffer small;
    vis_error err;
    buffer_init(&small, 300);
    markup m = markup_begin(&small);
    markup_raw(&m, "begin");
    for (int i = 0; i < 100; i++)
        markup_text(&m, "twelve bytes");
    size_t reached = small.size;
    assert_true(reached > 5 && reached <= 300);
    markup_print(&m, "%d", 1); /* would fit */
    assert_int_equal(small.size, reached);
    assert_int_equal(markup_end(&m, &err), VIS_ERR_LIMIT);
    assert_non_null(strstr(err.message, "300"));
    buffer_free(&small);
}

static int make_buffer(void **state)
{
    buffer_init(&out, 1 << 20);
    return 0;
}

static int free_buffer(void **state)
{
    buffer_free(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_be_markup_is_escaped),
        cmocka_unit_test(words_of_all_languages_pass),
        cmocka_unit_test(what_is_no_text_is_replaced),
        cmocka_unit_test(long_texts_end_with_an_ellipsis),
        cmocka_unit_test(bytes_are_written_as_rfc_4648_says),
        cmocka_unit_test(large_blocks_join),
        cmocka_unit_test(the_first_failure_sticks),
    };
    return cmocka_run_group_tests(tests, make_buffer, free_buffer);
}
