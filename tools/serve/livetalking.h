/* serve/livetalking.h - the routes of LiveTalking, so that its pages and clients work unchanged.
 *
 * Its clients send no token: they are served where POST /v1/sessions wants none, on loopback, and
 * elsewhere only with --livetalking-open. Every reply is HTTP 200, {"code":0,"msg":"ok","data"?} or
 * {"code":-1,"msg"}. A session is named by `sessionid`: the id of one made by POST /v1/sessions, or
 * the number that /offer gave.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_LIVETALKING_H
#define SERVE_LIVETALKING_H

#include "serve/handlers.h"

/* False, and an answer, where these routes are not served. */
bool livetalking_served(const server *s, answer *a);

/* They find their session by themselves. */
handler handle_lt_offer, handle_lt_human, handle_lt_file, handle_lt_interrupt, handle_lt_speaking,
    handle_lt_action, handle_lt_record, handle_lt_recorded, handle_lt_events;

#endif
