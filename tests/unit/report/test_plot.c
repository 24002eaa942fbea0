/* A plot shows every value that is one, leaves gaps where none is, and stays within its frame
 * whatever it is given.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 1016 /* of a drawing */

static buffer out;

static const char *drawn(const plot *p)
{
    vis_error err;
    buffer_free(&out);
    if (plot_svg(p, &out, &err) != VIS_OK) fail_msg("%s", err.message);
    assert_int_equal(buffer_append(&out, "", 1, NULL), VIS_OK);
    return (const char *)out.data;
}

static plot line_of(const double *y, int count)
{
    plot p = plot_defaults();
    p.title = "a line";
    p.series[0] = (plot_series){.y = y, .count = count};
    p.n_series = 1;
    return p;
}

static int count_of(const char *text, const char *what)
{
    int count = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        count++;
    return count;
}

/* What stands between `before` and the next quote; a static text. */
static const char *attribute(const char *svg, const char *before)
{
    static char value[1 << 16];
    const char *at = strstr(svg, before);
    if (!at) fail_msg("the drawing lacks %s", before);
    at += strlen(before);
    size_t length = strcspn(at, "\"");
    assert_true(length < sizeof value);
    memcpy(value, at, length);
    value[length] = '\0';
    return value;
}

#define LINE "<path class=\"line s0\" d=\""
#define DOTS "<path class=\"dots s0\" d=\""
#define BAR "<path class=\"bar\" d=\""

/* How many numbers a path has; all must be finite and within the drawing. */
static int check_path(const char *d)
{
    int count = 0;
    for (const char *at = d; *at;) {
        char *end;
        double v = strtod(at, &end);
        if (end == at) {
            assert_non_null(strchr("MLHVZh ", *at));
            at++;
            continue;
        }
        assert_true(v >= 0 && v <= WIDTH);
        count++;
        at = end;
    }
    return count;
}

static void a_value_is_higher_up_when_it_is_larger(void **state)
{
    const double y[] = {1, 2, 4};
    plot p = line_of(y, 3);
    double x[3], height[3];
    assert_int_equal(sscanf(attribute(drawn(&p), LINE), "M%lf %lfL%lf %lfL%lf %lf", &x[0],
                            &height[0], &x[1], &height[1], &x[2], &height[2]),
                     6);
    assert_true(x[0] < x[1] && fabs((x[2] - x[1]) - (x[1] - x[0])) < 0.11);
    assert_true(fabs((height[1] - height[2]) - 2 * (height[0] - height[1])) < 0.31);
    assert_int_equal(count_of(attribute(drawn(&p), DOTS), "M"), 3);
}

static void gaps_divide_a_line_and_lone_values_are_dots(void **state)
{
    double y[100];
    for (int i = 0; i < 100; i++)
        y[i] = i;
    y[40] = y[42] = NAN;
    y[70] = INFINITY;
    plot p = line_of(y, 100);
    const char *line = attribute(drawn(&p), LINE);
    assert_int_equal(count_of(line, "M"), 4);
    assert_int_equal(count_of(line, "L"), 39 + 0 + 26 + 28);
    assert_int_equal(count_of(attribute(drawn(&p), DOTS), "M"), 1);
}

