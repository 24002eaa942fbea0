/* serve/json_fields.h - an object that a client sent, field by field.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_JSON_FIELDS_H
#define SERVE_JSON_FIELDS_H

#include "viseme/status.h"

#include <jansson.h>
#include <stdbool.h>

typedef enum json_field_kind {
    JSON_FIELD_TEXT,  /* const char **; the object's */
    JSON_FIELD_FLAG,  /* bool * */
    JSON_FIELD_WHOLE, /* int * */
} json_field_kind;

typedef struct json_field {
    const char *name;
    json_field_kind kind;
    void *into; /* left alone where the field is missing */
    bool required;
    const char *choices; /* of a text (base/choices.h); NULL: any */
} json_field;

/* VIS_ERR_FORMAT where the value is no object, a required field is missing, one is of another kind,
 * or (`strict`) one is not in the table. */
vis_status json_fields_read(const json_t *object, const json_field *table, int count, bool strict,
                            vis_error *err);

/* The same of text; *out holds the texts and is the caller's to release. */
vis_status json_fields_parse(const void *text, size_t size, const char *what,
                             const json_field *table, int count, bool strict, json_t **out,
                             vis_error *err);

#endif
