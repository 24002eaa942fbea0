/* audio/speech_gate.h - when is there speech? How far each output frame speaks, from the sound alone.
 *
 * Each frame's level (RMS of its samples, dB of full scale) is held against a threshold a little
 * above the room's noise, which is the quietest of the last seconds. A few loud frames in a row are
 * speech; what is shorter (a click) is none, unless speech was just before. A frame speaks where
 * there is speech from SPEECH_GATE_BEFORE frames before it to SPEECH_GATE_AHEAD after it, so that
 * lips begin to move before the sound does and gaps between words are bridged; into and out of that
 * it fades.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_SPEECH_GATE_H
#define AUDIO_SPEECH_GATE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define SPEECH_GATE_FADE 5   /* frames from rest to speech, and back */
#define SPEECH_GATE_BEFORE 4 /* frames that are spoken on after the sound's end */
#define SPEECH_GATE_AHEAD 8  /* frames before the sound's begin that speaking begins */

/* Frames of sound after a frame's own that decide about it. The AVE window of a frame hears at
 * least 7,080 samples from its begin on (audio/features.h): 11 frames. */
#define SPEECH_GATE_LOOK 10

/* Depends on the samples alone, not on how they were cut into pieces. One thread at a time. */
typedef struct speech_gate speech_gate;

/* For `fps` frames a second (1 to 240) of sound at SPEECH_RATE. VIS_ERR_MEMORY. */
vis_status speech_gate_create(int fps, speech_gate **out, vis_error *err);
void speech_gate_free(speech_gate *g); /* NULL is fine */

/* From the first frame on, decides by no more than so many frames of sound after a frame's own: 0 to
 * SPEECH_GATE_LOOK, as at first. Speech is then heard of later. */
void speech_gate_look_ahead(speech_gate *g, int frames);

/* The next samples; then, that there are no more. */
void speech_gate_push(speech_gate *g, const float *samples, int count);
void speech_gate_end(speech_gate *g);

/* Is the sound in that decides about frame i (0, 1, ...)? */
bool speech_gate_knows(const speech_gate *g, int64_t frame);

/* How far frame i speaks: 1 as heard, 0 at rest. Frames are asked for in rising order, at most some
 * 4,000 behind the newest sound; sound that is not in counts as silence. */
float speech_gate_weight(speech_gate *g, int64_t frame);

/* How far frame 0 speaks, as far as the sound says that is in: 0 where it may still come to 1. Waits
 * for nothing and decides nothing. */
float speech_gate_foretells(speech_gate *g);

#endif
