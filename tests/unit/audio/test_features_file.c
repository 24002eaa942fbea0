/* Feature rows from .npy and .bin: the forms that are taken, and what is said of the others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "base/half.h"

#include "audio/features.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* numbers[i] = i / 64, exact in every float format up to 2048 / 64 */
static float *counting(int64_t count)
{
    float *numbers = calloc((size_t)count, sizeof *numbers);
    assert_non_null(numbers);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)(i % 2048) / 64;
    return numbers;
}

static const char *write_shape(void **state, int rank, int64_t a, int64_t b, int64_t c)
{
    const char *path = support_path(state, "features.npy");
    int64_t dim[3] = {a, b, c};
    float *numbers = counting(a * b * (rank > 2 ? c : 1));
    support_write_npy(path, rank, dim, numbers);
    free(numbers);
    return path;
}

/* All rows are there, and skipping leads where reading would. */
static void expect_rows(const char *path, audio_mode wanted, audio_mode mode, int size, int rows)
{
    vis_error err;
    feature_source *s;
    bool got, exact;
    int64_t skipped;
    float *row = calloc((size_t)size, sizeof *row);
    for (int first = 0; first <= rows + 1; first++) {
        assert_ok(feature_source_open_file(input_path(path), wanted, 0, &s, &err), err);
        assert_int_equal(feature_source_mode(s), mode);
        assert_int_equal(feature_source_row_size(s), size);
        assert_int_equal(feature_source_count(s, &exact), rows);
        assert_true(exact);
        assert_ok(feature_source_skip(s, first, &skipped, &err), err);
        assert_int_equal(skipped, first < rows ? first : rows);
        for (int64_t r = skipped; r < rows; r++) {
            assert_int_equal(feature_source_position(s), r);
            assert_ok(feature_source_next(s, row, &got, &err), err);
            assert_true(got);
            for (int i = 0; i < size; i++)
                assert_true(row[i] == (float)((r * size + i) % 2048) / 64);
        }
        assert_ok(feature_source_next(s, row, &got, &err), err);
        assert_false(got);
        feature_source_close(s);
    }
    free(row);
}

static void expect_failure(const char *path, audio_mode wanted, int size, vis_status status,
                           const char *says)
{
    vis_error err;
    feature_source *s = (feature_source *)&err;
    assert_int_equal(feature_source_open_file(input_path(path), wanted, size, &s, &err), status);
    assert_null(s);
    if (strstr(err.message, says) == NULL || strstr(err.message, path) == NULL)
        fail_msg("'%s' does not say '%s' and the file", err.message, says);
}

static void test_forms(void **state)
{
    expect_rows(write_shape(state, 2, 7, 512, 0), AUDIO_NONE, AUDIO_AVE, 512, 7);
    expect_rows(write_shape(state, 2, 1, 512, 0), AUDIO_AVE_OR_HUBERT, AUDIO_AVE, 512, 1);
    expect_rows(write_shape(state, 3, 3, 2, 1024), AUDIO_AVE_OR_HUBERT, AUDIO_HUBERT, 2048, 3);
    expect_rows(write_shape(state, 2, 3, 2048, 0), AUDIO_HUBERT, AUDIO_HUBERT, 2048, 3);
    expect_rows(write_shape(state, 3, 3, 16, 512), AUDIO_WENET, AUDIO_WENET, 8192, 3);
    expect_rows(write_shape(state, 2, 3, 8192, 0), AUDIO_NONE, AUDIO_WENET, 8192, 3);
}

static void test_wrong_forms(void **state)
{
    expect_failure(write_shape(state, 2, 7, 512, 0), AUDIO_HUBERT, 0, VIS_ERR_MISMATCH,
                   "[7, 512]; [T, 2, 1024] (hubert) is needed");
    expect_failure(write_shape(state, 3, 3, 2, 1024), AUDIO_AVE, 0, VIS_ERR_MISMATCH,
                   "[T, 512] (ave) is needed");
    expect_failure(write_shape(state, 3, 3, 2, 1024), AUDIO_NONE, 512, VIS_ERR_MISMATCH,
                   "[T, 512]");
    expect_failure(write_shape(state, 2, 3, 1024, 0), AUDIO_AVE_OR_HUBERT, 0, VIS_ERR_MISMATCH,
                   "[T, 512] (ave) or [T, 2, 1024] (hubert) is needed");
    expect_failure(write_shape(state, 3, 3, 1024, 2), AUDIO_HUBERT, 0, VIS_ERR_MISMATCH,
                   "[3, 1024, 2]");
    expect_failure(write_shape(state, 3, 1, 7, 512), AUDIO_NONE, 0, VIS_ERR_MISMATCH,
                   "[T, 16, 512]");
    expect_failure(write_shape(state, 2, 0, 512, 0), AUDIO_NONE, 0, VIS_ERR_FORMAT,
                   "no feature rows");
}

