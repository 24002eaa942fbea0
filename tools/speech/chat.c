/* speech/chat.c - a question with what was said before, and the reply in pieces.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/chat.h"

#include "base/json.h"
#include "base/memory.h"
#include "speech/chat_stream.h"
#include "speech/sentences.h"
#include "speech/server_lines.h"
#include "speech/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_MAX 120 /* bytes of the first piece, so that she begins early */
#define PIECE_MAX 500
#define TALK_MAX 40           /* messages that are remembered */
#define TALK_BYTES (24 << 10) /* and so much of them */
#define ERROR_MAX 2048        /* bytes of an error page that are looked at */

static const char standard_prompt[] =
    "You are a person on a screen, and what you write is spoken aloud. Answer in the language you "
    "are spoken to, in a few short sentences of plain words: no lists, no markup, no emoji.";

struct chat_maker {
    server_address address;
    server_lines lines;
    char *model, *prompt;
    int timeout_ms;
};

struct chat_talk {
    json_t *messages; /* an array of {role, content} */
};

/* ---- What was said before ---- */

chat_talk *chat_talk_new(void)
{
    chat_talk *t = calloc(1, sizeof *t);
    if (t) t->messages = json_array();
    if (t && !t->messages) {
        free(t);
        t = NULL;
    }
    return t;
}

void chat_talk_free(chat_talk *t)
{
    if (!t) return;
    json_decref(t->messages);
    free(t);
}

static size_t bytes_of(const json_t *messages)
{
    size_t i, all = 0;
    const json_t *m;
    json_array_foreach(messages, i, m) all += json_string_length(json_object_get(m, "content"));
    return all;
}

static json_t *message(const char *role, const char *text)
{
    return json_make("{s:s, s:s}", "role", role, "content", text);
}

/* A question and its answer are forgotten together. */
static void remember(chat_talk *t, const char *text, const char *reply)
{
    if (!*reply) return;
    json_array_append_new(t->messages, message("user", text));
    json_array_append_new(t->messages, message("assistant", reply));
    while (json_array_size(t->messages) > 2 &&
           (json_array_size(t->messages) > TALK_MAX || bytes_of(t->messages) > TALK_BYTES)) {
        json_array_remove(t->messages, 0);
        json_array_remove(t->messages, 0);
    }
}

static vis_status question(const chat_maker *m, const chat_talk *t, const char *text, char **out,
                           vis_error *err)
{
    json_t *messages = json_array();
    json_add(&messages, message("system", m->prompt));
    if (messages) json_array_extend(messages, t->messages);
    json_add(&messages, message("user", text));
    return json_print(
        json_make("{s:s, s:b, s:o}", "model", m->model, "stream", 1, "messages", messages), out,
        err);
}

/* ---- The reply ---- */

typedef struct reply {
    const chat_sink *sink;
    int code;
    chat_stream stream;
    buffer page;  /* of an HTTP error */
    size_t given; /* bytes of the text that were handed on */
    bool refused; /* by who listens */
    vis_status status;
    vis_error why;
} reply;

static void on_head(void *user, int code, const char *type)
{
    reply *r = user;
    r->code = code;
    r->stream.whole = strncasecmp(type, "application/json", 16) == 0;
}

/* A copy without what a text has for the eye alone. */
static char *plain(const char *text, size_t size)
{
    char *out = text_copy(text, size);
    size_t to = 0;
    for (size_t i = 0; out && i < size; i++) {
        bool heading = text[i] == '#' && (i == 0 || strchr("#\n", text[i - 1]));
        if (text[i] != '*' && text[i] != '`' && !heading) out[to++] = text[i];
    }
    if (out) out[to] = '\0';
    return out;
}

static vis_status give(reply *r, size_t size)
{
    char *piece = plain((const char *)r->stream.text.data + r->given, size);
    if (!piece) return vis_fail_memory(&r->why, "a reply");
    bool blank = piece[strspn(piece, " \t\r\n.-_")] == '\0';
    r->refused = !blank && !r->sink->piece(r->sink->user, piece);
    free(piece);
    r->given += size;
    return r->refused ? vis_fail(&r->why, VIS_ERR_CANCELLED, "stopped while answering") : VIS_OK;
}

