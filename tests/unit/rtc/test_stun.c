/* unit/rtc/test_stun.c - requests as RFC 5769 gives them, and what is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "rtc/stun.h"
#include "rtc/wire.h"

#include <string.h>

/* RFC 5769, 2.1: user name "evtj:h6vY", and its password. */
static const char password[] = "VOkJxbRl1RmTxUk/WvJxBt";
static const uint8_t sample[] = {
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
    0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
    0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};

static void test_the_sample_is_understood(void **state)
{
    stun_request r;
    assert_true(stun_read(sample, sizeof sample, &r));
    assert_string_equal(r.name, "evtj");
    assert_true(r.controlled && !r.nominates);
    assert_true(stun_is_signed(&r, password));
    assert_false(stun_is_signed(&r, "VOkJxbRl1RmTxUk/WvJxBu"));
}

static void test_one_changed_byte_is_noticed(void **state)
{
    for (size_t i = 0; i < sizeof sample; i++) {
        uint8_t changed[sizeof sample];
        stun_request r;
        memcpy(changed, sample, sizeof sample);
        changed[i] ^= 1;
        assert_false(stun_read(changed, sizeof changed, &r) && stun_is_signed(&r, password));
    }
}

static void test_what_is_cut_off_is_none(void **state)
{
    stun_request r;
    for (size_t size = 0; size < sizeof sample; size++)
        assert_false(stun_read(sample, size, &r));
}

/* An attribute of an answer; NULL where there is none. */
static const uint8_t *find(const uint8_t *bytes, size_t size, int kind)
{
    for (size_t at = 20; at < size; at += 4 + ((wire_get16(bytes + at + 2) + 3u) & ~3u))
        if (wire_get16(bytes + at) == kind) return bytes + at + 4;
    return NULL;
}

static void test_the_answer_tells_where_it_came_from(void **state)
{
    stun_request r;
    rtc_address from;
    uint8_t out[STUN_MAX];
    assert_true(stun_read(sample, sizeof sample, &r));
    assert_true(rtc_address_parse("192.0.2.1", 32853, &from));
    size_t size = stun_answer(&r, &from, password, out);
    assert_true(wire_get16(out) == 0x0101 && wire_get16(out + 2) == size - 20);
    assert_memory_equal(out + 8, sample + 8, STUN_ID);
    /* RFC 5769, 2.2 has the same address with the same cookie. */
    assert_memory_equal(find(out, size, 0x0020), "\0\1\xa1\x47\xe1\x12\xa6\x43", 8);
    assert_non_null(find(out, size, 0x0008));
    assert_true(rtc_address_parse("::ffff:192.0.2.1", 32853, &from));
    stun_answer(&r, &from, password, out);
    assert_memory_equal(find(out, size, 0x0020), "\0\1\xa1\x47\xe1\x12\xa6\x43", 8);
    assert_true(rtc_address_parse("2001:db8::1", 1, &from));
    size = stun_answer(&r, &from, password, out);
    assert_int_equal(find(out, size, 0x0020)[1], 2);
    size = stun_refuse_role(&r, password, out);
    assert_true(find(out, size, 0x0009)[2] == 4 && find(out, size, 0x0009)[3] == 87);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_sample_is_understood),
        cmocka_unit_test(test_one_changed_byte_is_noticed),
        cmocka_unit_test(test_what_is_cut_off_is_none),
        cmocka_unit_test(test_the_answer_tells_where_it_came_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