static void test_raw_files(void **state)
{
    float *numbers = counting(5 * 512);
    const char *path = support_path(state, "aud_ave.bin");
    support_write(path, numbers, 5 * 512 * sizeof(float));
    expect_rows(path, AUDIO_NONE, AUDIO_AVE, 512, 5);
    expect_failure(path, AUDIO_WENET, 0, VIS_ERR_MISMATCH, "[T, 16, 512] (wenet) is needed");
    support_write(path, numbers, 5 * 512 * sizeof(float) - 4);
    expect_failure(path, AUDIO_AVE, 0, VIS_ERR_MISMATCH, "whole rows of 512");
    support_write(path, numbers, 5 * 512 * sizeof(float) - 3);
    expect_failure(path, AUDIO_AVE, 0, VIS_ERR_FORMAT, "float32");
    support_write(path, numbers, 0);
    expect_failure(path, AUDIO_AVE, 0, VIS_ERR_FORMAT, "no feature rows");
    path = support_path(state, "aud_ave.dat");
    support_write(path, numbers, 5 * 512 * sizeof(float));
    expect_failure(path, AUDIO_AVE, 0, VIS_ERR_FORMAT, "neither a .npy nor a raw .bin");
    expect_failure(support_path(state, "none.npy"), AUDIO_AVE, 0, VIS_ERR_OPEN, "no such file");
    free(numbers);
}

#define BYTES(text) text, sizeof(text) - 1

