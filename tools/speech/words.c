/* speech/words.c - JSON's message, or text between tags.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/words.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text_encoding.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One character of the text: several blanks are one, what is no UTF-8 is '?'. */
static size_t add_character(const uint8_t *c, char *out, size_t used)
{
    int length = utf8_length(c);
    if (*c <= ' ') {
        if (used > 0 && out[used - 1] != ' ') out[used++] = ' ';
        return used;
    }
    if (length == 0) out[used++] = '?';
    memcpy(out + used, c, (size_t)length);
    return used + (size_t)length;
}

/* `text` ends with 0. */
static void plain(const uint8_t *text, char out[WORDS_MAX])
{
    size_t used = 0;
    bool tag = false;
    while (*text && used + 4 < WORDS_MAX) {
        int length = utf8_length(text);
        if (*text == '<') tag = true;
        if (*text == '>' && tag)
            used = add_character((const uint8_t *)" ", out, used);
        else if (!tag)
            used = add_character(text, out, used);
        if (*text == '>') tag = false;
        text += length > 0 ? length : 1;
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
}

/* {"error": {"message": "..."}}, {"error": "..."}, {"detail": "..."}; NULL where it is none. */
static const char *message_of(const json_t *answer)
{
    const json_t *error = json_object_get(answer, "error");
    const json_t *message = json_is_object(error) ? json_object_get(error, "message") : error;
    if (!message) message = json_object_get(answer, "detail");
    return json_string_value(message);
}

void words_of(const uint8_t *body, size_t size, char out[WORDS_MAX])
{
    out[0] = '\0';
    char *text = size > 0 ? text_copy((const char *)body, size) : NULL;
    if (!text) return;
    json_t *answer = NULL;
    const char *message = NULL;
    if (json_parse(text, strlen(text), "the answer", &answer, NULL) == VIS_OK)
        message = message_of(answer);
    plain((const uint8_t *)(message ? message : text), out);
    text_make_printable(out);
    json_decref(answer);
    free(text);
}
