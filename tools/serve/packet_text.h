/* serve/packet_text.h - what a session sends, as a WebSocket carries it (docs/live-protocol.md).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_PACKET_TEXT_H
#define SERVE_PACKET_TEXT_H

#include "live/packet.h"
#include "live/presenter.h"

#include <jansson.h>
#include <stdint.h>

/* The header before a medium's bytes. */
#define MEDIA_HEADER 16
void media_header(const live_packet *p, uint8_t out[MEDIA_HEADER]);

/* JSON of an event, the caller's to free; NULL when out of memory. Of LIVE_STATE the state alone. */
char *event_text(const live_packet *p);

/* "session.state_updated"; `facts` (may be NULL): what media follow. */
char *state_text(const char *state, const live_presenter_facts *facts, bool raw);

/* What never began, or began and was given up before it was heard. */
char *dropped_text(const char *id, int64_t time_us);

/* "agent.reply": a piece of an answer, which is said next. */
char *reply_text(const char *id, const char *text);

/* `id` may be NULL. */
char *error_text(const char *id, const char *message);

#endif
