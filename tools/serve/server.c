/* serve/server.c - places given and taken.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/server.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/status.h"
#include "live/admission.h"
#include "serve/whep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sessions that ended and still have threads and memory, beside those that are open: a place is free
 * at once, but who takes and leaves places quicker than they are closed has to wait. */
#define MOST_CLOSING 32

/* ---- Opening ---- */

static vis_status open_voice(server *s, vis_error *err)
{
    const serve_settings *o = s->settings;
    char *key = NULL;
    if (!o->tts) return VIS_OK;
    if (o->tts_key_file) VIS_TRY(settings_read_key(o->tts_key_file, &key, err));
    const speech_options options = {
        .from = o->tts,
        .voice = o->voice,
        .model = o->tts_model,
        .key = key,
        .log = s->journal.warnings,
    };
    vis_status status = speech_open(&options, &s->voice, err);
    if (key) explicit_bzero(key, strlen(key));
    free(key);
    return status;
}

static vis_status open_chat(server *s, vis_error *err)
{
    const serve_settings *o = s->settings;
    char *key = NULL, *prompt = NULL;
    vis_status status = VIS_OK;
    if (!o->chat) return VIS_OK;
    if (o->chat_key_file) status = settings_read_key(o->chat_key_file, &key, err);
    if (status == VIS_OK && o->chat_prompt_file)
        status = settings_read_text(o->chat_prompt_file, &prompt, err);
    const chat_options options = {
        .from = o->chat, .model = o->chat_model, .key = key, .prompt = prompt};
    if (status == VIS_OK) status = chat_open(&options, &s->chat, err);
    if (key) explicit_bzero(key, strlen(key));
    free(key);
    free(prompt);
    return status;
}

/* Pages load nothing but what lies here, and stand in frames of sites that were named. */
static void write_policy(server *s)
{
    int at = snprintf(s->policy, sizeof s->policy,
                      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
                      "data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self' "
                      "blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'");
    for (int i = 0; i < s->origins.count; i++) {
        int more =
            snprintf(s->policy + at, sizeof s->policy - (size_t)at, " %s", s->origins.allowed[i]);
        if (more >= (int)sizeof s->policy - at) break;
        at += more;
    }
    s->policy[at] = '\0'; /* an origin that does not fit is left out whole */
}

vis_status server_open(const serve_settings *settings, const serve_caller *caller, server *out,
                       vis_error *err)
{
    memset(out, 0, sizeof *out);
    out->settings = settings;
    out->caller = caller;
    journal_open(&out->journal, settings->log_json, &caller->log, &caller->warning);
    out->origins = (origins){.allowed = settings->origin,
                             .count = settings->origins,
                             .loopback = settings->listen.loopback};
    write_policy(out);
    VIS_TRY(settings_check(settings, err));
    VIS_TRY(listen_address_probe(&settings->listen, err)); /* before long work */
    VIS_TRY(whep_open(out, err));
    if (settings->token_file) VIS_TRY(tokens_read(settings->token_file, &out->tokens, err));
    if (settings->record) VIS_TRY(folder_make(settings->record, err));
    VIS_TRY(open_voice(out, err));
    VIS_TRY(open_chat(out, err));
    VIS_TRY(reaper_open(&out->reaper, err));
    live_admission_set(0, 0); /* places are counted here: theirs are free before they are closed */
    return cast_open(settings, &out->journal.warnings, &out->cast, err);
}

void server_drain(server *s, int seconds)
{
    s->ending = true;
    s->drained_by = clock_seconds() + seconds;
    for (place *p = s->places; p; p = p->next)
        speaker_drain(p->speaker);
    journal_tell(&s->journal, "draining",
                 json_make("{s:i, s:i}", "sessions", s->place_count, "seconds", seconds),
                 "ends as soon as what is being said is said, in %d s at the latest; %d open",
                 seconds, s->place_count);
}

bool server_is_drained(const server *s)
{
    if (clock_seconds() >= s->drained_by) return true;
    for (place *p = s->places; p; p = p->next)
        if (place_is_busy(p)) return false;
    return true;
}

void server_part_all(server *s)
{
    s->ending = true;
    while (s->places)
        server_part(s, s->places, "the server ends");
}

void server_settle(server *s)
{
    reaper_close(s->reaper);
    s->reaper = NULL;
}

void server_close(server *s)
{
    rtc_close(s->rtc);
    cast_close(&s->cast);
    speech_close(s->voice);
    chat_close(s->chat);
    explicit_bzero(&s->tokens, sizeof s->tokens);
}

/* ---- Places ---- */

int server_free(const server *s)
{
    int most = s->settings->max_sessions;
    if (most == 0) return -1;
    return most > s->place_count ? most - s->place_count : 0;
}

static vis_status admit(server *s, const place_options *options, place **out, vis_error *err)
{
    if (s->ending) return vis_fail(err, VIS_ERR_LIMIT, "the server ends");
    if (server_free(s) == 0)
        return vis_fail(err, VIS_ERR_LIMIT, "all %d sessions that this server keeps are taken",
                        s->settings->max_sessions);
    if (reaper_waiting(s->reaper) >= MOST_CLOSING)
        return vis_fail(err, VIS_ERR_LIMIT,
                        "%d sessions that ended are being closed; try again in a moment",
                        MOST_CLOSING);
    return place_open(options, ++s->numbers, out, err);
}

