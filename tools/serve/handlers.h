/* serve/handlers.h - one function for each thing that can be asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_HANDLERS_H
#define SERVE_HANDLERS_H

#include "serve/answer.h"
#include "serve/request.h"
#include "serve/server.h"

/* `p` is the session of the path; NULL where the path has none. */
typedef void handler(server *s, place *p, request *r, answer *a);

handler handle_characters, handle_sessions, handle_open, handle_session, handle_close, handle_speak,
    handle_interrupt, handle_health, handle_ready, handle_metrics, handle_socket, handle_offer,
    handle_viewer, handle_viewer_end, handle_candidates;

void handle_asset(const server *s, const request *r, answer *a);

#endif
