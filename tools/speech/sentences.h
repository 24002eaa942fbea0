/* speech/sentences.h - a text cut where a speaker takes breath, so that the first sound comes early.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_SENTENCES_H
#define SPEECH_SENTENCES_H

#include <stddef.h>

/* Bytes of the first sentence of a text in UTF-8 with the blanks behind it; at most `most` (16 at
 * least): a longer one is cut at a comma, else between words. 0 for an empty text. Never inside a
 * number, an abbreviation or an address, unless one alone is too long. Where it is not sure that a
 * sentence ends it goes on: two that are said in one go do no harm. */
size_t sentence_length(const char *text, size_t most);

#endif
