/* unit/serve/test_multipart.c - forms as browsers and programs send them, and what is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "serve/multipart.h"

#include <string.h>

#define SESSION                                                                                    \
    "--b-1\r\nContent-Disposition: form-data; name=\"sessionid\"\r\n\r\n"                          \
    "17\r\n"
#define FILE_HEAD                                                                                  \
    "--b-1\r\ncontent-disposition: form-data; filename=\"name=\"; name=\"file\"\r\n"               \
    "Content-Type: audio/wav\r\n\r\n"
#define LAST "--b-1--\r\n"

static vis_status find(const char *body, const char *name, multipart_part *out)
{
    vis_error err = {0};
    vis_status status = multipart_find((const uint8_t *)body, strlen(body), "b-1", name, out, &err);
    assert_int_equal(status == VIS_OK, err.message[0] == '\0');
    return status;
}

static void expect(const char *body, const char *name, const char *value)
{
    multipart_part part;
    assert_int_equal(find(body, name, &part), VIS_OK);
    assert_int_equal(part.size, strlen(value));
    assert_memory_equal(part.bytes, value, part.size);
}

static void test_parts(void **state)
{
    multipart_part part;
    const char *body = SESSION FILE_HEAD "RIFF\r\n--b-\r\n--"
                                         "\r\n" LAST;
    expect(body, "sessionid", "17");
    expect(body, "file", "RIFF\r\n--b-\r\n--");
    assert_int_equal(find(body, "other", &part), VIS_OK);
    assert_null(part.bytes);
    expect(SESSION SESSION LAST, "sessionid", "17");
    expect(FILE_HEAD "\r\n" LAST, "file", "");
}

static void test_no_forms(void **state)
{
    static const char *const bodies[] = {
        "",
        "--b-1",
        "--b-2\r\n",
        FILE_HEAD "RIFF",
        FILE_HEAD "RIFF\r\n--b-2--",
        SESSION,
        "--b-1\r\nContent-Disposition: form-data; name=\"x\"",
        "text",
        SESSION "--b-1-",
    };
    multipart_part part;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_int_equal(find(bodies[i], "file", &part), VIS_ERR_FORMAT);
}

/* Who sends very many parts is not gone along with. */
static void test_many_parts(void **state)
{
    char body[64 * (MULTIPART_PARTS_MAX + 2)] = "";
    multipart_part part;
    for (int i = 0; i < MULTIPART_PARTS_MAX; i++)
        strcat(body, "--b-1\r\n\r\nx\r\n");
    strcat(body, FILE_HEAD "RIFF\r\n" LAST);
    assert_int_equal(find(body, "file", &part), VIS_ERR_FORMAT);
}

static void test_boundaries(void **state)
{
    char boundary[MULTIPART_BOUNDARY_MAX + 1], type[2 * MULTIPART_BOUNDARY_MAX] = "";
    assert_int_equal(multipart_boundary("multipart/form-data; boundary=b-1", boundary, NULL),
                     VIS_OK);
    assert_string_equal(boundary, "b-1");
    assert_int_equal(
        multipart_boundary("Multipart/Form-Data;charset=x; Boundary=\"b 1\"", boundary, NULL),
        VIS_ERR_FORMAT);
    assert_int_equal(
        multipart_boundary("Multipart/Form-Data;charset=x; Boundary=\"b:1\"", boundary, NULL),
        VIS_OK);
    assert_string_equal(boundary, "b:1");
    static const char *const none[] = {
        "", "application/json; boundary=b", "multipart/form-data",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=\"b"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(multipart_boundary(none[i], boundary, NULL), VIS_ERR_FORMAT);
    strcpy(type, "multipart/form-data; boundary=");
    memset(type + strlen(type), 'b', MULTIPART_BOUNDARY_MAX + 1);
    assert_int_equal(multipart_boundary(type, boundary, NULL), VIS_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_no_forms),
        cmocka_unit_test(test_many_parts),
        cmocka_unit_test(test_boundaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
