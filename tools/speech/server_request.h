/* speech/server_request.h - one question to a server, which can be given up at any moment.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_SERVER_REQUEST_H
#define SPEECH_SERVER_REQUEST_H

#include "base/status.h"

#include <curl/curl.h>
#include <stdbool.h>

/* libcurl's handles, which keep the connection for the next question. One thread at a time. */
typedef struct server_line {
    CURLM *multi;
    CURL *easy;
} server_line;
vis_status server_line_open(server_line *l, vis_error *err);
void server_line_close(server_line *l); /* fine where nothing is open */

typedef struct server_request {
    const char *url;
    const struct curl_slist *headers;
    const char *body;
    int timeout_ms; /* without a byte of the answer */
} server_request;

/* Who reads the answer. Not before `head` was told; `take` may take its time. */
typedef struct server_receiver {
    void *user;
    void (*head)(void *user, int code, const char *type);     /* of HTTP; "" for no Content-Type */
    bool (*take)(void *user, const void *bytes, size_t size); /* false: no more is to be read */
    bool (*wanted)(void *user); /* false: nobody waits for it any more */
} server_receiver;

/* Asks, and reads the answer to its end, or until the receiver wants no more of it: VIS_OK, and what
 * it is worth the receiver knows. VIS_ERR_OPEN: the server cannot be reached, or falls silent;
 * VIS_ERR_FORMAT: it breaks off; VIS_ERR_CANCELLED within a tenth of a second. The messages do not
 * name the server. */
vis_status server_request_run(server_line *l, const server_request *r, const server_receiver *to,
                              vis_error *err);

#endif