static void anything_can_be_plotted(void **state)
{
    static const double nothing[] = {NAN, INFINITY, -INFINITY}, constant[] = {5, 5, 5},
                        zero[] = {0, 0}, negative[] = {-3, -1e-3, -2e6}, one[] = {1e-9},
                        huge[] = {-1.7e308, 1.7e308, 1e299};
    const struct {
        const double *y;
        int count;
        int shown;
    } cases[] = {{nothing, 3, 0}, {constant, 3, 3}, {zero, 2, 2}, {negative, 3, 3},
                 {one, 1, 1},     {huge, 3, 1},     {NULL, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int kind = PLOT_LINES; kind <= PLOT_HISTOGRAM; kind++) {
            static const char *const labels[] = {"a", "b", "c"};
            plot p = line_of(cases[i].y, cases[i].count);
            p.kind = (plot_kind)kind;
            p.labels = labels;
            p.y_from_zero = i % 2;
            const char *svg = drawn(&p);
            assert_null(strstr(svg, "nan"));
            assert_null(strstr(svg, "inf"));
            assert_int_equal(strstr(svg, "no values") != NULL,
                             kind == PLOT_BARS ? cases[i].count == 0 : cases[i].shown == 0);
            if (kind == PLOT_LINES && cases[i].shown)
                assert_int_equal(check_path(attribute(svg, DOTS)), 3 * cases[i].shown);
        }
}

static void a_plot_of_nothing_is_a_plot(void **state)
{
    plot p = plot_defaults();
    p.title = "nothing";
    assert_non_null(strstr(drawn(&p), "no values"));
    p.kind = PLOT_BARS;
    assert_non_null(strstr(drawn(&p), "no values"));
}

static void logarithms_leave_out_what_has_none(void **state)
{
    const double y[] = {1e-6, 0, 1e-3, -2, 1};
    plot p = line_of(y, 5);
    p.log_y = true;
    const char *svg = drawn(&p);
    assert_int_equal(count_of(attribute(svg, DOTS), "M"), 3);
    assert_non_null(strstr(svg, ">0.01</text>"));
}

/* The extremes of a long series survive; its drawing does not grow with it. */
static void long_series_keep_their_peaks(void **state)
{
    int count = 500000;
    double *y = calloc((size_t)count, sizeof *y);
    assert_non_null(y);
    y[123456] = 9;
    y[400000] = -4;
    plot p = line_of(y, count);
    const char *svg = drawn(&p);
    double top = 1e9, bottom = 0, x, v;
    int length;
    char command;
    for (const char *d = attribute(svg, LINE); *d; d += length) {
        assert_int_equal(sscanf(d, "%c%lf %lf%n", &command, &x, &v, &length), 3);
        top = v < top ? v : top;
        bottom = v > bottom ? v : bottom;
    }
    plot two = line_of((const double[]){9, -4}, 2);
    double ends[2];
    assert_int_equal(
        sscanf(attribute(drawn(&two), LINE), "M%lf %lfL%lf %lf", &x, &ends[0], &v, &ends[1]), 4);
    assert_true(top == ends[0] && bottom == ends[1]);
    assert_true(out.size < 65536);
    free(y);
}

static void legend_and_labels_are_escaped(void **state)
{
    const double y[] = {1, 2};
    plot p = line_of(y, 2);
    p.title = "a < b & \"c\"";
    p.x_label = "<frame>";
    p.y_label = "A&B";
    p.series[0].name = "x<y";
    assert_null(strstr(drawn(&p), "x&lt;y")); /* one series needs no legend */
    p.series[1] = (plot_series){.name = "other", .y = y, .count = 2, .points = true};
    p.n_series = 2;
    p.threshold = 1.5;
    p.threshold_label = "1 < 2";
    const char *svg = drawn(&p);
    assert_non_null(strstr(svg, "<title>a &lt; b &amp; &quot;c&quot;</title>"));
    assert_non_null(strstr(svg, ">&lt;frame&gt;</text>"));
    assert_non_null(strstr(svg, ">A&amp;B</text>"));
    assert_non_null(strstr(svg, ">x&lt;y</text>"));
    assert_non_null(strstr(svg, ">other</text>"));
    assert_non_null(strstr(svg, ">1 &lt; 2</text>"));
    assert_int_equal(count_of(svg, "class=\"limit\""), 2); /* legend and field */
}

static void bars_show_label_value_and_the_one_meant(void **state)
{
    const double y[] = {31.42, -17.256, NAN, INFINITY};
    static const char *const labels[] = {
        "as declared", "R and B", "not run",
        "a label that is so long that no plot could ever show it in full beside its bar"};
    plot p = line_of(y, 4);
    p.kind = PLOT_BARS;
    p.labels = labels;
    p.highlight = 0;
    const char *svg = drawn(&p);
    assert_int_equal(count_of(svg, BAR), 1);
    assert_int_equal(count_of(svg, "<path class=\"others\""), 1);
    assert_int_equal(count_of(svg, "class=\"meant\""), 2);
    assert_non_null(strstr(svg, ">31.42</text>"));
    assert_non_null(strstr(svg, ">\xE2\x88\x92"
                                "17.26</text>"));
    assert_non_null(strstr(svg, ">\xE2\x80\x93</text>"));
    assert_non_null(strstr(svg, ">\xE2\x88\x9E</text>"));
    assert_non_null(strstr(svg,
                           "\xE2\x80\xA6<title>a label that is so long that no plot could ever "
                           "show it in full beside its bar</title>"));
    assert_true(check_path(attribute(svg, BAR)) == 5);
}

static void histograms_have_a_bar_for_each_count(void **state)
{
    const double edges[] = {0, 2, 4, 6}, counts[] = {100, 0, 1, NAN};
    plot p = line_of(counts, 4);
    p.kind = PLOT_HISTOGRAM;
    p.series[0].x = edges;
    assert_int_equal(count_of(attribute(drawn(&p), BAR), "Z"), 2);
    assert_non_null(strstr((const char *)out.data, ">8</text>")); /* the end of the last bar */
    p.log_y = true;
    double left, top, right, bottom;
    const char *d = strchr(attribute(drawn(&p), BAR), 'Z') + 1;
    assert_int_equal(sscanf(d, "M%lf %lfH%lfV%lf", &left, &top, &right, &bottom), 4);
    assert_true(bottom - top > 5 && right > left); /* a count of one is seen */
}

static void descriptions_without_sense_are_refused(void **state)
{
    const double y[] = {1};
    vis_error err;
    plot bad[] = {line_of(y, 1), line_of(NULL, 3), line_of(y, -1), line_of(y, 1), line_of(y, 1)};
    bad[0].title = NULL;
    bad[3].kind = PLOT_BARS;
    bad[4].n_series = PLOT_MAX_SERIES + 1;
    buffer_free(&out);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(plot_svg(&bad[i], &out, &err), VIS_ERR_USAGE);
        assert_int_equal(out.size, 0);
    }
}

