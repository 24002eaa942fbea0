/* fuzz/multipart.c - a form: its Content-Type up to the first line's end, then its body.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "serve/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void look_for(const uint8_t *body, size_t size, const char *boundary, const char *name)
{
    vis_error err = {0};
    multipart_part part;
    vis_status status = multipart_find(body, size, boundary, name, &part, &err);
    target_check(status, &err);
    if (status != VIS_OK || !part.bytes) return;
    if (part.bytes < body || part.bytes + part.size > body + size) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char type[160], boundary[MULTIPART_BOUNDARY_MAX + 1];
    vis_error err = {0};
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    if (!line) return 0;
    snprintf(type, sizeof type, "%.*s", (int)(line - data), (const char *)data);
    vis_status status = multipart_boundary(type, boundary, &err);
    target_check(status, &err);
    if (status != VIS_OK) return 0;
    size_t rest = size - (size_t)(line + 1 - data);
    look_for(line + 1, rest, boundary, "file");
    look_for(line + 1, rest, boundary, "sessionid");
    return 0;
}
