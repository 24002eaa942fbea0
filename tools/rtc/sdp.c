/* rtc/sdp.c - an offer read line by line; what is chosen of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/sdp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES 4096
#define GROUP_MAX 16

/* A piece of a line. */
typedef struct piece {
    const char *at;
    size_t size;
} piece;

/* What is known while it is read. */
typedef struct reading {
    sdp_offer *out;
    sdp_media *media;                   /* the one that lines belong to; NULL: they belong to all */
    sdp_format format[SDP_MAX_FORMATS]; /* of that medium, as its m-line lists them */
    int formats;
    char group[GROUP_MAX][SDP_WORD + 1]; /* names that share a transport */
    int grouped;
    bool has_group, has_name, has_password, passive;
    bool mux_all, receives_all;
} reading;

/* ---- Pieces of lines ---- */

static bool is(piece p, const char *word)
{
    return p.size == strlen(word) && strncasecmp(p.at, word, p.size) == 0;
}

/* Takes what stands before the next `end` off the line. */
static piece take(piece *line, char end)
{
    const char *found = memchr(line->at, end, line->size);
    piece out = {line->at, found ? (size_t)(found - line->at) : line->size};
    size_t used = out.size + (found ? 1 : 0);
    line->at += used;
    line->size -= used;
    return out;
}

static bool starts(piece *line, const char *with)
{
    size_t length = strlen(with);
    if (line->size < length || strncasecmp(line->at, with, length) != 0) return false;
    line->at += length;
    line->size -= length;
    return true;
}

static bool copy(piece p, char *out, size_t room)
{
    if (p.size >= room) return false;
    memcpy(out, p.at, p.size);
    out[p.size] = '\0';
    return true;
}

/* A number of up to `most`; -1 for anything else. */
static int number(piece p, int most)
{
    int value = 0;
    if (p.size < 1 || p.size > 9) return -1;
    for (size_t i = 0; i < p.size; i++) {
        if (p.at[i] < '0' || p.at[i] > '9') return -1;
        value = value * 10 + (p.at[i] - '0');
    }
    return value <= most ? value : -1;
}

/* May it be said again in an answer? */
static bool is_token(piece p)
{
    for (size_t i = 0; i < p.size; i++)
        if (p.at[i] <= ' ' || p.at[i] > '~') return false;
    return p.size > 0;
}

/* ---- Formats ---- */

static sdp_format *find_format(reading *r, int payload)
{
    for (int i = 0; i < r->formats; i++)
        if (r->format[i].payload == payload) return &r->format[i];
    return NULL;
}

/* "96 H264/90000" */
static void read_rtpmap(reading *r, piece line)
{
    sdp_format *f = find_format(r, number(take(&line, ' '), 127));
    if (!f) return;
    piece name = take(&line, '/'), rate = take(&line, '/'), channels = line;
    if (is(name, "opus") && is(rate, "48000") && is(channels, "2"))
        f->codec = SDP_OPUS;
    else if (is(name, "H264") && is(rate, "90000"))
        f->codec = SDP_H264;
    else if (is(name, "VP8") && is(rate, "90000"))
        f->codec = SDP_VP8;
}

/* "96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" */
static void read_fmtp(reading *r, piece line)
{
    sdp_format *f = find_format(r, number(take(&line, ' '), 127));
    while (f && line.size > 0) {
        piece one = take(&line, ';');
        while (one.size > 0 && *one.at == ' ')
            one.at++, one.size--;
        if (starts(&one, "packetization-mode="))
            f->whole = !is(one, "1");
        else if (starts(&one, "profile-level-id=") && one.size == 6 && is_token(one))
            copy(one, f->profile, sizeof f->profile);
    }
}

static void set_feedback(sdp_format *f, piece what)
{
    if (is(what, "nack")) f->nack = true;
    if (is(what, "nack pli")) f->pli = true;
    if (is(what, "ccm fir")) f->fir = true;
    if (is(what, "goog-remb")) f->remb = true;
}

/* "96 nack pli", "* nack" */
static void read_feedback(reading *r, piece line)
{
    piece which = take(&line, ' ');
    int payload = number(which, 127);
    for (int i = 0; i < r->formats; i++)
        if (is(which, "*") || r->format[i].payload == payload) set_feedback(&r->format[i], line);
}

/* How gladly it is sent; 0: not at all. H.264 as it is sent here is constrained baseline, which what
 * decodes baseline decodes too. */
static int liking(const sdp_media *m, const sdp_format *f)
{
    if (m->audio) return f->codec == SDP_OPUS;
    if (f->codec == SDP_VP8) return 1;
    if (f->codec != SDP_H264 || f->whole || strncmp(f->profile, "42", 2) != 0) return 0;
    char constraints[3] = {f->profile[2], f->profile[3], 0};
    return strtol(constraints, NULL, 16) & 0x40 ? 3 : 2;
}

