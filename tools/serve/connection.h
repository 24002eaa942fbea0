/* serve/connection.h - what belongs to a connection, as libwebsockets keeps it for each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_CONNECTION_H
#define SERVE_CONNECTION_H

#include "serve/download.h"
#include "serve/request.h"
#include "serve/socket.h"

/* Zero-initialised it is new. */
typedef struct connection {
    request *request;  /* HTTP */
    download download; /* HTTP: an answer whose body is a file */
    viewer viewer;     /* WebSocket */
} connection;

#endif