/* What ends before the text does is whole; behind its end it is not known yet. */
static vis_status give_pieces(reply *r, bool over)
{
    while (r->given < r->stream.text.size) {
        const char *text = (const char *)r->stream.text.data + r->given;
        size_t size = sentence_length(text, r->given ? PIECE_MAX : FIRST_MAX);
        if (size == 0 || (!over && r->given + size == r->stream.text.size)) break;
        VIS_TRY(give(r, size));
    }
    return VIS_OK;
}

static bool on_body(void *user, const void *bytes, size_t size)
{
    reply *r = user;
    if (r->code / 100 != 2) {
        size_t room = ERROR_MAX - r->page.size;
        return buffer_append(&r->page, bytes, size < room ? size : room, NULL) == VIS_OK &&
               size <= room;
    }
    r->status = chat_stream_take(&r->stream, bytes, size, &r->why);
    if (r->status == VIS_OK) r->status = give_pieces(r, false);
    return r->status == VIS_OK;
}

static bool is_wanted(void *user)
{
    const reply *r = user;
    return !r->sink->wanted || r->sink->wanted(r->sink->user);
}

static vis_status fail_page(const reply *r, vis_error *err)
{
    char said[WORDS_MAX];
    words_of(r->page.data, r->page.size, said);
    return vis_fail(err, VIS_ERR_FORMAT, "it answers HTTP %d%s%s", r->code, said[0] ? ": " : "",
                    said);
}

static vis_status end_reply(reply *r, vis_error *err)
{
    if (r->code / 100 != 2) return fail_page(r, err);
    if (r->status == VIS_OK) r->status = chat_stream_end(&r->stream, &r->why);
    if (r->status == VIS_OK) r->status = give_pieces(r, true);
    if (r->status != VIS_OK) return vis_fail(err, r->status, "%s", r->why.message);
    return r->given > 0 ? VIS_OK : vis_fail(err, VIS_ERR_FORMAT, "it answers with no word");
}

static vis_status run(chat_maker *m, reply *r, const char *body, vis_error *err)
{
    const server_request request = {m->address.url, m->address.headers, body, m->timeout_ms};
    const server_receiver to = {r, on_head, on_body, is_wanted};
    server_line line;
    VIS_TRY(server_lines_take(&m->lines, &line, err));
    vis_status status = server_request_run(&line, &request, &to, err);
    server_lines_give_back(&m->lines, &line);
    return status == VIS_OK ? end_reply(r, err) : status;
}

/* Of an answer that was interrupted what was handed on is remembered: it may have been heard. */
static void remember_given(chat_talk *t, const char *text, reply *r)
{
    if (r->given == 0) return;
    r->stream.text.data[r->given] = '\0';
    remember(t, text, (const char *)r->stream.text.data);
}

vis_status chat_answer(chat_maker *m, chat_talk *t, const char *text, const chat_sink *sink,
                       vis_error *err)
{
    char *body = NULL;
    reply r = {.sink = sink};
    VIS_TRY(question(m, t, text, &body, err));
    chat_stream_init(&r.stream, false);
    buffer_init(&r.page, ERROR_MAX);
    vis_status status = run(m, &r, body, err);
    if (status == VIS_OK || status == VIS_ERR_CANCELLED) remember_given(t, text, &r);
    chat_stream_free(&r.stream);
    buffer_free(&r.page);
    free(body);
    if (status == VIS_OK || status == VIS_ERR_CANCELLED) return status;
    server_address_hide_key(&m->address, err);
    return vis_prefix(err, status, m->address.name);
}

/* ---- Open and close ---- */

void chat_close(chat_maker *m)
{
    if (!m) return;
    server_lines_close(&m->lines);
    server_address_free(&m->address);
    free(m->model);
    free(m->prompt);
    free(m);
}

static vis_status fill(chat_maker *m, const chat_options *o, vis_error *err)
{
    const char *model = o->model ? o->model : "default";
    const char *prompt = o->prompt ? o->prompt : standard_prompt;
    m->timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : 30000;
    m->model = text_copy(model, strlen(model));
    m->prompt = text_copy(prompt, strlen(prompt));
    if (!m->model || !m->prompt) return vis_fail_memory(err, "a chat");
    return server_address_read_chat(o->from, o->key, &m->address, err);
}

vis_status chat_open(const chat_options *o, chat_maker **out, vis_error *err)
{
    chat_maker *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m) return vis_fail_memory(err, "a chat");
    server_lines_init(&m->lines);
    vis_status status = fill(m, o, err);
    if (status == VIS_OK)
        *out = m;
    else
        chat_close(m);
    return status;
}
