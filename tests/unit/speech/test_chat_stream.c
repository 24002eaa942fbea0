/* What a chat server answers, read as it comes: events cut anywhere, one object, and what is neither.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "speech/chat_stream.h"

#include <stdio.h>
#include <string.h>

#define PIECE(text) "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"

typedef struct outcome {
    vis_status status;
    vis_error err;
    char text[CHAT_MAX_REPLY + 1];
} outcome;

/* As it comes `step` bytes at a time. */
static outcome *read_in(bool whole, const char *answer, size_t step)
{
    static outcome o;
    chat_stream s;
    memset(&o, 0, sizeof o);
    chat_stream_init(&s, whole);
    for (size_t at = 0, all = strlen(answer); at < all && o.status == VIS_OK; at += step)
        o.status = chat_stream_take(&s, answer + at, all - at < step ? all - at : step, &o.err);
    if (o.status == VIS_OK) o.status = chat_stream_end(&s, &o.err);
    if (s.text.size) memcpy(o.text, s.text.data, s.text.size);
    chat_stream_free(&s);
    return &o;
}

static void test_events_cut_anywhere(void **state)
{
    const char *answer =
        ": hello\n\n"
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\r\n\r\n"
        "event: x\n" PIECE("One ") "data:{\"choices\":[{\"delta\":\n"
                                   "data: {\"content\":\"\\u00e4nd\"}}]}\n\n" PIECE(
                                       " two.") "data: [DONE]\n\n";
    for (size_t step = 1; step <= strlen(answer); step++) {
        const outcome *o = read_in(false, answer, step);
        assert_int_equal(o->status, VIS_OK);
        assert_string_equal(o->text, "One änd two.");
    }
}

/* Some servers say why they end instead of [DONE], some leave the last line's end out. */
static void test_ends(void **state)
{
    const outcome *o = read_in(
        false, PIECE("Yes.") "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", 7);
    assert_int_equal(o->status, VIS_OK);
    assert_string_equal(o->text, "Yes.");
    o = read_in(false, PIECE("Yes. But th"), 7);
    assert_int_equal(o->status, VIS_ERR_FORMAT);
    assert_non_null(strstr(o->err.message, "breaks off after 11 bytes"));
    assert_string_equal(o->text, "Yes. But th");
    assert_int_equal(read_in(false, "", 1)->status, VIS_ERR_FORMAT);
}

static void test_one_object(void **state)
{
    const outcome *o =
        read_in(true, "{\"choices\":[{\"message\":{\"content\":\"All at once.\"}}]}", 5);
    assert_int_equal(o->status, VIS_OK);
    assert_string_equal(o->text, "All at once.");
    assert_int_equal(read_in(true, "{\"choices\":[]}", 5)->status, VIS_ERR_FORMAT);
    assert_int_equal(read_in(true, "{", 5)->status, VIS_ERR_FORMAT);
}

static void test_what_is_none(void **state)
{
    const outcome *o = read_in(false, "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", 9);
    assert_int_equal(o->status, VIS_ERR_FORMAT);
    assert_non_null(strstr(o->err.message, "overloaded"));
    assert_int_equal(read_in(false, "data: {not json\n\n", 9)->status, VIS_ERR_FORMAT);
    assert_int_equal(read_in(false, "<html>", 9)->status, VIS_ERR_FORMAT);
}

/* Neither a reply nor an event without end fills the memory. */
static void test_too_long(void **state)
{
    vis_error err = {0};
    chat_stream s;
    vis_status status = VIS_OK;
    char piece[64];
    snprintf(piece, sizeof piece, PIECE("%s"), "0123456789");
    chat_stream_init(&s, false);
    int pieces = 0;
    for (; status == VIS_OK && pieces <= CHAT_MAX_REPLY; pieces++)
        status = chat_stream_take(&s, piece, strlen(piece), &err);
    assert_int_equal(status, VIS_ERR_LIMIT);
    assert_int_equal(pieces - 1, CHAT_MAX_REPLY / 10);
    chat_stream_free(&s);
    chat_stream_init(&s, false);
    status = VIS_OK;
    size_t given = 0;
    for (; status == VIS_OK && given <= 2 * CHAT_MAX_EVENT; given += sizeof piece)
        status = chat_stream_take(&s, piece, 1 + strcspn(piece + 1, "\n"), &err);
    assert_int_not_equal(status, VIS_OK);
    chat_stream_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_cut_anywhere),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_one_object),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
