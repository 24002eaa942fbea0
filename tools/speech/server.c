/* speech/server.c - a speech server as a voice: OpenAI's shape, or Piper's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/json.h"
#include "base/memory.h"
#include "speech/sentences.h"
#include "speech/server_answer.h"
#include "speech/server_lines.h"
#include "speech/voice_maker.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_MAX 500 /* bytes that are asked for at once: some half minute */
#define NO_VOICE "default"

typedef struct server {
    server_address address;
    char *model, *voice; /* voice NULL: the server's own */
    const char *voices[2];
    int pcm_rate, timeout_ms;
    server_lines lines;
} server;

/* ---- One question ---- */

/* The listener, who hears no more than ANSWER_MAX_SECONDS of one text. */
typedef struct bounded_sink {
    const speech_sink *to;
    double seconds;
    bool too_long;
} bounded_sink;

static bool bounded_samples(void *user, const float *samples, int64_t count, int rate)
{
    bounded_sink *b = user;
    b->seconds += (double)count / rate;
    b->too_long = b->seconds > ANSWER_MAX_SECONDS;
    return !b->too_long && b->to->samples(b->to->user, samples, count, rate);
}

static bool bounded_wanted(void *user)
{
    const bounded_sink *b = user;
    return sink_wanted(b->to);
}

static json_t *question(const server *s, const char *text, const char *voice)
{
    if (s->address.piper)
        return voice ? json_make("{ss ss}", "text", text, "voice", voice)
                     : json_make("{ss}", "text", text);
    return json_make("{ss ss ss ss}", "model", s->model, "input", text, "voice", voice,
                     "response_format", "pcm");
}

static void on_head(void *user, int code, const char *type)
{
    server_answer_head(user, code, type);
}

static bool on_body(void *user, const void *bytes, size_t size)
{
    return server_answer_take(user, bytes, size);
}

static bool is_wanted(void *user)
{
    const server_answer *a = user;
    return sink_wanted(a->sink);
}

static vis_status ask(server *s, server_line *line, const char *text, const char *voice,
                      const speech_sink *sink, vis_error *err)
{
    char *body = NULL;
    VIS_TRY(json_print(question(s, text, voice), &body, err));
    server_request request = {s->address.url, s->address.headers, body, s->timeout_ms};
    server_answer answer;
    server_answer_init(&answer, sink, s->pcm_rate);
    const server_receiver to = {&answer, on_head, on_body, is_wanted};
    vis_status status = server_request_run(line, &request, &to, err);
    if (status == VIS_OK) status = server_answer_end(&answer, err);
    server_answer_free(&answer);
    free(body);
    return status;
}

/* ---- A text ---- */

/* One sentence, that the first sound comes early; later as many as are said in one go, which asks
 * less often and sounds better. */
static size_t piece_length(const char *text, bool first)
{
    size_t size = sentence_length(text, PIECE_MAX);
    while (!first && text[size]) {
        size_t next = sentence_length(text + size, PIECE_MAX);
        if (size + next > PIECE_MAX) break;
        size += next;
    }
    return size;
}

static vis_status say_pieces(server *s, server_line *line, const char *text, const char *voice,
                             const speech_sink *sink, vis_error *err)
{
    bool first = true;
    for (size_t size; (size = piece_length(text, first)) > 0; text += size, first = false) {
        char *piece = text_copy(text, size);
        if (!piece) return vis_fail_memory(err, "a sentence");
        vis_status status = ask(s, line, piece, voice, sink, err);
        free(piece);
        if (status != VIS_OK) return status;
    }
    return VIS_OK;
}

static vis_status say(void *self, const char *text, const char *voice, const speech_sink *sink,
                      vis_error *err)
{
    server *s = self;
    bounded_sink bounded = {sink, 0, false};
    speech_sink to = {&bounded, bounded_samples, bounded_wanted};
    server_line line;
    VIS_TRY(server_lines_take(&s->lines, &line, err));
    if (!voice || strcmp(voice, s->voices[0]) == 0) voice = s->voice;
    vis_status status = say_pieces(s, &line, text, voice, &to, err);
    server_lines_give_back(&s->lines, &line);
    if (status == VIS_OK) return VIS_OK;
    if (bounded.too_long)
        status = vis_fail(err, VIS_ERR_LIMIT, "it speaks longer than %g minutes",
                          ANSWER_MAX_SECONDS / 60);
    server_address_hide_key(&s->address, err);
    return status == VIS_ERR_CANCELLED ? status : vis_prefix(err, status, s->address.name);
}

/* ---- Open and close ---- */

static void close_server(void *self)
{
    server *s = self;
    server_lines_close(&s->lines);
    server_address_free(&s->address);
    free(s->model);
    free(s->voice);
    free(s);
}

static vis_status copy(const char *text, const char *otherwise, char **out, vis_error *err)
{
    const char *from = text ? text : otherwise;
    *out = from ? text_copy(from, strlen(from)) : NULL;
    return *out || !from ? VIS_OK : vis_fail_memory(err, "a voice");
}

static vis_status fill(server *s, const speech_options *o, vis_error *err)
{
    if (o->pcm_rate != 0 && (o->pcm_rate < PCM_MIN_RATE || o->pcm_rate > PCM_MAX_RATE))
        return vis_fail(err, VIS_ERR_USAGE, "speech at %d Hz: %d to %d can be had", o->pcm_rate,
                        PCM_MIN_RATE, PCM_MAX_RATE);
    s->pcm_rate = o->pcm_rate > 0 ? o->pcm_rate : 24000;
    s->timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : 10000;
    VIS_TRY(server_address_read(o->from, o->key, &s->address, err));
    VIS_TRY(copy(o->model, "tts-1", &s->model, err));
    VIS_TRY(copy(o->voice, s->address.piper ? NULL : "alloy", &s->voice, err));
    s->voices[0] = s->voice ? s->voice : NO_VOICE;
    return VIS_OK;
}

vis_status voice_open_server(const speech_options *o, voice_maker *out, vis_error *err)
{
    server *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "a voice");
    server_lines_init(&s->lines);
    vis_status status = fill(s, o, err);
    if (status != VIS_OK) {
        close_server(s);
        return status;
    }
    *out = (voice_maker){.self = s,
                         .voices = s->voices,
                         .standard = s->voices[0],
                         .say = say,
                         .close = close_server};
    return VIS_OK;
}
