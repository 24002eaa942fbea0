/* serve/http.h - requests taken off a connection, answers put on it: libwebsockets' side of routes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include "serve/download.h"
#include "serve/request.h"
#include "serve/server.h"

#include <libwebsockets.h>

/* All return what libwebsockets' callback is to return: not 0 ends the connection. */

/* The headers of a request are there. */
int http_request(struct lws *wsi, server *s, request **r, const char *path);

/* A piece of its body, and the end of it. */
int http_body(struct lws *wsi, request **r, const void *bytes, size_t size);
int http_body_end(struct lws *wsi, server *s, request **r);

/* A request with Upgrade: 0 lets it become a WebSocket; -1: it ends, answered where it could be. */
int http_upgrade(struct lws *wsi, server *s, const char *to);

/* The timer expired: is it a body that takes too long? `r` is NULL between requests. */
bool http_is_late(const request *r);

/* A piece of the file that is the body of an answer. */
int http_file_send(struct lws *wsi, download *d);

/* Gives up what of a request is there. */
void http_drop(request **r);

/* Reads the headers; false where the method is none. */
void http_read(struct lws *wsi, const char *path, request *r);

#endif
