/* Every code has a text and one of the documented exit statuses; messages are one printable line.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

static void every_code_has_a_text_and_an_exit_status(void **state)
{
    static const int exits[] = {[VIS_OK] = 0,
                                [VIS_NO] = 1,
                                [VIS_ERR_USAGE] = 2,
                                [VIS_ERR_OPEN] = 3,
                                [VIS_ERR_FORMAT] = 3,
                                [VIS_ERR_UNSUPPORTED] = 3,
                                [VIS_ERR_MISMATCH] = 3,
                                [VIS_ERR_WRITE] = 4,
                                [VIS_ERR_MEMORY] = 5,
                                [VIS_ERR_LIMIT] = 5,
                                [VIS_ERR_CANCELLED] = 5,
                                [VIS_ERR_INTERNAL] = 5,
                                [VIS_AGAIN] = 5};
    const char *unknown = vis_status_text((vis_status)-1);
    for (int code = VIS_OK; code <= VIS_AGAIN; code++) {
        assert_string_not_equal(vis_status_text((vis_status)code), unknown);
        assert_int_equal(exit_status((vis_status)code), exits[code]);
        for (int other = VIS_OK; other < code; other++)
            assert_string_not_equal(vis_status_text((vis_status)code),
                                    vis_status_text((vis_status)other));
    }
    assert_string_equal(vis_status_text((vis_status)(VIS_AGAIN + 1)), unknown);
}

static void a_message_is_one_line_whatever_a_file_is_called(void **state)
{
    vis_error err;
    assert_int_equal(vis_fail(&err, VIS_ERR_OPEN, "%s: no such file", "a\nb\x1b[31m"),
                     VIS_ERR_OPEN);
    assert_string_equal(err.message, "a?b?[31m: no such file");
    assert_int_equal(err.status, VIS_ERR_OPEN);
    vis_prefix(&err, VIS_ERR_OPEN, "frame 3");
    assert_string_equal(err.message, "frame 3: a?b?[31m: no such file");
}

/* C1's "control sequence introducer", and text turned around; other letters stay. */
static void nothing_in_a_message_steers_a_terminal(void **state)
{
    vis_error err;
    vis_fail(&err, VIS_ERR_OPEN,
             "a\xC2\x9B"
             "31mb\xE2\x80\xAE"
             "c\xE2\x81\xA6"
             "d\x7F");
    assert_string_equal(err.message, "a??31mb???c???d?");
    vis_fail(&err, VIS_ERR_OPEN, "\xC3\xA9 \xC2\xA0 \xE2\x80\xA6 \xE2");
    assert_string_equal(err.message, "\xC3\xA9 \xC2\xA0 \xE2\x80\xA6 \xE2");
}

static void long_messages_are_cut_not_overrun(void **state)
{
    vis_error err;
    char name[2000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    vis_fail(&err, VIS_ERR_FORMAT, "%s", name);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_int_equal(vis_fail(NULL, VIS_ERR_FORMAT, "%s", name), VIS_ERR_FORMAT);
}

static void remember(void *user, const char *line)
{
    snprintf(user, 64, "%s", line);
}

static void warnings_reach_the_log_or_nobody(void **state)
{
    char seen[64] = "";
    vis_log log = {remember, seen};
    vis_warn(&log, "%d frames", 3);
    assert_string_equal(seen, "3 frames");
    vis_warn(NULL, "nobody listens");
    vis_warn(&(vis_log){0}, "nobody listens");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_text_and_an_exit_status),
        cmocka_unit_test(a_message_is_one_line_whatever_a_file_is_called),
        cmocka_unit_test(nothing_in_a_message_steers_a_terminal),
        cmocka_unit_test(long_messages_are_cut_not_overrun),
        cmocka_unit_test(warnings_reach_the_log_or_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
