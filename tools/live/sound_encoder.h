/* live/sound_encoder.h - 48 kHz mono into Opus packets of 20 ms.
 *
 * The decoder gives a packet's samples SOUND_ENCODER_DELAY later than they went in, so a packet's
 * time is that much earlier than its samples' own: what is decoded is where it belongs, also of who
 * knows nothing of Opus' pre-skip.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_SOUND_ENCODER_H
#define LIVE_SOUND_ENCODER_H

#include "base/status.h"
#include "live/bytes.h"

#include <stdbool.h>

#define SOUND_PACKET_SAMPLES 960
#define SOUND_PACKET_US 20000

/* One thread at a time. */
typedef struct sound_encoder sound_encoder;

/* VIS_ERR_UNSUPPORTED: this FFmpeg has no libopus; VIS_ERR_MEMORY. */
vis_status sound_encoder_open(sound_encoder **out, vis_error *err);
void sound_encoder_close(sound_encoder *e); /* NULL is fine */

/* Samples by which what is decoded lags behind what went in. */
int sound_encoder_delay(const sound_encoder *e);

/* SOUND_PACKET_SAMPLES in [-1, 1]; others are clipped. The caller's to release. */
vis_status sound_encoder_packet(sound_encoder *e, const float *samples, live_bytes **out,
                                vis_error *err);

#endif
