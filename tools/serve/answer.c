/* serve/answer.c - bodies and problem details.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/answer.h"

#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_SECONDS 5
#define DETAIL_MAX 800
#define JSON_TYPE "application/json"
#define PROBLEM_TYPE "application/problem+json"

static const char no_memory[] =
    "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500}";

static const struct {
    int status;
    const char *title;
} titles[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {421, "Misdirected Request"},
    {426, "Upgrade Required"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
};

const char *answer_title(int status)
{
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].status == status) return titles[i].title;
    return "Unknown";
}

void answer_free(answer *a)
{
    free(a->owned);
    free(a->file);
    memset(a, 0, sizeof *a);
}

void answer_bytes(answer *a, int status, const char *type, const void *bytes, size_t size)
{
    a->status = status;
    a->type = type;
    a->body = bytes;
    a->size = size;
}

void answer_text(answer *a, int status, const char *type, char *text)
{
    if (!text) {
        answer_bytes(a, 500, PROBLEM_TYPE, no_memory, sizeof no_memory - 1);
        return;
    }
    free(a->owned);
    a->owned = text;
    answer_bytes(a, status, type, text, strlen(text));
}

static void put_json(answer *a, int status, const char *type, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    answer_text(a, status, type, text);
}

void answer_json(answer *a, int status, json_t *value)
{
    put_json(a, status, JSON_TYPE, value);
}

void answer_problem(answer *a, int status, const char *format, ...)
{
    char detail[DETAIL_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(detail, sizeof detail, format, list);
    va_end(list);
    if (a->envelope)
        answer_json(a, 200, json_make("{s:i, s:s}", "code", -1, "msg", detail));
    else
        put_json(a, status, PROBLEM_TYPE,
                 json_make("{s:s, s:s, s:i, s:s}", "type", "about:blank", "title",
                           answer_title(status), "status", status, "detail", detail));
}

void answer_failure(answer *a, vis_status status, const vis_error *err)
{
    switch (status) {
    case VIS_ERR_USAGE:
    case VIS_ERR_FORMAT:
        answer_problem(a, 400, "%s", err->message);
        break;
    case VIS_ERR_UNSUPPORTED:
        answer_problem(a, 501, "%s", err->message);
        break;
    case VIS_ERR_LIMIT:
    case VIS_ERR_MEMORY:
        answer_problem(a, 503, "%s", err->message);
        a->retry_seconds = RETRY_SECONDS;
        break;
    default:
        answer_problem(a, 500, "%s", err->message);
    }
}
