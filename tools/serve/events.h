/* serve/events.h - server-sent events (text/event-stream) through libwebsockets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_EVENTS_H
#define SERVE_EVENTS_H

#include "serve/server.h"

#include <libwebsockets.h>

/* Behind the headers of an answer without a length. False: there is no memory for it. */
bool events_begin(struct lws *wsi, place *p);

/* The connection can take some; not 0 ends it. */
int events_send(struct lws *wsi, server *s);

/* The connection is gone, whatever it was. */
void events_closed(struct lws *wsi, server *s);

#endif
