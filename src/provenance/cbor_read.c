/* provenance/cbor_read.c - CBOR that a stranger wrote, read where it lies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/cbor_read.h"

#include <string.h>

/* Additional information of an item's first byte (RFC 8949, 3): a length in bytes follows, or none. */
enum { ONE_BYTE = 24, EIGHT_BYTES = 27, INDEFINITE = 31 };
enum { FALSE = 20, TRUE = 21, NULL_VALUE = 22, SIMPLE_MIN = 32 };

static const cbor_kind kinds[] = {CBOR_UNSIGNED, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT,
                                  CBOR_ARRAY,    CBOR_MAP,      CBOR_TAG,   CBOR_SIMPLE};

static bool may_be_open(cbor_kind kind)
{
    return kind == CBOR_BYTES || kind == CBOR_TEXT || kind == CBOR_ARRAY || kind == CBOR_MAP;
}

/* What the head claims must be there: each item of a container takes a byte at least. */
static bool fits(const cbor_item *item)
{
    uint64_t room = (uint64_t)(item->end - item->inside);
    switch (item->kind) {
    case CBOR_BYTES:
    case CBOR_TEXT:
    case CBOR_ARRAY:
        return item->number <= room;
    case CBOR_MAP:
        return item->number <= room / 2;
    default:
        return true;
    }
}

static bool read_head(const uint8_t *at, const uint8_t *end, cbor_item *out)
{
    if (at == end) return false;
    int info = *at & 31;
    cbor_kind kind = kinds[*at++ >> 5];
    uint64_t number = (uint64_t)info;
    bool open = info == INDEFINITE;
    if (info >= ONE_BYTE && info <= EIGHT_BYTES) {
        int bytes = 1 << (info - ONE_BYTE);
        if (end - at < bytes) return false;
        for (number = 0; bytes > 0; bytes--)
            number = number << 8 | *at++;
        if (kind == CBOR_SIMPLE && info == ONE_BYTE && number < SIMPLE_MIN) return false;
    } else if (open) {
        number = 0;
        if (kind == CBOR_SIMPLE) kind = CBOR_BREAK;
        if (kind != CBOR_BREAK && !may_be_open(kind)) return false;
    } else if (info > EIGHT_BYTES) {
        return false;
    }
    *out = (cbor_item){kind, open, number, at, end};
    return fits(out);
}

/* A container that is being walked through: what it still lacks. */
typedef struct level {
    cbor_kind kind;
    bool open, odd; /* a key was read, its value not */
    uint64_t left;
} level;

static bool is_string(cbor_kind kind)
{
    return kind == CBOR_BYTES || kind == CBOR_TEXT;
}

/* Is this item allowed where it stands? Chunks of a string are strings of its kind, in one piece. */
static bool allowed(const level *in, const cbor_item *item)
{
    if (item->kind == CBOR_BREAK) return in && in->open && !in->odd;
    return !in || !is_string(in->kind) || (item->kind == in->kind && !item->open);
}

static level level_of(const cbor_item *item)
{
    uint64_t count = item->kind == CBOR_MAP   ? item->number * 2
                     : item->kind == CBOR_TAG ? 1
                                              : item->number;
    return (level){.kind = item->kind, .open = item->open, .left = count};
}

static bool holds_items(const cbor_item *item)
{
    return item->open || item->kind == CBOR_TAG ||
           ((item->kind == CBOR_ARRAY || item->kind == CBOR_MAP) && item->number > 0);
}

/* One more item is complete: so may be what it is in. */
static int complete(level *levels, int depth)
{
    while (depth > 0) {
        level *in = &levels[depth - 1];
        if (in->open) {
            if (in->kind == CBOR_MAP) in->odd = !in->odd;
            return depth;
        }
        if (--in->left > 0) return depth;
        depth--;
    }
    return depth;
}

/* The end of the item at `at`; NULL where it is not well-formed. */
static const uint8_t *skip(const uint8_t *at, const uint8_t *end)
{
    level levels[CBOR_DEPTH];
    int depth = 0;
    do {
        cbor_item item;
        if (!read_head(at, end, &item)) return NULL;
        if (!allowed(depth ? &levels[depth - 1] : NULL, &item)) return NULL;
        at = item.inside;
        if (item.kind == CBOR_BREAK) {
            depth = complete(levels, depth - 1);
        } else if (holds_items(&item)) {
            if (depth == CBOR_DEPTH) return NULL;
            levels[depth++] = level_of(&item);
        } else {
            if (is_string(item.kind)) at += item.number;
            depth = complete(levels, depth);
        }
    } while (depth > 0);
    return at;
}

