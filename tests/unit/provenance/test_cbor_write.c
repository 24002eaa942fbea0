/* Bytes of CBOR items against the examples of RFC 8949, appendix A, and heads on both sides of each
 * length.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "provenance/cbor_write.h"

#include <stdio.h>
#include <string.h>

typedef struct written {
    buffer bytes;
    cbor_writer writer;
    vis_error err;
} written;

static cbor_writer *begin(written *w)
{
    buffer_init(&w->bytes, 1 << 20);
    w->writer = cbor_write_to(&w->bytes, &w->err);
    return &w->writer;
}

/* What was written since `begin`, in hexadecimal. */
static void expect(written *w, const char *hex)
{
    char text[256] = "";
    assert_int_equal(w->writer.status, VIS_OK);
    assert_in_range(w->bytes.size, 1, sizeof text / 2 - 1);
    for (size_t i = 0; i < w->bytes.size; i++)
        snprintf(text + 2 * i, 3, "%02x", w->bytes.data[i]);
    assert_string_equal(text, hex);
    buffer_free(&w->bytes);
}

static void test_integers(void **state)
{
    static const struct {
        int64_t value;
        const char *hex;
    } rows[] = {{0, "00"},
                {1, "01"},
                {10, "0a"},
                {23, "17"},
                {24, "1818"},
                {100, "1864"},
                {255, "18ff"},
                {256, "190100"},
                {1000, "1903e8"},
                {65535, "19ffff"},
                {65536, "1a00010000"},
                {1000000, "1a000f4240"},
                {4294967295, "1affffffff"},
                {4294967296, "1b0000000100000000"},
                {1000000000000, "1b000000e8d4a51000"},
                {INT64_MAX, "1b7fffffffffffffff"},
                {-1, "20"},
                {-10, "29"},
                {-24, "37"},
                {-25, "3818"},
                {-100, "3863"},
                {-1000, "3903e7"},
                {INT64_MIN, "3b7fffffffffffffff"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        written w;
        cbor_write_int(begin(&w), rows[i].value);
        expect(&w, rows[i].hex);
    }
}

static void test_texts_and_bytes(void **state)
{
    written w;
    cbor_write_text(begin(&w), "");
    expect(&w, "60");
    cbor_write_text(begin(&w), "IETF");
    expect(&w, "6449455446");
    cbor_write_text(begin(&w), "\xE6\xB0\xB4");
    expect(&w, "63e6b0b4");
    cbor_write_text(begin(&w), "abcdefghijklmnopqrstuvwx"); /* 24 */
    expect(&w, "78186162636465666768696a6b6c6d6e6f707172737475767778");
    cbor_write_bytes(begin(&w), NULL, 0);
    expect(&w, "40");
    cbor_write_bytes(begin(&w), "\x01\x02\x03\x04", 4);
    expect(&w, "4401020304");
}

static void test_others(void **state)
{
    written w;
    cbor_write_bool(begin(&w), false);
    expect(&w, "f4");
    cbor_write_bool(begin(&w), true);
    expect(&w, "f5");
    cbor_write_null(begin(&w));
    expect(&w, "f6");
    cbor_writer *c = begin(&w);
    cbor_write_tag(c, 0);
    cbor_write_text(c, "2013-03-21T20:04:00Z");
    expect(&w, "c074323031332d30332d32315432303a30343a30305a");
    cbor_write_tag(begin(&w), 18);
    expect(&w, "d2");
    cbor_write_tag(begin(&w), 55799);
    expect(&w, "d9d9f7");
}

static void test_nested(void **state)
{
    written w;
    cbor_writer *c = begin(&w);
    cbor_write_array(c, 3); /* [1, [2, 3], [4, 5]] */
    cbor_write_int(c, 1);
    for (int i = 2; i < 6; i += 2) {
        cbor_write_array(c, 2);
        cbor_write_int(c, i);
        cbor_write_int(c, i + 1);
    }
    expect(&w, "8301820203820405");
    c = begin(&w);
    cbor_write_map(c, 2); /* {"a": "A", "b": h'0b'} */
    cbor_write_text_pair(c, "a", "A");
    cbor_write_bytes_pair(c, "b", "\x0b", 1);
    expect(&w, "a2616161416162410b");
    cbor_write_map(begin(&w), 0);
    expect(&w, "a0");
    cbor_write_array(begin(&w), 25);
    expect(&w, "9819");
}

/* The buffer's limit bounds it; the first failure stays. */
static void test_limit(void **state)
{
    written w;
    cbor_writer *c = begin(&w);
    w.bytes.limit = 4;
    cbor_write_text(c, "abc");
    assert_int_equal(c->status, VIS_OK);
    cbor_write_text(c, "abc");
    assert_int_equal(c->status, VIS_ERR_LIMIT);
    w.bytes.limit = 1 << 20;
    cbor_write_int(c, 1);
    assert_int_equal(c->status, VIS_ERR_LIMIT);
    assert_int_equal(w.bytes.size, 4);
    buffer_free(&w.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers), cmocka_unit_test(test_texts_and_bytes),
        cmocka_unit_test(test_others),   cmocka_unit_test(test_nested),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
