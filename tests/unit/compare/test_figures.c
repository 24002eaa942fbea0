/* Columns of statistics: read from three formats, judged by what pixels can explain.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file.h"
#include "compare/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char path[64];

static int make_path(void **state)
{
    strcpy(path, "/tmp/viseme-test-XXXXXX");
    return mkstemp(path) >= 0 ? 0 : -1;
}

static int remove_path(void **state)
{
    return remove(path);
}

static vis_status read_text(const char *text, figures *f, vis_error *err)
{
    assert_int_equal(file_write(path, text, strlen(text), NULL), VIS_OK);
    return figures_read(path, f, err);
}

static void the_reports_third_column_is_flagged(void **state)
{
    figures f = {0};
    assert_int_equal(
        read_text("{\"columns\": ["
                  "{\"name\": \"PyTorch\", \"mean\": 0.280694, \"std\": 0.273918},"
                  "{\"name\": \"Python\", \"mean\": 0.280700, \"std\": 0.273910, \"max_diff\": 3,"
                  " \"mean_diff\": 0.02},"
                  "{\"name\": \"Go\", \"mean\": 0.285587, \"std\": 0.277607}]}",
                  &f, NULL),
        VIS_OK);
    assert_int_equal(f.count, 3);
    assert_int_equal(figures_check(&f, NULL), VIS_OK);
    assert_true(figures_judge(&f, 1).consistent);
    figure_judgement go = figures_judge(&f, 2);
    assert_false(go.consistent);
    assert_false(go.pixels);
    assert_float_equal(go.mean_step, 255 * 0.004893, 1e-9);
    assert_float_equal(go.mean_percent, 100 * 0.004893 / 0.280694, 1e-9);
    figures_free(&f);
}

static void the_same_columns_as_csv(void **state)
{
    figures f = {0};
    assert_int_equal(read_text("name,std,mean,mean_diff\r\n\"A\", 0.25 ,0.5,\nB,0.25,0.501,0.3\n\n"
                               "C,0.25,0.501,0.2\n",
                               &f, NULL),
                     VIS_OK);
    assert_int_equal(f.count, 3);
    assert_string_equal(f.column[0].name, "A");
    assert_float_equal(f.column[0].mean, 0.5, 0);
    assert_true(figures_judge(&f, 1).consistent);  /* 0.255/255 apart, 0.3 explained */
    assert_false(figures_judge(&f, 2).consistent); /* 0.2 explained */
    figures_free(&f);
}

static void half_a_step_is_the_limit_without_pixels(void **state)
{
    figures f = {0};
    assert_int_equal(read_text("name,mean,std\nA,0.5,0.2\nB,0.501960,0.2\nC,0.501970,0.2\n"
                               "D,0.5,0.201970\n",
                               &f, NULL),
                     VIS_OK);
    assert_true(figures_judge(&f, 1).consistent);
    assert_false(figures_judge(&f, 2).consistent);
    assert_false(figures_judge(&f, 3).consistent);
    figures_free(&f);
}

static void summaries_are_judged_frame_by_frame(void **state)
{
    const char *format =
        "{\"output\": {\"mean\": 0.5, \"std\": 0.2}, \"start\": %d, \"character\": "
        "\"%s\", \"per_frame\": [{\"mean\": %s, \"std\": 0.2}, {\"mean\": %s, "
        "\"std\": 0.2}]}";
    char text[512];
    figures f = {0};
    vis_error err;
    snprintf(text, sizeof text, format, 3, "/x/anna/", "0.4", "0.6");
    assert_int_equal(read_text(text, &f, NULL), VIS_OK);
    assert_string_equal(f.column[0].character, "anna");
    snprintf(text, sizeof text, format, 3, "anna", "0.6", "0.4");
    assert_int_equal(read_text(text, &f, NULL), VIS_OK);
    assert_int_equal(figures_check(&f, NULL), VIS_OK);
    figure_judgement j = figures_judge(&f, 1); /* the means over all are equal */
    assert_false(j.consistent);
    assert_int_equal(j.frame, 0);
    snprintf(text, sizeof text, format, 4, "anna", "0.6", "0.4");
    assert_int_equal(read_text(text, &f, NULL), VIS_OK);
    assert_int_equal(figures_check(&f, &err), VIS_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "frame 4"));
    figures_free(&f);
}

static void what_is_no_statistics_is_refused(void **state)
{
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"{\"columns\": [{\"name\": \"A\", \"mean\": 0.5}]}", "std"},
        {"{\"columns\": [{\"name\": \"A\", \"mean\": \"x\", \"std\": 1}]}", "mean"},
        {"{\"columns\": [{\"name\": \"A\", \"mean\": 0.5, \"std\": -1}]}", "std"},
        {"{\"columns\": []}", "columns"},
        {"{\"frames\": 3}", "summary.json"},
        {"{\"columns\": ", "line"},
        {"name,mean,std\nA,0.5\n", "line 2"},
        {"name,mean,std\nA,0.5,much\n", "much"},
        {"name,mean\nA,0.5\n", "std"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        figures f = {0};
        vis_error err;
        assert_int_equal(read_text(cases[i].text, &f, &err), VIS_ERR_FORMAT);
        assert_non_null(strstr(err.message, cases[i].word));
        figures_free(&f);
    }
    figures one = {0};
    assert_int_equal(read_text("name,mean,std\nA,0.5,0.1\n", &one, NULL), VIS_OK);
    assert_int_equal(figures_check(&one, NULL), VIS_ERR_USAGE);
    figures_free(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reports_third_column_is_flagged),
        cmocka_unit_test(the_same_columns_as_csv),
        cmocka_unit_test(half_a_step_is_the_limit_without_pixels),
        cmocka_unit_test(summaries_are_judged_frame_by_frame),
        cmocka_unit_test(what_is_no_statistics_is_refused),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
