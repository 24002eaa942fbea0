/* Texts are cut where sentences end, and nowhere else as long as they are short enough.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "speech/sentences.h"

#include <stdio.h>
#include <string.h>

#define MOST 200

/* A text whose sentences are written apart by '|', and is cut just there. */
static void expect(const char *marked)
{
    char text[1024], found[1024] = "";
    size_t size = 0, used = 0;
    for (const char *c = marked; *c; c++)
        if (*c != '|') text[size++] = *c;
    text[size] = '\0';
    for (size_t at = 0, length; (length = sentence_length(text + at, MOST)) > 0; at += length)
        used += (size_t)snprintf(found + used, sizeof found - used, "%s%.*s", at > 0 ? "|" : "",
                                 (int)length, text + at);
    assert_string_equal(found, marked);
}

static void test_plain(void **state)
{
    expect("");
    expect("Hello");
    expect("Hello. |How are you? |Well!  |So am I...");
    expect("What?! |Yes.");
    expect("He said \"no.\" |She (who knew.) |It went on. |\xe2\x80\x9eJa.\xe2\x80\x9c |Gut.");
    expect("A heading\n\n|A text that\nis wrapped. |Its end.\n");
    expect("Wait\xe2\x80\xa6 |What?");
}

static void test_goes_on(void **state)
{
    expect("It is 3.14 and 1,000.50 of 2.000. |So.");
    expect("Mr. Smith and Dr. Who, e.g. the doctor, i.e. Who. |They met J. R. Tolkien at 5 p.m. "
           "today. |End.");
    expect("Am 3. Mai z. B. war es z.B. Frau Dr. Meier bzw. Herr Prof. Huber. |Gut.");
    expect("1. Wash. |2. Dry.");
    expect("See www.example.com/a.b?c=d.e and https://x.org/?q=1!a. |Done.");
    expect("Version 1.2.3 of node.js runs. |Fine.");
    expect("He works at Foo Inc. in town. |Yes.");
    expect("So it went ... and went. |Yes.");
}

static void test_other_scripts(void **state)
{
    expect("\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82|\xe5\x86\x8d\xe8\xa7\x81\xef\xbc\x81\xe3\x80\x8d|"
           "\xe5\xa5\xbd");
    expect("\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa5\xa4 |\xe0\xa4\xb9\xe0\xa4\xbe\xe0\xa5\xa4");
    expect("\xd9\x85\xd8\xa7\xd8\x9f |\xd9\x86\xd8\xb9\xd9\x85");
}

static size_t cut(const char *text, size_t most)
{
    return sentence_length(text, most);
}

static void test_too_long(void **state)
{
    assert_int_equal(cut("one two three, four five six seven", 20), strlen("one two three, "));
    assert_int_equal(cut("a, two three four five six seven", 20), strlen("a, two three four "));
    assert_int_equal(cut("we have 10 000 000 000 000 of them", 20), strlen("we have "));
    assert_int_equal(cut("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 20), 20);
    assert_int_equal(cut("11111111111111111111111111111111", 20), 20);
    /* three bytes a character: not within one, and at the ideographic comma where there is one */
    assert_int_equal(
        cut("\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0",
            20),
        18);
    assert_int_equal(
        cut("\xe4\xbd\xa0\xe4\xbd\xa0\xe3\x80\x81\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0",
            20),
        9);
}

/* Whatever the bytes, pieces are not empty, not too long, and together the text. */
static void test_any_bytes(void **state)
{
    uint32_t seed = 1;
    static const char likely[] = ".!? ,\n1a\xe3\x80\x82\xff\xc3\"";
    for (int round = 0; round < 20000; round++) {
        char text[64];
        size_t size = 0;
        while (size < sizeof text - 1 && (seed = seed * 1664525 + 1013904223) >> 26)
            text[size++] = likely[(seed >> 8) % (sizeof likely - 1)];
        text[size] = '\0';
        size_t at = 0;
        for (size_t length; (length = sentence_length(text + at, 16)) > 0; at += length)
            assert_true(length <= 16 && at + length <= size);
        assert_int_equal(at, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),         cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_other_scripts), cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