static void tell_begun(const server *s, const place *p)
{
    const char *name = p->options.member->facts->name, *media = p->options.rtc   ? "WebRTC"
                                                                : p->options.raw ? "raw"
                                                                                 : "encoded";
    journal_tell(&s->journal, "session_begins",
                 json_make("{s:i, s:s, s:s, s:i}", "session", p->number, "character", name, "media",
                           media, "open", s->place_count),
                 "session %d begins: %s, %s, %d open", p->number, name, media, s->place_count);
}

static void tell_ended(const server *s, const place *p, const live_session_figures *f,
                       const char *why)
{
    double seconds = clock_seconds() - p->opened;
    journal_tell(&s->journal, p->failed ? "session_fails" : "session_ends",
                 json_make("{s:i, s:s, s:f, s:s, s:I, s:I, s:I, s:i}", "session", p->number,
                           "character", p->options.member->facts->name, "seconds", seconds, "why",
                           why, "frames", (json_int_t)f->frames, "late", (json_int_t)f->late,
                           "dropped", (json_int_t)f->dropped, "open", s->place_count),
                 "session %d %s after %.1f s: %s; %lld frames, %lld late, %lld dropped, %d open",
                 p->number, p->failed ? "fails" : "ends", seconds, why, (long long)f->frames,
                 (long long)f->late, (long long)f->dropped, s->place_count);
}

vis_status server_admit(server *s, const place_options *options, place **out, vis_error *err)
{
    cast_totals *totals = &options->member->totals;
    vis_status status = admit(s, options, out, err);
    if (status != VIS_OK) {
        const char *name = options->member->facts->name;
        totals->refused++;
        journal_tell(&s->journal, "session_refused",
                     json_make("{s:s, s:s}", "character", name, "why", err->message),
                     "no session with %s: %s", name, err->message);
        return status;
    }
    totals->opened++;
    (*out)->next = s->places;
    s->places = *out;
    s->place_count++;
    tell_begun(s, *out);
    return VIS_OK;
}

place_options server_place_options(server *s, cast_member *member)
{
    return (place_options){
        .member = member,
        .voice = s->voice,
        .chat = s->chat,
        .record = s->settings->record,
        .wake = server_wake,
        .user = s,
        .journal = &s->journal,
    };
}

/* LiveTalking's clients call the first one 0. */
static vis_status open_push(server *s, int i, vis_error *err)
{
    const struct serve_push *push = &s->settings->push[i];
    const place_options options = server_place_options(s, cast_find(&s->cast, push->character));
    place *p;
    VIS_TRY(server_admit(s, &options, &p, err));
    snprintf(p->talk, sizeof p->talk, "%d", i);
    VIS_TRY(place_push(p, push->url, err));
    if (s->caller->standing) s->caller->standing(s->caller->user, push->character, p->id);
    return VIS_OK;
}

vis_status server_open_pushes(server *s, vis_error *err)
{
    for (int i = 0; i < s->settings->pushes; i++)
        VIS_TRY(open_push(s, i, err));
    return VIS_OK;
}

place *server_find(server *s, const char *id)
{
    for (place *p = s->places; p; p = p->next)
        if (strcmp(p->id, id) == 0) return p;
    return NULL;
}

place *server_find_named(server *s, const char *name)
{
    for (place *p = s->places; p; p = p->next)
        if (strcmp(p->id, name) == 0 || (p->talk[0] && strcmp(p->talk, name) == 0)) return p;
    return NULL;
}

static void count(place *p)
{
    live_session_figures f;
    cast_totals *totals = &p->options.member->totals;
    live_session_get(p->session, &f);
    if (f.first_frame_ms >= 0 && f.first_frame_ms != p->first_frame_ms)
        histogram_add(&totals->first_frame, f.first_frame_ms / 1000);
    if (f.interrupt_ms >= 0 && f.interrupt_ms != p->interrupt_ms)
        histogram_add(&totals->interrupt, f.interrupt_ms / 1000);
    p->first_frame_ms = f.first_frame_ms;
    p->interrupt_ms = f.interrupt_ms;
    if (f.status != VIS_OK) p->failed = true;
}

void server_part(server *s, place *p, const char *why)
{
    live_session_figures f;
    count(p);
    live_session_get(p->session, &f);
    cast_totals_add(&p->options.member->totals, &f);
    if (p->failed) p->options.member->totals.failed++;
    for (place **at = &s->places; *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            break;
        }
    s->place_count--;
    tell_ended(s, p, &f, why);
    whep_end(s, p);
    socket_cut(p);
    events_cut(p);
    speaker_interrupt(p->speaker); /* others may speak before it is closed */
    reaper_take(s->reaper, p);
}

static bool is_alone_too_long(const server *s, const place *p)
{
    return p->alone_since >= 0 && clock_seconds() - p->alone_since > s->settings->alone_seconds;
}

void server_tick(server *s)
{
    for (place *next, *p = s->places; p; p = next) {
        next = p->next;
        count(p);
        whep_tick(s, p);
        followers_rest(&p->followers);
        if (p->failed)
            server_part(s, p, "its thread stopped");
        else if (is_alone_too_long(s, p))
            server_part(s, p, "nobody looked on");
    }
}
