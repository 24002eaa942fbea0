/* provenance/cbor_write.h - CBOR items, one behind the other.
 *
 * Format: RFC 8949, deterministically encoded (4.2.1): lengths are definite and as short as they
 * can be. The keys of a map are the caller's to write in the order of their encoded bytes: for
 * texts shorter ones first, then by letters.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_CBOR_WRITE_H
#define PROVENANCE_CBOR_WRITE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* After a failure nothing more is written, so that it need be asked for only at the end. */
typedef struct cbor_writer {
    buffer *out; /* whose limit bounds all */
    vis_error *err;
    vis_status status;
} cbor_writer;

cbor_writer cbor_write_to(buffer *out, vis_error *err);

void cbor_write_int(cbor_writer *w, int64_t value);
void cbor_write_text(cbor_writer *w, const char *text); /* UTF-8 */
void cbor_write_bytes(cbor_writer *w, const void *bytes, size_t size);
void cbor_write_bool(cbor_writer *w, bool value);
void cbor_write_null(cbor_writer *w);

/* Whose items, or pairs of key and value, follow; what the tag belongs to follows. */
void cbor_write_array(cbor_writer *w, size_t items);
void cbor_write_map(cbor_writer *w, size_t pairs);
void cbor_write_tag(cbor_writer *w, uint64_t tag);

/* An item that is encoded already. */
void cbor_write_item(cbor_writer *w, const buffer *item);

/* A key and its value. */
void cbor_write_text_pair(cbor_writer *w, const char *key, const char *value);
void cbor_write_bytes_pair(cbor_writer *w, const char *key, const void *bytes, size_t size);

#endif
