/* unit/verify/test_cbor_read.c - the examples of RFC 8949, appendix A, and what is not well-formed, appendix F.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "provenance/cbor_read.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(text) ((byte_span){(const uint8_t *)(text), sizeof(text) - 1})

static cbor_item read_item(byte_span bytes)
{
    cbor_item item;
    assert_true(cbor_read_whole(bytes, &item));
    return item;
}

static void test_whole_numbers(void **state)
{
    static const struct {
        byte_span bytes;
        int64_t value;
    } cases[] = {{BYTES("\x00"), 0},
                 {BYTES("\x17"), 23},
                 {BYTES("\x18\x18"), 24},
                 {BYTES("\x19\x03\xe8"), 1000},
                 {BYTES("\x1a\x00\x0f\x42\x40"), 1000000},
                 {BYTES("\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00"), 1000000000000},
                 {BYTES("\x20"), -1},
                 {BYTES("\x38\x63"), -100},
                 {BYTES("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MIN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value;
        cbor_item item = read_item(cases[i].bytes);
        assert_true(cbor_read_integer(&item, &value));
        assert_int_equal(value, cases[i].value);
    }
}

static void test_numbers_beyond_64_bits_are_none(void **state)
{
    int64_t value;
    cbor_item item = read_item(BYTES("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"));
    assert_false(cbor_read_integer(&item, &value));
    item = read_item(BYTES("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"));
    assert_false(cbor_read_integer(&item, &value));
}

static void test_simple_values(void **state)
{
    bool flag;
    cbor_item item = read_item(BYTES("\xf5"));
    assert_true(cbor_read_bool(&item, &flag) && flag);
    item = read_item(BYTES("\xf4"));
    assert_true(cbor_read_bool(&item, &flag) && !flag);
    item = read_item(BYTES("\xf6"));
    assert_true(cbor_is_null(&item) && !cbor_read_bool(&item, &flag));
    read_item(BYTES("\xf8\xff"));
    read_item(BYTES("\xf9\x3c\x00"));
    read_item(BYTES("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"));
}

static void test_strings(void **state)
{
    byte_span span;
    cbor_item item = read_item(BYTES("\x44\x01\x02\x03\x04"));
    assert_true(cbor_read_bytes(&item, &span) && span.size == 4 && span.data[3] == 4);
    assert_false(cbor_read_text(&item, &span));
    item = read_item(BYTES("\x64IETF"));
    assert_true(cbor_text_is(&item, "IETF"));
    assert_false(cbor_text_is(&item, "IET"));
}

/* In one piece, so that nobody has to put it together. */
static void test_strings_in_chunks_are_walked_and_not_given(void **state)
{
    byte_span span;
    cbor_item item = read_item(BYTES("\x7f\x65strea\x64ming\xff"));
    assert_false(cbor_read_text(&item, &span));
    item = read_item(BYTES("\x5f\x42\x01\x02\x43\x03\x04\x05\xff"));
    assert_false(cbor_read_bytes(&item, &span));
}

static int count(const cbor_item *container)
{
    cbor_item inside;
    int n = 0;
    cbor_walk walk = cbor_walk_begin(container);
    while (cbor_walk_next(&walk, &inside))
        n++;
    return n;
}