bool cbor_read_whole(byte_span bytes, cbor_item *out)
{
    *out = (cbor_item){0};
    if (bytes.size == 0) return false;
    const uint8_t *end = bytes.data + bytes.size;
    return skip(bytes.data, end) == end && read_head(bytes.data, end, out);
}

static bool read_string(const cbor_item *item, cbor_kind kind, byte_span *out)
{
    *out = (byte_span){0};
    if (item->kind != kind || item->open) return false;
    *out = (byte_span){item->inside, (size_t)item->number};
    return true;
}

bool cbor_read_bytes(const cbor_item *item, byte_span *out)
{
    return read_string(item, CBOR_BYTES, out);
}

bool cbor_read_text(const cbor_item *item, byte_span *out)
{
    return read_string(item, CBOR_TEXT, out);
}

bool cbor_text_is(const cbor_item *item, const char *text)
{
    byte_span s;
    return cbor_read_text(item, &s) && s.size == strlen(text) && memcmp(s.data, text, s.size) == 0;
}

bool cbor_read_integer(const cbor_item *item, int64_t *out)
{
    *out = 0;
    bool whole = item->kind == CBOR_UNSIGNED || item->kind == CBOR_NEGATIVE;
    if (!whole || item->number > INT64_MAX) return false;
    *out = item->kind == CBOR_NEGATIVE ? -1 - (int64_t)item->number : (int64_t)item->number;
    return true;
}

bool cbor_read_bool(const cbor_item *item, bool *out)
{
    *out = item->kind == CBOR_SIMPLE && item->number == TRUE;
    return item->kind == CBOR_SIMPLE && (item->number == TRUE || item->number == FALSE);
}

bool cbor_is_null(const cbor_item *item)
{
    return item->kind == CBOR_SIMPLE && item->number == NULL_VALUE;
}

cbor_item cbor_untagged(const cbor_item *item)
{
    cbor_item out = *item;
    while (out.kind == CBOR_TAG)
        if (!read_head(out.inside, out.end, &out)) return (cbor_item){0};
    return out;
}

cbor_walk cbor_walk_begin(const cbor_item *container)
{
    const cbor_item *c = container;
    if (c->kind != CBOR_ARRAY && c->kind != CBOR_MAP) return (cbor_walk){0};
    return (cbor_walk){c->inside, c->end, c->kind == CBOR_MAP ? c->number * 2 : c->number, c->open};
}

bool cbor_walk_next(cbor_walk *walk, cbor_item *out)
{
    *out = (cbor_item){0};
    if (!walk->open && walk->left == 0) return false;
    cbor_item found;
    if (!read_head(walk->at, walk->end, &found) || found.kind == CBOR_BREAK) {
        *walk = (cbor_walk){0};
        return false;
    }
    const uint8_t *next = skip(walk->at, walk->end);
    if (!next) return false;
    walk->at = next;
    if (!walk->open) walk->left--;
    *out = found;
    return true;
}

/* Whether a key is the text, or, for NULL, the number that is wanted. */
static bool is_key(const cbor_item *key, const char *text, int64_t number)
{
    int64_t is;
    return text ? cbor_text_is(key, text) : cbor_read_integer(key, &is) && is == number;
}

static cbor_item find_key(const cbor_item *map, const char *text, int64_t number)
{
    cbor_item key, value, found = {0};
    if (map->kind != CBOR_MAP) return found;
    cbor_walk walk = cbor_walk_begin(map);
    while (cbor_walk_next(&walk, &key) && cbor_walk_next(&walk, &value))
        if (is_key(&key, text, number)) {
            if (found.kind != CBOR_NONE) return (cbor_item){0};
            found = value;
        }
    return found;
}

cbor_item cbor_read_key(const cbor_item *map, const char *key)
{
    return find_key(map, key, 0);
}

cbor_item cbor_read_number_key(const cbor_item *map, int64_t key)
{
    return find_key(map, NULL, key);
}
