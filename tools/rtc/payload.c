/* rtc/payload.c - units found, put together where they are small, and cut where they are large.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/payload.h"

#include "rtc/wire.h"

#include <string.h>

#define STAP_A 24
#define FU_A 28
#define FU_FIRST 0x80
#define FU_LAST 0x40
#define REFERENCE 0x60 /* bits of a unit's first byte: how much others need it */
#define TYPE 0x1f
#define DELIMITER 9
#define VP8_FIRST 0x10

/* ---- H.264: units between start codes ---- */

/* Where the next 00 00 01 begins; `end` where there is none. */
static const uint8_t *find_start(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= 3; at++)
        if (at[0] == 0 && at[1] == 0 && at[2] == 1) return at;
    return end;
}

/* Takes the next unit that is sent; false: there is none. */
static bool take_unit(payload_cutter *c)
{
    for (;;) {
        const uint8_t *start = find_start(c->at, c->end);
        if (start == c->end) return false;
        const uint8_t *begin = start + 3, *end = find_start(begin, c->end);
        c->at = end;
        while (end > begin && end[-1] == 0)
            end--; /* zeros belong to the start code behind them */
        if (end == begin || (begin[0] & TYPE) == DELIMITER) continue;
        c->unit = (payload_unit){begin, (size_t)(end - begin)};
        c->cut = 0;
        return true;
    }
}

/* Several small units in one payload; 0 where only one fits. */
static size_t put_together(payload_cutter *c, uint8_t *out, size_t max)
{
    payload_cutter ahead = *c;
    size_t size = 1;
    int units = 0, importance = 0;
    for (bool more = true; more && ahead.unit.size + 2 <= max - size; units++) {
        wire_put16(out + size, (uint16_t)ahead.unit.size);
        memcpy(out + size + 2, ahead.unit.bytes, ahead.unit.size);
        size += 2 + ahead.unit.size;
        int needed = ahead.unit.bytes[0] & REFERENCE;
        if (needed > importance) importance = needed;
        ahead.unit.size = 0;
        more = take_unit(&ahead);
        *c = units > 0 ? ahead : *c;
    }
    if (units < 2) return 0;
    out[0] = (uint8_t)(importance | STAP_A);
    return size;
}

static size_t put_whole(payload_cutter *c, uint8_t *out)
{
    size_t size = c->unit.size;
    memcpy(out, c->unit.bytes, size);
    c->unit.size = 0;
    take_unit(c);
    return size;
}

static size_t put_piece(payload_cutter *c, uint8_t *out, size_t max)
{
    uint8_t head = c->unit.bytes[0];
    bool first = c->cut == 0;
    if (first) c->cut = 1; /* the unit's own head goes into ours */
    size_t left = c->unit.size - c->cut, size = left < max - 2 ? left : max - 2;
    out[0] = (uint8_t)((head & ~TYPE) | FU_A);
    out[1] = (uint8_t)((head & TYPE) | (first ? FU_FIRST : 0) | (size == left ? FU_LAST : 0));
    memcpy(out + 2, c->unit.bytes + c->cut, size);
    c->cut += size;
    if (size == left) {
        c->unit.size = 0;
        take_unit(c);
    }
    return size + 2;
}

static size_t next_of_h264(payload_cutter *c, uint8_t *out, size_t max)
{
    size_t size = 0;
    if (c->cut == 0 && c->unit.size <= max) {
        size = put_together(c, out, max);
        if (size == 0) size = put_whole(c, out);
    } else {
        size = put_piece(c, out, max);
    }
    return size;
}

/* ---- VP8 ---- */

static size_t next_of_vp8(payload_cutter *c, uint8_t *out, size_t max)
{
    size_t left = (size_t)(c->end - c->at), size = left < max - 1 ? left : max - 1;
    out[0] = c->cut == 0 ? VP8_FIRST : 0;
    memcpy(out + 1, c->at, size);
    c->at += size;
    c->cut += size;
    return size + 1;
}

/* ---- Both ---- */

void payload_begin(payload_cutter *c, bool vp8, const uint8_t *bytes, size_t size)
{
    *c = (payload_cutter){.vp8 = vp8, .at = bytes, .end = bytes + size};
    if (!vp8) take_unit(c);
}

size_t payload_next(payload_cutter *c, uint8_t *out, size_t max, bool *last)
{
    size_t size = 0;
    if (c->vp8 ? c->at < c->end : c->unit.size > 0)
        size = c->vp8 ? next_of_vp8(c, out, max) : next_of_h264(c, out, max);
    *last = c->vp8 ? c->at == c->end : c->unit.size == 0;
    return size;
}
