/* speech/chat_stream.c - server-sent events, and the text that each brings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/chat_stream.h"

#include "base/json.h"

#include <string.h>

void chat_stream_init(chat_stream *s, bool whole)
{
    *s = (chat_stream){.whole = whole};
    buffer_init(&s->line, CHAT_MAX_EVENT);
    buffer_init(&s->data, CHAT_MAX_EVENT);
    buffer_init(&s->text, CHAT_MAX_REPLY + 1);
}

void chat_stream_free(chat_stream *s)
{
    buffer_free(&s->line);
    buffer_free(&s->data);
    buffer_free(&s->text);
}

static vis_status add_text(chat_stream *s, const char *text, vis_error *err)
{
    if (s->text.size + strlen(text) > CHAT_MAX_REPLY)
        return vis_fail(err, VIS_ERR_LIMIT, "its reply is longer than %d bytes", CHAT_MAX_REPLY);
    VIS_TRY(buffer_append(&s->text, text, strlen(text) + 1, err));
    s->text.size--;
    return VIS_OK;
}

static vis_status check_error(const json_t *all, vis_error *err)
{
    const json_t *error = json_object_get(all, "error");
    if (!error || json_is_null(error)) return VIS_OK;
    const char *message = json_string_value(json_object_get(error, "message"));
    return vis_fail(err, VIS_ERR_FORMAT, "it fails: %.200s", message ? message : "without a word");
}

/* choices[0].delta.content of an event, choices[0].message.content of a whole answer; there may be
 * neither, as in the first event and the last. */
static vis_status take_object(chat_stream *s, const json_t *all, vis_error *err)
{
    VIS_TRY(check_error(all, err));
    const json_t *choice = json_array_get(json_object_get(all, "choices"), 0);
    const json_t *part = json_object_get(choice, s->whole ? "message" : "delta");
    const json_t *finish = json_object_get(choice, "finish_reason");
    const char *text = json_string_value(json_object_get(part, "content"));
    s->finished = s->finished || json_is_string(finish) || (s->whole && text);
    return text ? add_text(s, text, err) : VIS_OK;
}

static vis_status take_json(chat_stream *s, const buffer *from, vis_error *err)
{
    json_t *all;
    VIS_TRY(json_parse(from->data, from->size, "its answer", &all, err));
    vis_status status = take_object(s, all, err);
    json_decref(all);
    return status;
}

/* ---- Events ---- */

static bool is_done(const buffer *b)
{
    static const char done[] = "[DONE]";
    return b->size == sizeof done - 1 && memcmp(b->data, done, b->size) == 0;
}

/* An empty line ends an event. */
static vis_status end_event(chat_stream *s, vis_error *err)
{
    vis_status status = VIS_OK;
    if (is_done(&s->data))
        s->finished = true;
    else if (s->data.size > 0)
        status = take_json(s, &s->data, err);
    s->data.size = 0;
    return status;
}

/* "data: ..."; comments and other fields say nothing here. */
static vis_status end_line(chat_stream *s, vis_error *err)
{
    static const char field[] = "data:";
    const uint8_t *line = s->line.data;
    size_t size = s->line.size, begin = sizeof field - 1;
    s->line.size = 0;
    if (size > 0 && line[size - 1] == '\r') size--;
    if (size == 0) return end_event(s, err);
    if (size < begin || memcmp(line, field, begin) != 0) return VIS_OK;
    if (begin < size && line[begin] == ' ') begin++;
    if (s->data.size > 0) VIS_TRY(buffer_append(&s->data, "\n", 1, err));
    return buffer_append(&s->data, line + begin, size - begin, err);
}

vis_status chat_stream_take(chat_stream *s, const void *bytes, size_t size, vis_error *err)
{
    const uint8_t *at = bytes, *end = at + size;
    if (s->whole) return buffer_append(&s->line, bytes, size, err);
    for (const uint8_t *stop; at < end && (stop = memchr(at, '\n', (size_t)(end - at)));) {
        VIS_TRY(buffer_append(&s->line, at, (size_t)(stop - at), err));
        VIS_TRY(end_line(s, err));
        at = stop + 1;
    }
    return at < end ? buffer_append(&s->line, at, (size_t)(end - at), err) : VIS_OK;
}

vis_status chat_stream_end(chat_stream *s, vis_error *err)
{
    if (s->whole)
        VIS_TRY(take_json(s, &s->line, err));
    else
        VIS_TRY(end_line(s, err));
    if (!s->whole) VIS_TRY(end_event(s, err));
    if (s->finished) return VIS_OK;
    return vis_fail(err, VIS_ERR_FORMAT, "it breaks off after %zu bytes of text", s->text.size);
}
