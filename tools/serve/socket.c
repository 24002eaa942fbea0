/* serve/socket.c - WebSockets through libwebsockets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/socket.h"

#include "base/clock.h"
#include "base/status.h"
#include "serve/http.h"
#include "serve/message.h"
#include "serve/packet_text.h"
#include "serve/routes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* How far a client may be behind in the system's buffers: the less, the sooner an interruption is
 * heard. Raw pictures are larger than that. */
#define SEND_BUFFER (128 << 10)
#define CLOSE_SECONDS 2  /* for a client to take notice */
#define SILENT_SECONDS 5 /* a client that was heard of since is lost now, not before */
#define CLOSE_ENDED 4000 /* codes of docs/live-protocol.md */
#define CLOSE_REPLACED 4001
#define CLOSE_TOO_LONG 1009

/* ---- Coming and going ---- */

int socket_filter(struct lws *wsi, server *s, viewer *v)
{
    char *path = NULL;
    int length = 0;
    answer a = {0};
    request r;
    if (lws_http_get_uri_and_method(wsi, &path, &length) < 0) return -1;
    http_read(wsi, path, &r);
    v->server = s;
    v->place = routes_socket(s, &r, &a);
    answer_free(&a);
    return v->place ? 0 : -1;
}

/* It gets a moment to hear why. */
static void cut(viewer *v, int code, const char *why)
{
    v->place->socket = NULL;
    v->place = NULL;
    v->close_code = code;
    v->why = why;
    lws_callback_on_writable(v->wsi);
    lws_set_timeout(v->wsi, PENDING_TIMEOUT_USER_REASON_BASE, CLOSE_SECONDS);
}

/* Media go through the socket, unless WebRTC has them. */
static void take_media(place *p, bool take)
{
    if (p->options.rtc) return;
    if (take)
        live_session_attach(p->session);
    else
        live_session_detach(p->session);
}

void socket_cut(place *p)
{
    if (!p->socket) return;
    cut(p->socket, CLOSE_ENDED, "the session has ended");
    take_media(p, false);
}

int socket_open(struct lws *wsi, viewer *v)
{
    place *p = v->place;
    int size = SEND_BUFFER;
    if (!p) return -1;
    v->wsi = wsi;
    buffer_init(&v->incoming, MESSAGE_MAX + 1);
    socket_alive(v);
    if (!p->options.raw)
        setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (p->socket) cut(p->socket, CLOSE_REPLACED, "another connection took its place");
    p->socket = v;
    p->alone_since = -1;
    p->greeted = false;
    take_media(p, true);
    lws_callback_on_writable(wsi);
    return 0;
}

void socket_alive(viewer *v)
{
    v->heard = clock_seconds();
}

/* One that went silent long ago was alone since then. */
void socket_closed(viewer *v)
{
    double now = clock_seconds();
    if (v->place && v->wsi) { /* without `wsi` it passed the filter, and never opened */
        v->place->socket = NULL;
        if (!v->place->viewer)
            v->place->alone_since = now - v->heard > SILENT_SECONDS ? v->heard : now;
        take_media(v->place, false);
    }
    v->place = NULL;
    buffer_free(&v->incoming);
    free(v->outgoing);
    v->outgoing = NULL;
}

/* ---- In ---- */

static void tell_listening(place *p, bool listening)
{
    p->listening = listening;
    place_tell(p, state_text(place_state(p), NULL, false));
}

static vis_status say(place *p, const message *m, vis_error *err)
{
    char made[PLACE_UTTERANCE];
    const char *id = place_utterance(p, m->event_id, made);
    return (m->chat ? speaker_answer : speaker_say)(p->speaker, id, m->text, m->voice, m->interrupt,
                                                    err);
}

static vis_status act(place *p, const message *m, vis_error *err)
{
    switch (m->kind) {
    case MESSAGE_SOUND:
        return speaker_push(p->speaker, m->event_id, m->sound, m->sound_size, m->rate, err);
    case MESSAGE_SOUND_END:
        speaker_end(p->speaker);
        break;
    case MESSAGE_TEXT:
        return say(p, m, err);
    case MESSAGE_INTERRUPT:
        speaker_interrupt(p->speaker);
        break;
    case MESSAGE_LISTEN:
    case MESSAGE_LISTEN_NO_MORE:
        tell_listening(p, m->kind == MESSAGE_LISTEN);
        break;
    case MESSAGE_ALIVE:
        break;
    }
    return VIS_OK;
}

