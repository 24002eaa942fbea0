/* rtc/viewer.c - found, connected, served.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/viewer.h"

#include "base/clock.h"
#include "rtc/payload.h"
#include "rtc/rtcp.h"
#include "rtc/viewer_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define COMING_US 30000000 /* so long it may take to connect */
#define SILENT_US 10000000 /* who was not heard of for so long is gone */

/* ---- Opened and closed ---- */

/* Letters as ICE allows them, 6 random bits each. */
static bool make_name(char *out, size_t length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t bytes[VIEWER_PASSWORD];
    if (getrandom(bytes, length, 0) != (ssize_t)length) return false;
    for (size_t i = 0; i < length; i++)
        out[i] = letters[bytes[i] & 63];
    out[length] = '\0';
    return true;
}

static void open_tracks(rtc_viewer *v, const sdp_offer *o, const uint32_t random[3])
{
    const sdp_media *video = &o->media[o->video];
    uint32_t ssrc = random[0] | 1; /* 0 is no name */
    track_open(&v->video, ssrc, video->chosen.payload, 90000, (uint16_t)(random[1] & 0x7fff));
    v->video.extension = video->send_time_extension;
    v->vp8 = video->chosen.codec == SDP_VP8;
    v->has_audio = o->audio >= 0;
    if (!v->has_audio) return;
    track_open(&v->audio, ssrc ^ 2, o->media[o->audio].chosen.payload, 48000,
               (uint16_t)(random[2] & 0x7fff));
    v->audio.extension = o->media[o->audio].send_time_extension;
}

