/* audio/mel_source.h - the mel spectrogram of speech, frame after frame.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_MEL_SOURCE_H
#define AUDIO_MEL_SOURCE_H

#include "audio/mel.h"
#include "audio/speech.h"
#include "audio/speech_gate.h"

typedef struct mel_source mel_source;

/* Errors as audio_reader_open. The log must outlive the source. */
vis_status mel_source_open(input_file from, const vis_log *log, mel_source **out, vis_error *err);

/* Of speech that somebody opened, and gives away: also when this fails. */
vis_status mel_source_create(speech_reader *taken, mel_source **out, vis_error *err);
void mel_source_close(mel_source *s); /* NULL is fine */

/* Up to `max` frames into frames[max][MEL_BANDS]; *got is 0 only at the end. VIS_AGAIN: speech that
 * is pushed gives none yet. */
vis_status mel_source_read(mel_source *s, float *frames, int max, int *got, vis_error *err);

/* Calls `tap` with all frames that mel_source_read gives from now on; its failure is the read's. */
typedef vis_status (*mel_tap)(void *user, const float *frames, int count, vis_error *err);
void mel_source_set_tap(mel_source *s, mel_tap tap, void *user);

/* Shows `gate`, which must outlive the source, all sound that is read from now on, and its end. */
void mel_source_set_gate(mel_source *s, speech_gate *gate);

/* Frames in all: exact once the end was reached, before that an estimate, -1 when there is none. */
int64_t mel_source_count(const mel_source *s, bool *exact);

/* Where the frames come from, for its facts (length, peak). */
const speech_reader *mel_source_speech(const mel_source *s);

#endif
