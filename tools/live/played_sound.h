/* live/played_sound.h - what is pushed at any rate, as the 48 kHz that are heard.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_PLAYED_SOUND_H
#define LIVE_PLAYED_SOUND_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Sample i of it is the sound i / 48000 s after its beginning. One thread at a time. */
typedef struct played_sound played_sound;

/* Mono at `rate` Hz. What resampler_create says. */
vis_status played_sound_create(int rate, played_sound **out, vis_error *err);
void played_sound_free(played_sound *s); /* NULL is fine */

vis_status played_sound_push(played_sound *s, const float *samples, int64_t count, vis_error *err);
vis_status played_sound_end(played_sound *s, vis_error *err);

/* Samples there are in all; final once it has ended. */
int64_t played_sound_count(const played_sound *s);

/* Samples from ... from + count - 1, zeros where there are none (yet); those before `from` are
 * forgotten. */
void played_sound_read(played_sound *s, int64_t from, int count, float *out);

#endif
