/* serve/json_fields.c - fields taken from an object, each of its kind.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/json_fields.h"

#include "base/choices.h"
#include "base/json.h"
#include "base/status.h"

#include <limits.h>
#include <string.h>

static vis_status take_text(const json_field *f, const json_t *value, vis_error *err)
{
    const char *text = json_string_value(value);
    if (!text) return vis_fail(err, VIS_ERR_FORMAT, "`%s`: a text is wanted", f->name);
    if (f->choices && choices_find(f->choices, text) < 0)
        return vis_fail(err, VIS_ERR_FORMAT, "`%s`: one of these is wanted: %s", f->name,
                        f->choices);
    *(const char **)f->into = text;
    return VIS_OK;
}

static vis_status take_whole(const json_field *f, const json_t *value, vis_error *err)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < INT_MIN || number > INT_MAX)
        return vis_fail(err, VIS_ERR_FORMAT, "`%s`: a whole number is wanted", f->name);
    *(int *)f->into = (int)number;
    return VIS_OK;
}

static vis_status take(const json_field *f, const json_t *value, vis_error *err)
{
    switch (f->kind) {
    case JSON_FIELD_TEXT:
        return take_text(f, value, err);
    case JSON_FIELD_WHOLE:
        return take_whole(f, value, err);
    case JSON_FIELD_FLAG:
        break;
    }
    if (!json_is_boolean(value))
        return vis_fail(err, VIS_ERR_FORMAT, "`%s`: true or false is wanted", f->name);
    *(bool *)f->into = json_is_true(value);
    return VIS_OK;
}

static bool known(const char *key, const json_field *table, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(table[i].name, key) == 0) return true;
    return false;
}

vis_status json_fields_read(const json_t *object, const json_field *table, int count, bool strict,
                            vis_error *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object)) return vis_fail(err, VIS_ERR_FORMAT, "a JSON object is wanted");
    json_object_foreach(
        (json_t *)object, key,
        value) if (strict && !known(key, table,
                                    count)) return vis_fail(err, VIS_ERR_FORMAT,
                                                            "`%.64s`: there is no such field", key);
    for (int i = 0; i < count; i++) {
        value = json_object_get(object, table[i].name);
        if (value)
            VIS_TRY(take(&table[i], value, err));
        else if (table[i].required)
            return vis_fail(err, VIS_ERR_FORMAT, "`%s` is missing", table[i].name);
    }
    return VIS_OK;
}

vis_status json_fields_parse(const void *text, size_t size, const char *what,
                             const json_field *table, int count, bool strict, json_t **out,
                             vis_error *err)
{
    VIS_TRY(json_parse(text, size, what, out, err));
    vis_status status = json_fields_read(*out, table, count, strict, err);
    if (status == VIS_OK) return VIS_OK;
    json_decref(*out);
    *out = NULL;
    return status;
}
