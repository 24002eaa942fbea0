/* Windows of feature rows: zeros outside the clip, any start, both widths; before row 0, and with
 * fewer rows ahead.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "audio/features.h"
#include "audio/window.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 512

/* Row r of the files here: r + 1 everywhere, and its column's share. */
static float value(int64_t row, int column)
{
    return (float)(row + 1) + (float)column / 1024;
}

static const char *write_rows(void **state, int rows)
{
    const char *path = support_path(state, "rows.npy");
    int64_t dim[2] = {rows, SIZE};
    float *numbers = calloc((size_t)rows * SIZE, sizeof *numbers);
    for (int i = 0; i < rows * SIZE; i++)
        numbers[i] = value(i / SIZE, i % SIZE);
    support_write_npy(path, 2, dim, numbers);
    free(numbers);
    return path;
}

static void expect_windows(const char *path, int rows, int window_rows, int64_t first)
{
    vis_error err;
    feature_source *features;
    window_source *w;
    bool got;
    assert_ok(feature_source_open_file(input_path(path), AUDIO_AVE, SIZE, &features, &err), err);
    assert_ok(window_source_create(features, window_rows, first, &w, &err), err);
    assert_int_equal(window_source_size(w), window_rows * SIZE);
    float *window = calloc((size_t)window_rows * SIZE, sizeof *window);
    for (int64_t frame = first; frame < rows; frame++) {
        assert_ok(window_source_next(w, window, &got, &err), err);
        assert_true(got);
        for (int i = 0; i < window_rows * SIZE; i++) {
            int64_t row = frame - window_rows / 2 + i / SIZE;
            float wanted = row < 0 || row >= rows ? 0 : value(row, i % SIZE);
            assert_true(window[i] == wanted);
        }
    }
    for (int i = 0; i < 3; i++) {
        assert_ok(window_source_next(w, window, &got, &err), err);
        assert_false(got);
    }
    free(window);
    window_source_free(w);
    feature_source_close(features);
}

static void test_all_starts(void **state)
{
    static const int counts[] = {1, 2, 7, 8, 9, 40}, widths[] = {2, 8, 16};
    for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
        const char *path = write_rows(state, counts[n]);
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
            for (int64_t first = 0; first <= counts[n] + 20; first++)
                expect_windows(path, counts[n], widths[w], first);
    }
}

/* Pushed one by one: each window as soon as the rows are there that it may hear, and row 0. */
static void test_look_ahead(void **state)
{
    enum { WINDOW = 8, HALF = WINDOW / 2, AHEAD = 1, ROWS = 6 };
    float row[SIZE], window[WINDOW * SIZE];
    vis_error err;
    feature_source *features;
    window_source *w;
    bool got;
    int64_t taken, frame = -3;
    assert_ok(feature_source_open_rows(AUDIO_AVE, SIZE, ROWS, &features, &err), err);
    assert_ok(window_source_create(features, WINDOW, frame, &w, &err), err);
    window_source_look_ahead(w, AHEAD);
    assert_int_equal(window_source_next(w, window, &got, &err), VIS_AGAIN);
    for (int r = 0; r < ROWS; r++) {
        for (int k = 0; k < SIZE; k++)
            row[k] = value(r, k);
        feature_rows_push(features, row, 1, &taken);
        while (window_source_next(w, window, &got, &err) == VIS_OK) {
            assert_true(got);
            for (int i = 0; i < WINDOW; i++) {
                int64_t last = frame + AHEAD > 0 ? frame + AHEAD : 0, own = frame - HALF + i;
                int64_t heard = own > last ? last : own;
                assert_true(window[i * SIZE] == (heard < 0 ? 0 : value(heard, 0)));
            }
            frame++;
        }
        assert_int_equal(frame, r < AHEAD ? r : r - AHEAD + 1);
    }
    feature_rows_end(features);
    assert_ok(window_source_next(w, window, &got, &err), err);
    assert_true(got);
    assert_true(window[(HALF + AHEAD) * SIZE] == 0); /* there is no row */
    assert_true(window[(HALF + AHEAD + 1) * SIZE] == 0);
    assert_ok(window_source_next(w, window, &got, &err), err);
    assert_false(got);
    window_source_free(w);
    feature_source_close(features);
}

/* No rows, no windows: there is nothing to lead in to. */
static void test_nothing_to_lead_in_to(void **state)
{
    float window[16 * SIZE];
    vis_error err;
    feature_source *features;
    window_source *w;
    bool got;
    assert_ok(feature_source_open_rows(AUDIO_AVE, SIZE, 1, &features, &err), err);
    feature_rows_end(features);
    assert_ok(window_source_create(features, 16, -4, &w, &err), err);
    assert_ok(window_source_next(w, window, &got, &err), err);
    assert_false(got);
    window_source_free(w);
    feature_source_close(features);
}

static void test_refusals(void **state)
{
    vis_error err;
    feature_source *features;
    window_source *w;
    float row[SIZE];
    bool got;
    const char *path = write_rows(state, 5);
    assert_ok(feature_source_open_file(input_path(path), AUDIO_AVE, SIZE, &features, &err), err);
    assert_int_equal(window_source_create(features, 7, 0, &w, &err), VIS_ERR_UNSUPPORTED);
    assert_int_equal(window_source_create(features, 0, 0, &w, &err), VIS_ERR_UNSUPPORTED);
    assert_int_equal(window_source_create(features, 100000, 0, &w, &err), VIS_ERR_UNSUPPORTED);
    assert_int_equal(window_source_create(features, 16, -257, &w, &err), VIS_ERR_USAGE);
    assert_int_equal(window_source_create(features, 16, INT64_MAX, &w, &err), VIS_ERR_USAGE);
    assert_ok(feature_source_next(features, row, &got, &err), err);
    assert_int_equal(window_source_create(features, 16, 0, &w, &err), VIS_ERR_USAGE);
    assert_null(w);
    feature_source_close(features);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_starts),
        cmocka_unit_test(test_look_ahead),
        cmocka_unit_test(test_nothing_to_lead_in_to),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, support_folder_make, support_folder_remove);
}
