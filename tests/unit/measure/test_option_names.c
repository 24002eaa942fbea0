/* The library's names of options become the program's; nothing else changes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "measure/option_names.h"

#include <stdio.h>

static void check(const char *before, const char *after)
{
    char text[256];
    snprintf(text, sizeof text, "%s", before);
    option_names_translate(text);
    assert_string_equal(text, after);
}

static void names_are_translated(void **state)
{
    check("`start` 5: choose 0 or more", "--start 5: choose 0 or more");
    check("give `audio_mode`, or `audio` with `audio_encoder`",
          "give --audio-mode, or --audio with --audio-encoder");
    check("go on with `start` 7 and another `output`", "go on with --start 7 and another --output");
}

static void other_text_stays(void **state)
{
    static const char *const texts[] = {
        "",          "`",           "``",         "`start",       "start`",      "a `b` c",
        "`start` `", "plain words", "it`s `such", "`start_`x`y`", "``start_up``"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (i != 6) check(texts[i], texts[i]);
    check(texts[6], "--start `");
    check("``start``", "`--start`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_translated),
                                       cmocka_unit_test(other_text_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
