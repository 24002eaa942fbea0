/* serve/request.c - what a request says of its body.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/request.h"

#include <string.h>
#include <strings.h>

bool request_is_of(const request *r, const char *type)
{
    size_t length = strlen(type);
    if (strncasecmp(r->type, type, length) != 0) return false;
    return type[length - 1] == '/' || strchr("; \t", r->type[length]) != NULL;
}
