/* serve/multipart.c - parts told by the lines between them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/multipart.h"

#include "base/status.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DELIMITER_MAX (MULTIPART_BOUNDARY_MAX + 4) /* behind a line's end and two dashes */
#define BOUNDARY_CHARACTERS                                                                        \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=?"

static vis_status no_form(vis_error *err)
{
    return vis_fail(err, VIS_ERR_FORMAT,
                    "the body is no form of the type multipart/form-data with a boundary");
}

vis_status multipart_boundary(const char *type, char boundary[MULTIPART_BOUNDARY_MAX + 1],
                              vis_error *err)
{
    static const char form[] = "multipart/form-data", key[] = "boundary=";
    if (strncasecmp(type, form, sizeof form - 1) != 0) return no_form(err);
    const char *at = strchr(type, ';');
    while (at && strncasecmp(at + strspn(at, "; \t"), key, sizeof key - 1) != 0)
        at = strchr(at + 1, ';');
    if (!at) return no_form(err);
    at += strspn(at, "; \t") + sizeof key - 1;
    bool quoted = *at == '"';
    at += quoted;
    size_t length = strspn(at, BOUNDARY_CHARACTERS);
    if (length == 0 || length > MULTIPART_BOUNDARY_MAX || (quoted && at[length] != '"'))
        return no_form(err);
    snprintf(boundary, MULTIPART_BOUNDARY_MAX + 1, "%.*s", (int)length, at);
    return VIS_OK;
}

/* ---- The head of a part ---- */

/* "Content-Disposition: form-data; name="file"; filename="x.wav"" names that part. */
static bool line_names(const char *line, size_t size, const char *name)
{
    static const char header[] = "content-disposition:", key[] = "name=\"";
    size_t wanted = strlen(name);
    if (size < sizeof header || strncasecmp(line, header, sizeof header - 1) != 0) return false;
    for (size_t i = sizeof header - 1; i + sizeof key + wanted <= size; i++)
        if (strchr("; \t", line[i - 1]) && strncasecmp(line + i, key, sizeof key - 1) == 0)
            return strncmp(line + i + sizeof key - 1, name, wanted) == 0 &&
                   line[i + sizeof key - 1 + wanted] == '"';
    return false;
}

/* Goes through the head's lines; *at is where the part itself begins then. False: it has no end. */
static bool read_head(const uint8_t *body, size_t size, size_t *at, const char *name, bool *named)
{
    *named = false;
    for (;;) {
        const uint8_t *line = body + *at, *end = memmem(line, size - *at, "\r\n", 2);
        if (!end) return false;
        *at = (size_t)(end - body) + 2;
        if (end == line) return true;
        *named = *named || line_names((const char *)line, (size_t)(end - line), name);
    }
}

/* ---- The parts ---- */

/* Behind a delimiter: does another part follow? */
static bool another(const uint8_t *body, size_t size, size_t *at)
{
    if (size - *at < 2 || memcmp(body + *at, "\r\n", 2) != 0) return false;
    *at += 2;
    return true;
}

static bool is_last(const uint8_t *body, size_t size, size_t at)
{
    return size - at >= 2 && memcmp(body + at, "--", 2) == 0;
}

vis_status multipart_find(const uint8_t *body, size_t size, const char *boundary, const char *name,
                          multipart_part *out, vis_error *err)
{
    char delimiter[DELIMITER_MAX + 1];
    int length = snprintf(delimiter, sizeof delimiter, "\r\n--%s", boundary);
    size_t at = (size_t)length - 2; /* the first has no line before it */
    *out = (multipart_part){0};
    if (size < at || memcmp(body, delimiter + 2, at) != 0) return no_form(err);
    for (int i = 0; i < MULTIPART_PARTS_MAX && another(body, size, &at); i++) {
        bool named;
        if (!read_head(body, size, &at, name, &named)) return no_form(err);
        const uint8_t *begin = body + at;
        const uint8_t *end = memmem(begin, size - at, delimiter, (size_t)length);
        if (!end) return no_form(err);
        if (named) {
            *out = (multipart_part){begin, (size_t)(end - begin)};
            return VIS_OK;
        }
        at = (size_t)(end - body) + (size_t)length;
    }
    return is_last(body, size, at) ? VIS_OK : no_form(err);
}
