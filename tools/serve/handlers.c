/* serve/handlers.c - sessions by HTTP: made, looked at, spoken through, ended.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/handlers.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/status.h"
#include "serve/assets.h"
#include "serve/json_fields.h"
#include "serve/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void handle_asset(const server *s, const request *r, answer *a)
{
    const asset *found = asset_find(r->path);
    asset_etag(found, a->etag);
    if (found->shared) strcpy(a->origin, "*");
    if (strncmp(found->type, "text/html", 9) == 0) a->policy = s->policy;
    if (strcmp(r->none_match, a->etag) == 0)
        a->status = 304;
    else
        answer_bytes(a, 200, found->type, found->begin, (size_t)(found->end - found->begin));
}

void handle_health(server *s, place *p, request *r, answer *a)
{
    answer_bytes(a, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

/* Characters are open before anybody is listened to; who ends is ready no more. */
void handle_ready(server *s, place *p, request *r, answer *a)
{
    if (!s->ending) {
        handle_health(s, p, r, a);
        return;
    }
    answer_problem(a, 503, "the server ends");
    a->retry_seconds = 1;
}

void handle_characters(server *s, place *p, request *r, answer *a)
{
    json_t *characters = json_array(), *voices = json_array();
    for (int i = 0; i < s->cast.members; i++) {
        const live_presenter_facts *f = s->cast.member[i].facts;
        json_add(&characters, json_make("{s:s, s:i, s:i, s:i}", "name", f->name, "width",
                                        f->width & ~1, "height", f->height & ~1, "fps", f->fps));
    }
    const char *const *voice = s->voice ? speech_voices(s->voice) : NULL;
    const char *standard = s->voice ? speech_default_voice(s->voice) : NULL;
    for (; voice && *voice; voice++)
        json_add(&voices, json_text(*voice));
    answer_json(a, 200,
                json_make("{s:o, s:o, s:s?, s:b}", "characters", characters, "voices", voices,
                          "default_voice", standard, "chat", s->chat != NULL));
}

void handle_sessions(server *s, place *unused, request *r, answer *a)
{
    json_t *sessions = json_array();
    for (const place *p = s->places; p; p = p->next)
        json_add(&sessions,
                 json_make("{s:s, s:s, s:f}", "character", p->options.member->facts->name, "state",
                           place_state(p), "age_seconds", clock_seconds() - p->opened));
    json_t *all = json_make("{s:o}", "sessions", sessions);
    int left = server_free(s);
    json_put(&all, "free", left < 0 ? json_null() : json_integer(left));
    answer_json(a, 200, all);
}

/* ---- POST /v1/sessions ---- */

typedef struct wishes {
    const char *character, *transport, *media, *look_ahead;
    json_t *json; /* holds them */
} wishes;

static vis_status read_wishes(const request *r, wishes *w, vis_error *err)
{
    const json_field table[] = {
        {"character", JSON_FIELD_TEXT, &w->character},
        {"transport", JSON_FIELD_TEXT, &w->transport, false, "ws whep"},
        {"media", JSON_FIELD_TEXT, &w->media, false, "encoded raw"},
        {"look_ahead", JSON_FIELD_TEXT, &w->look_ahead, false, "full short"},
    };
    if (r->body.size == 0) return VIS_OK;
    return json_fields_parse(r->body.data, r->body.size, "the body", table,
                             sizeof table / sizeof *table, true, &w->json, err);
}

static void admit(server *s, cast_member *member, const wishes *w, answer *a)
{
    vis_error err = {0};
    place *p;
    bool by_rtc = w->transport && strcmp(w->transport, "whep") == 0;
    place_options options = server_place_options(s, member);
    options.rtc = by_rtc ? s->rtc : NULL;
    options.raw = w->media && strcmp(w->media, "raw") == 0;
    options.short_look_ahead = w->look_ahead && strcmp(w->look_ahead, "short") == 0;
    if (by_rtc && !s->rtc) {
        answer_problem(a, 501, "this viseme was built without WebRTC; \"transport\": \"ws\" works");
        return;
    }
    if (by_rtc && options.raw) {
        answer_problem(a, 400, "`media`: raw goes by WebSocket alone");
        return;
    }
    vis_status status = server_admit(s, &options, &p, &err);
    if (status != VIS_OK) {
        answer_failure(a, status, &err);
        return;
    }
    answer_json(a, 201, place_json(p));
    snprintf(a->location, sizeof a->location, "/v1/sessions/%s", p->id);
}

