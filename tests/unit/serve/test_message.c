/* unit/serve/test_message.c - messages of clients understood or refused, and those to them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "serve/message.h"
#include "serve/packet_text.h"

#include <stdlib.h>
#include <string.h>

static vis_status read_text(const char *text, message *m, vis_error *err)
{
    return message_read(text, strlen(text), m, err);
}

static void test_sound_in_base64(void **state)
{
    message m;
    assert_int_equal(
        read_text("{\"type\":\"agent.speak\",\"audio\":\"AQACAA==\",\"event_id\":\"a\"}", &m, NULL),
        VIS_OK);
    assert_true(m.kind == MESSAGE_SOUND && m.rate == MESSAGE_RATE && m.sound_size == 4);
    assert_memory_equal(m.sound, "\1\0\2\0", 4);
    assert_string_equal(m.event_id, "a");
    message_free(&m);
}

static void test_the_other_kinds(void **state)
{
    static const struct {
        const char *text;
        message_kind kind;
    } all[] = {
        {"{\"type\":\"agent.speak_end\"}", MESSAGE_SOUND_END},
        {"{\"type\":\"agent.speak_text\",\"text\":\"x\",\"more\":[1]}", MESSAGE_TEXT},
        {"{\"type\":\"agent.interrupt\"}", MESSAGE_INTERRUPT},
        {"{\"type\":\"agent.start_listening\"}", MESSAGE_LISTEN},
        {"{\"type\":\"agent.stop_listening\"}", MESSAGE_LISTEN_NO_MORE},
        {"{\"type\":\"session.keep_alive\"}", MESSAGE_ALIVE},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        message m;
        assert_int_equal(read_text(all[i].text, &m, NULL), VIS_OK);
        assert_int_equal(m.kind, all[i].kind);
        message_free(&m);
    }
}

static void test_what_is_none_says_why(void **state)
{
    static const char *const wrong[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"type\":1}",
        "{\"type\":\"agent.dance\"}",
        "{\"type\":\"agent.speak\"}",
        "{\"type\":\"agent.speak\",\"audio\":\"A\"}",
        "{\"type\":\"agent.speak\",\"audio\":\"AA==\"}",
        "{\"type\":\"agent.speak\",\"audio\":\"AAA=\",\"sample_rate\":999}",
        "{\"type\":\"agent.speak\",\"audio\":\"AAA=\",\"sample_rate\":1e9}",
        "{\"type\":\"agent.speak_text\"}",
        "{\"type\":\"agent.speak_text\",\"text\":\"x\",\"interrupt\":1}",
        "{\"type\":\"agent.speak_end\",\"event_id\":\"\"}",
        "{\"type\":\"agent.speak_end\",\"type\":\"agent.speak_end\"}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        message m;
        vis_error err = {0};
        assert_int_not_equal(read_text(wrong[i], &m, &err), VIS_OK);
        assert_true(err.message[0]);
        message_free(&m);
    }
}

static void test_a_refused_message_keeps_its_id(void **state)
{
    message m;
    assert_int_equal(read_text("{\"type\":\"agent.dance\",\"event_id\":\"e\"}", &m, NULL),
                     VIS_ERR_FORMAT);
    assert_string_equal(m.event_id, "e");
    message_free(&m);
}

static void test_lengths_are_bounded(void **state)
{
    message m;
    char *text = malloc(MESSAGE_MAX + 1), id[256];
    memset(text, ' ', MESSAGE_MAX + 1);
    assert_int_equal(message_read(text, MESSAGE_MAX + 1, &m, NULL), VIS_ERR_LIMIT);
    message_free(&m);
    free(text);
    memset(id, 'x', sizeof id);
    id[MESSAGE_ID_MAX] = '\0';
    assert_int_equal(message_check_id(id, NULL), VIS_OK);
    id[MESSAGE_ID_MAX] = 'x';
    id[MESSAGE_ID_MAX + 1] = '\0';
    assert_int_equal(message_check_id(id, NULL), VIS_ERR_FORMAT);
}

static void test_binary_sound(void **state)
{
    const uint8_t good[] = {16, 0, 0, 0, 0x80, 0x3e, 0, 0, 1, 2},
                  rate[] = {16, 0, 0, 0, 0, 0, 0, 0x80};
    message m;
    assert_int_equal(message_read_binary(good, sizeof good, &m, NULL), VIS_OK);
    assert_true(m.rate == 16000 && m.sound_size == 2 && m.sound == good + 8);
    assert_int_equal(message_read_binary(good, sizeof good - 1, &m, NULL), VIS_ERR_FORMAT);
    assert_int_equal(message_read_binary(good, 7, &m, NULL), VIS_ERR_FORMAT);
    assert_int_equal(message_read_binary(good + 1, sizeof good - 1, &m, NULL), VIS_ERR_FORMAT);
    assert_int_equal(message_read_binary(rate, sizeof rate, &m, NULL), VIS_ERR_FORMAT);
}

static void test_the_header_of_media(void **state)
{
    const live_packet p = {
        .kind = LIVE_OPUS, .key = true, .time_us = 0x0102030405, .duration_us = 20000};
    const uint8_t wanted[MEDIA_HEADER] = {2, 1, 0, 0, 0x20, 0x4e, 0, 0, 5, 4, 3, 2, 1, 0, 0, 0};
    uint8_t header[MEDIA_HEADER];
    media_header(&p, header);
    assert_memory_equal(header, wanted, MEDIA_HEADER);
}

static void check_text(char *text, const char *wanted)
{
    assert_string_equal(text, wanted);
    free(text);
}

static void test_events(void **state)
{
    live_packet p = {.kind = LIVE_EVENT,
                     .time_us = 7,
                     .event = {.kind = LIVE_INTERRUPTED, .id = "a\"", .position_ms = 5}};
    check_text(event_text(&p),
               "{\"type\":\"agent.speak_interrupted\",\"event_id\":\"a\\\"\",\"time_us\":7,"
               "\"playback_position_ms\":5}");
    p.event = (live_event){.kind = LIVE_STARTED, .id = "b", .text = "words"};
    check_text(event_text(&p), "{\"type\":\"agent.speak_started\",\"event_id\":\"b\",\"time_us\":7,"
                               "\"text\":\"words\"}");
    p.event = (live_event){.kind = LIVE_FAILED, .text = "why"};
    check_text(event_text(&p), "{\"type\":\"error\",\"message\":\"why\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound_in_base64),
        cmocka_unit_test(test_the_other_kinds),
        cmocka_unit_test(test_what_is_none_says_why),
        cmocka_unit_test(test_a_refused_message_keeps_its_id),
        cmocka_unit_test(test_lengths_are_bounded),
        cmocka_unit_test(test_binary_sound),
        cmocka_unit_test(test_the_header_of_media),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
