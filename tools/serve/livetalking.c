/* serve/livetalking.c - what LiveTalking's clients ask, done with the means of this server.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/livetalking.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/status.h"
#include "serve/json_fields.h"
#include "serve/multipart.h"
#include "serve/whep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RECORDED "/record/" /* before the session's name */
#define ACTIONS_FROM 2    /* `audiotype` 0 and 1 are speech and silence, which play by themselves */
#define NAME_MAX_BYTES 31 /* of a session, as text */

bool livetalking_served(const server *s, answer *a)
{
    bool guarded = s->tokens.count > 0 || !s->settings->listen.loopback;
    if (!guarded || s->settings->livetalking_open) return true;
    answer_problem(a, 403,
                   "LiveTalking's routes ask for no token, so this server keeps them shut: "
                   "--livetalking-open opens them");
    return false;
}

/* `data` is used up; NULL: none. */
static void answer_ok(answer *a, json_t *data)
{
    json_t *all = json_make("{s:i, s:s}", "code", 0, "msg", "ok");
    if (data) json_put(&all, "data", data);
    answer_json(a, 200, all);
}

static void answer_status(answer *a, vis_status status, const vis_error *err)
{
    if (status == VIS_OK)
        answer_ok(a, NULL);
    else
        answer_failure(a, status, err);
}

/* ---- Which session ---- */

static place *find(server *s, const char *name, answer *a)
{
    place *p = name && *name ? server_find_named(s, name) : NULL;
    if (!p) answer_problem(a, 404, "session not found: `sessionid` names none, or it has ended");
    return p;
}

/* Older clients send a number, newer ones a text. */
static place *find_in(server *s, const json_t *object, answer *a)
{
    char number[NAME_MAX_BYTES + 1];
    const json_t *value = json_object_get(object, "sessionid");
    if (json_is_string(value)) return find(s, json_string_value(value), a);
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    return find(s, json_is_integer(value) ? number : NULL, a);
}

/* The body's fields and the session that it names; NULL, and an answer. `*json` is to be released. */
static place *read_body(server *s, const request *r, const json_field *table, int count,
                        json_t **json, answer *a)
{
    vis_error err = {0};
    vis_status status =
        json_fields_parse(r->body.data, r->body.size, "the body", table, count, false, json, &err);
    if (status == VIS_OK) return find_in(s, *json, a);
    answer_failure(a, status, &err);
    return NULL;
}

/* ---- What is said ---- */

/* A client may name a voice of LiveTalking's, which is none here: then it is the default. */
static const char *voice_of(const server *s, const json_t *object)
{
    const char *wanted =
        json_string_value(json_object_get(json_object_get(object, "tts"), "voice"));
    const char *const *v = wanted && s->voice ? speech_voices(s->voice) : NULL;
    for (; v && *v; v++)
        if (strcmp(*v, wanted) == 0) return wanted;
    return NULL;
}

void handle_lt_human(server *s, place *unused, request *r, answer *a)
{
    const char *text = NULL, *type = "echo";
    bool interrupt = false;
    const json_field table[] = {
        {"text", JSON_FIELD_TEXT, &text, true},
        {"type", JSON_FIELD_TEXT, &type, false, "echo chat"},
        {"interrupt", JSON_FIELD_FLAG, &interrupt},
    };
    json_t *json = NULL;
    char made[PLACE_UTTERANCE];
    vis_error err = {0};
    place *p = read_body(s, r, table, sizeof table / sizeof *table, &json, a);
    bool chat = strcmp(type, "chat") == 0;
    if (p)
        answer_status(a,
                      (chat ? speaker_answer : speaker_say)(p->speaker,
                                                            place_utterance(p, NULL, made), text,
                                                            voice_of(s, json), interrupt, &err),
                      &err);
    json_decref(json);
}

