/* A page says what it was told, escaped, in one file that needs no other; and tells its first
 * failure at the end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file.h"
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

static page *begin(void)
{
    page *p;
    assert_int_equal(page_create("a < b", "sub & title", &p, NULL), VIS_OK);
    return p;
}

/* Saves and frees the page; what was written. */
static const char *finish(page *p)
{
    vis_error err;
    if (page_save(p, path, &err) != VIS_OK) fail_msg("%s", err.message);
    page_free(p);
    buffer_free(&text);
    assert_int_equal(file_read(path, &text, NULL), VIS_OK);
    assert_int_equal(buffer_append(&text, "", 1, NULL), VIS_OK);
    return (const char *)text.data;
}

static void expect(const char *html, const char *what)
{
    if (!strstr(html, what)) fail_msg("the page lacks %s", what);
}

static void words_are_escaped_everywhere(void **state)
{
    page *p = begin();
    page_verdict(p, PAGE_BAD, "h < h", "t & t");
    page_heading(p, "<script>");
    page_text(p, "%s is %d %%", "</p>", 5);
    page_footer(p, "f > f\nsecond line");
    const char *html = finish(p);
    expect(html, "<title>a &lt; b</title>");
    expect(html, "<h1>a &lt; b</h1>");
    expect(html, ">sub &amp; title<");
    expect(html, "class=\"verdict bad\"");
    expect(html, "<strong>h &lt; h</strong>");
    expect(html, "<p>t &amp; t</p>");
    expect(html, "<h2>&lt;script&gt;</h2>");
    expect(html, "<p>&lt;/p&gt; is 5 %</p>");
    expect(html, "<footer>f &gt; f\nsecond line</footer>");
    assert_null(strstr(html, "<script"));
    expect(html, "<!DOCTYPE html>\n<html lang=\"en\">");
    assert_string_equal(html + text.size - 1 - strlen("</html>\n"), "</html>\n");
}

/* Columns of numbers stand to the right with their heads, others to the left. */
static void columns_of_numbers_stand_to_the_right(void **state)
{
    static const char *const columns[] = {"name", "dB", "mixed", "empty", "signed"};
    static const char *const rows[][5] = {
        {"328 U-Net", "31.4 dB", "1", "", "-1.5e-7"},
        {"99", "\xE2\x80\x93", "two", "-",
         "\xE2\x88\x92"
         "3 %"},
        {"<x>", "inf", "3 frames of 5", "", "\xE2\x89\xA4 0.5"},
    };
    page *p = begin();
    page_table(p, "caption <", columns, 5);
    page_row(p, PAGE_PLAIN, rows[0]);
    page_row(p, PAGE_BAD, rows[1]);
    page_row(p, PAGE_PLAIN, rows[2]);
    page_table_end(p);
    const char *html = finish(p);
    expect(html, "<caption>caption &lt;</caption>");
    expect(html, "<th scope=\"col\">name</th><th scope=\"col\" class=\"number\">dB</th>"
                 "<th scope=\"col\">mixed</th><th scope=\"col\">empty</th>"
                 "<th scope=\"col\" class=\"number\">signed</th>");
    expect(html, "<tr><td>328 U-Net</td><td class=\"number\">31.4 dB</td><td>1</td><td></td>"
                 "<td class=\"number\">-1.5e-7</td></tr>");
    expect(html, "<tr class=\"bad\"><td><svg");
    expect(html, "</svg>99</td>");
    expect(html, "<tr><td>&lt;x&gt;</td>");
}

static void tables_may_be_empty(void **state)
{
    static const char *const columns[] = {"one"};
    page *p = begin();
    page_table(p, NULL, columns, 1);
    page_table_end(p);
    page_table(p, NULL, NULL, 0);
    page_table_end(p);
    const char *html = finish(p);
    expect(html, "<thead><tr><th scope=\"col\">one</th></tr></thead>");
    assert_null(strstr(html, "<caption>"));
}

