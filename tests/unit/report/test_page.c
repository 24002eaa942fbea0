/* A page holds the facts it was given, whatever they say, and nothing that they say is markup.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file.h"
#include "base/json.h"
#include "report/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];
static char *path;
static buffer text;

static int make_folder(void **state)
{
    strcpy(folder, "/tmp/viseme-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    path = path_join(folder, "page.html");
    buffer_init(&text, PAGE_MAX_BYTES);
    return path ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    free(path);
    buffer_free(&text);
    return system(command);
}

/* A page of these facts, written and read again. */
static const char *page_of(json_t *facts, const picture *shown)
{
    page p;
    vis_error err;
    vis_status status = page_begin("compare", "compare.json", &p, &err);
    for (int i = 0; i < 2 && status == VIS_OK && shown; i++)
        status = page_picture(&p, "look", 7 + i, shown, &err);
    if (status == VIS_OK) status = page_save(&p, facts, path, &err);
    if (status != VIS_OK) fail_msg("%s", err.message);
    page_free(&p);
    buffer_free(&text);
    assert_int_equal(file_read(path, &text, NULL), VIS_OK);
    assert_int_equal(buffer_append(&text, "", 1, NULL), VIS_OK);
    return (const char *)text.data;
}

static const char *expect(const char *html, const char *what)
{
    const char *place = strstr(html, what);
    if (!place) fail_msg("the page lacks %s", what);
    return place;
}

/* The JSON in the element of that id, in new memory: all up to the first thing that ends it. */
static json_t *read_back(const char *html, const char *id)
{
    char opening[64];
    snprintf(opening, sizeof opening, "<script type=\"application/json\" id=\"%s\">", id);
    const char *from = expect(html, opening) + strlen(opening), *to = expect(from, "<");
    json_t *value;
    vis_error err;
    if (json_parse(from, (size_t)(to - from), id, &value, &err) != VIS_OK)
        fail_msg("%s", err.message);
    assert_memory_equal(to, "</script>", strlen("</script>"));
    return value;
}

static int count_of(const char *html, const char *what)
{
    int count = 0;
    for (; (html = strstr(html, what)); html += strlen(what))
        count++;
    return count;
}

static void facts_come_back_and_are_no_markup(void **state)
{
    static const char *const hostile[] = {
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "]]>&lt;&amp; \" ' \\ {{facts}} {{script}}",
        "line\xe2\x80\xa8 paragraph\xe2\x80\xa9 \xe2\x80\xa7 euro \xe2\x82\xac",
        "tab\t newline\n escape\x1b del\x7f c1 \xc2\x9b turned \xe2\x80\xae",
        "\xf0\x9f\x98\x80 \xe2\x80",
        "",
    };
    json_t *names = json_array();
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        json_add(&names, json_text(hostile[i]));
    json_t *facts = json_make("{s:O}", "names", names);
    json_put(&facts, hostile[0], json_integer(1)); /* as a key, too */
    const char *html = page_of(json_incref(facts), NULL);
    json_t *again = read_back(html, "facts");
    assert_true(json_equal(again, facts));
    assert_int_equal(count_of(html, "<script"), 3);
    assert_int_equal(count_of(html, "</script"), 3);
    assert_int_equal(count_of(html, "<!--"), 0);
    const char *inside = expect(html, "id=\"facts\">"), *end = expect(inside, "</script>");
    for (const char *c = inside + strlen("id=\"facts\">"); c < end; c++) {
        assert_null(strchr("<>&", *c));
        assert_true(strncmp(c, "\xe2\x80\xa8", 3) != 0 && strncmp(c, "\xe2\x80\xa9", 3) != 0);
    }
    json_decref(again);
    json_decref(facts);
    json_decref(names);
}

static void the_template_is_filled_in(void **state)
{
    const char *html = page_of(json_object(), NULL);
    expect(html, "<!DOCTYPE html>\n<html lang=\"en\">");
    expect(html, "data-report=\"compare\"");
    expect(html, "The file compare.json beside it");
    assert_null(strstr(html, "{{"));
    assert_null(strstr(html, "innerHTML"));
    assert_null(strstr(html, "@import"));
    assert_null(strstr(html, "url("));
    assert_int_equal(count_of(html, "://"), count_of(html, "\"http://www.w3.org/2000/svg\""));
    assert_string_equal(html + text.size - 1 - strlen("</html>\n"), "</html>\n");
}

/* The policy names the style and the script by hashes of 32 bytes. */
static void only_its_own_script_may_run(void **state)
{
    const char *html = page_of(json_object(), NULL);
    const char *policy = expect(html, "content=\"default-src 'none'; img-src data:; ");
    static const char *const sources[] = {"style-src 'sha256-", "script-src 'sha256-"};
    for (int i = 0; i < 2; i++) {
        const char *hash = expect(policy, sources[i]) + strlen(sources[i]);
        assert_int_equal(strcspn(hash, "'"), 44);
        assert_int_equal(hash[43], '=');
    }
    assert_null(strstr(html, "unsafe"));
}

static void pictures_are_inside(void **state)
{
    picture shown;
    assert_int_equal(picture_create(&shown, 4, 2, NULL), VIS_OK);
    json_t *all = read_back(page_of(json_object(), &shown), "pictures");
    assert_int_equal(json_array_size(all), 2);
    const char *png[2];
    for (int i = 0; i < 2; i++) {
        json_t *each = json_array_get(all, (size_t)i);
        assert_string_equal(json_string_value(json_object_get(each, "name")), "look");
        assert_int_equal(json_integer_value(json_object_get(each, "number")), 7 + i);
        assert_int_equal(json_integer_value(json_object_get(each, "width")), 4);
        assert_int_equal(json_integer_value(json_object_get(each, "height")), 2);
        png[i] = json_string_value(json_object_get(each, "png"));
        assert_memory_equal(png[i], "iVBORw0KGgo", 11);
    }
    assert_string_equal(png[0], png[1]); /* the same picture, and nothing before it */
    json_decref(all);
    picture_free(&shown);
}

static void what_fails_says_so_and_leaves_no_file(void **state)
{
    vis_error err;
    page p;
    assert_false(remove(path) && path_is_file(path));
    assert_int_equal(page_begin("sweep", "sweep.json", &p, &err), VIS_OK);
    assert_int_equal(page_save(&p, json_object(), "/nonexistent/page.html", &err), VIS_ERR_WRITE);
    page_free(&p);
    assert_int_equal(page_begin("sweep", "sweep.json", &p, &err), VIS_OK);
    assert_int_equal(page_save(&p, NULL, path, &err), VIS_ERR_MEMORY);
    page_free(&p);
    assert_int_equal(page_begin("sweep", "sweep.json", &p, &err), VIS_OK);
    buffer_free(&p.bytes);
    buffer_init(&p.bytes, 40); /* as if the page were nearly full */
    picture shown;
    assert_int_equal(picture_create(&shown, 4, 2, NULL), VIS_OK);
    assert_int_equal(page_picture(&p, "filmed", 0, &shown, &err), VIS_ERR_LIMIT);
    assert_non_null(strstr(err.message, "fewer pictures"));
    page_free(&p);
    picture_free(&shown);
    assert_false(path_is_file(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_come_back_and_are_no_markup),
        cmocka_unit_test(the_template_is_filled_in),
        cmocka_unit_test(only_its_own_script_may_run),
        cmocka_unit_test(pictures_are_inside),
        cmocka_unit_test(what_fails_says_so_and_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
