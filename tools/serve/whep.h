/* serve/whep.h - a place's viewer by WebRTC (WHEP, draft-ietf-wish-whep): asked for, looked after,
 * given up. Service thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_WHEP_H
#define SERVE_WHEP_H

#include "serve/server.h"

/* Opens the engine where this build has one; the server goes on without it elsewhere. */
vis_status whep_open(server *s, vis_error *err);

/* Takes an offer for the place; a viewer that was there gives way. *answer is the caller's to free.
 * As rtc_answer; VIS_ERR_UNSUPPORTED also of a place that sends by WebSocket. */
vis_status whep_answer(server *s, place *p, const char *offer, size_t size, char **answer,
                       vis_error *err);

/* The viewer is gone, if there is one. */
void whep_end(server *s, place *p);

/* Gives up a viewer that went away by itself. */
void whep_tick(server *s, place *p);

#endif
