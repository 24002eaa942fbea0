/* base/text_encoding.h - which text is UTF-8, and text files that went through Windows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_TEXT_ENCODING_H
#define BASE_TEXT_ENCODING_H

#include "base/status.h"

#include <stddef.h>

/* Bytes of the character at `text`, which ends with 0 (Unicode 15, table 3-7); 0 where there is
 * none. */
int utf8_length(const unsigned char *text);

/* A file's text as UTF-8. A byte order mark says in what it was written: UTF-8's is skipped, text
 * in UTF-16 is converted (what is no character becomes U+FFFD). *text and *size are the bytes to
 * read: a part of `bytes`, or of *made, which is the caller's to free and else NULL. */
vis_status text_as_utf8(const void *bytes, size_t bytes_size, const char **text, size_t *size,
                        char **made, vis_error *err);

#endif
