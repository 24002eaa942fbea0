/* tests/unit/face/test_frame_cache.c - what stays in the frame cache and what goes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/frame_decoder.h"

/* Takes frame `index` in as decoding would. */
static frame_slot *cache_frame(frame_cache *c, int index, bool must)
{
    frame_slot *slot = frame_cache_reserve(c, index, must);
    if (slot) frame_cache_publish(slot);
    return slot;
}

typedef struct fixture {
    schedule schedule;
    plan plan;
    frame_cache cache;
} fixture;

static void open_fixture(fixture *f, int frames, size_t capacity)
{
    assert_int_equal(schedule_create(&f->schedule, frames, 1, NULL), VIS_OK);
    f->plan = (plan){.end = INT64_MAX, .likely_end = INT64_MAX};
    schedule_add(&f->schedule, &f->plan);
    assert_int_equal(frame_cache_create(&f->cache, &f->schedule, 100, capacity * 100 + 50, NULL),
                     VIS_OK);
}

static void close_fixture(fixture *f)
{
    frame_cache_free(&f->cache);
    schedule_free(&f->schedule);
}

static void frame_needed_last_goes_first(void **state)
{
    fixture f;
    open_fixture(&f, 10, 3);
    f.plan.cursor = 4; /* 5 6 7 8 9 8 7 6 5 4 3 follow */
    assert_non_null(cache_frame(&f.cache, 3, false));
    assert_non_null(cache_frame(&f.cache, 9, false));
    assert_non_null(cache_frame(&f.cache, 5, false));
    assert_non_null(cache_frame(&f.cache, 6, false)); /* 3 goes */
    assert_null(frame_cache_find(&f.cache, 3));
    assert_non_null(cache_frame(&f.cache, 7, false)); /* 9 goes */
    assert_null(frame_cache_find(&f.cache, 9));
    assert_null(cache_frame(&f.cache, 8, false)); /* 5, 6 and 7 are all needed sooner */
    assert_non_null(cache_frame(&f.cache, 8, true));
    assert_null(frame_cache_find(&f.cache, 7));
    assert_non_null(frame_cache_find(&f.cache, 5));
    assert_int_equal(f.cache.count, 3);
    close_fixture(&f);
}

static void borrowed_loading_and_wanted_frames_stay(void **state)
{
    fixture f;
    open_fixture(&f, 10, 3);
    frame_slot *borrowed = cache_frame(&f.cache, 1, true);
    borrowed->refs = 1;
    cache_frame(&f.cache, 2, true);
    f.cache.waiters[2] = 1;
    frame_slot *loading = frame_cache_reserve(&f.cache, 3, true);
    assert_int_equal(loading->state, SLOT_DECODING);
    assert_null(frame_cache_reserve(&f.cache, 4, false));
    assert_int_equal(frame_cache_room(&f.cache, 0, 5), 0);
    frame_slot *beyond = frame_cache_reserve(&f.cache, 4, true); /* beyond the budget */
    assert_non_null(beyond);
    frame_cache_publish(beyond);
    beyond->refs = 1;
    assert_int_equal(f.cache.count, 4);
    frame_cache_release(&f.cache, beyond); /* ... until it is given back */
    assert_int_equal(f.cache.count, 3);
    assert_null(frame_cache_find(&f.cache, 4));
    close_fixture(&f);
}

static void failed_frame_leaves_an_empty_slot(void **state)
{
    fixture f;
    open_fixture(&f, 10, 1);
    frame_slot *slot = frame_cache_reserve(&f.cache, 5, true);
    frame_cache_discard(&f.cache, slot);
    assert_null(frame_cache_find(&f.cache, 5));
    assert_int_equal(frame_cache_room(&f.cache, 0, 5), 1);
    assert_ptr_equal(frame_cache_reserve(&f.cache, 6, false), slot);
    close_fixture(&f);
}

static void room_counts_what_is_needed_later(void **state)
{
    fixture f;
    open_fixture(&f, 10, 4);
    f.plan.cursor = 4; /* 5 is needed now, 9 in 4, 4 in 9, 3 in 10 */
    cache_frame(&f.cache, 5, true);
    cache_frame(&f.cache, 4, true);
    cache_frame(&f.cache, 3, true);
    assert_int_equal(frame_cache_room(&f.cache, 5, 10),
                     3); /* one new, two of frames needed later */
    assert_int_equal(frame_cache_room(&f.cache, 9, 10), 2);
    assert_int_equal(frame_cache_room(&f.cache, 9, 1), 1);
    assert_int_equal(frame_cache_room(&f.cache, -1, 10), 4);
    close_fixture(&f);
}

static void frames_needed_no_more_go_before_memory_grows(void **state)
{
    fixture f;
    open_fixture(&f, 10, 8);
    f.plan.end = 5; /* 1 2 3 4 5, and no more */
    frame_slot *spent = cache_frame(&f.cache, 1, false);
    cache_frame(&f.cache, 2, false);
    assert_int_equal(f.cache.count, 2);
    f.plan.cursor = 1;
    assert_ptr_equal(cache_frame(&f.cache, 3, false), spent);
    assert_non_null(cache_frame(&f.cache, 4, false)); /* all cached are still needed: one more */
    assert_int_equal(f.cache.count, 3);
    assert_non_null(frame_cache_find(&f.cache, 2));
    assert_null(frame_cache_find(&f.cache, 1));
    close_fixture(&f);
}

static void budget_smaller_than_a_frame_holds_one(void **state)
{
    fixture f;
    open_fixture(&f, 10, 0);
    assert_int_equal(f.cache.capacity, 1);
    for (int i = 0; i < 10; i++)
        assert_non_null(cache_frame(&f.cache, i, true));
    assert_int_equal(f.cache.count, 1);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_needed_last_goes_first),
        cmocka_unit_test(borrowed_loading_and_wanted_frames_stay),
        cmocka_unit_test(failed_frame_leaves_an_empty_slot),
        cmocka_unit_test(room_counts_what_is_needed_later),
        cmocka_unit_test(frames_needed_no_more_go_before_memory_grows),
        cmocka_unit_test(budget_smaller_than_a_frame_holds_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
