/* program/options_file.c - keys of an object, which are options.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/options_file.h"

#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "base/status.h"
#include "program/help.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT (1 << 20)
#define DASHES 2

typedef struct source {
    const char *path;
    const buffer *text;
    const options_file_reader *reader;
} source;

/* jansson does not keep where things stand. The key is looked for as it is written in files by
 * people, quoted and without escapes; 0: it is not found so. */
static int line_of(const buffer *text, const char *key)
{
    int line = 1;
    size_t length = strlen(key);
    const char *at = (const char *)text->data, *end = at + text->size;
    for (; at + length + 1 < end; at++) {
        line += *at == '\n';
        if (at[0] != '"' || strncmp(at + 1, key, length) != 0 || at[1 + length] != '"') continue;
        const char *behind = at + length + 2;
        while (behind < end && strchr(" \t\r\n", *behind))
            behind++;
        if (behind < end && *behind == ':') return line;
    }
    return 0;
}

static void name_place(const source *s, const char *key, char out[512])
{
    int line = line_of(s->text, key);
    if (line)
        snprintf(out, 512, "%.400s: line %d", s->path, line);
    else
        snprintf(out, 512, "%.400s", s->path);
}

static const option *find(const option_page *page, const char *key)
{
    const option *o;
    for (int i = 0; (o = help_option(page, i)); i++)
        if (option_is_named(o) && o->kind != OPTION_HELP && strcmp(o->name + DASHES, key) == 0)
            return o;
    return NULL;
}

static vis_status take_number(const source *s, const option *o, const json_t *value, vis_error *err)
{
    char text[64];
    if (json_is_integer(value))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else
        snprintf(text, sizeof text, "%.17g", json_real_value(value));
    return s->reader->take(s->reader->user, o, text, err);
}

static vis_status take_one(const source *s, const option *o, const json_t *value, vis_error *err)
{
    if (o->kind == OPTION_FLAG) {
        if (!json_is_boolean(value))
            return vis_fail(err, VIS_ERR_FORMAT, "`%s`: true or false is wanted", o->name + DASHES);
        return json_is_true(value) ? s->reader->take(s->reader->user, o, NULL, err) : VIS_OK;
    }
    bool counts = o->kind == OPTION_INT || o->kind == OPTION_LONG || o->kind == OPTION_NUMBER;
    if (counts && json_is_number(value)) return take_number(s, o, value, err);
    if (!counts && json_is_string(value))
        return s->reader->take(s->reader->user, o, json_string_value(value), err);
    return vis_fail(err, VIS_ERR_FORMAT, "`%s`: a %s is wanted", o->name + DASHES,
                    counts ? "number" : "text");
}

static vis_status take(const source *s, const option *o, const json_t *value, vis_error *err)
{
    size_t i;
    json_t *item;
    if (o->kind != OPTION_TEXTS || !json_is_array(value)) return take_one(s, o, value, err);
    json_array_foreach(value, i, item) VIS_TRY(take_one(s, o, item, err));
    return VIS_OK;
}

static vis_status take_key(const source *s, const char *key, const json_t *value, vis_error *err)
{
    char place[512];
    const option *o = find(s->reader->page, key);
    name_place(s, key, place);
    if (!o)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: there is no option `%.64s`; see viseme %s --help",
                        place, key, s->reader->page->help->name);
    if (s->reader->is_given(s->reader->user, o)) return VIS_OK;
    vis_status status = take(s, o, value, err);
    if (status == VIS_OK) return VIS_OK;
    vis_prefix(err, status, place);
    return VIS_ERR_FORMAT;
}

vis_status options_file_read(const char *path, const options_file_reader *reader, vis_error *err)
{
    buffer text;
    json_t *all = NULL, *value;
    const char *key;
    const source s = {.path = path, .text = &text, .reader = reader};
    buffer_init(&text, FILE_LIMIT);
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK) status = json_parse(text.data, text.size, path, &all, err);
    if (status == VIS_OK && !json_is_object(all))
        status = vis_fail(err, VIS_ERR_FORMAT, "%s: a JSON object is wanted", path);
    json_object_foreach(all, key, value) if (status == VIS_OK) status =
        take_key(&s, key, value, err);
    buffer_free(&text);
    if (status != VIS_OK) json_decref(all); /* else options point into it */
    return status;
}
