/* provenance/cbor_write.c - heads and what follows them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/cbor_write.h"

#include <string.h>

/* The upper three bits of a head; behind them stands a number, or how many bytes hold it. */
enum { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };
enum { FALSE = 20, TRUE = 21, NIL = 22 };

cbor_writer cbor_write_to(buffer *out, vis_error *err)
{
    return (cbor_writer){.out = out, .err = err, .status = VIS_OK};
}

static void append(cbor_writer *w, const void *bytes, size_t size)
{
    if (w->status == VIS_OK && size > 0) w->status = buffer_append(w->out, bytes, size, w->err);
}

static void write_head(cbor_writer *w, int kind, uint64_t number)
{
    uint8_t head[9];
    int log = number < 24            ? -1
              : number <= UINT8_MAX  ? 0
              : number <= UINT16_MAX ? 1
              : number <= UINT32_MAX ? 2
                                     : 3;
    int follow = log < 0 ? 0 : 1 << log;
    head[0] = (uint8_t)(kind << 5 | (log < 0 ? (int)number : 24 + log));
    for (int i = follow; i > 0; i--, number >>= 8)
        head[i] = (uint8_t)number;
    append(w, head, 1 + (size_t)follow);
}

void cbor_write_int(cbor_writer *w, int64_t value)
{
    if (value >= 0)
        write_head(w, UNSIGNED, (uint64_t)value);
    else
        write_head(w, NEGATIVE, ~(uint64_t)value); /* -1 - value */
}

void cbor_write_text(cbor_writer *w, const char *text)
{
    size_t size = strlen(text);
    write_head(w, TEXT, size);
    append(w, text, size);
}

void cbor_write_bytes(cbor_writer *w, const void *bytes, size_t size)
{
    write_head(w, BYTES, size);
    append(w, bytes, size);
}

void cbor_write_bool(cbor_writer *w, bool value)
{
    write_head(w, SIMPLE, value ? TRUE : FALSE);
}

void cbor_write_null(cbor_writer *w)
{
    write_head(w, SIMPLE, NIL);
}

void cbor_write_array(cbor_writer *w, size_t items)
{
    write_head(w, ARRAY, items);
}

void cbor_write_map(cbor_writer *w, size_t pairs)
{
    write_head(w, MAP, pairs);
}

void cbor_write_tag(cbor_writer *w, uint64_t tag)
{
    write_head(w, TAG, tag);
}

void cbor_write_item(cbor_writer *w, const buffer *item)
{
    append(w, item->data, item->size);
}

void cbor_write_text_pair(cbor_writer *w, const char *key, const char *value)
{
    cbor_write_text(w, key);
    cbor_write_text(w, value);
}

void cbor_write_bytes_pair(cbor_writer *w, const char *key, const void *bytes, size_t size)
{
    cbor_write_text(w, key);
    cbor_write_bytes(w, bytes, size);
}
