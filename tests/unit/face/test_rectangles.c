/* tests/unit/face/test_rectangles.c - crop_rectangles.json.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/rectangles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vis_status parse(const char *text, int (**squares)[4], int *count, vis_error *err)
{
    return rectangles_parse(text, strlen(text), "r.json", squares, count, err);
}

static void entries_come_by_number_in_any_order(void **state)
{
    int(*squares)[4], count;
    const char *text = "{\"1\": {\"rect\": [5, 6, 7, 8], \"score\": 0.5}, \"about\": 3,"
                       " \"0\": {\"rect\": [1, 2, 3.0, 4]}}";
    assert_int_equal(parse(text, &squares, &count, NULL), VIS_OK);
    const int expected[2][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
    assert_int_equal(count, 2);
    assert_memory_equal(squares, expected, sizeof expected);
    free(squares);
}

/* crop_rects.json: the rectangles alone; a byte order mark before them is no matter. */
static void lists_are_read(void **state)
{
    const char *texts[] = {"[[1, 2, 3, 4], [5, 6, 7, 8]]",
                           "\xef\xbb\xbf[{\"rect\": [1, 2, 3, 4]}, {\"rect\": [5, 6, 7, 8]}]"};
    const int expected[2][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int(*squares)[4], count;
        assert_int_equal(parse(texts[i], &squares, &count, NULL), VIS_OK);
        assert_int_equal(count, 2);
        assert_memory_equal(squares, expected, sizeof expected);
        free(squares);
    }
}

static void expect_refused(const char *text, const char *says)
{
    int(*squares)[4], count;
    vis_error err;
    assert_int_equal(parse(text, &squares, &count, &err), VIS_ERR_FORMAT);
    assert_null(squares);
    assert_int_equal(count, 0);
    assert_non_null(strstr(err.message, "r.json"));
    assert_non_null(strstr(err.message, says));
}

static void bad_files_are_named_and_located(void **state)
{
    expect_refused("", "is empty");
    expect_refused("<html>", "a web page");
    expect_refused("{\"0\": {\"rect\": [1, 2, 3, 4]}", "line 1");
    expect_refused("[]", "no rectangles");
    expect_refused("[[1, 2, 3, 4], [1, 2, 3]]", "entry \"1\"");
    expect_refused("3", "line 1");
    expect_refused("{}", "no rectangles");
    expect_refused("{\"1\": {\"rect\": [1, 2, 3, 4]}}", "\"0\" is missing");
    expect_refused("{\"0\": {\"rect\": [1,2,3,4]}, \"2\": {\"rect\": [1,2,3,4]}}",
                   "\"1\" is missing");
    expect_refused("{\"0\": {\"rect\": [1,2,3,4]}, \"0\": {\"rect\": [1,2,3,4]}}", "line 1");
    const char *rects[] = {"[1, 2, 3]",
                           "[1, 2, 3, 4, 5]",
                           "[1, 2, 3, \"4\"]",
                           "[1, 2, 3, null]",
                           "[1, 2, 3, 4.5]",
                           "[1, 2, 3, 1e30]",
                           "[-9999999, 0, 1, 1]",
                           "7",
                           "{}"};
    for (size_t i = 0; i < sizeof rects / sizeof *rects; i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"0\": {\"rect\": %s}}", rects[i]);
        expect_refused(text, "entry \"0\"");
    }
    expect_refused("{\"0\": 5}", "entry \"0\"");
}

static void deep_nesting_is_refused(void **state)
{
    char *text = malloc(200001);
    memset(text, '[', 200000);
    text[200000] = 0;
    expect_refused(text, "line");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_by_number_in_any_order),
        cmocka_unit_test(lists_are_read),
        cmocka_unit_test(bad_files_are_named_and_located),
        cmocka_unit_test(deep_nesting_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
