/* serve/network.h - the one thread that all connections are served by.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_NETWORK_H
#define SERVE_NETWORK_H

#include "serve/server.h"

/* Listens. VIS_ERR_WRITE; VIS_ERR_OPEN, VIS_ERR_FORMAT of TLS files. */
vis_status network_open(server *s, vis_error *err);
void network_close(server *s);

/* "http://127.0.0.1:8080/", with the port that it has. */
void network_url(const server *s, char *out, size_t size, int *port);

/* Serves until the caller wants it to stop. */
void network_serve(server *s);

/* Gives clients a moment to hear that it ends. */
void network_flush(server *s);

#endif