static void a_file_stands_alone(void **state)
{
    char folder[] = "/tmp/viseme-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const double y[] = {1, 2};
    plot p = line_of(y, 2);
    char *path = path_join(folder, "plot.svg");
    vis_error err;
    assert_int_equal(plot_save(&p, path, NULL), VIS_OK);
    buffer_free(&out);
    assert_int_equal(file_read(path, &out, NULL), VIS_OK);
    assert_int_equal(buffer_append(&out, "", 1, NULL), VIS_OK);
    const char *svg = (const char *)out.data;
    assert_non_null(strstr(svg, "xmlns=\"http://www.w3.org/2000/svg\""));
    assert_non_null(strstr(svg, "<rect class=\"ground\""));
    assert_null(strstr(svg, "var("));
    assert_int_equal(unlink(path), 0);
    p.title = NULL;
    assert_int_equal(plot_save(&p, path, &err), VIS_ERR_USAGE);
    assert_non_null(strstr(err.message, "plot.svg"));
    assert_int_equal(rmdir(folder), 0); /* nothing was left */
    free(path);
}

static int make_buffer(void **state)
{
    buffer_init(&out, 64u << 20);
    return 0;
}

static int free_buffer(void **state)
{
    buffer_free(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_higher_up_when_it_is_larger),
        cmocka_unit_test(gaps_divide_a_line_and_lone_values_are_dots),
        cmocka_unit_test(anything_can_be_plotted),
        cmocka_unit_test(a_plot_of_nothing_is_a_plot),
        cmocka_unit_test(logarithms_leave_out_what_has_none),
        cmocka_unit_test(long_series_keep_their_peaks),
        cmocka_unit_test(legend_and_labels_are_escaped),
        cmocka_unit_test(bars_show_label_value_and_the_one_meant),
        cmocka_unit_test(histograms_have_a_bar_for_each_count),
        cmocka_unit_test(descriptions_without_sense_are_refused),
        cmocka_unit_test(a_file_stands_alone),
    };
    return cmocka_run_group_tests(tests, make_buffer, free_buffer);
}