/* The form's file becomes the body, without being copied. */
static vis_status take_file(request *r, const char *boundary, vis_error *err)
{
    multipart_part file;
    VIS_TRY(multipart_find(r->body.data, r->body.size, boundary, "file", &file, err));
    if (!file.bytes || file.size == 0)
        return vis_fail(err, VIS_ERR_FORMAT, "`file` is missing, or empty");
    memmove(r->body.data, file.bytes, file.size);
    r->body.size = file.size;
    return VIS_OK;
}

static vis_status read_name(const request *r, const char *boundary, char name[NAME_MAX_BYTES + 1],
                            vis_error *err)
{
    multipart_part part;
    VIS_TRY(multipart_find(r->body.data, r->body.size, boundary, "sessionid", &part, err));
    int length = part.bytes && part.size <= NAME_MAX_BYTES ? (int)part.size : 0;
    snprintf(name, NAME_MAX_BYTES + 1, "%.*s", length, length ? (const char *)part.bytes : "");
    return VIS_OK;
}

void handle_lt_file(server *s, place *unused, request *r, answer *a)
{
    char boundary[MULTIPART_BOUNDARY_MAX + 1], name[NAME_MAX_BYTES + 1] = "", made[PLACE_UTTERANCE];
    vis_error err = {0};
    vis_status status = multipart_boundary(r->type, boundary, &err);
    if (status == VIS_OK) status = read_name(r, boundary, name, &err);
    place *p = status == VIS_OK ? find(s, name, a) : NULL;
    if (status == VIS_OK && !p) return;
    if (status == VIS_OK) status = take_file(r, boundary, &err);
    if (status == VIS_OK)
        status = speaker_play(p->speaker, place_utterance(p, NULL, made), &r->body, false, &err);
    answer_status(a, status, &err);
}

void handle_lt_interrupt(server *s, place *unused, request *r, answer *a)
{
    json_t *json = NULL;
    place *p = read_body(s, r, NULL, 0, &json, a);
    if (p) {
        speaker_interrupt(p->speaker);
        answer_ok(a, NULL);
    }
    json_decref(json);
}

/* Also while it waits to be said: who asks right behind /human means that too. */
void handle_lt_speaking(server *s, place *unused, request *r, answer *a)
{
    json_t *json = NULL;
    place *p = read_body(s, r, NULL, 0, &json, a);
    if (p) answer_ok(a, json_boolean(place_is_busy(p)));
    json_decref(json);
}

/* ---- What is seen ---- */

void handle_lt_action(server *s, place *unused, request *r, answer *a)
{
    int action = 0;
    const json_field table[] = {{"audiotype", JSON_FIELD_WHOLE, &action, true}};
    json_t *json = NULL;
    place *p = read_body(s, r, table, 1, &json, a);
    if (p && action < ACTIONS_FROM)
        answer_ok(a, NULL);
    else if (p)
        answer_problem(a, 404, "`audiotype` %d: the character %s has no action videos", action,
                       p->options.member->facts->name);
    json_decref(json);
}

/* ---- Watching ---- */

/* As some clients put it through parseInt, a number that all of them hold, and nobody guesses. */
static vis_status make_talk(char talk[PLACE_TALK], vis_error *err)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return vis_fail(err, VIS_ERR_INTERNAL, "no random numbers: %s", strerror(errno));
    snprintf(talk, PLACE_TALK, "%" PRIu64, (uint64_t)1 << 52 | number >> 12);
    return VIS_OK;
}

static vis_status admit(server *s, const char *avatar, place **out, vis_error *err)
{
    place_options options = server_place_options(s, cast_find(&s->cast, avatar));
    options.rtc = s->rtc;
    if (!s->rtc)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "this viseme was built without WebRTC: watch through /v1/sessions");
    if (!options.member)
        return vis_fail(err, VIS_ERR_USAGE, "there is no character %.64s; see /v1/characters",
                        avatar);
    return server_admit(s, &options, out, err);
}