static void pictures_are_inside(void **state)
{
    picture shown;
    assert_int_equal(picture_create(&shown, 4, 2, NULL), VIS_OK);
    page *p = begin();
    page_pictures(p);
    page_picture(p, &shown, 0, NULL);
    page_picture(p, &shown, 40, "large \"one\"");
    page_pictures_end(p);
    const char *html = finish(p);
    expect(html, "<img width=\"4\" height=\"2\" alt=\"\" src=\"data:image/png;base64,iVBORw0KGgo");
    expect(html, "<img class=\"enlarged\" width=\"40\" height=\"20\" "
                 "alt=\"large &quot;one&quot;\" src=\"data:");
    const char *first = strstr(html, "base64,"), *second = strstr(first + 1, "base64,");
    size_t length = strcspn(first, "\"");
    assert_memory_equal(first, second, length + 1); /* the same picture, and nothing before it */
    expect(html, "<figcaption>large &quot;one&quot;</figcaption>");
    picture_free(&shown);
}

static void nothing_is_fetched(void **state)
{
    const double y[] = {1, 2};
    plot shown = plot_defaults();
    shown.title = "plot";
    shown.series[0] = (plot_series){.y = y, .count = 2};
    shown.n_series = 1;
    page *p = begin();
    page_plot(p, &shown, "caption");
    const char *html = finish(p);
    expect(html, "<svg class=\"plot\" role=\"img\" viewBox=");
    assert_null(strstr(html, "://"));
    assert_null(strstr(html, "@import"));
    assert_null(strstr(html, "url("));
}

/* Parts in the wrong order, a plot without a title: told when the page is saved, and no file. */
static void the_first_failure_is_told_at_the_end(void **state)
{
    vis_error err;
    assert_false(remove(path) && path_is_file(path));
    for (int i = 0; i < 4; i++) {
        plot untitled = plot_defaults();
        page *p = begin();
        if (i == 0) page_row(p, PAGE_PLAIN, NULL);
        if (i == 1) page_pictures(p);
        if (i == 2) page_plot(p, &untitled, NULL);
        if (i == 3) page_pictures(p), page_text(p, "between");
        page_heading(p, "after");
        page_table(p, NULL, NULL, 0);
        page_table_end(p);
        assert_int_equal(page_save(p, path, &err), i == 2 ? VIS_ERR_USAGE : VIS_ERR_INTERNAL);
        assert_non_null(strstr(err.message, "page.html: "));
        assert_false(path_is_file(path));
        page_free(p);
    }
}

static void no_page_is_no_crash(void **state)
{
    page_verdict(NULL, PAGE_GOOD, "a", "b");
    page_heading(NULL, "a");
    page_text(NULL, "%d", 1);
    page_table(NULL, NULL, NULL, 0);
    page_row(NULL, PAGE_PLAIN, NULL);
    page_table_end(NULL);
    page_pictures(NULL);
    page_picture(NULL, NULL, 0, NULL);
    page_pictures_end(NULL);
    page_plot(NULL, NULL, NULL);
    page_footer(NULL, "a");
    page_free(NULL);
    assert_int_equal(page_save(NULL, path, NULL), VIS_ERR_INTERNAL);
}

static void a_page_that_cannot_be_written_says_so(void **state)
{
    vis_error err;
    page *p = begin();
    assert_int_equal(page_save(p, "/nonexistent/page.html", &err), VIS_ERR_WRITE);
    assert_int_equal(page_save(p, path, &err), VIS_OK); /* elsewhere it can */
    page_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_escaped_everywhere),
        cmocka_unit_test(columns_of_numbers_stand_to_the_right),
        cmocka_unit_test(tables_may_be_empty),
        cmocka_unit_test(pictures_are_inside),
        cmocka_unit_test(nothing_is_fetched),
        cmocka_unit_test(the_first_failure_is_told_at_the_end),
        cmocka_unit_test(no_page_is_no_crash),
        cmocka_unit_test(a_page_that_cannot_be_written_says_so),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
