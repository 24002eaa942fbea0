/* rtc/viewer_send.c - RTP and reports to a viewer, and what it reports back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/payload.h"
#include "rtc/rtcp.h"
#include "rtc/viewer_internal.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

#define AT_ONCE 4           /* packets of a picture that go out together */
#define KEY_AGAIN_US 300000 /* a key picture is made no sooner after another was asked for */
#define REPORT_US 1000000
#define FIRST_REPORTS 10 /* that come sooner: who has one knows how sound and picture belong */
#define FIRST_REPORT_US 200000
#define COUNT_US 1000000
#define RESENDS 128      /* packets that one report may have sent again */
#define RATE_CHANGE 0.05 /* smaller ones are not worth an encoder's attention */

int64_t viewer_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void send_to(rtc_viewer *v, const rtc_address *to, const uint8_t *bytes, size_t size)
{
    if (to->any.sa_family == AF_UNSPEC) return;
    if (sendto(v->socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, &to->any,
               rtc_address_size(to)) < 0)
        return; /* as though the network had lost it */
    v->figures.packets++;
    v->figures.bytes += (int64_t)size;
}

void viewer_send_reply(void *user, const uint8_t *bytes, size_t size)
{
    rtc_viewer *v = user;
    send_to(v, &v->reply, bytes, size);
}

static void send_media(void *user, const uint8_t *bytes, size_t size)
{
    rtc_viewer *v = user;
    if (v->ways > 0) send_to(v, &v->way[v->way_chosen], bytes, size);
}

/* ---- Media ---- */

/* A picture of many packets goes out over half the time that it lasts, so that no router on the way
 * has to hold all of it at once. */
static void send_picture(rtc_viewer *v, const live_packet *p, int64_t now_us)
{
    payload_cutter c;
    uint8_t payload[TRACK_DATAGRAM];
    size_t room = track_room(&v->video), size;
    int64_t count = (int64_t)(p->size / room) + 1;
    int64_t step = count > AT_ONCE ? p->duration_us / 2 / count : 0;
    bool last;
    payload_begin(&c, p->kind == LIVE_VP8, p->bytes, p->size);
    for (int64_t i = 0; (size = payload_next(&c, payload, room, &last)) > 0; i++) {
        int64_t due = i < AT_ONCE ? now_us : now_us + (i - AT_ONCE + 1) * step;
        track_add(&v->video, v->seal, payload, size, last, p->time_us, due);
    }
    v->media_us = p->time_us;
    v->media_at_us = now_us;
}

void viewer_send(rtc_viewer *v, const live_packet *p, int64_t now_us)
{
    if (p->kind == (v->vp8 ? LIVE_VP8 : LIVE_H264))
        send_picture(v, p, now_us);
    else if (p->kind == LIVE_OPUS && v->has_audio && p->size <= track_room(&v->audio))
        track_add(&v->audio, v->seal, p->bytes, p->size, false, p->time_us, now_us);
}

/* ---- Reports to it ---- */

static void report_track(rtc_viewer *v, const track *t, uint64_t wall, int64_t media_us, bool bye)
{
    uint8_t bytes[RTCP_MAX + SEAL_ROOM];
    const rtcp_sender s = {.ssrc = t->ssrc,
                           .wall = wall,
                           .media = track_time(t, media_us),
                           .packets = t->packets,
                           .octets = t->octets,
                           .name = v->label};
    size_t size = seal_rtcp(v->seal, bytes, rtcp_write(&s, bye, bytes));
    if (size > 0) send_media(v, bytes, size);
}

/* Both by the same moment of the session's one clock. */
void viewer_report(rtc_viewer *v, int64_t now_us, bool bye)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t wall = rtcp_wall((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
    int64_t media_us = v->media_us + (now_us - v->media_at_us);
    report_track(v, &v->video, wall, media_us, bye);
    if (v->has_audio) report_track(v, &v->audio, wall, media_us, bye);
}

static void count(rtc_viewer *v, int64_t now_us)
{
    int64_t past = now_us - v->counted_us, bytes = v->video.bytes - v->counted_bytes;
    if (past < COUNT_US) return;
    v->sent_rate = (double)bytes * 8e6 / (double)past;
    v->counted_us = now_us;
    v->counted_bytes = v->video.bytes;
    track_age(&v->video, now_us);
    track_age(&v->audio, now_us);
}

bool viewer_send_due(rtc_viewer *v, int64_t now_us)
{
    track_send(&v->audio, now_us, send_media, v);
    bool more = track_send(&v->video, now_us, send_media, v);
    if (now_us >= v->report_us && v->media_at_us > 0) {
        viewer_report(v, now_us, false);
        v->report_us = now_us + (++v->reports < FIRST_REPORTS ? FIRST_REPORT_US : REPORT_US);
    }
    count(v, now_us);
    return more;
}

/* ---- Reports from it ---- */

static void adapt(rtc_viewer *v)
{
    double bound = rate_bound(&v->rate), change = bound - v->rate_told;
    if (change < 0) change = -change;
    if (change <= RATE_CHANGE * v->rate_told) return;
    v->rate_told = bound;
    live_session_set_rate(v->options.session, (int64_t)bound);
}

static void on_report(void *user, uint32_t ssrc, double lost)
{
    rtc_viewer *v = user;
    if (ssrc != v->video.ssrc) return;
    v->figures.lost = lost;
    rate_report(&v->rate, lost, v->sent_rate);
    adapt(v);
}

static void on_rate(void *user, double bits_per_second)
{
    rtc_viewer *v = user;
    rate_estimate(&v->rate, bits_per_second);
    adapt(v);
}

static void on_missing(void *user, uint32_t ssrc, uint16_t sequence)
{
    rtc_viewer *v = user;
    if (ssrc != v->video.ssrc || v->resends >= RESENDS) return;
    if (!track_resend(&v->video, sequence, viewer_now_us(), send_media, v)) return;
    v->resends++;
    v->figures.resent++;
}

static void on_key(void *user, uint32_t ssrc)
{
    rtc_viewer *v = user;
    int64_t now_us = viewer_now_us();
    if (ssrc != v->video.ssrc || now_us - v->key_us < KEY_AGAIN_US) return;
    v->key_us = now_us;
    v->figures.keys_asked++;
    live_session_want_key(v->options.session);
}

static void on_bye(void *user)
{
    rtc_viewer *v = user;
    if (v->figures.state == RTC_CONNECTED) live_session_detach(v->options.session);
    v->figures.state = RTC_GONE;
}

void viewer_rtcp(rtc_viewer *v, uint8_t *bytes, size_t size, int64_t now_us)
{
    const rtcp_sink sink = {v, on_report, on_missing, on_key, on_rate, on_bye};
    if (v->figures.state != RTC_CONNECTED) return;
    size = seal_open_rtcp(v->seal, bytes, size);
    if (size == 0) return;
    v->figures.heard = clock_seconds();
    v->resends = 0;
    rtcp_read(bytes, size, &sink);
}
