/* serve/packet_text.c - headers of media, and JSON of all else.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/packet_text.h"

#include "base/json.h"

#include <string.h>

#define KEY 1

static void put_little(uint8_t *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

void media_header(const live_packet *p, uint8_t out[MEDIA_HEADER])
{
    out[0] = (uint8_t)p->kind;
    out[1] = p->key ? KEY : 0;
    put_little(out + 2, 0, 2);
    put_little(out + 4, (uint64_t)p->duration_us, 4);
    put_little(out + 8, (uint64_t)p->time_us, 8);
}

/* Compact, and used up. */
static char *print(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    return text;
}

static json_t *event_json(const char *type, const char *id, int64_t time_us)
{
    return json_make("{s:s, s:s?, s:I}", "type", type, "event_id", id, "time_us",
                     (json_int_t)time_us);
}

static json_t *interrupted(const char *id, int64_t position_ms, int64_t time_us)
{
    json_t *all = event_json("agent.speak_interrupted", id, time_us);
    json_put(&all, "playback_position_ms", json_integer(position_ms));
    return all;
}

char *event_text(const live_packet *p)
{
    const live_event *e = &p->event;
    json_t *all = NULL;
    switch (e->kind) {
    case LIVE_STATE:
        return state_text(e->text ? e->text : "idle", NULL, false);
    case LIVE_STARTED:
        all = event_json("agent.speak_started", e->id, p->time_us);
        if (e->text) json_put(&all, "text", json_text(e->text));
        break;
    case LIVE_ENDED:
        all = event_json("agent.speak_ended", e->id, p->time_us);
        break;
    case LIVE_INTERRUPTED:
        all = interrupted(e->id, e->position_ms, p->time_us);
        break;
    case LIVE_FAILED:
        return error_text(e->id, e->text ? e->text : "it failed");
    }
    return print(all);
}

static json_t *media_json(const live_presenter_facts *f, bool raw)
{
    return json_make("{s:{s:s, s:i, s:i, s:i}, s:{s:s, s:i, s:i}}", "video", "codec",
                     raw ? "i420" : f->codec, "width", f->width & ~1, "height", f->height & ~1,
                     "fps", f->fps, "audio", "codec", raw ? "s16le" : "opus", "sample_rate", 48000,
                     "channels", 1);
}

char *state_text(const char *state, const live_presenter_facts *facts, bool raw)
{
    json_t *all = json_make("{s:s, s:s}", "type", "session.state_updated", "state", state);
    if (facts) json_put(&all, "media", media_json(facts, raw));
    return print(all);
}

char *dropped_text(const char *id, int64_t time_us)
{
    return print(interrupted(id, 0, time_us));
}

char *reply_text(const char *id, const char *text)
{
    return print(json_make("{s:s, s:s, s:s}", "type", "agent.reply", "event_id", id, "text", text));
}

char *error_text(const char *id, const char *message)
{
    json_t *all = json_make("{s:s, s:s}", "type", "error", "message", message);
    if (id) json_put(&all, "event_id", json_text(id));
    return print(all);
}
