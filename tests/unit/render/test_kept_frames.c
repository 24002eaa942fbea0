/* What is kept of footage frames: found again, within the budget, only of frames that return often
 * enough, in memory that is used again, and whole before another thread sees it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "render/kept_frames.h"

#include <pthread.h>
#include <stdint.h>

#define FLOATS 112 /* whole lines of 64 bytes */
#define OFTEN KEPT_PAYS
#define BYTES(blocks) ((blocks)*FLOATS * sizeof(float))

static kept_frames *make(int frames, size_t bytes)
{
    kept_frames *k;
    assert_int_equal(kept_frames_create(frames, FLOATS, bytes, &k, NULL), VIS_OK);
    return k;
}

/* Draws a frame: whether there was a block for it, and whether that was filled before. */
static float *draw(kept_frames *k, int frame, int64_t returns, bool *filled)
{
    float *block = kept_frames_take(k, frame, returns, filled);
    if (block) kept_frames_give(k, frame);
    return block;
}

static void test_found_again(void **state)
{
    kept_frames *k = make(5, BYTES(5));
    bool filled;
    float *first = kept_frames_take(k, 3, OFTEN, &filled);
    assert_non_null(first);
    assert_false(filled);
    assert_int_equal((uintptr_t)first % 64, 0);
    first[FLOATS - 1] = 7;
    kept_frames_give(k, 3);
    float *other = draw(k, 0, OFTEN, &filled);
    assert_int_equal((uintptr_t)other % 64, 0);
    assert_ptr_not_equal(other, first);
    assert_false(filled);
    assert_ptr_equal(draw(k, 3, 1, &filled), first);
    assert_true(filled);
    assert_true(first[FLOATS - 1] == 7);
    kept_frames_free(k);
}

static void test_not_there_while_being_filled(void **state)
{
    kept_frames *k = make(5, BYTES(5));
    bool filled;
    float *block = kept_frames_take(k, 1, OFTEN, &filled);
    assert_null(kept_frames_take(k, 1, OFTEN, &filled));
    assert_false(filled);
    kept_frames_give(k, 1);
    for (int reader = 0; reader < 2; reader++) {
        assert_ptr_equal(kept_frames_take(k, 1, OFTEN, &filled), block);
        assert_true(filled);
    }
    kept_frames_free(k);
}

static void test_budget(void **state)
{
    kept_frames *k = make(5, BYTES(2) + BYTES(1) / 2);
    bool filled;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5; i++) {
            float *block = draw(k, i, OFTEN, &filled);
            assert_int_equal(block != NULL, i < 2);
            assert_int_equal(filled, i < 2 && round > 0);
        }
    kept_frames_free(k);
}

static void test_new_memory_must_pay(void **state)
{
    kept_frames *k = make(5, BYTES(5));
    bool filled;
    for (int64_t returns = 0; returns < KEPT_PAYS; returns++)
        assert_null(draw(k, 2, returns, &filled));
    assert_non_null(draw(k, 2, KEPT_PAYS, &filled));
    assert_null(draw(k, 3, KEPT_PAYS - 1, &filled));
    kept_frames_free(k);
}

static void test_memory_is_used_again(void **state)
{
    kept_frames *k = make(5, BYTES(5));
    bool filled;
    float *block = draw(k, 2, OFTEN, &filled);
    assert_ptr_equal(draw(k, 2, 0, &filled), block); /* for the last time */
    assert_true(filled);
    assert_null(draw(k, 3, 0, &filled));
    assert_ptr_equal(draw(k, 4, 1, &filled), block); /* once is enough for it */
    assert_false(filled);
    assert_null(draw(k, 2, 1, &filled)); /* forgotten */
    kept_frames_free(k);
}