static void test_arrays(void **state)
{
    static const struct {
        byte_span bytes;
        int items;
    } cases[] = {{BYTES("\x80"), 0},
                 {BYTES("\x83\x01\x02\x03"), 3},
                 {BYTES("\x83\x01\x82\x02\x03\x82\x04\x05"), 3},
                 {BYTES("\x9f\xff"), 0},
                 {BYTES("\x9f\x01\x82\x02\x03\x9f\x04\x05\xff\xff"), 3},
                 {BYTES("\x83\x01\x9f\x02\x03\xff\x82\x04\x05"), 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cbor_item item = read_item(cases[i].bytes);
        assert_int_equal(count(&item), cases[i].items);
    }
}

static void test_maps(void **state)
{
    int64_t value;
    cbor_item map = read_item(BYTES("\xa2\x61\x61\x01\x61\x62\x82\x02\x03"));
    cbor_item one = cbor_read_key(&map, "a"), list = cbor_read_key(&map, "b"),
              none = cbor_read_key(&map, "c");
    assert_true(cbor_read_integer(&one, &value) && value == 1);
    assert_int_equal(count(&list), 2);
    assert_int_equal(none.kind, CBOR_NONE);
    map = read_item(BYTES("\xbf\x63"
                          "Fun\xf5\x21\x18\x21\xff"));
    one = cbor_read_number_key(&map, -2);
    assert_true(cbor_read_integer(&one, &value) && value == 33);
    assert_int_equal(cbor_read_key(&one, "x").kind, CBOR_NONE); /* of what is no map */
}

static void test_a_key_that_comes_twice_is_none(void **state)
{
    cbor_item map = read_item(BYTES("\xa2\x61\x61\x01\x61\x61\x02"));
    assert_int_equal(cbor_read_key(&map, "a").kind, CBOR_NONE);
}

static void test_tags(void **state)
{
    int64_t value;
    cbor_item item = read_item(BYTES("\xc1\xc0\x1a\x51\x4b\x67\xb0"));
    assert_int_equal(item.kind, CBOR_TAG);
    item = cbor_untagged(&item);
    assert_true(cbor_read_integer(&item, &value) && value == 1363896240);
}

static void test_what_is_not_well_formed(void **state)
{
    static const byte_span cases[] = {
        BYTES(""),     /* nothing */
        BYTES("\x18"), /* a head cut off */
        BYTES("\x19\x01"),
        BYTES("\x1a\x01\x02"),
        BYTES("\x1b\x01\x02\x03\x04\x05\x06\x07"),
        BYTES("\x41"), /* strings cut off */
        BYTES("\x61"),
        BYTES("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"
              "abc"),
        BYTES("\x7b\x7f\xff\xff\xff\xff\xff\xff\xff"
              "abc"),
        BYTES("\x81"), /* containers cut off */
        BYTES("\x82\x00"),
        BYTES("\xa1\x00"),
        BYTES("\xa2\x01\x02\x03"),
        BYTES("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x00"),
        BYTES("\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00"),
        BYTES("\xc0"),     /* a tag before nothing */
        BYTES("\x9f\x01"), /* indefinite lengths without end */
        BYTES("\xbf\x01\x02"),
        BYTES("\x5f\x41\x00"),
        BYTES("\x5f\x00\xff"),     /* a number among chunks */
        BYTES("\x5f\x61\x61\xff"), /* a text among chunks of bytes */
        BYTES("\x5f\x5f\x41\x00\xff\xff"),
        BYTES("\xbf\x01\xff"), /* a key without value */
        BYTES("\xff"),         /* an end of nothing */
        BYTES("\x81\xff"),
        BYTES("\xa1\x01\xff"),
        BYTES("\xc0\xff"),
        BYTES("\x1c"), /* reserved heads */
        BYTES("\x1f"),
        BYTES("\x3f"),
        BYTES("\xdf\x00"),
        BYTES("\xfc"),
        BYTES("\xf8\x18"), /* a simple value that has a shorter head */
        BYTES("\x00\x00"), /* two items */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cbor_item item;
        assert_false(cbor_read_whole(cases[i], &item));
        assert_int_equal(item.kind, CBOR_NONE);
    }
}

static void test_depth_is_bounded(void **state)
{
    static uint8_t deep[1 << 20];
    cbor_item item;
    memset(deep, 0x81, sizeof deep); /* arrays of one item */
    deep[CBOR_DEPTH] = 0;
    assert_true(cbor_read_whole((byte_span){deep, CBOR_DEPTH + 1}, &item));
    deep[CBOR_DEPTH] = 0x81;
    deep[CBOR_DEPTH + 1] = 0;
    assert_false(cbor_read_whole((byte_span){deep, CBOR_DEPTH + 2}, &item));
    deep[CBOR_DEPTH + 1] = 0x81;
    assert_false(cbor_read_whole((byte_span){deep, sizeof deep}, &item));
    memset(deep, 0xC1, sizeof deep); /* tags */
    assert_false(cbor_read_whole((byte_span){deep, sizeof deep}, &item));
    memset(deep, 0x9F, sizeof deep);
    assert_false(cbor_read_whole((byte_span){deep, sizeof deep}, &item));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_numbers_beyond_64_bits_are_none),
        cmocka_unit_test(test_simple_values),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_strings_in_chunks_are_walked_and_not_given),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_a_key_that_comes_twice_is_none),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_what_is_not_well_formed),
        cmocka_unit_test(test_depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
