/* JSON is read and made whole or not at all: what cannot be complete is nothing, and says so.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/json.h"

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
        {"plain", "plain"}, {"Mund\303\266ffnung", "Mund\303\266ffnung"}, {"caf\351", "caf?"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value = json_text(texts[i][0]);
        assert_string_equal(json_string_value(value), texts[i][1]);
        json_decref(value);
    }
    json_t *none = json_text(NULL);
    assert_true(json_is_null(none));
    json_decref(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_of_a_text_are_placed),
        cmocka_unit_test(what_is_not_complete_is_nothing),
        cmocka_unit_test(a_value_is_printed),
        cmocka_unit_test(texts_that_are_not_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
