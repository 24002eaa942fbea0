/* What is kept of footage frames: found again, within the budget, only of frames that return, and
 * whole before another thread sees it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "render/kept_frames.h"

#include <pthread.h>
#include <stdint.h>

#define FLOATS 100
#define BYTES(blocks) ((blocks)*FLOATS * sizeof(float))

static kept_frames *make(int frames, size_t bytes)
{
    kept_frames *k;
    assert_int_equal(kept_frames_create(frames, FLOATS, bytes, &k, NULL), VIS_OK);
    return k;
}

static void test_found_again(void **state)
{
    kept_frames *k = make(5, BYTES(5));
    bool filled;
    float *first = kept_frames_take(k, 3, true, &filled);
    assert_non_null(first);
    assert_false(filled);
    assert_int_equal((uintptr_t)first % 64, 0);
    first[FLOATS - 1] = 7;
    kept_frames_filled(k, 3);
    float *other = kept_frames_take(k, 0, true, &filled);
    assert_ptr_not_equal(other, first);
    assert_false(filled);
    assert_ptr_equal(kept_frames_take(k, 3, false, &filled), first);
    assert_true(filled);
    assert_true(first[FLOATS - 1] == 7);
    kept_frames_free(k);
}

static void test_not_there_while_being_filled(void **state)
{
    kept_frames *k = make(5, BYTES(5));
    bool filled;
    float *block = kept_frames_take(k, 1, true, &filled);
    assert_null(kept_frames_take(k, 1, true, &filled));
    assert_false(filled);
    kept_frames_filled(k, 1);
    for (int reader = 0; reader < 2; reader++) {
        assert_ptr_equal(kept_frames_take(k, 1, true, &filled), block);
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
            float *block = kept_frames_take(k, i, true, &filled);
            assert_int_equal(block != NULL, i < 2);
            assert_int_equal(filled, i < 2 && round > 0);
            if (block && !filled) kept_frames_filled(k, i);
        }
    kept_frames_free(k);
}

static void test_nothing_kept(void **state)
{
    bool filled = true;
    assert_null(kept_frames_take(NULL, 0, true, &filled));
    assert_false(filled);
    kept_frames *k = make(5, BYTES(5));
    assert_null(kept_frames_take(k, 2, false, &filled)); /* does not return */
    assert_null(kept_frames_take(k, -1, true, &filled));
    assert_null(kept_frames_take(k, 5, true, &filled));
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
        float *block = kept_frames_take(r->frames, frame, true, &filled);
        for (int k = 0; block && k < FLOATS; k++)
            if (filled)
                r->wrong += block[k] != (float)frame;
            else
                block[k] = (float)frame;
        if (!block || filled) continue;
        kept_frames_filled(r->frames, frame);
        r->filled++;
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
        cmocka_unit_test(test_found_again),  cmocka_unit_test(test_not_there_while_being_filled),
        cmocka_unit_test(test_budget),       cmocka_unit_test(test_nothing_kept),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
