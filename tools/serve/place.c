/* serve/place.c - a session opened, told of and closed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/place.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/status.h"
#include "serve/packet_text.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define RANDOM_BYTES 16

/* ---- From other threads ---- */

static void wake(void *user)
{
    place *p = user;
    if (!atomic_exchange(&p->awake, true)) p->options.wake(p->options.user);
}

/* The session has packets: for its viewer by WebRTC, else for the socket. */
static void wake_for_packets(void *user)
{
    place *p = user;
    if (p->options.rtc && atomic_load(&p->watched))
        rtc_wake(p->options.rtc);
    else
        wake(p);
}

static void tell_failed(void *user, const char *id, const char *message, bool told)
{
    place *p = user;
    journal_tell(p->options.journal, "utterance_fails", json_make("{s:i}", "session", p->number),
                 "session %d: an utterance fails: %s", p->number, message);
    if (!told) place_tell(p, error_text(id, message));
}

static void tell_dropped(void *user, const char *id)
{
    place *p = user;
    place_tell(p, dropped_text(id, atomic_load(&p->time_us)));
}

static void tell_reply(void *user, const char *id, const char *text)
{
    place_tell(user, reply_text(id, text));
}

/* ---- Opening ---- */

static vis_status make_id(char id[PLACE_ID + 1], vis_error *err)
{
    uint8_t bytes[RANDOM_BYTES];
    char text[BASE64_ENCODE_RAW_LENGTH(RANDOM_BYTES)];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return vis_fail(err, VIS_ERR_INTERNAL, "no random numbers: %s", strerror(errno));
    struct base64_encode_ctx context;
    base64url_encode_init(&context);
    size_t length = base64_encode_update(&context, text, sizeof bytes, bytes);
    base64_encode_final(&context, text + length);
    memcpy(id, text, PLACE_ID); /* without the "==" */
    id[PLACE_ID] = '\0';
    return VIS_OK;
}

/* "FOLDER/anna-20260102-030405-7.mp4" */
char *place_recording_name(const place *p, const char *folder, const char *part)
{
    char when[32], name[SERVE_NAME_MAX + 96];
    time_t now = time(NULL);
    struct tm parts;
    strftime(when, sizeof when, "%Y%m%d-%H%M%S", gmtime_r(&now, &parts));
    snprintf(name, sizeof name, "%s-%s-%d%.24s.mp4", p->options.member->facts->name, when,
             p->number, part);
    return path_join(folder, name);
}

static vis_status open_session(place *p, vis_error *err)
{
    char *file = p->options.record ? place_recording_name(p, p->options.record, "") : NULL;
    if (p->options.record && !file) return vis_fail_memory(err, "a file name");
    const live_session_options options = {
        .raw = p->options.raw,
        .short_look_ahead = p->options.short_look_ahead,
        .record = file,
        .log = p->options.journal->warnings,
        .wake = wake_for_packets,
        .user = p,
    };
    vis_status status = live_session_open(p->options.member->presenter, &options, &p->session, err);
    free(file);
    return status;
}

static vis_status fill(place *p, vis_error *err)
{
    VIS_TRY(make_id(p->id, err));
    VIS_TRY(open_session(p, err));
    const speaker_options speaking = {
        .session = p->session,
        .voice = p->options.voice,
        .chat = p->options.chat,
        .failed = tell_failed,
        .dropped = tell_dropped,
        .replied = tell_reply,
        .user = p,
    };
    return speaker_open(&speaking, &p->speaker, err);
}

vis_status place_open(const place_options *options, int number, place **out, vis_error *err)
{
    place *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p) return vis_fail_memory(err, "a session");
    pthread_mutex_init(&p->lock, NULL);
    followers_init(&p->followers);
    p->options = *options;
    p->number = number;
    p->opened = p->alone_since = clock_seconds();
    p->first_frame_ms = p->interrupt_ms = -1;
    vis_status status = fill(p, err);
    if (status == VIS_OK)
        *out = p;
    else
        place_close(p);
    return status;
}