static vis_status fill(rtc_viewer *v, const sdp_offer *offer, const dtls_identity *identity,
                       vis_error *err)
{
    uint32_t random[3];
    if (!make_name(v->name, VIEWER_NAME) || !make_name(v->password, VIEWER_PASSWORD) ||
        !make_name(v->label, VIEWER_NAME) ||
        getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return vis_fail(err, VIS_ERR_INTERNAL, "no random numbers: %s", strerror(errno));
    open_tracks(v, offer, random);
    return dtls_open(identity, offer->digest_name, offer->digest, offer->digest_size,
                     viewer_send_reply, v, &v->dtls, err);
}

vis_status viewer_open(const rtc_viewer_options *options, const sdp_offer *offer,
                       const dtls_identity *identity, int socket, rtc_viewer **out, vis_error *err)
{
    *out = NULL;
    rtc_viewer *v = calloc(1, sizeof *v);
    if (!v) return vis_fail_memory(err, "a viewer");
    v->options = *options;
    v->socket = socket;
    v->figures.heard = clock_seconds();
    v->begun_us = viewer_now_us();
    vis_status status = fill(v, offer, identity, err);
    if (status == VIS_OK)
        *out = v;
    else
        viewer_close(v);
    return status;
}

static void end_it(rtc_viewer *v)
{
    if (v->figures.state == RTC_CONNECTED) live_session_detach(v->options.session);
    v->figures.state = RTC_GONE;
}

void viewer_close(rtc_viewer *v)
{
    if (v->figures.state == RTC_CONNECTED) viewer_report(v, viewer_now_us(), true);
    end_it(v);
    if (v->ways > 0) v->reply = v->way[v->way_chosen];
    dtls_close(v->dtls);
    seal_close(v->seal);
    track_close(&v->video);
    track_close(&v->audio);
    free(v);
}

vis_status viewer_answer(const rtc_viewer *v, const sdp_offer *offer, const char *fingerprint,
                         const rtc_address *candidates, int count, char **out, vis_error *err)
{
    const sdp_side side = {
        .name = v->name,
        .password = v->password,
        .fingerprint = fingerprint,
        .label = v->label,
        .video = v->video.ssrc,
        .audio = v->audio.ssrc,
        .session = (uint64_t)v->video.ssrc << 16 | v->video.next,
        .candidate = candidates,
        .candidates = count,
    };
    return sdp_answer(offer, &side, out, err);
}

/* ---- Where it is ---- */

static int find_way(const rtc_viewer *v, const rtc_address *a)
{
    for (int i = 0; i < v->ways; i++)
        if (rtc_address_equal(&v->way[i], a)) return i;
    return -1;
}

bool viewer_is_at(const rtc_viewer *v, const rtc_address *a)
{
    return v->figures.state != RTC_GONE && find_way(v, a) >= 0;
}

/* Where there are too many, the last that is not in use gives way. */
static int add_way(rtc_viewer *v, const rtc_address *a)
{
    int at = find_way(v, a);
    if (at >= 0) return at;
    if (v->ways < VIEWER_WAYS) {
        at = v->ways++;
    } else {
        at = v->way_chosen == VIEWER_WAYS - 1 ? 0 : VIEWER_WAYS - 1;
    }
    v->way[at] = *a;
    return at;
}

void viewer_leave_way(rtc_viewer *v, const rtc_address *a)
{
    int at = find_way(v, a);
    if (at < 0) return;
    v->way[at] = v->way[--v->ways];
    if (v->way_chosen == v->ways) v->way_chosen = at;
    if (v->way_chosen >= v->ways) v->way_chosen = 0;
}

static void hear(rtc_viewer *v)
{
    v->figures.heard = clock_seconds();
}

void viewer_stun(rtc_viewer *v, const stun_request *r, const rtc_address *from, int64_t now_us)
{
    uint8_t answer[STUN_MAX];
    if (v->figures.state == RTC_GONE || !stun_is_signed(r, v->password)) return;
    v->reply = *from;
    if (r->controlled) {
        viewer_send_reply(v, answer, stun_refuse_role(r, v->password, answer));
        return;
    }
    hear(v);
    int way = add_way(v, from);
    if (r->nominates) v->way_chosen = way;
    viewer_send_reply(v, answer, stun_answer(r, from, v->password, answer));
}

/* ---- Its keys ---- */

static void connect_it(rtc_viewer *v, int64_t now_us)
{
    uint8_t keys[DTLS_KEYS];
    bool fine = dtls_keys(v->dtls, keys) && seal_open(keys, &v->seal, NULL) == VIS_OK;
    explicit_bzero(keys, sizeof keys);
    v->figures.state = fine ? RTC_CONNECTED : RTC_GONE;
    if (!fine) return;
    v->report_us = v->counted_us = now_us;
    live_session_set_vp8(v->options.session, v->vp8);
    live_session_attach(v->options.session);
}

void viewer_dtls(rtc_viewer *v, const uint8_t *bytes, size_t size, const rtc_address *from,
                 int64_t now_us)
{
    if (v->figures.state == RTC_GONE) return;
    v->reply = *from;
    dtls_state state = dtls_take(v->dtls, bytes, size);
    if (state == DTLS_FAILED)
        end_it(v);
    else if (state == DTLS_DONE && v->figures.state == RTC_COMING)
        connect_it(v, now_us);
}

/* ---- Now and then ---- */

static bool is_lost(const rtc_viewer *v, int64_t now_us)
{
    if (v->figures.state == RTC_COMING) return now_us - v->begun_us > COMING_US;
    return clock_seconds() - v->figures.heard > SILENT_US * 1e-6;
}

static void go_on_connecting(rtc_viewer *v)
{
    if (v->ways == 0) return;
    v->reply = v->way[v->way_chosen];
    if (dtls_tick(v->dtls) == DTLS_FAILED) end_it(v);
}

/* Also of who is gone: events are for others too. */
static void take_packets(rtc_viewer *v, int64_t now_us)
{
    for (const live_packet *p; (p = live_session_next(v->options.session));) {
        if (p->kind == LIVE_EVENT && v->options.event)
            v->options.event(v->options.user, p);
        else if (p->kind != LIVE_EVENT && v->figures.state == RTC_CONNECTED)
            viewer_send(v, p, now_us);
        live_packet_release(p);
    }
}

bool viewer_sweep(rtc_viewer *v, int64_t now_us)
{
    take_packets(v, now_us);
    if (v->figures.state == RTC_GONE) return false;
    if (is_lost(v, now_us)) {
        end_it(v);
        return false;
    }
    if (v->figures.state == RTC_COMING) {
        go_on_connecting(v);
        return false;
    }
    return viewer_send_due(v, now_us);
}
