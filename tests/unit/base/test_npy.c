/* .npy files of the kinds that NumPy writes are read; damaged ones are refused with a reason.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A version 1.0 file in memory from a header dictionary and its data. */
static size_t make_file(uint8_t *out, const char *dictionary, const void *data, size_t size)
{
    size_t length = strlen(dictionary);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (uint8_t)length;
    out[9] = (uint8_t)(length >> 8);
    memcpy(out + 10, dictionary, length);
    memcpy(out + 10 + length, data, size);
    return 10 + length + size;
}

static vis_status parse(const char *dictionary, const void *data, size_t size, tensor *t,
                        vis_error *err)
{
    uint8_t file[1024];
    return npy_parse(file, make_file(file, dictionary, data, size), "a.npy", t, err);
}

static void reads_every_element_type(void **state)
{
    tensor t;
    const uint16_t halves[] = {0x3c00, 0xc000}; /* 1, -2 */
    assert_int_equal(
        parse("{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }\n", halves, 4, &t, NULL),
        VIS_OK);
    assert_true(tensor_f32(&t)[0] == 1.0f && tensor_f32(&t)[1] == -2.0f);
    tensor_free(&t);
    const double doubles[] = {0.1, -3};
    assert_int_equal(
        parse("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }", doubles, 16, &t, NULL),
        VIS_OK);
    assert_int_equal(t.rank, 2);
    assert_true(tensor_f32(&t)[0] == 0.1f);
    tensor_free(&t);
    const uint8_t big_endian[] = {0x3f, 0x80, 0, 0};
    assert_int_equal(
        parse("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", big_endian, 4, &t, NULL),
        VIS_OK);
    assert_true(tensor_f32(&t)[0] == 1.0f);
    tensor_free(&t);
    const int16_t shorts[] = {-7, 300};
    assert_int_equal(
        parse("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }", shorts, 4, &t, NULL),
        VIS_OK);
    assert_int_equal(t.dtype, TENSOR_I64);
    assert_int_equal(tensor_i64(&t)[0], -7);
    tensor_free(&t);
}

static void fortran_order_is_turned(void **state)
{
    const float columns[] = {1, 4, 2, 5, 3, 6}; /* [[1, 2, 3], [4, 5, 6]] by columns */
    tensor t;
    assert_int_equal(
        parse("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", columns, 24, &t, NULL),
        VIS_OK);
    for (int i = 0; i < 6; i++)
        assert_true(tensor_f32(&t)[i] == (float)(i + 1));
    tensor_free(&t);
}

static void damage_is_refused_with_a_reason(void **state)
{
    tensor t;
    vis_error err;
    const float one = 1;
    assert_int_equal(npy_parse("nonsense", 8, "a.npy", &t, &err), VIS_ERR_FORMAT);
    assert_int_equal(
        parse("{'descr': '<f4', 'fortran_order': False, 'shape': (9,), }", &one, 4, &t, &err),
        VIS_ERR_FORMAT);
    assert_non_null(strstr(err.message, "[9]"));
    assert_int_equal(
        parse("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", &one, 4, &t, &err),
        VIS_ERR_UNSUPPORTED);
    assert_int_equal(parse("{'descr': '<f4294967300', 'fortran_order': False, 'shape': (1,), }",
                           &one, 4, &t, &err),
                     VIS_ERR_UNSUPPORTED); /* 4 and 2^32 */
    assert_int_equal(
        parse("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", &one, 4, &t, &err),
        VIS_ERR_FORMAT);
    assert_int_equal(
        parse("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", &one,
              4, &t, &err),
        VIS_ERR_FORMAT);
    assert_int_equal(parse("{'descr': '<f4'}", &one, 4, &t, &err), VIS_ERR_FORMAT);
}

static void written_arrays_read_back(void **state)
{
    char path[] = "/tmp/viseme-test-XXXXXX";
    close(mkstemp(path));
    tensor t, back;
    const int64_t dim[] = {2, 3};
    assert_int_equal(tensor_create(&t, TENSOR_F32, 2, dim, NULL), VIS_OK);
    for (int i = 0; i < 6; i++)
        tensor_f32(&t)[i] = (float)i / 7;
    assert_int_equal(npy_write(path, &t, NULL), VIS_OK);
    assert_int_equal(npy_read(path, &back, NULL), VIS_OK);
    assert_int_equal(back.rank, 2);
    assert_memory_equal(back.dim, dim, sizeof dim);
    assert_memory_equal(back.data, t.data, 24);
    tensor_free(&t);
    tensor_free(&back);
    unlink(path);
}

static void headers_keep_their_length(void **state)
{
    char a[256], b[256];
    const int64_t few[] = {1, 512}, many[] = {INT64_C(1) << 40, 512};
    assert_int_equal(npy_make_header(a, sizeof a, TENSOR_F32, 2, few), NPY_HEADER_SIZE);
    assert_int_equal(npy_make_header(b, sizeof b, TENSOR_F32, 2, many), NPY_HEADER_SIZE);
    assert_int_equal(npy_make_header(a, 16, TENSOR_F32, 2, few), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_element_type),
        cmocka_unit_test(fortran_order_is_turned),
        cmocka_unit_test(damage_is_refused_with_a_reason),
        cmocka_unit_test(written_arrays_read_back),
        cmocka_unit_test(headers_keep_their_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