static void understand(place *p, const buffer *bytes, bool binary)
{
    vis_error err = {0};
    message m;
    vis_status status = binary ? message_read_binary(bytes->data, bytes->size, &m, &err)
                               : message_read(bytes->data, bytes->size, &m, &err);
    if (status == VIS_OK) status = act(p, &m, &err);
    if (status != VIS_OK) place_tell(p, error_text(m.event_id, err.message));
    message_free(&m);
}

int socket_receive(struct lws *wsi, viewer *v, const void *bytes, size_t size)
{
    static const char why[] = "the message is too long";
    socket_alive(v);
    if (!v->place) return 0;
    if (lws_is_first_fragment(wsi)) v->incoming.size = 0;
    if (v->incoming.size + size > MESSAGE_MAX || lws_remaining_packet_payload(wsi) > MESSAGE_MAX) {
        lws_close_reason(wsi, CLOSE_TOO_LONG, (unsigned char *)why, sizeof why - 1);
        return -1;
    }
    if (size && buffer_append(&v->incoming, bytes, size, NULL) != VIS_OK) return -1;
    if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
        understand(v->place, &v->incoming, lws_frame_is_binary(wsi));
        buffer_free(&v->incoming);
        buffer_init(&v->incoming, MESSAGE_MAX + 1);
    }
    return 0;
}

/* ---- Out ---- */

static bool make_room(viewer *v, size_t size)
{
    if (size <= v->room) return true;
    unsigned char *more = realloc(v->outgoing, LWS_PRE + size);
    if (!more) return false;
    v->outgoing = more;
    v->room = size;
    return true;
}

static bool send_bytes(viewer *v, size_t size, enum lws_write_protocol kind)
{
    return lws_write(v->wsi, v->outgoing + LWS_PRE, size, kind) >= (int)size;
}

/* Uses the text up. */
static bool send_text(viewer *v, char *text)
{
    size_t size = text ? strlen(text) : 0;
    bool sent = text && make_room(v, size);
    if (sent) memcpy(v->outgoing + LWS_PRE, text, size);
    free(text);
    return sent && send_bytes(v, size, LWS_WRITE_TEXT);
}

static bool send_media(viewer *v, const live_packet *p)
{
    if (!make_room(v, MEDIA_HEADER + p->size)) return false;
    media_header(p, v->outgoing + LWS_PRE);
    memcpy(v->outgoing + LWS_PRE + MEDIA_HEADER, p->bytes, p->size);
    return send_bytes(v, MEDIA_HEADER + p->size, LWS_WRITE_BINARY);
}

static bool send_packet(viewer *v, const live_packet *p)
{
    if (p->kind == LIVE_EVENT) return send_text(v, place_event_text(v->place, p));
    atomic_store(&v->place->time_us, p->time_us);
    return send_media(v, p);
}

static char *greeting(place *p)
{
    p->greeted = true;
    return state_text(place_state(p), p->options.member->facts, p->options.raw);
}

/* The next of what waits: the greeting, notices, packets. *sent is false where there is nothing. */
static bool send_next(viewer *v, bool *sent)
{
    place *p = v->place;
    *sent = true;
    if (!p->greeted) return send_text(v, greeting(p));
    char *notice = place_next_notice(p);
    if (notice) return send_text(v, notice);
    const live_packet *packet = p->viewer ? NULL : live_session_next(p->session);
    *sent = packet != NULL;
    bool fine = !packet || send_packet(v, packet);
    live_packet_release(packet);
    return fine;
}

int socket_send(struct lws *wsi, viewer *v)
{
    if (!v->place) {
        if (v->why)
            lws_close_reason(wsi, (enum lws_close_status)v->close_code, (unsigned char *)v->why,
                             strlen(v->why));
        return -1;
    }
    bool sent = true;
    while (sent && !lws_send_pipe_choked(wsi))
        if (!send_next(v, &sent)) return -1;
    if (sent) lws_callback_on_writable(wsi);
    return 0;
}

void socket_wake_all(server *s)
{
    for (place *p = s->places; p; p = p->next) {
        if (!atomic_exchange(&p->awake, false)) continue;
        if (p->socket)
            lws_callback_on_writable(((viewer *)p->socket)->wsi);
        else if (p->followers.count > 0 && !p->push && !p->viewer)
            place_hear_all(p);
        events_wake(p);
    }
}
