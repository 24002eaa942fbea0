/* serve/socket.h - a session's WebSocket: media and events out, messages in.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_SOCKET_H
#define SERVE_SOCKET_H

#include "serve/server.h"

#include <libwebsockets.h>

/* A WebSocket; zero-initialised is one that is not open. */
typedef struct viewer {
    place *place; /* NULL: it is to be closed */
    struct lws *wsi;
    server *server;
    int close_code; /* where `place` is NULL */
    const char *why;
    double heard;            /* clock_seconds() of its last sign of life */
    buffer incoming;         /* of a message that comes in pieces */
    unsigned char *outgoing; /* with LWS_PRE before */
    size_t room;
} viewer;

/* As libwebsockets' callback: not 0 ends the connection. */
int socket_filter(struct lws *wsi, server *s, viewer *v);
int socket_open(struct lws *wsi, viewer *v);
int socket_receive(struct lws *wsi, viewer *v, const void *bytes, size_t size);
int socket_send(struct lws *wsi, viewer *v);
void socket_alive(viewer *v);
void socket_closed(viewer *v);

#endif