/* What people bring instead: named, with the command that makes features of it. */
static void test_foreign_files(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t size;
        const char *says;
    } cases[] = {
        {"a.npz", BYTES("PK\3\4.................aud_ave.npy"), "numpy.savez"},
        {"a.pt", BYTES("PK\3\4.................aud_hu/data.pkl"), "torch.load"},
        {"a.pth", BYTES("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20j\xa8P\x19."), "torch.load"},
        {"a.pkl", BYTES("\x80\x04\x95"), "pickle.load"},
        {"a.csv", BYTES("0.5 0.25\n0.125 1\n"), "numpy.loadtxt"},
        {"a.html", BYTES("<html>"), "a web page"},
        {"a.wav", BYTES("RIFF\0\0\0\0WAVE"), "`audio`"},
        {"a.bin", BYTES("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"},
        {"b.npy", BYTES(""), "is empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = support_path(state, cases[i].name);
        support_write(path, cases[i].bytes, cases[i].size);
        expect_failure(path, AUDIO_AVE, 0, VIS_ERR_FORMAT, cases[i].says);
    }
}

static void test_shapes_have_remedies(void **state)
{
    expect_failure(write_shape(state, 3, 1, 7, 512), AUDIO_AVE, 0, VIS_ERR_MISMATCH, ".squeeze()");
    expect_failure(write_shape(state, 3, 7, 1, 512), AUDIO_AVE, 0, VIS_ERR_MISMATCH, ".squeeze()");
    expect_failure(write_shape(state, 2, 512, 7, 0), AUDIO_AVE, 0, VIS_ERR_MISMATCH, ".T)");
    expect_failure(write_shape(state, 2, 6, 1024, 0), AUDIO_HUBERT, 0, VIS_ERR_MISMATCH,
                   "reshape(-1, 2, 1024)");
    expect_failure(write_shape(state, 3, 1, 6, 1024), AUDIO_HUBERT, 0, VIS_ERR_MISMATCH,
                   "reshape(-1, 2, 1024)");
}

/* A .npy of 4 rows with the header dictionary given and elements of `size` bytes. */
static const char *write_raw_npy(void **state, const char *dictionary, const void *data,
                                 size_t bytes)
{
    static char file[65536];
    const char *path = support_path(state, "other.npy");
    size_t length = strlen(dictionary);
    memcpy(file, "\x93NUMPY\x01\x00", 8);
    file[8] = (char)length;
    file[9] = 0;
    memcpy(file + 10, dictionary, length);
    memcpy(file + 10 + length, data, bytes);
    support_write(path, file, 10 + length + bytes);
    return path;
}

/* Of a number that binary16 holds as a normal one, or zero: compilers know the type only for some
 * processors. */
static uint16_t half_of(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    uint32_t magnitude = bits & 0x7fffffff;
    uint16_t half = (uint16_t)(magnitude ? (magnitude - (112u << 23)) >> 13 : 0);
    half |= (uint16_t)(bits >> 16 & 0x8000);
    assert_true(half_to_float(half) == number);
    return half;
}

static void test_number_formats(void **state)
{
    enum { NUMBERS = 4 * 512 };
    static uint16_t half[NUMBERS];
    static double full[NUMBERS];
    static float fortran[NUMBERS];
    static uint8_t big[NUMBERS * 4];
    float *numbers = counting(NUMBERS);
    for (int i = 0; i < NUMBERS; i++) {
        half[i] = half_of(numbers[i]);
        full[i] = numbers[i];
        fortran[i % 512 * 4 + i / 512] = numbers[i];
        for (int b = 0; b < 4; b++)
            big[i * 4 + b] = ((uint8_t *)&numbers[i])[3 - b];
    }
    const char *path =
        write_raw_npy(state, "{'descr': '<f2', 'fortran_order': False, 'shape': (4, 512), }\n",
                      half, sizeof half);
    expect_rows(path, AUDIO_NONE, AUDIO_AVE, 512, 4);
    path = write_raw_npy(state, "{'shape': (4L,512L), 'fortran_order': False, 'descr': '<f8'}",
                         full, sizeof full);
    expect_rows(path, AUDIO_NONE, AUDIO_AVE, 512, 4);
    path = write_raw_npy(state, "{'descr': '>f4', 'fortran_order': False, 'shape': (4, 512), }\n",
                         big, sizeof big);
    expect_rows(path, AUDIO_NONE, AUDIO_AVE, 512, 4);
    path = write_raw_npy(state, "{'descr': '<f4', 'fortran_order': True, 'shape': (4, 512), }\n",
                         fortran, sizeof fortran);
    expect_rows(path, AUDIO_NONE, AUDIO_AVE, 512, 4);
    path = write_raw_npy(state, "{'descr': '<i4', 'fortran_order': False, 'shape': (4, 512), }\n",
                         big, sizeof big);
    expect_failure(path, AUDIO_NONE, 0, VIS_ERR_UNSUPPORTED, "float");
    path = write_raw_npy(state,
                         "{'descr': '<f4294967300', 'fortran_order': False, 'shape': (4, 512), }\n",
                         numbers, NUMBERS * 4); /* 4 and 2^32 */
    expect_failure(path, AUDIO_NONE, 0, VIS_ERR_UNSUPPORTED, "f4294967300");
    path = write_raw_npy(state, "{'descr': '|O', 'fortran_order': False, 'shape': (4, 512), }\n",
                         big, sizeof big);
    expect_failure(path, AUDIO_NONE, 0, VIS_ERR_UNSUPPORTED, "");
    path = write_raw_npy(state, "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 512), }\n",
                         numbers, NUMBERS * 4);
    expect_failure(path, AUDIO_NONE, 0, VIS_ERR_FORMAT, "[5, 512]");
    path = write_raw_npy(
        state, "{'descr': '<f4', 'fortran_order': False, 'shape': (4503599627370496, 512)}",
        numbers, NUMBERS * 4);
    expect_failure(path, AUDIO_NONE, 0, VIS_ERR_FORMAT, "has only");
    path = write_raw_npy(state, "{'descr': '<f4', 'fortran_order': False, 'shape': (", numbers, 0);
    expect_failure(path, AUDIO_NONE, 0, VIS_ERR_FORMAT, "");
    free(numbers);
}

static void test_values_and_stillness(void **state)
{
    float *numbers = calloc(6 * 512, sizeof *numbers), row[512];
    int64_t dim[2] = {6, 512};
    const char *path = support_path(state, "still.npy");
    vis_error err;
    feature_source *s;
    bool got;
    numbers[3 * 512] = 1;
    numbers[5 * 512 + 7] = NAN;
    support_write_npy(path, 2, dim, numbers);
    assert_ok(feature_source_open_file(input_path(path), AUDIO_AVE, 512, &s, &err), err);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(feature_source_silent(s), i == 2 || i == 3);
        assert_ok(feature_source_next(s, row, &got, &err), err);
    }
    assert_int_equal(feature_source_next(s, row, &got, &err), VIS_ERR_FORMAT);
    assert_false(got);
    assert_non_null(strstr(err.message, "number 7 of row 5"));
    feature_source_close(s);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_wrong_forms),
        cmocka_unit_test(test_raw_files),
        cmocka_unit_test(test_foreign_files),
        cmocka_unit_test(test_shapes_have_remedies),
        cmocka_unit_test(test_number_formats),
        cmocka_unit_test(test_values_and_stillness),
    };
    return cmocka_run_group_tests(tests, support_folder_make, support_folder_remove);
}
