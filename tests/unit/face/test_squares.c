/* tests/unit/face/test_squares.c - what is suspicious about the squares of a character is told when
 * it is opened, one line a kind, and nothing of what is right.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/file.h"
#include "base/memory.h"
#include "face/lips.h"
#include "face/square_smoothing.h"
#include "face/square_statistics.h"
#include "face/squares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 40
#define WIDTH 640
#define HEIGHT 480

/* A head that nods and comes nearer: 200 pixels wide and more. */
static void good_squares(int squares[COUNT][4])
{
    for (int n = 0; n < COUNT; n++) {
        int x = 100 + n / 2, y = 80 + n % 20 / 3, side = 200 + n / 8;
        memcpy(squares[n], (int[4]){x, y, x + side, y + side}, sizeof squares[n]);
    }
}

static void expect(const int (*squares)[4], int lines, const char *last)
{
    support_log log;
    vis_log to = support_log_to(&log);
    assert_int_equal(squares_warn(squares, COUNT, WIDTH, HEIGHT, "here", &to, NULL), VIS_OK);
    assert_int_equal(log.lines, lines);
    if (last) assert_non_null(strstr(log.last, last));
}

static void good_ones_are_passed_in_silence(void **state)
{
    int squares[COUNT][4];
    good_squares(squares);
    expect((const int(*)[4])squares, 0, NULL);
}

static void oblong_ones_are_told(void **state)
{
    int squares[COUNT][4];
    good_squares(squares);
    squares[7][3] -= 9;
    expect((const int(*)[4])squares, 1, "here: frame 7: the face square is not square");
    squares[9][2] += 9;
    squares[30][2] += 9;
    expect((const int(*)[4])squares, 1, "here: frames 7, 9 and 30: the face square is not square");
    for (int n = 0; n < COUNT; n++)
        squares[n][3] = squares[n][1] + 150;
    expect((const int(*)[4])squares, 1, "here: 40 frames (0, 1, 2, 3, 4, ...): the face");
}

static void jumps_are_told(void **state)
{
    int squares[COUNT][4];
    good_squares(squares);
    squares[20][0] += 90;
    squares[20][2] += 90;
    expect((const int(*)[4])squares, 1, "here: frame 20: the face square jumps");
}

static void trembling_is_told(void **state)
{
    uint32_t seed = 5;
    int squares[COUNT][4];
    good_squares(squares);
    for (int n = 0; n < COUNT; n++) {
        int off = support_random(&seed) % 9 - 4; /* up to 2 % of the side */
        squares[n][0] += off;
        squares[n][2] += off;
    }
    expect((const int(*)[4])squares, 1, "here: the face square trembles");
}

static void tiny_ones_are_told(void **state)
{
    int squares[COUNT][4];
    for (int n = 0; n < COUNT; n++)
        memcpy(squares[n], (int[4]){300, 200, 320, 220}, sizeof squares[n]);
    expect((const int(*)[4])squares, 1, "the face square is tiny");
}

/* A folder with landmarks for two frames, `points` a frame, whose square lies at (10, 20)-(110,
 * 120), the other points at (x, 70). */
static char *landmarks_at(double x, int points)
{
    char *folder = support_folder(), *text = calloc((size_t)points, 32), *at = text;
    for (int i = 0; i < points; i++)
        at += sprintf(at, "%g %g\n", i == 1 ? 10 : i == 31 ? 110 : x, i == 52 ? 20.0 : 70.0);
    support_write(folder, "0.lms", text);
    support_write(folder, "1.lms", text);
    free(text);
    return folder;
}

static void squares_beside_the_landmarks_are_told(void **state)
{
    const struct {
        double x;
        int points, lines;
        const char *said;
    } cases[] = {{60, 110, 0, NULL},
                 {150, 110, 1, "frames 0 and 1: the face square (from points 1, 31 and 52) lies"},
                 {60, 90, 1, "frames 0 and 1: 90 points instead of 110"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = landmarks_at(cases[i].x, cases[i].points);
        support_log log;
        vis_log to = support_log_to(&log);
        int(*squares)[4];
        face_shape shape;
        assert_int_equal(
            squares_from_landmarks(folder, 2, WIDTH, HEIGHT, &to, &squares, &shape, NULL), VIS_OK);
        free(shape.outline);
        free(shape.closed);
        assert_int_equal(log.lines, cases[i].lines);
        if (cases[i].said) assert_non_null(strstr(log.last, cases[i].said));
        free(squares);
        support_remove(folder);
    }
}

/* Squares of a face at (200, 150), 100 wide and growing: as corners, or as sizes. */
static vis_status read_rectangles(bool sizes, vis_error *err)
{
    char text[512] = "{", *folder = support_folder();
    for (int n = 0; n < 5; n++) {
        int side = 100 + n, right = sizes ? side : 200 + side, bottom = sizes ? side : 150 + side;
        sprintf(text + strlen(text), "%s\"%d\": {\"rect\": [200, 150, %d, %d]}", n ? ", " : "", n,
                right, bottom);
    }
    strcat(text, "}");
    support_write(folder, "crop_rectangles.json", text);
    char *path = path_join(folder, "crop_rectangles.json");
    int(*squares)[4];
    vis_status status = squares_from_rectangles(path, 5, WIDTH, HEIGHT, NULL, &squares, err);
    free(squares);
    free(path);
    support_remove(folder);
    return status;
}

static void rectangles_with_sizes_for_corners_are_refused(void **state)
{
    vis_error err;
    assert_int_equal(read_rectangles(false, &err), VIS_OK);
    assert_int_equal(read_rectangles(true, &err), VIS_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "x, y, width, height"));
    assert_non_null(strstr(err.message, "[200, 150, 300, 250]"));
}

