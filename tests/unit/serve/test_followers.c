/* unit/serve/test_followers.c - who follows hears of beginnings and ends in order, and costs no more than it may.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "serve/followers.h"

#include <stdlib.h>

static int connection[FOLLOWERS_MAX + 1]; /* stand-ins: only their addresses matter */

static struct lws *wsi(int i)
{
    return (struct lws *)&connection[i];
}

static void expect(followers *f, int i, const char *text)
{
    char *next = followers_next(f, followers_find(f, wsi(i)));
    if (text)
        assert_string_equal(next, text);
    else
        assert_null(next);
    free(next);
}

static void test_events_in_order(void **state)
{
    followers f;
    followers_init(&f);
    assert_true(followers_add(&f, wsi(0)));
    assert_true(followers_add(&f, wsi(1)));
    followers_hear(&f, &(live_event){.kind = LIVE_STARTED, .id = "a", .text = "say \"x\"\n"});
    followers_hear(&f, &(live_event){.kind = LIVE_STATE, .id = "", .text = "speaking"});
    followers_hear(&f, &(live_event){.kind = LIVE_INTERRUPTED, .id = "a"});
    followers_hear(&f, &(live_event){.kind = LIVE_STARTED, .id = "b"});
    for (int i = 0; i < 2; i++) {
        expect(&f, i, "data: {\"status\":\"start\",\"text\":\"say \\\"x\\\"\\n\"}\n\n");
        expect(&f, i, "data: {\"status\":\"end\"}\n\n");
        expect(&f, i, "data: {\"status\":\"start\"}\n\n");
        expect(&f, i, NULL);
    }
    followers_free(&f);
}

static void test_bounds(void **state)
{
    followers f;
    followers_init(&f);
    for (int i = 0; i < FOLLOWERS_MAX; i++)
        assert_true(followers_add(&f, wsi(i)));
    assert_false(followers_add(&f, wsi(FOLLOWERS_MAX)));
    assert_null(followers_find(&f, wsi(FOLLOWERS_MAX)));
    followers_remove(&f, wsi(1));
    followers_remove(&f, wsi(1));
    assert_int_equal(f.count, FOLLOWERS_MAX - 1);
    assert_true(followers_add(&f, wsi(FOLLOWERS_MAX)));
    followers_free(&f);
}

/* Of who does not read, the oldest is given up. */
static void test_who_does_not_read(void **state)
{
    followers f;
    followers_init(&f);
    assert_true(followers_add(&f, wsi(0)));
    followers_hear(&f, &(live_event){.kind = LIVE_STARTED, .id = "a", .text = "gone"});
    for (int i = 0; i < FOLLOWER_TEXTS; i++)
        followers_hear(&f, &(live_event){.kind = LIVE_ENDED, .id = "a"});
    for (int i = 0; i < FOLLOWER_TEXTS; i++)
        expect(&f, 0, "data: {\"status\":\"end\"}\n\n");
    expect(&f, 0, NULL);
    followers_free(&f);
}

static void test_a_sign_of_life(void **state)
{
    followers f;
    followers_init(&f);
    assert_true(followers_add(&f, wsi(0)));
    followers_rest(&f);
    expect(&f, 0, NULL);
    f.first->told -= FOLLOWER_REST_SECONDS + 1;
    followers_rest(&f);
    expect(&f, 0, ":\n\n");
    followers_rest(&f);
    expect(&f, 0, NULL);
    followers_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_in_order),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_who_does_not_read),
        cmocka_unit_test(test_a_sign_of_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
