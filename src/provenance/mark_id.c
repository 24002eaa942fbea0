/* provenance/mark_id.c - drawn, read, printed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/mark_id.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#define DIGITS 32

static void set_version(mark_id *id)
{
    id->bytes[6] = (id->bytes[6] & 0x0F) | 0x40;
    id->bytes[8] = (id->bytes[8] & 0x3F) | 0x80;
}

vis_status mark_id_draw(mark_id *out, vis_error *err)
{
    if (gnutls_rnd(GNUTLS_RND_NONCE, out->bytes, sizeof out->bytes) != 0)
        return vis_fail(err, VIS_ERR_INTERNAL, "the system gives no random numbers");
    set_version(out);
    return VIS_OK;
}

static vis_status fail(const char *text, vis_error *err)
{
    return vis_fail(err, VIS_ERR_USAGE, "`mark_id` %s: give %d hexadecimal digits", text, DIGITS);
}

vis_status mark_id_parse(const char *text, mark_id *out, vis_error *err)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    int count = 0;
    for (const char *c = text; *c; c++) {
        const char *digit = strchr(digits, *c);
        if (*c == '-') continue;
        if (!digit || count == DIGITS) return fail(text, err);
        uint8_t value = (uint8_t)((digit - digits) % 16);
        uint8_t *byte = &out->bytes[count++ / 2];
        *byte = (uint8_t)(count % 2 ? value << 4 : *byte | value);
    }
    if (count != DIGITS) return fail(text, err);
    set_version(out);
    return VIS_OK;
}

void mark_id_print(const mark_id *id, char text[MARK_ID_TEXT])
{
    char *at = text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        snprintf(at, 3, "%02x", id->bytes[i]);
        at += 2;
    }
}
