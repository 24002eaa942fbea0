/* tests/unit/face/test_landmarks.c - .lms files and their crop squares.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/geometry.h"
#include "face/landmarks.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vis_status parse(const char *text, int square[4], vis_error *err)
{
    return landmarks_parse_square(text, strlen(text), "7.lms", square, NULL, err);
}

static void square_is_truncated_not_rounded(void **state)
{
    int square[4];
    char *text = support_landmarks(10.999, 20.5, 110.001);
    assert_int_equal(parse(text, square, NULL), VIS_OK);
    free(text);
    const int expected[4] = {10, 20, 110, 120};
    assert_memory_equal(square, expected, sizeof square);
}

static void numbers_become_float32_first(void **state)
{
    int square[4];
    char *text = malloc(110 * 64);
    strcpy(text, "");
    for (int i = 0; i < 110; i++)
        strcat(text, i == 1 ? "99.9999999 -0.9\r\n" : "300e0\t40.\r\n");
    assert_int_equal(parse(text, square, NULL), VIS_OK);
    free(text);
    assert_int_equal(square[0], 100); /* the nearest float32 is 100 */
    assert_int_equal(square[1], 40);
    assert_int_equal(square[2], 300);
}

static void decimal_comma_of_a_locale_does_not_matter(void **state)
{
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8")) skip();
    square_is_truncated_not_rounded(state);
    setlocale(LC_NUMERIC, "C");
}

/* The text with its line `line` (from 1) replaced. */
static void expect_bad_line(int line, const char *with)
{
    char *good = support_landmarks(1, 2, 30), *text = calloc(1, strlen(good) + 512);
    char *save = NULL;
    int n = 1;
    for (char *l = strtok_r(good, "\n", &save); l; l = strtok_r(NULL, "\n", &save), n++) {
        strcat(text, n == line ? with : l);
        strcat(text, "\n");
    }
    int square[4];
    vis_error err;
    assert_int_equal(parse(text, square, &err), VIS_ERR_FORMAT);
    char expected[32];
    snprintf(expected, sizeof expected, "7.lms: line %d:", line);
    assert_ptr_equal(strstr(err.message, expected), err.message);
    free(good);
    free(text);
}

