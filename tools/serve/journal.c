/* serve/journal.c - events as lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/journal.h"

#include "base/json.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WORDS_MAX 1000
#define MOMENT 32

/* "2026-01-02T03:04:05.678Z" */
static void print_moment(char out[MOMENT])
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    size_t at = strftime(out, MOMENT, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &parts));
    snprintf(out + at, MOMENT - at, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

static void tell_json(const journal *j, const char *event, json_t *fields, const char *words)
{
    char moment[MOMENT];
    print_moment(moment);
    json_t *all = json_make("{s:s, s:s, s:s}", "time", moment, "event", event, "message", words);
    if (all && fields) json_object_update_missing(all, fields);
    char *line = all ? json_dumps(all, JSON_COMPACT) : NULL;
    if (line) j->lines->call(j->lines->user, line);
    free(line);
    json_decref(all);
}

void journal_tell(const journal *j, const char *event, json_t *fields, const char *format, ...)
{
    char words[WORDS_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(words, sizeof words, format, list);
    va_end(list);
    if (j->lines->call && j->json)
        tell_json(j, event, fields, words);
    else if (j->lines->call)
        j->lines->call(j->lines->user, words);
    json_decref(fields);
}

static void warn(void *user, const char *words)
{
    journal_tell(user, "warning", NULL, "%s", words);
}

void journal_open(journal *j, bool json, const vis_log *lines, const vis_log *warnings)
{
    j->lines = lines;
    j->json = json;
    j->warnings = json ? (vis_log){.call = warn, .user = j} : *warnings;
}