static vis_status answer_offer(server *s, const char *sdp, const char *avatar, json_t **out,
                               vis_error *err)
{
    place *p;
    char *text;
    VIS_TRY(admit(s, avatar, &p, err));
    vis_status status = make_talk(p->talk, err);
    if (status == VIS_OK) status = whep_answer(s, p, sdp, strlen(sdp), &text, err);
    if (status != VIS_OK) {
        server_part(s, p, "its offer cannot be answered");
        return status;
    }
    *out = json_make("{s:s, s:s, s:I}", "sdp", text, "type", "answer", "sessionid",
                     (json_int_t)strtoll(p->talk, NULL, 10));
    free(text);
    return VIS_OK;
}

/* The one answer without the envelope, where it succeeds. */
void handle_lt_offer(server *s, place *unused, request *r, answer *a)
{
    const char *sdp = NULL, *type = NULL, *avatar = NULL;
    const json_field table[] = {
        {"sdp", JSON_FIELD_TEXT, &sdp, true},
        {"type", JSON_FIELD_TEXT, &type, true, "offer"},
        {"avatar", JSON_FIELD_TEXT, &avatar},
    };
    json_t *json = NULL, *told = NULL;
    vis_error err = {0};
    vis_status status = json_fields_parse(r->body.data, r->body.size, "the body", table,
                                          sizeof table / sizeof *table, false, &json, &err);
    if (status == VIS_OK) status = answer_offer(s, sdp, avatar, &told, &err);
    if (status == VIS_OK)
        answer_json(a, 200, told);
    else
        answer_failure(a, status, &err);
    json_decref(json);
}

/* ---- What is kept ---- */

static vis_status begin_take(const server *s, place *p, vis_error *err)
{
    char part[32];
    if (!s->settings->record)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "this server keeps no recordings: it was started without --record DIR");
    snprintf(part, sizeof part, "-take-%d", ++p->take.number);
    return take_begin(&p->take, p->session, place_recording_name(p, s->settings->record, part),
                      err);
}

void handle_lt_record(server *s, place *unused, request *r, answer *a)
{
    const char *type = "";
    const json_field table[] = {{"type", JSON_FIELD_TEXT, &type, true, "start_record end_record"}};
    json_t *json = NULL;
    vis_error err = {0};
    place *p = read_body(s, r, table, 1, &json, a);
    if (p)
        answer_status(a,
                      strcmp(type, "start_record") == 0 ? begin_take(s, p, &err)
                                                        : take_end(&p->take, p->session, &err),
                      &err);
    json_decref(json);
}

static void answer_recorded(const place *p, answer *a)
{
    switch (atomic_load(&p->take.state)) {
    case TAKE_NONE:
        answer_problem(a, 404, "nothing was recorded: POST /record first");
        break;
    case TAKE_GOES_ON:
        answer_problem(a, 404, "the recording goes on: end it first");
        break;
    case TAKE_FINISHING:
        answer_problem(a, 503, "the recording is being finished: ask again in a moment");
        break;
    case TAKE_FAILED:
        answer_problem(a, 500, "there is no recording: %s", p->take.why.message);
        break;
    case TAKE_DONE:
        a->status = 200;
        a->type = "video/mp4";
        a->file = text_copy(p->take.path, strlen(p->take.path));
        if (!a->file) answer_problem(a, 500, "out of memory");
    }
}

void handle_lt_recorded(server *s, place *unused, request *r, answer *a)
{
    place *p = find(s, r->path + sizeof RECORDED - 1, a);
    if (p) answer_recorded(p, a);
}

void handle_lt_events(server *s, place *unused, request *r, answer *a)
{
    place *p = find(s, r->session_id, a);
    if (!p) return;
    if (p->followers.count >= FOLLOWERS_MAX) {
        answer_problem(a, 503, "%d listen already, as many as may", FOLLOWERS_MAX);
        return;
    }
    a->status = 200;
    a->type = "text/event-stream";
    a->follows = p;
}
