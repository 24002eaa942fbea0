/* unit/api/test_verify.c - vis_verify as a program with the shared library alone uses it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file.h"
#include "viseme/viseme.h"

#include <stdlib.h>
#include <string.h>

static const char *video;
static buffer bytes;

typedef struct byte_count {
    size_t given;
} byte_count;

static int begin(void **state)
{
    buffer_init(&bytes, 1 << 20);
    return file_read(video, &bytes, NULL);
}

static int end(void **state)
{
    buffer_free(&bytes);
    return 0;
}

/* Gives what is left of the bytes, at most 100 at once. */
static int64_t give(void *user, void *out, size_t size)
{
    byte_count *at = user;
    size_t left = bytes.size - at->given, count = size < 100 ? size : 100;
    if (count > left) count = left;
    memcpy(out, bytes.data + at->given, count);
    at->given += count;
    return (int64_t)count;
}

static void check(const vis_verification *v)
{
    vis_verification_info i;
    vis_verification_action a;
    vis_verification_code c;
    vis_verification_ingredient g;
    vis_verification_get_info(v, &i);
    assert_int_equal(i.verdict, VIS_VERDICT_MACHINE_MADE);
    assert_int_equal(i.c2pa, VIS_MARK_FOUND);
    assert_int_equal(i.metadata, VIS_MARK_NOT_FOUND);
    assert_int_equal(i.watermark, VIS_MARK_NOT_CHECKED);
    assert_int_equal(i.label, VIS_MARK_NOT_CHECKED);
    assert_string_equal(i.c2pa_state, "Valid");
    assert_string_equal(i.algorithm, "ES256");
    assert_true(i.c2pa_machine_made && !i.c2pa_trusted && strstr(i.signer, "viseme TEST"));
    assert_true(vis_verification_get_action(v, 0, &a));
    assert_string_equal(a.action, "c2pa.created");
    assert_non_null(strstr(a.meaning, "artificial intelligence"));
    assert_false(vis_verification_get_action(v, i.actions, &a));
    assert_false(vis_verification_get_action(v, -1, &a));
    assert_true(vis_verification_get_code(v, i.codes - 1, &c) && c.code[0]);
    assert_false(vis_verification_get_code(v, i.codes, &c));
    assert_int_equal(i.ingredients, 0);
    assert_false(vis_verification_get_ingredient(v, 0, &g));
}

static void test_a_file(void **state)
{
    vis_verification *v;
    assert_int_equal(vis_verify(video, NULL, &v, NULL), VIS_OK);
    check(v);
    vis_verification_close(v);
}

static void test_a_callers_bytes(void **state)
{
    byte_count at = {0};
    const vis_io io = {.name = "bytes", .user = &at, .read = give};
    vis_verify_options how = vis_verify_options_defaults();
    vis_verification *v;
    assert_int_equal(vis_verify_io(&io, &how, &v, NULL), VIS_OK);
    check(v);
    vis_verification_close(v);
}

static void test_one_bit(void **state)
{
    byte_count at = {0};
    const vis_io io = {.name = "bytes", .user = &at, .read = give};
    vis_verification *v;
    vis_verification_info i;
    bytes.data[bytes.size - 9] ^= 1;
    assert_int_equal(vis_verify_io(&io, NULL, &v, NULL), VIS_OK);
    bytes.data[bytes.size - 9] ^= 1;
    vis_verification_get_info(v, &i);
    assert_int_equal(i.verdict, VIS_VERDICT_BROKEN);
    assert_string_equal(i.c2pa_state, "Invalid");
    vis_verification_close(v);
}

static void test_a_smaller_structure(void **state)
{
    struct {
        vis_verdict verdict;
        int guard;
    } small = {0, 77};
    vis_verification *v;
    assert_int_equal(vis_verify(video, NULL, &v, NULL), VIS_OK);
    vis_verification_get_info_sized(v, (vis_verification_info *)&small, sizeof small.verdict);
    assert_int_equal(small.verdict, VIS_VERDICT_MACHINE_MADE);
    assert_int_equal(small.guard, 77);
    vis_verification_close(v);
}

static void test_misuse(void **state)
{
    vis_verification *v;
    vis_error err;
    const vis_io none = {0};
    vis_verify_options later = vis_verify_options_defaults(), unfilled = {0};
    assert_int_equal(vis_verify(NULL, NULL, &v, NULL), VIS_ERR_USAGE);
    assert_null(v);
    assert_int_equal(vis_verify(video, NULL, NULL, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_verify_io(NULL, NULL, &v, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_verify_io(&none, NULL, &v, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_verify(video, &unfilled, &v, NULL), VIS_ERR_USAGE);
    later.trust_anchors = video; /* no certificates */
    assert_int_equal(vis_verify(video, &later, &v, &err), VIS_ERR_FORMAT);
    assert_non_null(strstr(err.message, "PEM"));
    assert_int_equal(vis_verify("missing.mp4", NULL, &v, NULL), VIS_ERR_OPEN);
    assert_null(v);
    vis_verification_close(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file),  cmocka_unit_test(test_a_callers_bytes),
        cmocka_unit_test(test_one_bit), cmocka_unit_test(test_a_smaller_structure),
        cmocka_unit_test(test_misuse),
    };
    if (argc < 2) return 1;
    video = argv[1];
    return cmocka_run_group_tests(tests, begin, end);
}
