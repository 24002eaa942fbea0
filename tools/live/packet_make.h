/* live/packet_make.h - packets made; who receives them sees live/packet.h alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_PACKET_MAKE_H
#define LIVE_PACKET_MAKE_H

#include "live/bytes.h"
#include "live/packet.h"

/* Takes over one hold of `bytes`, also where it fails: NULL when out of memory, or where `bytes`
 * is NULL. Held once. */
const live_packet *live_packet_media(live_packet_kind kind, bool key, int64_t time_us,
                                     int64_t duration_us, live_bytes *bytes);

/* Texts are copied. */
const live_packet *live_packet_event(const live_event *event, int64_t time_us);

#endif
