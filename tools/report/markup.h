/* report/markup.h - text on its way into HTML and SVG: what must be escaped is, and a failure
 * sticks.
 *
 * All calls append to a buffer that the caller owns. After the first failure they do nothing;
 * markup_end says whether there was one. So the many small calls between need no checks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include "base/buffer.h"

#include <stdarg.h>

typedef struct markup {
    buffer *out;
    vis_status status;
    vis_error error;
} markup;

markup markup_begin(buffer *out);

/* What went wrong first, if anything. */
vis_status markup_end(const markup *m, vis_error *err);

/* Markup as it is, and formatted. */
void markup_raw(markup *m, const char *text);
void markup_print(markup *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Words: & < > " ' become entities; bytes that are not UTF-8 and control characters become
 * U+FFFD. NULL is the empty text. */
void markup_text(markup *m, const char *text);
void markup_text_print(markup *m, const char *format, va_list arguments);

/* At most `most` characters (not bytes) of a text, the last of them an ellipsis when it is longer.
 */
void markup_text_short(markup *m, const char *text, int most);

/* RFC 4648, padded, in one line. */
void markup_base64(markup *m, const void *bytes, size_t size);

/* Characters (code points; a byte that is not UTF-8 counts as one). */
int text_characters(const char *text);

#endif