static void bad_lines_are_named(void **state)
{
    const char *bad[] = {"12",    "1 2 3 4",    "x y",     "1,5 2,5",   "nan 1", "inf 1", "0x10 1",
                         "1e9 5", "1 -2000000", "1 2e999", "1 2 abc",   "1-2 3", "+ -",   "1.2.3 4",
                         "1 2;",  "1,2 3",      "1 2,3",   "12,5 30,5", ",1 2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_bad_line(1 + (int)i * 5, bad[i]);
    char longest[400];
    memset(longest, '1', sizeof longest);
    memcpy(longest, "1 2", 3);
    longest[399] = 0;
    expect_bad_line(9, longest);
}

/* The text with every "x y" line written in another way. */
static char *rewritten(const char *format)
{
    char *text = calloc(110, 64), line[64];
    for (int i = 0; i < 110; i++) {
        double x = i == 1 ? 10.5 : i == 31 ? 110.5 : 7, y = i == 52 ? 20.25 : 9;
        snprintf(line, sizeof line, format, x, y);
        strcat(text, line);
    }
    return text;
}

static void expect_square(const char *text, size_t size)
{
    const int expected[4] = {10, 20, 110, 120};
    int square[4];
    vis_error err = {0};
    if (landmarks_parse_square(text, size, "7.lms", square, NULL, &err) != VIS_OK)
        fail_msg("%s", err.message);
    assert_memory_equal(square, expected, sizeof square);
}

static void other_spellings_of_points_are_read(void **state)
{
    static const char *const formats[] = {"%.3f,%.3f\n",      "%.3f, %.3f\r\n", "%.3f;%.3f\n",
                                          "%.2f %.2f 0.98\n", "%.2f,%.2f,1\n",  "%.2f\t%.2f  \n"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char *text = rewritten(formats[i]);
        expect_square(text, strlen(text));
        free(text);
    }
}

/* Text that went through Windows: a mark before it, or two bytes a character, in either order. */
static void marks_and_utf16_are_read(void **state)
{
    char *text = rewritten("%.2f %.2f\r\n");
    size_t size = strlen(text);
    char *marked = malloc(size + 4), *wide = malloc(2 * size + 2);
    memcpy(marked, "\xef\xbb\xbf", 3);
    memcpy(marked + 3, text, size);
    expect_square(marked, size + 3);
    for (int big = 0; big < 2; big++) {
        memcpy(wide, big ? "\xfe\xff" : "\xff\xfe", 2);
        for (size_t i = 0; i < size; i++) {
            wide[2 + 2 * i + (size_t)big] = text[i];
            wide[3 + 2 * i - (size_t)big] = 0;
        }
        expect_square(wide, 2 * size + 2);
    }
    free(text);
    free(marked);
    free(wide);
}

static void files_of_another_kind_are_named(void **state)
{
    int square[4];
    vis_error err;
    assert_int_equal(
        parse("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", square, &err),
        VIS_ERR_FORMAT);
    assert_non_null(strstr(err.message, "7.lms: is only a Git LFS pointer"));
    assert_int_equal(parse("points: 110\n", square, &err), VIS_ERR_FORMAT);
    assert_non_null(strstr(err.message, "found \"points: 110\""));
}

static void too_few_points_are_refused(void **state)
{
    char *text = support_landmarks(1, 2, 30);
    int square[4], line = 0;
    vis_error err;
    char *end = text;
    while (line < 52)
        line += *end++ == '\n';
    *end = 0; /* point 52, the top, is missing */
    assert_int_equal(parse(text, square, &err), VIS_ERR_FORMAT);
    assert_non_null(strstr(err.message, "52 points"));
    assert_int_equal(parse("", square, &err), VIS_ERR_FORMAT);
    free(text);
}

static void zero_bytes_and_endless_files_are_refused(void **state)
{
    int square[4];
    assert_int_equal(landmarks_parse_square("1 2\n\0 3 4\n", 10, "z", square, NULL, NULL),
                     VIS_ERR_FORMAT);
    size_t lines = LANDMARKS_MAX + 1;
    char *text = malloc(lines * 4);
    for (size_t i = 0; i < lines; i++)
        memcpy(text + 4 * i, "1 2\n", 4);
    assert_int_equal(landmarks_parse_square(text, lines * 4, "z", square, NULL, NULL),
                     VIS_ERR_LIMIT);
    free(text);
}

static void squares_are_cut_at_right_and_bottom_only(void **state)
{
    int inside[4] = {0, 0, 64, 48}, over[4] = {10, 20, 70, 80};
    bool clipped;
    assert_int_equal(square_clip(inside, 64, 48, &clipped, "s", NULL), VIS_OK);
    assert_false(clipped);
    assert_int_equal(square_clip(over, 64, 48, &clipped, "s", NULL), VIS_OK);
    assert_true(clipped);
    const int expected[4] = {10, 20, 64, 48};
    assert_memory_equal(over, expected, sizeof over);
    int bad[][4] = {{-1, 0, 5, 5}, {0, -1, 5, 5},  {5, 5, 5, 9},
                    {9, 5, 5, 9},  {64, 0, 80, 9}, {0, 48, 5, 60}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(square_clip(bad[i], 64, 48, NULL, "s", NULL), VIS_ERR_MISMATCH);
}

/* `count` points at (x, y). */
static char *points_at(int count, double x, double y)
{
    char *text = calloc((size_t)count + 1, 32), *at = text;
    for (int i = 0; i < count; i++)
        at += sprintf(at, "%g %g\n", x, y);
    return text;
}

/* Points 1, 31 and 52 mean something else there. */
static void schemes_of_other_detectors_are_refused(void **state)
{
    const int counts[] = {68, 98, 106, 468, 478};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char *text = points_at(counts[i], 3, 4), said[32];
        int square[4];
        vis_error err;
        assert_int_equal(parse(text, square, &err), VIS_ERR_MISMATCH);
        snprintf(said, sizeof said, "7.lms: has %d points", counts[i]);
        assert_ptr_equal(strstr(err.message, said), err.message);
        assert_non_null(strstr(err.message, "110 points"));
        free(text);
    }
}

static void points_are_counted_and_averaged(void **state)
{
    char *text = points_at(109, 10, 20), all[4096];
    snprintf(all, sizeof all, "%s120 130\n", text);
    int square[4];
    landmarks_facts facts;
    assert_int_equal(landmarks_parse_square(all, strlen(all), "z", square, &facts, NULL), VIS_OK);
    assert_int_equal(facts.points, 110);
    assert_true(facts.x == 11 && facts.y == 21);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(square_is_truncated_not_rounded),
        cmocka_unit_test(numbers_become_float32_first),
        cmocka_unit_test(decimal_comma_of_a_locale_does_not_matter),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(schemes_of_other_detectors_are_refused),
        cmocka_unit_test(points_are_counted_and_averaged),
        cmocka_unit_test(other_spellings_of_points_are_read),
        cmocka_unit_test(marks_and_utf16_are_read),
        cmocka_unit_test(files_of_another_kind_are_named),
        cmocka_unit_test(too_few_points_are_refused),
        cmocka_unit_test(zero_bytes_and_endless_files_are_refused),
        cmocka_unit_test(squares_are_cut_at_right_and_bottom_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