/* At the turn of a bounce the last use may come while an earlier one still fills or reads. */
static void test_last_use_beside_others(void **state)
{
    kept_frames *k = make(5, BYTES(5));
    bool filled;
    float *block = kept_frames_take(k, 1, OFTEN, &filled);
    assert_null(kept_frames_take(k, 1, 0, &filled));
    kept_frames_give(k, 1);
    assert_ptr_equal(kept_frames_take(k, 2, 1, &filled), block);
    kept_frames_give(k, 2);
    assert_ptr_equal(kept_frames_take(k, 2, 1, &filled), block);
    assert_ptr_equal(kept_frames_take(k, 2, 0, &filled), block);
    kept_frames_give(k, 2);
    assert_null(kept_frames_take(k, 3, 1, &filled)); /* somebody still reads */
    kept_frames_give(k, 2);
    assert_ptr_equal(kept_frames_take(k, 3, 1, &filled), block);
    kept_frames_free(k);
}

static void test_stream_without_end(void **state)
{
    kept_frames *k = make(5, BYTES(5));
    bool filled;
    for (int drawn = 0; drawn < KEPT_PAYS; drawn++)
        assert_null(draw(k, 2, KEPT_UNKNOWN, &filled));
    float *block = draw(k, 2, KEPT_UNKNOWN, &filled);
    assert_non_null(block);
    for (int again = 0; again < 3; again++) {
        assert_ptr_equal(draw(k, 2, KEPT_UNKNOWN, &filled), block);
        assert_true(filled);
    }
    assert_null(draw(k, 3, KEPT_UNKNOWN, &filled));
    kept_frames_free(k);
}

/* More than what is left of the machine is no budget. */
static void test_memory_that_is_not_there(void **state)
{
    kept_frames *k;
    bool filled;
    assert_int_equal(kept_frames_create(2, SIZE_MAX / 64, SIZE_MAX, &k, NULL), VIS_OK);
    assert_null(kept_frames_take(k, 0, OFTEN, &filled));
    kept_frames_free(k);
}

static void test_nothing_kept(void **state)
{
    bool filled = true;
    assert_null(kept_frames_take(NULL, 0, OFTEN, &filled));
    assert_false(filled);
    kept_frames *k = make(5, BYTES(5));
    assert_null(kept_frames_take(k, 2, 0, &filled)); /* does not return */
    assert_null(kept_frames_take(k, -1, OFTEN, &filled));
    assert_null(kept_frames_take(k, 5, OFTEN, &filled));
    kept_frames_free(k);
    assert_null(make(5, BYTES(1) - 1));
    assert_null(make(0, BYTES(5)));
    kept_frames_free(NULL);
}

#define READERS 3
#define MEETINGS 200 /* of all readers in one frame */

typedef struct reader {
    kept_frames *frames;
    int filled, wrong;
} reader;

/* Fills what nobody filled, and checks what somebody did: a block's numbers are all the frame's. */
static void *read_frames(void *argument)
{
    reader *r = argument;
    for (int i = 0; i < READERS * MEETINGS; i++) {
        bool filled;
        int frame = i / READERS;
        float *block = kept_frames_take(r->frames, frame, OFTEN, &filled);
        for (int k = 0; block && k < FLOATS; k++)
            if (filled)
                r->wrong += block[k] != (float)frame;
            else
                block[k] = (float)frame;
        if (!block) continue;
        kept_frames_give(r->frames, frame);
        r->filled += !filled;
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    pthread_t thread[READERS];
    reader readers[READERS];
    kept_frames *k = make(MEETINGS, BYTES(MEETINGS));
    for (int i = 0; i < READERS; i++) {
        readers[i] = (reader){.frames = k};
        assert_int_equal(pthread_create(&thread[i], NULL, read_frames, &readers[i]), 0);
    }
    int filled = 0;
    for (int i = 0; i < READERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(readers[i].wrong, 0);
        filled += readers[i].filled;
    }
    assert_int_equal(filled, MEETINGS);
    kept_frames_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_again),
        cmocka_unit_test(test_not_there_while_being_filled),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_nothing_kept),
        cmocka_unit_test(test_new_memory_must_pay),
        cmocka_unit_test(test_memory_is_used_again),
        cmocka_unit_test(test_last_use_beside_others),
        cmocka_unit_test(test_stream_without_end),
        cmocka_unit_test(test_memory_that_is_not_there),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
