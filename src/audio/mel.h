/* audio/mel.h - the mel spectrogram that the AVE encoder was trained on, made as the sound comes in.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of 16 kHz mono x in [-1, 1], all in double precision:
 *   y[n] = x[n] - 0.97 x[n - 1], y[0] = x[0]
 *   STFT: 800 points, hop 200, periodic Hann of 800, centred with 400 zeros on each side; magnitude
 *   80 triangular bands, 55 to 7600 Hz, Slaney's mel scale and area normalisation
 *     (librosa.filters.mel, whose table is float32)
 *   S = 20 log10(max(1e-5, .)) - 20
 *   clip(8 (S + 100) / 100 - 4, -4, 4), rounded to float32
 * n samples give 1 + n / 200 frames, 80 a second; frame t is centred on sample 200 t.
 */
#ifndef AUDIO_MEL_H
#define AUDIO_MEL_H

#include "base/status.h"

#include <stdint.h>

#define MEL_BANDS 80
#define MEL_HOP 200        /* samples */
#define MEL_WINDOW 800     /* samples */
#define MEL_RATE 80        /* frames a second */
#define MEL_SILENT (-4.0F) /* all bands of digital silence */

typedef struct mel_stream mel_stream;

vis_status mel_stream_create(mel_stream **out, vis_error *err);
void mel_stream_free(mel_stream *m); /* NULL is fine */

/* Takes samples in until they are used up or as many frames wait as the stream holds; returns how
 * many were taken (fewer than `count` means: pull, then push the rest). */
int mel_stream_push(mel_stream *m, const float *samples, int count);

/* Says that no more samples come; the frames that reach over the end follow. */
void mel_stream_finish(mel_stream *m);

/* Up to `max` frames into frames[max][MEL_BANDS]; returns how many, 0 when more samples are needed,
 * and after mel_stream_finish 0 for ever once all have been given. */
int mel_stream_pull(mel_stream *m, float *frames, int max);

/* The bands' weights [MEL_BANDS][MEL_WINDOW / 2 + 1] as librosa.filters.mel gives them. */
void mel_filter_bank(float *weights);

/* Frames that so many samples give. */
static inline int64_t mel_frame_count(int64_t samples)
{
    return 1 + samples / MEL_HOP;
}

/* One-shot: frames[mel_frame_count(count)][MEL_BANDS], the caller's. */
vis_status mel_compute(const float *samples, int64_t count, float *frames, vis_error *err);

#endif
