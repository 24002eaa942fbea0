/* serve/routes.h - what there is to ask, and the answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include "serve/answer.h"
#include "serve/request.h"
#include "serve/server.h"

/* When the headers are there: refuses what can be refused without the body; where the answer stays
 * empty, `request->body` takes the body up to its limit and routes_finish follows. */
void routes_begin(server *s, request *r, answer *a);

/* When the body is there. */
void routes_finish(server *s, request *r, answer *a);

/* Whether a WebSocket may be opened there: the place, or NULL and an answer. */
place *routes_socket(server *s, const request *r, answer *a);

#endif
