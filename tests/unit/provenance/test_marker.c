/* Identities that are drawn, given and malformed; options that do not go together; what a marking
 * says where it is signed and where not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "provenance/mark_id.h"
#include "provenance/marker.h"

#include <string.h>

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_id(void **state)
{
    mark_id id;
    char text[MARK_ID_TEXT];
    assert_int_equal(mark_id_parse("25EA3102d308472385760f4d9e924c1a", &id, NULL), VIS_OK);
    mark_id_print(&id, text);
    assert_string_equal(text, "25ea3102-d308-4723-8576-0f4d9e924c1a");
    assert_int_equal(mark_id_parse("ffffffff-ffff-ffff-ffff-ffffffffffff", &id, NULL), VIS_OK);
    mark_id_print(&id, text);
    assert_string_equal(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    static const char *const wrong[] = {"", "12", "25ea3102d308472385760f4d9e924c1",
                                        "25ea3102d308472385760f4d9e924c1ag",
                                        "25ea3102d308472385760f4d9e924c1a0"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(mark_id_parse(wrong[i], &id, NULL), VIS_ERR_USAGE);
}

static void test_drawn(void **state)
{
    mark_id a, b;
    char text[MARK_ID_TEXT];
    assert_int_equal(mark_id_draw(&a, NULL), VIS_OK);
    assert_int_equal(mark_id_draw(&b, NULL), VIS_OK);
    assert_memory_not_equal(a.bytes, b.bytes, sizeof a.bytes);
    mark_id_print(&a, text);
    assert_int_equal(text[14], '4');
    assert_non_null(strchr("89ab", text[19]));
}

static void expect_refused(marker_options o, const char *words)
{
    vis_error err;
    marker *m;
    assert_int_equal(marker_open(&o, &m, &err), VIS_ERR_USAGE);
    assert_null(m);
    if (!strstr(err.message, words)) fail_msg("no \"%s\" in: %s", words, err.message);
}

static void test_refused(void **state)
{
    static const char id[] = "25ea3102d308472385760f4d9e924c1a";
    static char longest[300];
    memset(longest, 'x', sizeof longest - 1);
    expect_refused((marker_options){.sign_key = "k"}, "`sign_certificate`");
    expect_refused((marker_options){.sign_certificate = "c"}, "`sign_key`");
    expect_refused((marker_options){.no_sign = true, .sign_key = "k", .sign_certificate = "c"},
                   "rule each other out");
    expect_refused((marker_options){.no_sign = true, .mark_id = id}, "rule each other out");
    expect_refused((marker_options){.mark_id = "x"}, "32 hexadecimal digits");
    expect_refused((marker_options){.aigc_producer = "a"}, "give both");
    expect_refused((marker_options){.aigc_producer = "a", .aigc_id = ""}, "is empty");
    expect_refused((marker_options){.aigc_producer = "\xFF", .aigc_id = "1"}, "UTF-8");
    expect_refused((marker_options){.aigc_producer = longest, .aigc_id = "1"}, "longer than");
}

static marking *mark(marker_options o, marker **m)
{
    vis_error err;
    marking *out;
    if (marker_open(&o, m, &err) != VIS_OK) fail_msg("%s", err.message);
    if (marking_open(*m, SHA, NULL, &out, &err) != VIS_OK) fail_msg("%s", err.message);
    return out;
}

static void test_signed(void **state)
{
    marker *m;
    marking *one = mark((marker_options){.mark_id = "25ea3102d308472385760f4d9e924c1a"}, &m);
    assert_string_equal(marking_manifest(one), "urn:c2pa:25ea3102-d308-4723-8576-0f4d9e924c1a");
    assert_string_equal(marking_tags(one)->instance_id,
                        "xmp:iid:25ea3102-d308-4723-8576-0f4d9e924c1a");
    assert_non_null(strstr(marking_tags(one)->comment, SHA));
    assert_non_null(marking_seal(one));
    assert_non_null(strstr(marking_signer(one), "a key made for it alone"));
    marking_close(one);
    marker_close(m);
}

static void test_not_signed(void **state)
{
    marker *m;
    marking *one = mark((marker_options){.no_sign = true}, &m);
    assert_string_equal(marking_manifest(one), "");
    assert_string_equal(marking_signer(one), "");
    assert_null(marking_seal(one));
    assert_null(marking_tags(one)->instance_id);
    assert_non_null(strstr(marking_tags(one)->comment, SHA));
    marking_close(one);
    marker_close(m);
}

/* Every video has another identity and another key. */
static void test_two(void **state)
{
    marker *m;
    marking *a = mark((marker_options){0}, &m), *b;
    assert_int_equal(marking_open(m, SHA, NULL, &b, NULL), VIS_OK);
    assert_string_not_equal(marking_manifest(a), marking_manifest(b));
    marking_close(a);
    marking_close(b);
    marker_close(m);
}

static void test_aigc(void **state)
{
    marker *m;
    marking *one = mark((marker_options){.aigc_producer = "Muster \"GmbH\"", .aigc_id = "7"}, &m);
    assert_string_equal(
        marking_tags(one)->aigc,
        "{\"Label\":\"1\",\"ContentProducer\":\"Muster \\\"GmbH\\\"\",\"ProduceID\":\"7\","
        "\"ReservedCode1\":\"\",\"ContentPropagator\":\"\",\"PropagateID\":\"\","
        "\"ReservedCode2\":\"\"}");
    marking_close(one);
    marker_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id),         cmocka_unit_test(test_drawn),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_signed),
        cmocka_unit_test(test_not_signed), cmocka_unit_test(test_two),
        cmocka_unit_test(test_aigc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
