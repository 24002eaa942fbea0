/* speech/words.h - the first words of an error page, for a message.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_WORDS_H
#define SPEECH_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define WORDS_MAX 161 /* bytes, the ending 0 among them */

/* What the body of an answer says: `error.message` of JSON in OpenAI's shape, the text of a page
 * without its tags, else what it is; one line in UTF-8, "" for none. */
void words_of(const uint8_t *body, size_t size, char out[WORDS_MAX]);

#endif
