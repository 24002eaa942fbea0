/* serve/request.h - what an HTTP client asks, as plain data: no connection, no library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum request_method {
    METHOD_GET = 1, /* HEAD too */
    METHOD_POST = 2,
    METHOD_DELETE = 4,
    METHOD_OPTIONS = 8,
    METHOD_PATCH = 16,
    METHOD_OTHER = 32,
} request_method;

/* Headers that are missing are "". What is too long for its place is "?", which fits nothing. */
typedef struct request {
    request_method method;
    bool head;      /* the answer goes without its body */
    char path[192]; /* decoded, without what follows '?' */
    char host[256], origin[256], authorization[512], type[128], none_match[128], match[128];
    char interrupt[16], event_id[160], session_id[32]; /* of the query */
    int64_t length;  /* of the body, as announced; -1: not announced */
    bool length_bad; /* announced as no number */
    bool chunked;    /* the body comes without a length */
    bool expects;    /* waits for "100 Continue" */
    bool answered;
    buffer body;
} request;

/* "application/json; charset=utf-8" is of the type "application/json"; "audio/wav" of "audio/". */
bool request_is_of(const request *r, const char *type);

#endif
