/* JSON is read and made whole or not at all: what cannot be complete is nothing, and says so.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/json.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void faults_of_a_text_are_placed(void **state)
{
    static const char twice[] = "{\"a\": 1,\n \"a\": 2}";
    vis_error err;
    json_t *value = NULL;
    assert_int_equal(json_parse("{\"a\": 1}", 8, "x.json", &value, &err), VIS_OK);
    assert_int_equal(json_integer_value(json_object_get(value, "a")), 1);
    json_decref(value);
    assert_int_equal(json_parse(twice, strlen(twice), "x.json", &value, &err), VIS_ERR_FORMAT);
    assert_null(value);
    assert_non_null(strstr(err.message, "x.json: line 2, column "));
    assert_int_equal(json_parse("", 0, "x.json", &value, &err), VIS_ERR_FORMAT);
    assert_null(value);
}

static void what_is_not_complete_is_nothing(void **state)
{
    vis_error err;
    char *text;
    json_t *object = json_object(), *list = json_array();
    json_add(&list, json_integer(1));
    json_put(&object, "list", list);
    json_put(&object, "missing", NULL);
    assert_null(object);
    json_put(&object, "more", json_integer(2)); /* released, or the sanitizer build complains */
    assert_null(object);
    list = json_array();
    json_add(&list, NULL);
    assert_null(list);
    assert_int_equal(json_print(object, &text, &err), VIS_ERR_MEMORY);
    assert_int_equal(json_write("/nonexistent/x.json", list, &err), VIS_ERR_MEMORY);
}

static void a_value_is_printed(void **state)
{
    vis_error err;
    char *text;
    json_t *object = json_object();
    json_put(&object, "a", json_real(0.125));
    assert_int_equal(json_print(object, &text, &err), VIS_OK);
    assert_string_equal(text, "{\n  \"a\": 0.125\n}");
    free(text);
    assert_int_equal(json_write("/nonexistent/x.json", json_object(), &err), VIS_ERR_WRITE);
}

static void texts_that_are_not_utf8(void **state)
{
    static const char *const texts[][2] = {
        {"plain", "plain"},
        {"Mund\303\266ffnung", "Mund\303\266ffnung"},
        {"caf\351", "caf?"},
        {"\303\266\351\303", "\303\266??"},
        {"\355\240\200\300\257", "?????"},
        {"\364\217\277\277\364\220\200\200", "\364\217\277\277????"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value = json_text(texts[i][0]);
        assert_string_equal(json_string_value(value), texts[i][1]);
        json_decref(value);
    }
    json_t *none = json_text(NULL);
    assert_true(json_is_null(none));
    json_decref(none);
}

/* What a report tells cannot make it fail. */
static void any_values_can_be_reported(void **state)
{
    char *text;
    json_t *shared = json_true(),
           *value =
               json_make("{s:s, s:s?, s:i, s:I, s:f, s:f, s:b, s:[i, I, s], s:{s:f}, s:o, s:O}",
                         "name", "caf\351", "none", NULL, "i", -1, "I", (json_int_t)1 << 40, "f",
                         0.5, "nan", (double)NAN, "b", true, "list", 1, (json_int_t)2, "x", "in",
                         "inf", (double)INFINITY, "o", json_integer(3), "O", shared);
    assert_int_equal(json_print(value, &text, NULL), VIS_OK);
    json_t *again;
    assert_int_equal(json_parse(text, strlen(text), "again", &again, NULL), VIS_OK);
    json_t *wanted;
    static const char same[] =
        "{\"name\": \"caf?\", \"none\": null, \"i\": -1, \"I\": 1099511627776, \"f\": 0.5, "
        "\"nan\": null, \"b\": true, \"list\": [1, 2, \"x\"], \"in\": {\"inf\": null}, "
        "\"o\": 3, \"O\": true}";
    assert_int_equal(json_parse(same, strlen(same), "wanted", &wanted, NULL), VIS_OK);
    assert_true(json_equal(again, wanted));
    json_decref(again);
    json_decref(wanted);
    free(text);
    assert_null(json_make("{s:o, s:o}", "missing", NULL, "released", json_integer(1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_of_a_text_are_placed),
        cmocka_unit_test(what_is_not_complete_is_nothing),
        cmocka_unit_test(a_value_is_printed),
        cmocka_unit_test(texts_that_are_not_utf8),
        cmocka_unit_test(any_values_can_be_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
