/* unit/rtc/test_rtcp.c - what viewers report, and what they are told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "rtc/rtcp.h"
#include "rtc/wire.h"

#include <string.h>

typedef struct heard {
    int reports, missing, keys, byes;
    double lost, rate;
    uint16_t sequence[32];
    uint32_t ssrc;
} heard;

static void on_report(void *user, uint32_t ssrc, double lost)
{
    heard *h = user;
    h->reports++;
    h->lost = lost;
    h->ssrc = ssrc;
}

static void on_missing(void *user, uint32_t ssrc, uint16_t sequence)
{
    heard *h = user;
    if (h->missing < 32) h->sequence[h->missing] = sequence;
    h->missing++;
}

static void on_key(void *user, uint32_t ssrc)
{
    heard *h = user;
    h->keys++;
    h->ssrc = ssrc;
}

static void on_rate(void *user, double rate)
{
    ((heard *)user)->rate = rate;
}

static void on_bye(void *user)
{
    ((heard *)user)->byes++;
}

static bool hear(const void *bytes, size_t size, heard *h)
{
    const rtcp_sink sink = {h, on_report, on_missing, on_key, on_rate, on_bye};
    memset(h, 0, sizeof *h);
    return rtcp_read(bytes, size, &sink);
}

static void test_a_compound_packet(void **state)
{
    static const uint8_t bytes[] = {
        0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9, 64,   0,    0,    1,   0, 0,      0,    0,    0,
        0,    0,   0, 0, 0, 0, 0, 0, 0, 0, 0,                         /* a quarter was lost */
        0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0xff, 0xff, 0x80, 1, /* 65535, 0 and 15 */
        0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9,                      /* PLI */
        0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0,    0,    0,    9,   1, 0,      0,    0, /* FIR */
        0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R',  'E',  'M',  'B', 1, 2 << 2, 0x01, 0xf4, 0,
        0,    0,   9, /* 500 * 4 bits a second */
        0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4};
    heard h;
    assert_true(hear(bytes, sizeof bytes, &h));
    assert_true(h.reports == 1 && h.lost == 0.25 && h.keys == 2 && h.byes == 1 && h.rate == 2000);
    assert_int_equal(h.missing, 3);
    assert_true(h.sequence[0] == 65535 && h.sequence[1] == 0 && h.sequence[2] == 15);
    assert_int_equal(h.ssrc, 9);
}

static void test_what_is_not_of_the_form(void **state)
{
    static const uint8_t wrong[][16] = {
        {0x41, 201, 0, 1},             /* another version */
        {0x81, 201, 0, 1, 0, 0, 0, 1}, /* no block, though one is said */
        {0x81, 201, 0, 9, 0, 0, 0, 1}, /* longer than it is */
        {0xa0, 201, 0, 1, 0, 0, 0, 0}, /* padding of nothing */
        {0xa0, 201, 0, 1, 0, 0, 0, 9}, /* more padding than there is */
        {0x81, 205, 0, 1, 0, 0, 0, 1}, /* of no medium */
        {0x81, 206, 0, 1, 0, 0, 0, 1},
    };
    static const size_t sizes[] = {4, 8, 8, 8, 8, 8, 8};
    heard h;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_false(hear(wrong[i], sizes[i], &h));
        assert_true(h.reports == 0 && h.missing == 0 && h.keys == 0);
    }
    assert_true(hear(wrong, 0, &h));
}

static void test_a_senders_report(void **state)
{
    const rtcp_sender s = {.ssrc = 0x01020304,
                           .wall = rtcp_wall(1500000),
                           .media = 0x11121314,
                           .packets = 3,
                           .octets = 4,
                           .name = "viseme"};
    uint8_t out[RTCP_MAX];
    heard h;
    size_t size = rtcp_write(&s, true, out);
    assert_true(size % 4 == 0 && size <= RTCP_MAX);
    assert_true(hear(out, size, &h) && h.byes == 1);
    assert_int_equal(wire_get32(out + 4), 0x01020304);
    assert_int_equal(wire_get32(out + 8), 2208988801u);
    assert_int_equal(wire_get32(out + 12), 0x80000000u);
    assert_int_equal(wire_get32(out + 16), 0x11121314);
    assert_memory_equal(out + 28 + 8, "\1\6viseme", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_compound_packet),
        cmocka_unit_test(test_what_is_not_of_the_form),
        cmocka_unit_test(test_a_senders_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
