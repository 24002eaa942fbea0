/* rtc/rtcp.c - compound packets read piece by piece, and sender reports written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/rtcp.h"

#include "rtc/wire.h"

#include <string.h>

#define SENDER_REPORT 200
#define RECEIVER_REPORT 201
#define DESCRIPTION 202
#define BYE 203
#define TRANSPORT_FEEDBACK 205
#define PAYLOAD_FEEDBACK 206
#define NACK 1
#define PLI 1
#define FIR 4
#define APPLICATION 15
#define REPORT_BLOCK 24
#define SENDER_INFO 20
#define UNIX_SECONDS 2208988800u /* 1970, since 1900 */

/* A packet of a datagram, its own header aside. */
typedef struct part {
    int count, kind;
    const uint8_t *body;
    size_t size;
} part;

/* ---- Reading ---- */

static bool read_reports(const part *p, size_t before, const rtcp_sink *sink)
{
    if (p->size < before || (p->size - before) / REPORT_BLOCK < (size_t)p->count) return false;
    const uint8_t *block = p->body + before;
    for (int i = 0; i < p->count; i++, block += REPORT_BLOCK)
        sink->report(sink->user, wire_get32(block), block[4] / 256.0);
    return true;
}

/* Each entry is a sequence number and a mask of the 16 behind it. */
static bool read_missing(const part *p, const rtcp_sink *sink)
{
    if (p->size < 8) return false;
    uint32_t ssrc = wire_get32(p->body + 4);
    for (size_t at = 8; p->size - at >= 4; at += 4) {
        uint16_t first = wire_get16(p->body + at), mask = wire_get16(p->body + at + 2);
        sink->missing(sink->user, ssrc, first);
        for (int i = 0; i < 16; i++)
            if (mask >> i & 1) sink->missing(sink->user, ssrc, (uint16_t)(first + i + 1));
    }
    return true;
}

static bool read_full_requests(const part *p, const rtcp_sink *sink)
{
    if (p->size < 8) return false;
    for (size_t at = 8; p->size - at >= 8; at += 8)
        sink->key(sink->user, wire_get32(p->body + at));
    return true;
}

/* "REMB", a number of sources, the rate as 6 bits of exponent and 18 of mantissa. */
static bool read_rate(const part *p, const rtcp_sink *sink)
{
    if (p->size < 16 || memcmp(p->body + 8, "REMB", 4) != 0) return true;
    uint32_t word = wire_get32(p->body + 12);
    int exponent = word >> 18 & 63;
    double rate = word & 0x3ffff;
    for (int i = 0; i < exponent; i++)
        rate *= 2;
    sink->rate(sink->user, rate);
    return true;
}

static bool read_picture_loss(const part *p, const rtcp_sink *sink)
{
    if (p->size < 8) return false;
    sink->key(sink->user, wire_get32(p->body + 4));
    return true;
}

static bool read_part(const part *p, const rtcp_sink *sink)
{
    switch (p->kind) {
    case SENDER_REPORT:
        return read_reports(p, 4 + SENDER_INFO, sink);
    case RECEIVER_REPORT:
        return read_reports(p, 4, sink);
    case BYE:
        sink->bye(sink->user);
        return true;
    case TRANSPORT_FEEDBACK:
        return p->count != NACK || read_missing(p, sink);
    case PAYLOAD_FEEDBACK:
        return p->count == PLI           ? read_picture_loss(p, sink)
               : p->count == FIR         ? read_full_requests(p, sink)
               : p->count == APPLICATION ? read_rate(p, sink)
                                         : true;
    default:
        return true;
    }
}

/* What fills a packet up says in its last byte how much of it there is. */
static bool take_part(const uint8_t *bytes, size_t size, part *out, size_t *whole)
{
    if (size < 4 || bytes[0] >> 6 != 2) return false;
    *whole = 4 * ((size_t)wire_get16(bytes + 2) + 1);
    if (*whole > size) return false;
    *out = (part){bytes[0] & 31, bytes[1], bytes + 4, *whole - 4};
    if (!(bytes[0] & 0x20)) return true;
    size_t padding = out->size ? bytes[*whole - 1] : 0;
    if (padding == 0 || padding > out->size) return false;
    out->size -= padding;
    return true;
}

bool rtcp_read(const uint8_t *bytes, size_t size, const rtcp_sink *sink)
{
    while (size > 0) {
        part p;
        size_t whole;
        if (!take_part(bytes, size, &p, &whole) || !read_part(&p, sink)) return false;
        bytes += whole;
        size -= whole;
    }
    return true;
}

/* ---- Writing ---- */

static void put_head(uint8_t *out, int count, int kind, size_t size)
{
    out[0] = (uint8_t)(0x80 | count);
    out[1] = (uint8_t)kind;
    wire_put16(out + 2, (uint16_t)(size / 4 - 1));
}

static size_t put_report(const rtcp_sender *s, uint8_t *out)
{
    const size_t size = 8 + SENDER_INFO;
    put_head(out, 0, SENDER_REPORT, size);
    wire_put32(out + 4, s->ssrc);
    wire_put32(out + 8, (uint32_t)(s->wall >> 32));
    wire_put32(out + 12, (uint32_t)s->wall);
    wire_put32(out + 16, s->media);
    wire_put32(out + 20, s->packets);
    wire_put32(out + 24, s->octets);
    return size;
}

static size_t put_name(const rtcp_sender *s, uint8_t *out)
{
    size_t length = strnlen(s->name, RTCP_NAME_MAX), size = (8 + 2 + length + 4) & ~(size_t)3;
    memset(out, 0, size);
    put_head(out, 1, DESCRIPTION, size);
    wire_put32(out + 4, s->ssrc);
    out[8] = 1;
    out[9] = (uint8_t)length;
    memcpy(out + 10, s->name, length);
    return size;
}

static size_t put_bye(const rtcp_sender *s, uint8_t *out)
{
    put_head(out, 1, BYE, 8);
    wire_put32(out + 4, s->ssrc);
    return 8;
}

size_t rtcp_write(const rtcp_sender *s, bool bye, uint8_t out[RTCP_MAX])
{
    size_t size = put_report(s, out);
    size += put_name(s, out + size);
    if (bye) size += put_bye(s, out + size);
    return size;
}

uint64_t rtcp_wall(int64_t us)
{
    uint64_t seconds = (uint64_t)(us / 1000000) + UNIX_SECONDS, rest = (uint64_t)(us % 1000000);
    return seconds << 32 | (rest << 32) / 1000000;
}
