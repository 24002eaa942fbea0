/* audio/speech.h - speech as the feature networks want it: one channel at 16 kHz.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The order and the arithmetic of librosa.load(path, sr=16000, mono=True): mean of the channels in
 * float32, then soxr at quality HQ, then cut or zero-padded to ceil(length * 16000 / rate) samples.
 * More than two channels are mixed as FFmpeg does instead (audio/samples.h). Sound that is already at
 * 16 kHz passes through untouched.
 */
#ifndef AUDIO_SPEECH_H
#define AUDIO_SPEECH_H

#include "audio/decode.h"
#include "audio/pcm_queue.h"

#include <stdbool.h>

#define SPEECH_RATE 16000 /* Hz */

typedef struct speech_reader speech_reader;

/* Errors as audio_reader_open. The log must outlive the reader. */
vis_status speech_reader_open(input_file from, const vis_log *log, speech_reader **out,
                              vis_error *err);

/* The same of sound that is pushed; the queue must outlive the reader. `name` for messages. */
vis_status speech_reader_open_queue(pcm_queue *queue, const char *name, const vis_log *log,
                                    speech_reader **out, vis_error *err);
void speech_reader_close(speech_reader *s); /* NULL is fine */

/* Up to `max` samples; *got is their number: of a file less than max only at the end, then 0 for
 * ever; of a queue as many as there are. VIS_AGAIN: a queue gives none yet. */
vis_status speech_reader_read(speech_reader *s, float *samples, int max, int *got, vis_error *err);

/* Samples at 16 kHz: exact once the end was reached, before that an estimate, -1 when the file
 * gives none. */
int64_t speech_reader_length(const speech_reader *s, bool *exact);

/* Largest |sample| delivered so far. */
float speech_reader_peak(const speech_reader *s);

#endif