static void choose_format(reading *r)
{
    if (!r->media) return;
    int best = 0;
    for (int i = 0; i < r->formats; i++) {
        int liked = liking(r->media, &r->format[i]);
        if (liked <= best) continue;
        best = liked;
        r->media->chosen = r->format[i];
    }
}

/* ---- Lines ---- */

/* "video 9 UDP/TLS/RTP/SAVPF 96 97" */
static vis_status read_media(reading *r, piece line, vis_error *err)
{
    sdp_offer *o = r->out;
    choose_format(r);
    if (o->count == SDP_MAX_MEDIA)
        return vis_fail(err, VIS_ERR_FORMAT, "the offer has more than %d media", SDP_MAX_MEDIA);
    sdp_media *m = r->media = &o->media[o->count++];
    piece kind = take(&line, ' '), port = take(&line, ' '), protocol = take(&line, ' ');
    piece formats = line, first = take(&line, ' ');
    if (!is_token(kind) || !is_token(protocol) || !is_token(first) || number(port, 65535) < 0 ||
        !copy(kind, m->kind, sizeof m->kind) || !copy(protocol, m->protocol, sizeof m->protocol) ||
        !copy(first, m->format, sizeof m->format))
        return vis_fail(err, VIS_ERR_FORMAT, "the offer's line of medium %d is not understood",
                        o->count);
    m->audio = is(kind, "audio");
    m->video = is(kind, "video");
    m->refused = number(port, 65535) == 0;
    m->mux = r->mux_all;
    m->receives = r->receives_all;
    for (r->formats = 0; formats.size > 0 && r->formats < SDP_MAX_FORMATS;) {
        int payload = number(take(&formats, ' '), 127);
        if (payload >= 0) r->format[r->formats++] = (sdp_format){.payload = payload, .whole = true};
    }
    return VIS_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* "sha-256 AB:CD:..."; of several the first that is known here. */
static vis_status read_fingerprint(reading *r, piece line, vis_error *err)
{
    static const struct {
        const char *name;
        int size;
    } known[] = {{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}};
    sdp_offer *o = r->out;
    piece name = take(&line, ' ');
    for (size_t k = 0; k < sizeof known / sizeof *known && o->digest_size == 0; k++) {
        if (!is(name, known[k].name)) continue;
        int size = known[k].size;
        bool fine = line.size == (size_t)(3 * size - 1);
        for (int i = 0; fine && i < size; i++) {
            int high = hex_digit(line.at[3 * i]), low = hex_digit(line.at[3 * i + 1]);
            fine = high >= 0 && low >= 0 && (i == size - 1 || line.at[3 * i + 2] == ':');
            o->digest[i] = (uint8_t)(high * 16 + low);
        }
        if (!fine)
            return vis_fail(err, VIS_ERR_FORMAT, "the offer's fingerprint is no %s", known[k].name);
        strcpy(o->digest_name, known[k].name);
        o->digest_size = size;
    }
    return VIS_OK;
}

/* "BUNDLE 0 1" */
static void read_group(reading *r, piece line)
{
    if (r->has_group || !is(take(&line, ' '), "BUNDLE")) return;
    r->has_group = true;
    while (line.size > 0 && r->grouped < GROUP_MAX)
        if (copy(take(&line, ' '), r->group[r->grouped], sizeof r->group[0])) r->grouped++;
}

/* "3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"; those of one byte end at 14. */
static void read_extension(reading *r, piece line)
{
    piece direction = take(&line, ' '), which = take(&direction, '/');
    int id = number(which, 14);
    if (r->media && id > 0 &&
        is(line, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"))
        r->media->send_time_extension = id;
}

static void set_receives(reading *r, bool receives)
{
    if (r->media)
        r->media->receives = receives;
    else
        r->receives_all = receives;
}

static vis_status read_name(reading *r, piece line, vis_error *err)
{
    if (!r->media) return VIS_OK;
    if (is_token(line) && copy(line, r->media->name, sizeof r->media->name)) return VIS_OK;
    return vis_fail(err, VIS_ERR_FORMAT, "the offer has a medium whose `mid` is no name");
}

static vis_status read_attribute(reading *r, piece line, vis_error *err)
{
    if (starts(&line, "fingerprint:")) return read_fingerprint(r, line, err);
    if (starts(&line, "mid:")) return read_name(r, line, err);
    if (starts(&line, "group:"))
        read_group(r, line);
    else if (starts(&line, "rtpmap:"))
        read_rtpmap(r, line);
    else if (starts(&line, "fmtp:"))
        read_fmtp(r, line);
    else if (starts(&line, "rtcp-fb:"))
        read_feedback(r, line);
    else if (starts(&line, "extmap:"))
        read_extension(r, line);
    else if (starts(&line, "setup:"))
        r->passive |= is(line, "passive");
    else if (starts(&line, "ice-ufrag:"))
        r->has_name = line.size > 0;
    else if (starts(&line, "ice-pwd:"))
        r->has_password = line.size > 0;
    else if (is(line, "rtcp-mux"))
        *(r->media ? &r->media->mux : &r->mux_all) = true;
    else if (is(line, "recvonly") || is(line, "sendrecv"))
        set_receives(r, true);
    else if (is(line, "sendonly") || is(line, "inactive"))
        set_receives(r, false);
    return VIS_OK;
}

static vis_status read_line(reading *r, piece line, vis_error *err)
{
    if (starts(&line, "m=")) return read_media(r, line, err);
    if (starts(&line, "a=")) return read_attribute(r, line, err);
    return VIS_OK;
}

static vis_status read_lines(reading *r, piece text, vis_error *err)
{
    if (!starts(&text, "v=0")) return vis_fail(err, VIS_ERR_FORMAT, "that is no SDP offer");
    while (text.size > 0) {
        piece line = take(&text, '\n');
        if (line.size > 0 && line.at[line.size - 1] == '\r') line.size--;
        if (line.size > LINE_MAX_BYTES)
            return vis_fail(err, VIS_ERR_FORMAT, "the offer has a line of more than %d bytes",
                            LINE_MAX_BYTES);
        VIS_TRY(read_line(r, line, err));
    }
    choose_format(r);
    return VIS_OK;
}

/* ---- What comes of it ---- */

static bool is_grouped(const reading *r, const sdp_media *m)
{
    for (int i = 0; i < r->grouped; i++)
        if (strcmp(r->group[i], m->name) == 0) return true;
    return false;
}

/* One of each kind is sent, through one transport. */
static void choose_media(reading *r)
{
    sdp_offer *o = r->out;
    bool alone = true, together = true;
    o->video = o->audio = -1;
    for (int i = 0; i < o->count; i++) {
        sdp_media *m = &o->media[i];
        int *which = m->video ? &o->video : &o->audio;
        m->bundled = is_grouped(r, m);
        bool fits = !m->refused && (m->video || m->audio) && *which < 0 && m->receives && m->mux &&
                    m->chosen.codec != SDP_NONE && strstr(m->protocol, "TLS/RTP/SAVP") &&
                    (alone || (together && m->bundled));
        m->refused = !fits;
        if (!fits) continue;
        *which = i;
        alone = false;
        together = m->bundled;
    }
}

static vis_status check_transport(const reading *r, vis_error *err)
{
    if (r->out->digest_size == 0)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "the offer has no fingerprint of a certificate (sha-256)");
    if (!r->has_name || !r->has_password)
        return vis_fail(err, VIS_ERR_FORMAT, "the offer has no ice-ufrag and ice-pwd");
    if (r->passive)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "the offer says setup:passive; actpass or active is wanted");
    return VIS_OK;
}

static vis_status check_media(const sdp_offer *o, vis_error *err)
{
    if (o->video >= 0) return VIS_OK;
    for (int i = 0; i < o->count; i++) {
        const sdp_media *m = &o->media[i];
        if (!m->video) continue;
        if (!m->mux)
            return vis_fail(err, VIS_ERR_UNSUPPORTED, "the offer's video is without rtcp-mux");
        if (!m->receives)
            return vis_fail(err, VIS_ERR_UNSUPPORTED,
                            "the offer does not want to receive video: recvonly is wanted");
        if (m->chosen.codec == SDP_NONE)
            return vis_fail(err, VIS_ERR_UNSUPPORTED,
                            "the offer's video is neither H.264 (profile 42, packetization-mode=1) "
                            "nor VP8");
    }
    return vis_fail(err, VIS_ERR_UNSUPPORTED, "the offer has no video that could be sent");
}

vis_status sdp_read(const char *text, size_t size, sdp_offer *out, vis_error *err)
{
    memset(out, 0, sizeof *out);
    out->video = out->audio = -1;
    reading *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "an offer");
    r->out = out;
    r->receives_all = true;
    vis_status status = read_lines(r, (piece){text, size}, err);
    if (status == VIS_OK) status = check_transport(r, err);
    if (status == VIS_OK) {
        choose_media(r);
        status = check_media(out, err);
    }
    free(r);
    return status;
}
