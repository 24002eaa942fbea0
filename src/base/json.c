/* base/json.c - what jansson leaves to its callers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/file.h"
#include "base/file_kind.h"
#include "base/memory.h"
#include "base/text_encoding.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STYLE (JSON_INDENT(2) | JSON_REAL_PRECISION(9))

/* At least as many as the text holds: each value but the first of its list or object follows a
 * comma, and that first one an opening. jansson takes some 60 bytes for a value of two. */
static size_t count_values(const char *text, size_t size)
{
    size_t count = 1;
    for (size_t i = 0; i < size; i++)
        count += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return count;
}

/* jansson often takes memory that ran out for a fault of the text. Reading twice tells: a faulty
 * text is so again, and who still has no memory does not get as far as to blame the text. */
static vis_status parse_utf8(const char *text, size_t size, const char *name, json_t **out,
                             vis_error *err)
{
    json_error_t where = {0};
    if (count_values(text, size) > JSON_MAX_VALUES)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: more than the %d values that are read", name,
                        JSON_MAX_VALUES);
    for (int i = 0; i < 2 && !*out; i++)
        *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    if (*out) return VIS_OK;
    if (!where.text[0]) return vis_fail_memory(err, name);
    file_kind kind = file_kind_of(text, size);
    if (kind != FILE_JSON && kind != FILE_TEXT && kind != FILE_UNKNOWN)
        return file_kind_refuse(kind, name, err);
    return vis_fail(err, VIS_ERR_FORMAT, "%s: line %d, column %d: %s", name, where.line,
                    where.column, where.text);
}

vis_status json_parse(const void *text, size_t size, const char *name, json_t **out, vis_error *err)
{
    const char *utf8;
    char *made;
    *out = NULL;
    VIS_TRY(text_as_utf8(text, size, &utf8, &size, &made, err));
    vis_status status = parse_utf8(utf8, size, name, out, err);
    free(made);
    return status;
}

static void give_up(json_t **into)
{
    json_decref(*into);
    *into = NULL;
}

void json_put(json_t **into, const char *key, json_t *value)
{
    if (json_object_set_new(*into, key, value) != 0) give_up(into);
}

void json_add(json_t **into, json_t *value)
{
    if (json_array_append_new(*into, value) != 0) give_up(into);
}

json_t *json_text(const char *text)
{
    if (!text) return json_null();
    char *copy = text_copy(text, strlen(text));
    if (!copy) return NULL;
    for (unsigned char *c = (unsigned char *)copy; *c;) {
        int length = utf8_length(c);
        if (length == 0) *c = '?';
        c += length > 0 ? length : 1;
    }
    json_t *value = json_string(copy);
    free(copy);
    return value;
}

/* Into room of the right size, as json_dumps forgets keys when it cannot make its own larger. */
vis_status json_print(json_t *value, char **text, vis_error *err)
{
    size_t size = value ? json_dumpb(value, NULL, 0, STYLE) : 0;
    char *room = size > 0 ? malloc(size + 1) : NULL;
    bool made = room && json_dumpb(value, room, size, STYLE) == size;
    json_decref(value);
    if (made) {
        room[size] = '\0';
        *text = room;
        return VIS_OK;
    }
    free(room);
    return vis_fail_memory(err, "the report");
}

vis_status json_write(const char *path, json_t *value, vis_error *err)
{
    char *text;
    VIS_TRY(json_print(value, &text, err));
    vis_status status = file_write(path, text, strlen(text), err);
    free(text);
    return status;
}
