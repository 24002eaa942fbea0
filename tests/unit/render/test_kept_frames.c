/* What is kept of footage frames: found again, within the budget, and only of frames that return.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "render/kept_frames.h"

#include <stdint.h>

#define FLOATS 100
#define BYTES(blocks) ((blocks)*FLOATS * sizeof(float))

static kept_frames make(int frames, size_t bytes)
{
    kept_frames k;
    assert_int_equal(kept_frames_create(&k, frames, FLOATS, bytes, NULL), VIS_OK);
    return k;
}

static void test_found_again(void **state)
{
    kept_frames k = make(5, BYTES(5));
    bool filled;
    float *first = kept_frames_take(&k, 3, true, &filled);
    assert_non_null(first);
    assert_false(filled);
    assert_int_equal((uintptr_t)first % 64, 0);
    first[FLOATS - 1] = 7;
    float *other = kept_frames_take(&k, 0, true, &filled);
    assert_ptr_not_equal(other, first);
    assert_false(filled);
    assert_ptr_equal(kept_frames_take(&k, 3, false, &filled), first);
    assert_true(filled);
    assert_true(first[FLOATS - 1] == 7);
    kept_frames_free(&k);
}

static void test_budget(void **state)
{
    kept_frames k = make(5, BYTES(2) + BYTES(1) / 2);
    bool filled;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5; i++) {
            float *block = kept_frames_take(&k, i, true, &filled);
            assert_int_equal(block != NULL, i < 2);
            assert_int_equal(filled, i < 2 && round > 0);
        }
    kept_frames_free(&k);
}

static void test_nothing_kept(void **state)
{
    bool filled = true;
    kept_frames none = {0};
    assert_null(kept_frames_take(&none, 0, true, &filled));
    assert_false(filled);
    kept_frames k = make(5, BYTES(5));
    assert_null(kept_frames_take(&k, 2, false, &filled)); /* does not return */
    assert_null(kept_frames_take(&k, -1, true, &filled));
    assert_null(kept_frames_take(&k, 5, true, &filled));
    kept_frames_free(&k);
    k = make(5, 0);
    assert_null(kept_frames_take(&k, 2, true, &filled));
    kept_frames_free(&k);
    kept_frames_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_again),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_nothing_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
