/* The cached activations of footage frames: found again, within the budget, only of frames that
 * return often enough, in memory that is used again, and whole before another thread sees it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "render/activation_cache.h"

#include <pthread.h>
#include <stdint.h>

#define FLOATS 112 /* whole lines of 64 bytes */
#define OFTEN MIN_RETURNS
#define BYTES(blocks) ((blocks)*FLOATS * sizeof(float))

static activation_cache *make(int frames, size_t bytes)
{
    activation_cache *c;
    assert_int_equal(activation_cache_create(frames, FLOATS, bytes, &c, NULL), VIS_OK);
    return c;
}

/* Draws a frame: whether there was a block for it, and whether that was filled before. */
static float *draw(activation_cache *c, int frame, int64_t returns, bool *filled)
{
    float *block = activation_cache_acquire(c, frame, returns, filled);
    if (block) activation_cache_release(c, frame);
    return block;
}

static void test_found_again(void **state)
{
    activation_cache *c = make(5, BYTES(5));
    bool filled;
    float *first = activation_cache_acquire(c, 3, OFTEN, &filled);
    assert_non_null(first);
    assert_false(filled);
    assert_int_equal((uintptr_t)first % 64, 0);
    first[FLOATS - 1] = 7;
    activation_cache_release(c, 3);
    float *other = draw(c, 0, OFTEN, &filled);
    assert_int_equal((uintptr_t)other % 64, 0);
    assert_ptr_not_equal(other, first);
    assert_false(filled);
    assert_ptr_equal(draw(c, 3, 1, &filled), first);
    assert_true(filled);
    assert_true(first[FLOATS - 1] == 7);
    activation_cache_free(c);
}

static void test_nothing_put_in(void **state)
{
    activation_cache *c = make(5, BYTES(1));
    bool filled;
    float *block = activation_cache_acquire(c, 1, OFTEN, &filled);
    activation_cache_abandon(c, 1);
    assert_ptr_equal(activation_cache_acquire(c, 2, OFTEN, &filled), block);
    assert_false(filled);
    activation_cache_abandon(c, 2);
    assert_ptr_equal(activation_cache_acquire(c, 1, OFTEN, &filled), block);
    assert_false(filled);
    activation_cache_release(c, 1);
    assert_ptr_equal(draw(c, 1, OFTEN, &filled), block);
    assert_true(filled);
    activation_cache_free(c);
}

static void test_not_there_while_being_filled(void **state)
{
    activation_cache *c = make(5, BYTES(5));
    bool filled;
    float *block = activation_cache_acquire(c, 1, OFTEN, &filled);
    assert_null(activation_cache_acquire(c, 1, OFTEN, &filled));
    assert_false(filled);
    activation_cache_release(c, 1);
    for (int reader = 0; reader < 2; reader++) {
        assert_ptr_equal(activation_cache_acquire(c, 1, OFTEN, &filled), block);
        assert_true(filled);
    }
    activation_cache_free(c);
}

static void test_budget(void **state)
{
    activation_cache *c = make(5, BYTES(2) + BYTES(1) / 2);
    bool filled;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5; i++) {
            float *block = draw(c, i, OFTEN, &filled);
            assert_int_equal(block != NULL, i < 2);
            assert_int_equal(filled, i < 2 && round > 0);
        }
    activation_cache_free(c);
}

static void test_new_memory_must_pay(void **state)
{
    activation_cache *c = make(5, BYTES(5));
    bool filled;
    for (int64_t returns = 0; returns < MIN_RETURNS; returns++)
        assert_null(draw(c, 2, returns, &filled));
    assert_non_null(draw(c, 2, MIN_RETURNS, &filled));
    assert_null(draw(c, 3, MIN_RETURNS - 1, &filled));
    activation_cache_free(c);
}

static void test_memory_is_used_again(void **state)
{
    activation_cache *c = make(5, BYTES(5));
    bool filled;
    float *block = draw(c, 2, OFTEN, &filled);
    assert_ptr_equal(draw(c, 2, 0, &filled), block); /* for the last time */
    assert_true(filled);
    assert_null(draw(c, 3, 0, &filled));
    assert_ptr_equal(draw(c, 4, 1, &filled), block); /* once is enough for it */
    assert_false(filled);
    assert_null(draw(c, 2, 1, &filled)); /* forgotten */
    activation_cache_free(c);
}