void place_close(place *p)
{
    speaker_close(p->speaker);
    live_push_close(p->push);
    take_close(&p->take, p->session);
    live_session_close(p->session);
    for (int i = 0; i < p->notices; i++)
        free(p->notice[i]);
    followers_free(&p->followers);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- Sent on ---- */

static void hear_event(void *user, const live_event *event)
{
    place_hear(user, event);
    wake(user);
}

static void tell_pushed(void *user, bool connected, const char *why)
{
    const place *p = user;
    journal_tell(p->options.journal, connected ? "push_connected" : "push_lost",
                 json_make("{s:i}", "session", p->number),
                 connected ? "session %d goes to %s" : "session %d is not sent on: %s", p->number,
                 why);
}

vis_status place_push(place *p, const char *url, vis_error *err)
{
    const live_push_options options = {
        .session = p->session,
        .facts = p->options.member->facts,
        .url = url,
        .event = hear_event,
        .told = tell_pushed,
        .user = p,
    };
    p->alone_since = -1;
    return live_push_open(&options, &p->push, err);
}

/* ---- Telling ---- */

const char *place_utterance(place *p, const char *id, char made[PLACE_UTTERANCE])
{
    if (id) return id;
    snprintf(made, PLACE_UTTERANCE, "utterance-%d", ++p->utterances);
    return made;
}

/* Of a client that does not read, the oldest is given up. */
void place_tell(place *p, char *text)
{
    if (!text) return;
    pthread_mutex_lock(&p->lock);
    if (p->notices == PLACE_NOTICES) {
        free(p->notice[0]);
        memmove(p->notice, p->notice + 1, sizeof *p->notice * (size_t)--p->notices);
    }
    p->notice[p->notices++] = text;
    pthread_mutex_unlock(&p->lock);
    wake(p);
}

static bool is_idle_state(const live_packet *p)
{
    return p->event.kind == LIVE_STATE && p->event.text && strcmp(p->event.text, "idle") == 0;
}

char *place_event_text(place *p, const live_packet *packet)
{
    atomic_store(&p->time_us, packet->time_us);
    place_hear(p, &packet->event);
    if (atomic_load(&p->listening) && is_idle_state(packet))
        return state_text("listening", NULL, false);
    return event_text(packet);
}

void place_tell_packet(place *p, const live_packet *packet)
{
    place_tell(p, place_event_text(p, packet));
}

char *place_next_notice(place *p)
{
    char *text = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->notices > 0) {
        text = p->notice[0];
        memmove(p->notice, p->notice + 1, sizeof *p->notice * (size_t)--p->notices);
    }
    pthread_mutex_unlock(&p->lock);
    return text;
}

void place_hear(place *p, const live_event *event)
{
    followers_hear(&p->followers, event);
}

void place_hear_all(place *p)
{
    for (const live_packet *k; (k = live_session_next(p->session)); live_packet_release(k))
        if (k->kind == LIVE_EVENT) place_hear(p, &k->event);
}

bool place_is_busy(place *p)
{
    live_session_figures f;
    live_session_get(p->session, &f);
    return f.utterances > 0 || f.speaking || speaker_is_busy(p->speaker);
}

const char *place_state(const place *p)
{
    live_session_figures f;
    live_session_get(p->session, &f);
    return f.speaking ? "speaking" : p->listening ? "listening" : "idle";
}

json_t *place_json(const place *p)
{
    const live_presenter_facts *f = p->options.member->facts;
    json_t *all = json_make("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:s}", "id", p->id,
                            "character", f->name, "transport", p->options.rtc ? "whep" : "ws",
                            "media", p->options.raw ? "raw" : "encoded", "look_ahead",
                            p->options.short_look_ahead ? "short" : "full", "width", f->width & ~1,
                            "height", f->height & ~1, "fps", f->fps, "sample_rate", LIVE_SOUND_RATE,
                            "state", place_state(p));
    static const char *const paths[][2] = {
        {"url", ""}, {"ws", "/ws"}, {"speak", "/speak"}, {"interrupt", "/interrupt"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char path[64];
        snprintf(path, sizeof path, "/v1/sessions/%s%s", p->id, paths[i][1]);
        json_put(&all, paths[i][0], json_string(path));
    }
    if (p->options.rtc) {
        char path[64];
        snprintf(path, sizeof path, "/whep/%s", p->id);
        json_put(&all, "whep", json_string(path));
    }
    return all;
}