/* Squares of a head that moves slowly, each off by up to two pixels; how much they shake: the mean
 * second difference of their left edges. */
#define SHAKEN 60
static void shake(int (*squares)[4])
{
    uint32_t seed = 5;
    for (int n = 0; n < SHAKEN; n++) {
        int x = 200 + n / 12, off[2];
        for (int i = 0; i < 2; i++)
            off[i] = (int)((seed = seed * 1664525U + 1013904223U) >> 8) % 5 - 2;
        const int square[4] = {x + off[0], 100 + off[1], x + off[0] + 100, 200 + off[1]};
        memcpy(squares[n], square, sizeof square);
    }
}

static double trembling(const int (*squares)[4])
{
    double sum = 0;
    for (int n = 1; n + 1 < SHAKEN; n++)
        sum += abs(squares[n - 1][0] - 2 * squares[n][0] + squares[n + 1][0]);
    return sum / (SHAKEN - 2);
}

static void smoothing_stills_squares_without_lag(void **state)
{
    (void)state;
    vis_error err;
    int squares[SHAKEN][4];
    shake(squares);
    double before = trembling((const int(*)[4])squares);
    assert_int_equal(squares_smooth(squares, SHAKEN, 6, &err), VIS_OK);
    double after = trembling((const int(*)[4])squares);
    assert_true(before > 2 && after < before / 4);
    for (int n = 8; n < SHAKEN - 8; n++) { /* where the head is, not where it was */
        assert_in_range(squares[n][0], 200 + n / 12 - 1, 200 + n / 12 + 2);
        assert_int_equal(squares[n][2] - squares[n][0], 100);
        assert_int_equal(squares[n][3] - squares[n][1], 100);
    }
}

/* A cut in the footage stays one, and squares at the frame's edge stay within it. */
static void smoothing_stops_at_a_cut(void **state)
{
    (void)state;
    vis_error err;
    int squares[20][4], before[20][4];
    for (int n = 0; n < 20; n++) {
        int x = n < 10 ? 0 : 300, side = 101 + n % 2;
        const int square[4] = {x, 0, x + side, side};
        memcpy(squares[n], square, sizeof square);
    }
    memcpy(before, squares, sizeof before);
    assert_int_equal(squares_smooth(squares, 20, 8, &err), VIS_OK);
    assert_memory_equal(squares[9], before[9], sizeof *squares);
    assert_memory_equal(squares[10], before[10], sizeof *squares);
    for (int n = 0; n < 20; n++) {
        assert_int_equal(squares[n][0], n < 10 ? 0 : 300);
        assert_true(squares[n][2] <= (n < 10 ? 102 : 402));
    }
}

/* Lips of eight points around, open by so many pixels, in a square 200 wide, as points 102 to 109
 * or 88 to 95 of the 110. */
static float opening(int first, int open, int y)
{
    int points[110][2] = {{0}};
    const int square[4] = {100, 100, 300, 300};
    const int x[] = {160, 180, 200, 220, 240, 220, 200, 180};
    for (int i = 0; i < 8; i++) {
        points[first + i][0] = x[i];
        points[first + i][1] = y + (i % 4 == 0 ? 0 : i < 4 ? -open / 2 : open / 2);
    }
    return lips_opening((const int(*)[2])points, 110, square);
}

static void lips_are_found(void **state)
{
    (void)state;
    const int schemes[] = {102, 88};
    for (int i = 0; i < 2; i++) {
        assert_float_equal(opening(schemes[i], 0, 220), 0, 1e-6F);
        assert_float_equal(opening(schemes[i], 20, 220), 0.075F, 0.01F);
    }
    assert_float_equal(opening(102, 10, 90), -1, 0); /* above the square: no mouth */
    assert_float_equal(opening(50, 10, 220), -1, 0);
}

/* 20 closed frames between open ones are shown, 8 are none; unknown lips are not closed. */
static void closed_mouths_are_counted(void **state)
{
    (void)state;
    float open[60], shown[60];
    for (int n = 0; n < 60; n++)
        open[n] = (n >= 10 && n < 30) || (n >= 40 && n < 48) ? 0.01F : n < 5 ? -1 : 0.1F;
    assert_true(lips_closed(open, 60, shown));
    for (int n = 0; n < 60; n++) {
        int away = n < 10 || n >= 30 ? 0 : n - 9 < 30 - n ? n - 9 : 30 - n;
        float wanted = away >= LIPS_FADE ? 1 : (float)away / LIPS_FADE;
        assert_float_equal(shown[n], wanted, 1e-6F);
    }
    for (int n = 10; n < 30; n++)
        open[n] = 0.1F;
    assert_false(lips_closed(open, 60, shown));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_passed_in_silence),
        cmocka_unit_test(oblong_ones_are_told),
        cmocka_unit_test(jumps_are_told),
        cmocka_unit_test(trembling_is_told),
        cmocka_unit_test(tiny_ones_are_told),
        cmocka_unit_test(squares_beside_the_landmarks_are_told),
        cmocka_unit_test(rectangles_with_sizes_for_corners_are_refused),
        cmocka_unit_test(smoothing_stills_squares_without_lag),
        cmocka_unit_test(smoothing_stops_at_a_cut),
        cmocka_unit_test(lips_are_found),
        cmocka_unit_test(closed_mouths_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
