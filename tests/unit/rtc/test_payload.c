/* unit/rtc/test_payload.c - pictures cut, and put together again as a receiver does it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "rtc/payload.h"
#include "rtc/wire.h"

#include <stdlib.h>
#include <string.h>

#define ROOM (1 << 16)

/* What a receiver makes of payloads of H.264: Annex B with start codes of three bytes. */
static size_t put_together(const uint8_t *p, size_t size, uint8_t *out, size_t at)
{
    int type = p[0] & 31;
    if (type == 24) {
        for (size_t i = 1; i < size; i += 2 + (size_t)wire_get16(p + i)) {
            memcpy(out + at, "\0\0\1", 3);
            memcpy(out + at + 3, p + i + 2, wire_get16(p + i));
            at += 3 + (size_t)wire_get16(p + i);
        }
    } else if (type == 28) {
        if (p[1] & 0x80) {
            memcpy(out + at, "\0\0\1", 3);
            out[at + 3] = (uint8_t)((p[0] & 0xe0) | (p[1] & 31));
            at += 4;
        }
        memcpy(out + at, p + 2, size - 2);
        at += size - 2;
    } else {
        memcpy(out + at, "\0\0\1", 3);
        memcpy(out + at + 3, p, size);
        at += 3 + size;
    }
    return at;
}

static void check(const uint8_t *unit, size_t size, const uint8_t *wanted, size_t wanted_size,
                  size_t max)
{
    payload_cutter c;
    uint8_t *payload = malloc(max), *out = malloc(ROOM);
    size_t got, at = 0;
    bool last = false;
    payload_begin(&c, false, unit, size);
    while ((got = payload_next(&c, payload, max, &last)) > 0) {
        assert_true(got <= max);
        at = put_together(payload, got, out, at);
        if (last) break;
    }
    assert_true(last);
    assert_int_equal(payload_next(&c, payload, max, &last), 0);
    assert_int_equal(at, wanted_size);
    assert_memory_equal(out, wanted, at);
    free(payload);
    free(out);
}

/* Small units with a delimiter before them, then a long one. */
static void test_units_come_out_as_they_went_in(void **state)
{
    static const uint8_t head[] = "\0\0\0\1\x09\x10\0\0\0\1\x67\1\2\3\0\0\0\1\x68\4\0\0\1\x65";
    uint8_t unit[5000], wanted[5000];
    size_t size = sizeof head - 1;
    memcpy(unit, head, size);
    memcpy(wanted, "\0\0\1\x67\1\2\3\0\0\1\x68\4\0\0\1\x65", 16);
    for (size_t i = 0; i < 3000; i++)
        unit[size + i] = wanted[16 + i] = (uint8_t)(1 + i % 250);
    for (size_t max = 64; max < 3200; max += 37)
        check(unit, size + 3000, wanted, 16 + 3000, max);
    check(unit, 20, wanted, 12, 64);
}

static void test_nothing_is_made_of_nothing(void **state)
{
    static const char *const nothing[] = {"", "\1", "abcdef"};
    payload_cutter c;
    uint8_t out[64];
    bool last;
    for (size_t i = 0; i < 3; i++) {
        payload_begin(&c, false, (const uint8_t *)nothing[i], strlen(nothing[i]));
        assert_int_equal(payload_next(&c, out, sizeof out, &last), 0);
    }
    payload_begin(&c, false, (const uint8_t *)"\0\0\1\x09\0\0\1\0\0\1", 10);
    assert_int_equal(payload_next(&c, out, sizeof out, &last), 0);
}

static void test_vp8_says_where_a_picture_begins(void **state)
{
    uint8_t picture[200], out[64];
    payload_cutter c;
    bool last;
    size_t at = 0, got;
    for (size_t i = 0; i < sizeof picture; i++)
        picture[i] = (uint8_t)i;
    payload_begin(&c, true, picture, sizeof picture);
    while ((got = payload_next(&c, out, sizeof out, &last)) > 0) {
        assert_int_equal(out[0], at == 0 ? 0x10 : 0);
        assert_memory_equal(out + 1, picture + at, got - 1);
        at += got - 1;
        assert_int_equal(last, at == sizeof picture);
    }
    assert_int_equal(at, sizeof picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_come_out_as_they_went_in),
        cmocka_unit_test(test_nothing_is_made_of_nothing),
        cmocka_unit_test(test_vp8_says_where_a_picture_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
