/* serve/journal.h - what happens, a line each: words for people, or JSON for programs (--log json).
 *
 * Nothing that is said stands in it, and no id of a session: they are the right to use it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_JOURNAL_H
#define SERVE_JOURNAL_H

#include "viseme/status.h"

#include <jansson.h>
#include <stdbool.h>

/* Any thread. */
typedef struct journal {
    const vis_log *lines;
    vis_log warnings; /* for the rooms below: theirs are lines of it too */
    bool json;
} journal;

/* `lines` gets whole lines and must live on; in words, warnings go to `warnings`. */
void journal_open(journal *j, bool json, const vis_log *lines, const vis_log *warnings);

/* `event` names it for programs, with `fields`, an object that is used up (NULL: none); the words
 * are the line for people, and in JSON `message`. */
void journal_tell(const journal *j, const char *event, json_t *fields, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
