/* report/markup.c - escaping, base64, and errors that stick.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/markup.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define ELLIPSIS "\xE2\x80\xA6"
#define GROUPS 1024 /* of base64, three bytes each, appended at a time */

markup markup_begin(buffer *out)
{
    return (markup){.out = out};
}

vis_status markup_end(const markup *m, vis_error *err)
{
    if (err && m->status != VIS_OK) *err = m->error;
    return m->status;
}

static void append(markup *m, const void *bytes, size_t size)
{
    if (m->status == VIS_OK) m->status = buffer_append(m->out, bytes, size, &m->error);
}

void markup_raw(markup *m, const char *text)
{
    append(m, text, strlen(text));
}

/* Formatted text in new memory, NULL (and the failure kept) without memory. */
static char *format_text(markup *m, const char *format, va_list arguments)
{
    char *text = NULL;
    if (m->status != VIS_OK || vasprintf(&text, format, arguments) >= 0) return text;
    m->status = vis_fail_memory(&m->error, "text");
    return NULL;
}

void markup_print(markup *m, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(m, format, arguments);
    va_end(arguments);
    if (text) markup_raw(m, text);
    free(text);
}

void markup_text_print(markup *m, const char *format, va_list arguments)
{
    char *text = format_text(m, format, arguments);
    markup_text(m, text);
    free(text);
}

/* Bytes of the UTF-8 sequence that begins here and may stand in XML 1.0; 0: none does. */
static int sequence(const unsigned char *s)
{
    if (s[0] < 0x80) return (s[0] >= 0x20 && s[0] != 0x7F) || s[0] == '\t' || s[0] == '\n';
    int length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4) return 0;
    unsigned code = s[0] & (0x7Fu >> length);
    for (int i = 1; i < length; i++) { /* a terminator ends it too */
        if ((s[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (s[i] & 0x3Fu);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF, control = code < 0xA0;
    bool too_long = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    bool no_character = code > 0x10FFFF || code == 0xFFFE || code == 0xFFFF;
    return surrogate || control || too_long || no_character ? 0 : length;
}

/* Appends the character at `s`; returns the bytes that it took. */
static int put_character(markup *m, const char *s)
{
    int length = sequence((const unsigned char *)s);
    const char *entity = *s == '&'     ? "&amp;"
                         : *s == '<'   ? "&lt;"
                         : *s == '>'   ? "&gt;"
                         : *s == '"'   ? "&quot;"
                         : *s == '\''  ? "&#39;"
                         : length == 0 ? REPLACEMENT
                                       : NULL;
    if (entity)
        markup_raw(m, entity);
    else
        append(m, s, (size_t)length);
    return length ? length : 1;
}

void markup_text(markup *m, const char *text)
{
    while (text && *text)
        text += put_character(m, text);
}

void markup_text_short(markup *m, const char *text, int most)
{
    if (text_characters(text) <= most) {
        markup_text(m, text);
        return;
    }
    for (int i = 1; i < most; i++)
        text += put_character(m, text);
    if (most > 0) markup_raw(m, ELLIPSIS);
}

int text_characters(const char *text)
{
    int count = 0;
    while (text && *text) {
        int length = sequence((const unsigned char *)text);
        text += length ? length : 1;
        count++;
    }
    return count;
}

void markup_base64(markup *m, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = bytes;
    char out[GROUPS * 4];
    size_t filled = 0;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? in[i + 2] : 0);
        out[filled++] = digits[group >> 18];
        out[filled++] = digits[group >> 12 & 63];
        out[filled++] = (char)(left > 1 ? digits[group >> 6 & 63] : '=');
        out[filled++] = (char)(left > 2 ? digits[group & 63] : '=');
        if (filled == sizeof out) {
            append(m, out, filled);
            filled = 0;
        }
    }
    append(m, out, filled);
}
