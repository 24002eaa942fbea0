/* provenance/manifest_marks.c - results noted, strangers' texts made printable.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/manifest_marks.h"

#include "base/memory.h"
#include "base/text_encoding.h"
#include "provenance/c2pa_codes.h"

#include <string.h>

byte_span span_of(const char *text)
{
    return (byte_span){(const uint8_t *)text, strlen(text)};
}

void marks_text_sized(byte_span from, char *out, size_t room)
{
    size_t size = from.size < room - 1 ? from.size : room - 1;
    if (size) memcpy(out, from.data, size);
    out[size] = 0;
    for (size_t i = 0; i < size;) {
        int length = utf8_length((const unsigned char *)out + i);
        if (length == 0 || out[i] == 0) out[i] = '?';
        i += length ? (size_t)length : 1;
    }
    text_make_printable(out);
}

void marks_text(byte_span from, char out[MARK_TEXT])
{
    marks_text_sized(from, out, MARK_TEXT);
}

void marks_text_of(const cbor_item *map, const char *key, char out[MARK_TEXT])
{
    const cbor_item tagged = cbor_read_key(map, key), item = cbor_untagged(&tagged);
    byte_span text;
    cbor_read_text(&item, &text);
    marks_text(text, out);
}

void marks_add(manifest_marks *m, code_kind kind, const char *code, byte_span where,
               const char *why)
{
    if (m->codes == MARK_MAX_CODES) {
        status_code *last = &m->code[MARK_MAX_CODES - 1];
        if (last->kind == CODE_FAILURE) return;
        *last = (status_code){.kind = CODE_NOT_CHECKED,
                              .code = C2PA_GENERAL_ERROR,
                              .why = "there is more to it than is followed here"};
        if (kind != CODE_FAILURE) return;
        m->codes--;
    }
    status_code *c = &m->code[m->codes++];
    *c = (status_code){.kind = kind, .code = code, .why = why};
    marks_text(where, c->where);
}

mark_state marks_state(const manifest_marks *m)
{
    mark_state state = MARK_FOUND;
    for (int i = 0; i < m->codes; i++) {
        const status_code *c = &m->code[i];
        if (c->kind == CODE_FAILURE && strcmp(c->code, C2PA_CREDENTIAL_UNTRUSTED) != 0)
            return MARK_BROKEN;
        if (c->kind == CODE_NOT_CHECKED) state = MARK_NOT_CHECKED;
    }
    return state;
}
