/* rtc/sdp_answer.c - an answer written: what is sent, and where it is to be had.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/sdp.h"

#include "base/buffer.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MAX (64u << 10)
#define PRIORITY 2130706431u /* of a host's first candidate (RFC 8445) */

/* The answer as it grows; nothing is added once something failed. */
typedef struct answering {
    const sdp_offer *offer;
    const sdp_side *side;
    buffer text;
    vis_status status;
    vis_error *err;
} answering;

#define PUT(a, ...)                                                                                \
    do {                                                                                           \
        if ((a)->status == VIS_OK) (a)->status = buffer_print(&(a)->text, (a)->err, __VA_ARGS__);  \
    } while (0)

static void put_where(answering *a, const char *line, const rtc_address *where)
{
    char text[RTC_ADDRESS_TEXT];
    rtc_address_text(where, text);
    PUT(a, "%sIN IP%d %s\r\n", line, where->any.sa_family == AF_INET6 ? 6 : 4, text);
}

static void put_head(answering *a)
{
    const sdp_offer *o = a->offer;
    PUT(a, "v=0\r\no=- %llu 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
        (unsigned long long)a->side->session);
    PUT(a, "a=ice-lite\r\n");
    bool first = true;
    for (int i = 0; i < o->count; i++) {
        if (o->media[i].refused || !o->media[i].bundled) continue;
        PUT(a, "%s %s", first ? "a=group:BUNDLE" : "", o->media[i].name);
        first = false;
    }
    PUT(a, "%sa=msid-semantic:WMS *\r\n", first ? "" : "\r\n");
}

static void put_name(answering *a, const sdp_media *m)
{
    if (m->name[0]) PUT(a, "a=mid:%s\r\n", m->name);
}

static void put_refused(answering *a, const sdp_media *m)
{
    PUT(a, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\n", m->kind, m->protocol, m->format);
    put_name(a, m);
    PUT(a, "a=inactive\r\n");
}

static void put_candidates(answering *a)
{
    const sdp_side *s = a->side;
    for (int i = 0; i < s->candidates; i++) {
        char text[RTC_ADDRESS_TEXT];
        rtc_address_text(&s->candidate[i], text);
        PUT(a, "a=candidate:%d 1 udp %u %s %d typ host\r\n", i + 1, PRIORITY - 256u * (unsigned)i,
            text, rtc_address_port(&s->candidate[i]));
    }
    PUT(a, "a=end-of-candidates\r\n");
}

static void put_transport(answering *a)
{
    const sdp_side *s = a->side;
    PUT(a, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", s->name, s->password);
    PUT(a, "a=fingerprint:sha-256 %s\r\na=setup:passive\r\n", s->fingerprint);
    put_candidates(a);
}

static void put_codec(answering *a, const sdp_format *f)
{
    static const char *const names[] = {
        [SDP_OPUS] = "opus/48000/2", [SDP_H264] = "H264/90000", [SDP_VP8] = "VP8/90000"};
    PUT(a, "a=rtpmap:%d %s\r\n", f->payload, names[f->codec]);
    if (f->codec == SDP_H264)
        PUT(a, "a=fmtp:%d level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=%s\r\n",
            f->payload, f->profile);
    if (f->codec == SDP_OPUS)
        PUT(a, "a=fmtp:%d minptime=20;useinbandfec=0;sprop-stereo=0\r\n", f->payload);
    if (f->codec == SDP_OPUS) return;
    if (f->nack) PUT(a, "a=rtcp-fb:%d nack\r\n", f->payload);
    if (f->pli) PUT(a, "a=rtcp-fb:%d nack pli\r\n", f->payload);
    if (f->fir) PUT(a, "a=rtcp-fb:%d ccm fir\r\n", f->payload);
    if (f->remb) PUT(a, "a=rtcp-fb:%d goog-remb\r\n", f->payload);
}

static void put_sent(answering *a, const sdp_media *m)
{
    const sdp_side *s = a->side;
    uint32_t ssrc = m->video ? s->video : s->audio;
    PUT(a, "m=%s %d %s %d\r\n", m->kind, rtc_address_port(&s->candidate[0]), m->protocol,
        m->chosen.payload);
    put_where(a, "c=", &s->candidate[0]);
    put_name(a, m);
    PUT(a, "a=sendonly\r\na=rtcp-mux\r\n");
    put_transport(a);
    put_codec(a, &m->chosen);
    if (m->send_time_extension)
        PUT(a, "a=extmap:%d http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n",
            m->send_time_extension);
    PUT(a, "a=msid:%s %s\r\na=ssrc:%u cname:%s\r\n", s->label, m->kind, ssrc, s->label);
}

vis_status sdp_answer(const sdp_offer *o, const sdp_side *side, char **out, vis_error *err)
{
    answering a = {.offer = o, .side = side, .err = err};
    *out = NULL;
    buffer_init(&a.text, ANSWER_MAX);
    put_head(&a);
    for (int i = 0; i < o->count; i++) {
        if (o->media[i].refused)
            put_refused(&a, &o->media[i]);
        else
            put_sent(&a, &o->media[i]);
    }
    if (a.status == VIS_OK) a.status = buffer_append(&a.text, "", 1, err);
    if (a.status == VIS_OK)
        *out = (char *)a.text.data;
    else
        buffer_free(&a.text);
    return a.status;
}
