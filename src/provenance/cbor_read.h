/* provenance/cbor_read.h - CBOR (RFC 8949) that a stranger wrote, read where it lies.
 *
 * Nothing is copied and nothing allocated: an item is a place in the caller's bytes. What
 * cbor_read_whole has found well-formed is walked from there without further doubt. Containers and
 * tags may be nested CBOR_DEPTH deep; indefinite lengths are read, but for texts and byte strings in
 * chunks, which no getter gives.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_CBOR_READ_H
#define PROVENANCE_CBOR_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CBOR_DEPTH 32

/* Bytes of somebody else's. Empty: there are none. */
typedef struct byte_span {
    const uint8_t *data;
    size_t size;
} byte_span;

typedef enum cbor_kind {
    CBOR_NONE, /* there is no such item */
    CBOR_UNSIGNED,
    CBOR_NEGATIVE,
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_ARRAY,
    CBOR_MAP,
    CBOR_TAG,
    CBOR_SIMPLE, /* false, true, null, undefined and others, and floating-point numbers */
    CBOR_BREAK,  /* the end of an indefinite length; never given */
} cbor_kind;

typedef struct cbor_item {
    cbor_kind kind;
    bool open;       /* of indefinite length */
    uint64_t number; /* UNSIGNED: the value; NEGATIVE: -1 - value; BYTES, TEXT: bytes; ARRAY, MAP:
                              items or pairs; TAG: which; SIMPLE: which, or a float's bits */
    const uint8_t *inside; /* behind the head */
    const uint8_t *end;    /* of the bytes that the item was found in */
} cbor_item;

/* The one item that fills `bytes` to its end. False: not well-formed, too deep, or more behind it. */
bool cbor_read_whole(byte_span bytes, cbor_item *out);

/* The bytes of a byte string or the text of a text string in one piece; false for all else. */
bool cbor_read_bytes(const cbor_item *item, byte_span *out);
bool cbor_read_text(const cbor_item *item, byte_span *out);
bool cbor_text_is(const cbor_item *item, const char *text);

/* A whole number within int64_t; true or false. False where the item is none. */
bool cbor_read_integer(const cbor_item *item, int64_t *out);
bool cbor_read_bool(const cbor_item *item, bool *out);
bool cbor_is_null(const cbor_item *item);

/* What a tag stands before; the item itself where it is no tag. */
cbor_item cbor_untagged(const cbor_item *item);

/* What a map has under a key; of kind CBOR_NONE where it has none, has the key twice, or is no map. */
cbor_item cbor_read_key(const cbor_item *map, const char *key);
cbor_item cbor_read_number_key(const cbor_item *map, int64_t key);

/* Walks the items of an array, or keys and values of a map in turn; of all else, none. */
typedef struct cbor_walk {
    const uint8_t *at, *end;
    uint64_t left;
    bool open;
} cbor_walk;
cbor_walk cbor_walk_begin(const cbor_item *container);
bool cbor_walk_next(cbor_walk *walk, cbor_item *out);

#endif
