/* tests/unit/base/test_beside.c - outcomes and warnings come in the order in which they are asked
 * for, whoever made the calls.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/beside.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* What the calls work on. */
typedef struct stage {
    _Atomic int made[3];
    int fails; /* the call that does, -1 */
    const vis_log *kept;
} stage;

/* Lines as they reach the caller, joined. */
static char heard[256];

static void hear(void *user, const char *line)
{
    (void)user;
    strncat(heard, line, sizeof heard - strlen(heard) - 1);
    strncat(heard, ";", sizeof heard - strlen(heard) - 1);
}

static vis_status call(stage *s, int i, const vis_log *log, vis_error *err)
{
    s->made[i]++;
    vis_warn(log, "%d a", i);
    vis_warn(log, "%d b", i);
    s->kept = log;
    if (s->fails == i) return vis_fail(err, VIS_ERR_FORMAT, "call %d fails", i);
    return VIS_OK;
}

static vis_status call_0(void *argument, const vis_log *log, vis_error *err)
{
    return call(argument, 0, log, err);
}

static vis_status call_1(void *argument, const vis_log *log, vis_error *err)
{
    return call(argument, 1, log, err);
}

static vis_status call_2(void *argument, const vis_log *log, vis_error *err)
{
    return call(argument, 2, log, err);
}

static const beside_call calls[] = {call_0, call_1, call_2};
static const vis_log listener = {hear, NULL};

static int start_anew(void **state)
{
    (void)state;
    heard[0] = '\0';
    return 0;
}

static void warnings_come_when_they_are_asked_for(void **state)
{
    (void)state;
    stage s = {.fails = -1};
    beside *b;
    assert_int_equal(beside_start(calls, 3, &s, &listener, &b, NULL), VIS_OK);
    assert_int_equal(beside_collect(b, 2, NULL), VIS_OK);
    assert_string_equal(heard, "2 a;2 b;");
    assert_int_equal(beside_collect(b, 0, NULL), VIS_OK);
    assert_string_equal(heard, "2 a;2 b;0 a;0 b;");
    vis_warn(s.kept, "later"); /* what was told once speaks for itself */
    assert_string_equal(heard, "2 a;2 b;0 a;0 b;later;");
    beside_free(b); /* nobody asked for call 1 */
    assert_string_equal(heard, "2 a;2 b;0 a;0 b;later;");
    for (int i = 0; i < 3; i++)
        assert_int_equal(s.made[i], 1);
}

static void the_error_told_is_of_the_call_asked_for(void **state)
{
    (void)state;
    for (int fails = 0; fails < 3; fails++) {
        stage s = {.fails = fails};
        vis_error err;
        beside *b;
        char wanted[32];
        snprintf(wanted, sizeof wanted, "call %d fails", fails);
        assert_int_equal(beside_start(calls, 3, &s, NULL, &b, NULL), VIS_OK);
        for (int i = 2; i >= 0; i--) /* those behind the failed one are made here */
            assert_int_equal(beside_collect(b, i, &err), i == fails ? VIS_ERR_FORMAT : VIS_OK);
        assert_string_equal(err.message, wanted);
        for (int i = 0; i < 3; i++)
            assert_int_equal(s.made[i], 1);
        beside_free(b);
    }
}

static void nothing_is_made_behind_a_failure_unasked(void **state)
{
    (void)state;
    stage s = {.fails = 0};
    beside *b;
    assert_int_equal(beside_start(calls, 3, &s, &listener, &b, NULL), VIS_OK);
    assert_int_equal(beside_collect(b, 0, NULL), VIS_ERR_FORMAT);
    beside_stop(b);
    beside_free(b);
    assert_int_equal(s.made[1] + s.made[2], 0);
    assert_string_equal(heard, "0 a;0 b;");
}

static void a_missing_call_counts_as_made(void **state)
{
    (void)state;
    const beside_call gaps[] = {NULL, call_1, NULL};
    stage s = {.fails = -1};
    beside *b;
    assert_int_equal(beside_start(gaps, 3, &s, &listener, &b, NULL), VIS_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(beside_collect(b, i, NULL), VIS_OK);
    beside_free(b);
    assert_string_equal(heard, "1 a;1 b;");
    beside_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(warnings_come_when_they_are_asked_for, start_anew),
        cmocka_unit_test_setup(the_error_told_is_of_the_call_asked_for, start_anew),
        cmocka_unit_test_setup(nothing_is_made_behind_a_failure_unasked, start_anew),
        cmocka_unit_test_setup(a_missing_call_counts_as_made, start_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