/* At the turn of the ping-pong the last use may come while an earlier one still fills or reads. */
static void test_last_use_beside_others(void **state)
{
    activation_cache *c = make(5, BYTES(5));
    bool filled;
    float *block = activation_cache_acquire(c, 1, OFTEN, &filled);
    assert_null(activation_cache_acquire(c, 1, 0, &filled));
    activation_cache_release(c, 1);
    assert_ptr_equal(activation_cache_acquire(c, 2, 1, &filled), block);
    activation_cache_release(c, 2);
    assert_ptr_equal(activation_cache_acquire(c, 2, 1, &filled), block);
    assert_ptr_equal(activation_cache_acquire(c, 2, 0, &filled), block);
    activation_cache_release(c, 2);
    assert_null(activation_cache_acquire(c, 3, 1, &filled)); /* somebody still reads */
    activation_cache_release(c, 2);
    assert_ptr_equal(activation_cache_acquire(c, 3, 1, &filled), block);
    activation_cache_free(c);
}

/* What was there, and what was not: no room, being filled, or there for the first time. */
static void test_what_was_found_is_counted(void **state)
{
    activation_cache *c = make(5, BYTES(1));
    activation_cache_figures f;
    bool filled;
    draw(c, 1, OFTEN, &filled);
    for (int again = 0; again < 3; again++)
        draw(c, 1, OFTEN, &filled);
    assert_null(draw(c, 2, OFTEN, &filled));
    activation_cache_get(c, &f);
    assert_int_equal(f.hits, 3);
    assert_int_equal(f.misses, 2);
    activation_cache_get(NULL, &f);
    assert_int_equal(f.hits + f.misses, 0);
    activation_cache_free(c);
}

static void test_stream_without_end(void **state)
{
    activation_cache *c = make(5, BYTES(5));
    bool filled;
    for (int drawn = 0; drawn < MIN_RETURNS; drawn++)
        assert_null(draw(c, 2, RETURNS_UNKNOWN, &filled));
    float *block = draw(c, 2, RETURNS_UNKNOWN, &filled);
    assert_non_null(block);
    for (int again = 0; again < 3; again++) {
        assert_ptr_equal(draw(c, 2, RETURNS_UNKNOWN, &filled), block);
        assert_true(filled);
    }
    assert_null(draw(c, 3, RETURNS_UNKNOWN, &filled));
    activation_cache_free(c);
}

/* More than what is left of the machine is no budget. */
static void test_memory_that_is_not_there(void **state)
{
    activation_cache *c;
    bool filled;
    assert_int_equal(activation_cache_create(2, SIZE_MAX / 64, SIZE_MAX, &c, NULL), VIS_OK);
    assert_null(activation_cache_acquire(c, 0, OFTEN, &filled));
    activation_cache_free(c);
}

static void test_nothing_cached(void **state)
{
    bool filled = true;
    assert_null(activation_cache_acquire(NULL, 0, OFTEN, &filled));
    assert_false(filled);
    activation_cache *c = make(5, BYTES(5));
    assert_null(activation_cache_acquire(c, 2, 0, &filled)); /* does not return */
    assert_null(activation_cache_acquire(c, -1, OFTEN, &filled));
    assert_null(activation_cache_acquire(c, 5, OFTEN, &filled));
    activation_cache_free(c);
    assert_null(make(5, BYTES(1) - 1));
    assert_null(make(0, BYTES(5)));
    activation_cache_free(NULL);
}

#define READERS 3
#define MEETINGS 200 /* of all readers in one frame */

typedef struct reader {
    activation_cache *frames;
    int filled, wrong;
} reader;

/* Fills what nobody filled, and checks what somebody did: a block's numbers are all the frame's. */
static void *read_frames(void *argument)
{
    reader *r = argument;
    for (int i = 0; i < READERS * MEETINGS; i++) {
        bool filled;
        int frame = i / READERS;
        float *block = activation_cache_acquire(r->frames, frame, OFTEN, &filled);
        for (int k = 0; block && k < FLOATS; k++)
            if (filled)
                r->wrong += block[k] != (float)frame;
            else
                block[k] = (float)frame;
        if (!block) continue;
        activation_cache_release(r->frames, frame);
        r->filled += !filled;
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    pthread_t thread[READERS];
    reader readers[READERS];
    activation_cache *c = make(MEETINGS, BYTES(MEETINGS));
    for (int i = 0; i < READERS; i++) {
        readers[i] = (reader){.frames = c};
        assert_int_equal(pthread_create(&thread[i], NULL, read_frames, &readers[i]), 0);
    }
    int filled = 0;
    for (int i = 0; i < READERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(readers[i].wrong, 0);
        filled += readers[i].filled;
    }
    assert_int_equal(filled, MEETINGS);
    activation_cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_again),
        cmocka_unit_test(test_nothing_put_in),
        cmocka_unit_test(test_not_there_while_being_filled),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_nothing_cached),
        cmocka_unit_test(test_new_memory_must_pay),
        cmocka_unit_test(test_memory_is_used_again),
        cmocka_unit_test(test_last_use_beside_others),
        cmocka_unit_test(test_what_was_found_is_counted),
        cmocka_unit_test(test_stream_without_end),
        cmocka_unit_test(test_memory_that_is_not_there),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