void handle_open(server *s, place *p, request *r, answer *a)
{
    vis_error err = {0};
    wishes w = {0};
    vis_status status = read_wishes(r, &w, &err);
    cast_member *member = status == VIS_OK ? cast_find(&s->cast, w.character) : NULL;
    if (status != VIS_OK)
        answer_failure(a, status, &err);
    else if (!member)
        answer_problem(a, 404, "there is no character %.64s; see /v1/characters", w.character);
    else
        admit(s, member, &w, a);
    json_decref(w.json);
}

/* ---- /v1/sessions/{id} ---- */

void handle_session(server *s, place *p, request *r, answer *a)
{
    answer_json(a, 200, place_json(p));
}

void handle_close(server *s, place *p, request *r, answer *a)
{
    server_part(s, p, "its client is done");
    a->status = 204;
}

/* Where a browser comes by that is no WebSocket. */
void handle_socket(server *s, place *p, request *r, answer *a)
{
    answer_problem(a, 426, "this is a WebSocket: the request lacks its Upgrade header");
}

void handle_interrupt(server *s, place *p, request *r, answer *a)
{
    int64_t position = speaker_interrupt(p->speaker);
    json_t *all = json_object();
    json_put(&all, "playback_position_ms", position < 0 ? json_null() : json_integer(position));
    answer_json(a, 200, all);
}

/* ---- POST /v1/sessions/{id}/speak ---- */

static void answer_accepted(vis_status status, const char *id, const vis_error *err, answer *a)
{
    if (status == VIS_OK)
        answer_json(a, 202, json_make("{s:s}", "event_id", id));
    else
        answer_failure(a, status, err);
}

static vis_status check_voice(const server *s, const char *voice, vis_error *err)
{
    const char *const *v = s->voice ? speech_voices(s->voice) : NULL;
    if (!voice || !v) return VIS_OK;
    for (; *v; v++)
        if (strcmp(*v, voice) == 0) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "`voice` %.64s: there is no such voice; see /v1/characters",
                    voice);
}

typedef struct words {
    const char *text, *kind, *voice, *event_id;
    bool interrupt;
} words;

static vis_status read_words(const server *s, const request *r, words *w, json_t **json,
                             vis_error *err)
{
    const json_field table[] = {
        {"text", JSON_FIELD_TEXT, &w->text, true},
        {"kind", JSON_FIELD_TEXT, &w->kind, false, MESSAGE_TEXT_KINDS},
        {"voice", JSON_FIELD_TEXT, &w->voice},
        {"interrupt", JSON_FIELD_FLAG, &w->interrupt},
        {"event_id", JSON_FIELD_TEXT, &w->event_id},
    };
    VIS_TRY(json_fields_parse(r->body.data, r->body.size, "the body", table,
                              sizeof table / sizeof *table, true, json, err));
    if (w->event_id) VIS_TRY(message_check_id(w->event_id, err));
    return check_voice(s, w->voice, err);
}

static void speak_words(server *s, place *p, const request *r, answer *a)
{
    vis_error err = {0};
    words w = {0};
    json_t *json = NULL;
    char made[PLACE_UTTERANCE];
    const char *id = NULL;
    vis_status status = read_words(s, r, &w, &json, &err);
    if (status == VIS_OK) {
        id = place_utterance(p, w.event_id, made);
        bool chat = w.kind && strcmp(w.kind, "chat") == 0;
        status = (chat ? speaker_answer : speaker_say)(p->speaker, id, w.text, w.voice, w.interrupt,
                                                       &err);
    }
    answer_accepted(status, id, &err, a);
    json_decref(json);
}

static vis_status read_query(const request *r, bool *interrupt, vis_error *err)
{
    *interrupt = strcmp(r->interrupt, "true") == 0;
    if (r->interrupt[0] && !*interrupt && strcmp(r->interrupt, "false") != 0)
        return vis_fail(err, VIS_ERR_USAGE, "`interrupt`: true or false is wanted");
    return r->event_id[0] ? message_check_id(r->event_id, err) : VIS_OK;
}

static void speak_file(place *p, request *r, answer *a)
{
    vis_error err = {0};
    bool interrupt = false;
    char made[PLACE_UTTERANCE];
    const char *id = NULL;
    vis_status status = read_query(r, &interrupt, &err);
    if (status == VIS_OK && r->body.size == 0)
        status = vis_fail(&err, VIS_ERR_USAGE, "the sound file is empty");
    if (status == VIS_OK) {
        id = place_utterance(p, r->event_id[0] ? r->event_id : NULL, made);
        status = speaker_play(p->speaker, id, &r->body, interrupt, &err);
    }
    answer_accepted(status, id, &err, a);
}

void handle_speak(server *s, place *p, request *r, answer *a)
{
    if (request_is_of(r, "application/json"))
        speak_words(s, p, r, a);
    else
        speak_file(p, r, a);
}
