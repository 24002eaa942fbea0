/* serve/answer.h - what an HTTP client is answered, as plain data.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include "viseme/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Zero-initialised is none yet. */
typedef struct answer {
    int status;       /* 0: none yet */
    const char *type; /* of the body; NULL: there is none */
    const void *body;
    size_t size;
    char *owned;        /* where the body is the answer's own */
    char location[64];  /* "": no such header, here and below */
    const char *allow;  /* NULL: no such header */
    const char *policy; /* Content-Security-Policy of a page */
    char etag[72];
    char origin[256];  /* the site that may read it; "*" all */
    int retry_seconds; /* 0: no such header */
    bool challenge;    /* WWW-Authenticate */
    bool preflight;    /* what other sites may send */
    bool close;        /* the connection ends with it */
    bool envelope; /* problems become 200 {"code":-1,"msg"}, as LiveTalking's clients want them */
    char *file;    /* of the heap: a path whose contents are the body, sent as it is read */
    void *follows; /* a place whose events follow for ever, as text/event-stream */
} answer;

void answer_free(answer *a);

/* A JSON value, which is used up; NULL becomes 500. */
void answer_json(answer *a, int status, json_t *value);

/* Bytes that live on. */
void answer_bytes(answer *a, int status, const char *type, const void *bytes, size_t size);

/* Text of the heap, used up; NULL becomes 500. */
void answer_text(answer *a, int status, const char *type, char *text);

/* RFC 9457. */
void answer_problem(answer *a, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What a status of viseme is to an HTTP client: 400, 503 with Retry-After, 500 ... */
void answer_failure(answer *a, vis_status status, const vis_error *err);

/* "Not Found" */
const char *answer_title(int status);

#endif
