/* The byte buffer grows, keeps its contents on failure, and never passes its limit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/buffer.h"
#include "base/memory.h"

#include <string.h>

static void grows_to_its_limit_and_no_further(void **state)
{
    buffer b;
    vis_error err = {0};
    buffer_init(&b, 1000);
    for (int i = 0; i < 100; i++)
        assert_int_equal(buffer_append(&b, "0123456789", 10, &err), VIS_OK);
    assert_int_equal(buffer_append(&b, "x", 1, &err), VIS_ERR_LIMIT);
    assert_non_null(strstr(err.message, "1000"));
    assert_int_equal(b.size, 1000);
    assert_memory_equal(b.data + 990, "0123456789", 10);
    buffer_free(&b);
    assert_null(b.data);
}

static void prints_text(void **state)
{
    buffer b;
    buffer_init(&b, 64);
    assert_int_equal(buffer_print(&b, NULL, "%s-%d", "frame", 7), VIS_OK);
    assert_int_equal(b.size, 7);
    assert_memory_equal(b.data, "frame-7", 7);
    buffer_free(&b);
}

static void refuses_sizes_that_overflow(void **state)
{
    size_t out;
    int64_t count;
    const int64_t huge[] = {INT64_C(1) << 62, 4}, negative[] = {3, -1};
    const int64_t strides_too_large[] = {0, INT64_C(1) << 62, INT64_C(1) << 62};
    const int64_t empty[] = {4, 0, INT64_C(1) << 60};
    assert_false(size_mul(SIZE_MAX / 2, 3, &out));
    assert_false(size_add(SIZE_MAX, 1, &out));
    assert_false(shape_count(huge, 2, &count));
    assert_false(shape_count(negative, 2, &count));
    assert_false(shape_count(strides_too_large, 3, &count));
    assert_true(shape_count(empty, 3, &count));
    assert_int_equal(count, 0);
    assert_true(shape_count(NULL, 0, &count));
    assert_int_equal(count, 1);
    assert_null(aligned_calloc(SIZE_MAX / 2, 4));
    void *memory = aligned_calloc(3, 4);
    assert_int_equal((uintptr_t)memory % VIS_ALIGN, 0);
    aligned_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_to_its_limit_and_no_further),
        cmocka_unit_test(prints_text),
        cmocka_unit_test(refuses_sizes_that_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
