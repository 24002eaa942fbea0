/* Files are known by their first bytes, and what text was written in by its mark.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file_kind.h"
#include "base/text_encoding.h"

#include <stdlib.h>
#include <string.h>

static void expect_kind(const char *bytes, size_t size, file_kind kind)
{
    file_kind found = file_kind_of(bytes, size);
    if (found != kind)
        fail_msg("%.20s: %s, not %s", bytes, file_kind_name(found), file_kind_name(kind));
}

#define EXPECT(bytes, kind) expect_kind(bytes, sizeof(bytes) - 1, kind)

static void kinds_are_known_by_their_first_bytes(void **state)
{
    char tar[512] = "99.pth";
    memcpy(tar + 257, "ustar", 5);
    expect_kind(tar, sizeof tar, FILE_TAR);
    expect_kind("", 0, FILE_EMPTY);
    EXPECT("\n <!DOCTYPE HTML><html>", FILE_HTML);
    EXPECT("\xef\xbb\xbf<html>", FILE_HTML);
    EXPECT("version https://git-lfs.github.com/spec/v1\noid", FILE_LFS_POINTER);
    EXPECT(" {\"error\": 404}", FILE_JSON);
    EXPECT("<?xml version=\"1.0\"?>\n<net name=\"g\">", FILE_OPENVINO);
    EXPECT("<?xml version=\"1.0\"?><Error/>", FILE_XML);
    EXPECT("0.5 0.25\n1 2\n", FILE_TEXT);
    EXPECT("UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAAAAAAAAAAA", FILE_BASE64);
    EXPECT("\xff\xfe{\0", FILE_UTF16);
    EXPECT("\x1f\x8b\x08\0", FILE_GZIP);
    EXPECT("\xfd"
           "7zXZ\0\0",
           FILE_XZ);
    EXPECT("\x28\xb5\x2f\xfd\0", FILE_ZSTD);
    EXPECT("7z\xbc\xaf\x27\x1c\0", FILE_7Z);
    EXPECT("PK\3\4\0", FILE_ZIP);
    EXPECT("\x80\x04\x95\0", FILE_PICKLE);
    EXPECT("\x10\0\0\0\0\0\0\0{\"a\":", FILE_SAFETENSORS);
    EXPECT("7767517\n3 3\n", FILE_NCNN_PARAM);
    EXPECT("ftrt\0\0", FILE_TENSORRT);
    EXPECT("\x08\0\0\0TFL3", FILE_TFLITE);
    EXPECT("\x08\0\0\0ORTM", FILE_ORT);
    EXPECT("\x89HDF\r\n\x1a\n", FILE_HDF5);
    EXPECT("\x93NUMPY\1\0", FILE_NPY);
    EXPECT("\x08\x07\x12\x07pytorch", FILE_UNKNOWN); /* ONNX */
    EXPECT("\0\0\x80\x3f\0\0\0\x40", FILE_UNKNOWN);  /* raw float32 */
}

/* What follows the mark decides nothing more than the first bytes do: every cut is an answer. */
static void short_files_are_answered(void **state)
{
    static const char bytes[] = "\x89HDF\r\n\x1a\n";
    for (size_t size = 1; size < sizeof bytes - 1; size++) {
        char *copy = malloc(size);
        memcpy(copy, bytes, size);
        assert_int_equal(file_kind_of(copy, size), FILE_UNKNOWN);
        free(copy);
    }
}

static void every_kind_has_a_name(void **state)
{
    for (int kind = 0; kind < FILE_KINDS; kind++)
        assert_non_null(file_kind_name((file_kind)kind));
    vis_error err;
    assert_int_equal(file_kind_refuse(FILE_GZIP, "a.pth", &err), VIS_ERR_FORMAT);
    assert_string_equal(err.message, "a.pth: is packed with gzip; unpack it: zcat FILE > UNPACKED");
}

static void expect_utf8(const char *bytes, size_t size, const char *wanted)
{
    const char *text;
    char *made;
    vis_error err;
    assert_int_equal(text_as_utf8(bytes, size, &text, &size, &made, &err), VIS_OK);
    assert_int_equal(size, strlen(wanted));
    assert_memory_equal(text, wanted, size);
    free(made);
}

static void text_becomes_utf8(void **state)
{
    expect_utf8("plain", 5, "plain");
    expect_utf8("\xef\xbb\xbfmarked", 9, "marked");
    expect_utf8("\xff\xfe"
                "a\0\xe9\0",
                6, "a\xc3\xa9");
    expect_utf8("\xfe\xff\x20\xac\xd8\x3d\xde\x00", 8, "\xe2\x82\xac\xf0\x9f\x98\x80");
    expect_utf8("\xff\xfe\x3d\xd8", 4, "\xef\xbf\xbd"); /* half a pair at the end */
    expect_utf8("\xff\xfe\x3d\xd8"
                "a\0",
                6,
                "\xef\xbf\xbd"
                "a"); /* and before a letter */
    expect_utf8("\xff\xfe"
                "a",
                3, ""); /* half a character */
    expect_utf8("", 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_known_by_their_first_bytes),
        cmocka_unit_test(short_files_are_answered),
        cmocka_unit_test(every_kind_has_a_name),
        cmocka_unit_test(text_becomes_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
