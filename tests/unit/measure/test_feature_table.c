/* All rows are in the table, also beyond the first room made for them; windows in any order, zero
 * outside; what was read before is not there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file.h"
#include "measure/feature_table.h"

#include <stdlib.h>
#include <unistd.h>

#define ROWS 300
#define SIZE 512
#define WIDTH 16

static float rows[ROWS][SIZE], window[WIDTH][SIZE];

/* ROWS rows of ave, each its number + 1 and its column's share; `skipped` of them read already. */
static feature_table table_after(int skipped)
{
    char path[] = "/tmp/viseme-test-XXXXXX.bin";
    int file = mkstemps(path, 4);
    assert_true(file >= 0);
    close(file);
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < SIZE; c++)
            rows[r][c] = (float)(r + 1) + (float)c / 1024;
    vis_features *features;
    feature_table t;
    bool got;
    assert_int_equal(file_write(path, rows, sizeof rows, NULL), VIS_OK);
    assert_int_equal(vis_features_open_file(path, "ave", &features, NULL), VIS_OK);
    for (int i = 0; i < skipped; i++)
        assert_int_equal(vis_features_next(features, window[0], &got, NULL), VIS_OK);
    assert_int_equal(feature_table_read(features, &t, NULL), VIS_OK);
    vis_features_close(features);
    unlink(path);
    return t;
}

static void windows_come_in_any_order(void **state)
{
    feature_table t = table_after(0);
    assert_true(t.rows == ROWS && t.row_size == SIZE);
    for (int64_t i = ROWS + WIDTH; i >= -WIDTH; i -= 7) {
        feature_table_window(&t, i, WIDTH, window[0]);
        for (int k = 0; k < WIDTH; k++) {
            int64_t row = i - WIDTH / 2 + k;
            for (int c = 0; c < SIZE; c++)
                assert_true(window[k][c] == (row < 0 || row >= ROWS ? 0 : rows[row][c]));
        }
    }
    feature_table_free(&t);
}

static void rows_read_before_are_not_there(void **state)
{
    feature_table t = table_after(3);
    assert_int_equal(t.rows, ROWS - 3);
    assert_true(t.data[0] == 4);
    feature_table_free(&t);
    assert_null(t.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_come_in_any_order),
        cmocka_unit_test(rows_read_before_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
