/* base/json_make.c - a JSON value from a format, which only lack of memory can prevent.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

/* Where the format is read, and the values that it speaks of. */
typedef struct making {
    const char *at;
    va_list values;
} making;

static json_t *make_value(making *m, int depth);

static char next(making *m)
{
    m->at += strspn(m->at, " ,:");
    if (*m->at == '\0') return '\0';
    return *m->at++;
}

static bool ends(making *m, char closing)
{
    m->at += strspn(m->at, " ,:");
    bool end = *m->at == closing || *m->at == '\0';
    if (*m->at == closing) m->at++;
    return end;
}

static json_t *make_object(making *m, int depth)
{
    json_t *object = json_object();
    while (!ends(m, '}')) {
        (void)next(m); /* 's' */
        const char *key = va_arg(m->values, const char *);
        json_put(&object, key, make_value(m, depth));
    }
    return object;
}

static json_t *make_list(making *m, int depth)
{
    json_t *list = json_array();
    while (!ends(m, ']'))
        json_add(&list, make_value(m, depth));
    return list;
}

static json_t *make_text(making *m)
{
    if (*m->at == '?') m->at++;
    return json_text(va_arg(m->values, const char *));
}

static json_t *make_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *make_value(making *m, int depth)
{
    char kind = next(m);
    switch (kind) {
    case '{':
    case '[':
        if (depth == JSON_MAKE_DEPTH) return NULL;
        return kind == '{' ? make_object(m, depth + 1) : make_list(m, depth + 1);
    case 's':
        return make_text(m);
    case 'i':
        return json_integer(va_arg(m->values, int));
    case 'I':
        return json_integer(va_arg(m->values, json_int_t));
    case 'f':
        return make_number(va_arg(m->values, double));
    case 'b':
        return json_boolean(va_arg(m->values, int));
    case 'o':
        return va_arg(m->values, json_t *);
    case 'O':
        return json_incref(va_arg(m->values, json_t *));
    default:
        return NULL;
    }
}

json_t *json_make(const char *format, ...)
{
    making m = {.at = format};
    va_start(m.values, format);
    json_t *value = make_value(&m, 0);
    va_end(m.values);
    return value;
}
