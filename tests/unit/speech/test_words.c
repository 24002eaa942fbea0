/* What an error page says in one line.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/text_encoding.h"
#include "speech/words.h"

#include <string.h>

static void expect(const char *body, const char *said)
{
    char words[WORDS_MAX];
    words_of((const uint8_t *)body, strlen(body), words);
    assert_string_equal(words, said);
}

static void test_words(void **state)
{
    expect("", "");
    expect("Internal Server Error\n", "Internal Server Error");
    expect("{\"error\": {\"message\": \"Incorrect key\", \"code\": 1}}", "Incorrect key");
    expect("{\"error\": \"no such voice\"}", "no such voice");
    expect("{\"detail\": \"Not Found\"}", "Not Found");
    expect("{\"x\": 1}", "{\"x\": 1}");
    expect("<html><head><title>502</title></head>\r\n<body>\n <h1>Bad  Gateway</h1></body></html>",
           "502 Bad Gateway");
    expect("a > b\x1b[31m", "a > b [31m");
    expect("a\xff\xc3", "a??");
    expect("<unclosed", "");
}

/* Long ones end at a character. */
static void test_long(void **state)
{
    char body[1000], words[WORDS_MAX];
    for (size_t i = 0; i + 1 < sizeof body; i += 2)
        memcpy(body + i, "\xc3\xa4", 2);
    words_of((const uint8_t *)body, sizeof body, words);
    assert_true(strlen(words) > WORDS_MAX - 8);
    for (const char *c = words; *c; c += 2)
        assert_int_equal(utf8_length((const unsigned char *)c), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
