/* audio/features.h - rows of speech features, one a video frame, whatever they come from.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * From sound (ave): M mel frames give T = int((M - 16) / 80. * 25.) + 2 feature frames (IEEE
 * double, in this order); frame i is the AVE encoder's answer to the 16 mel frames from min(int(80
 * i / 25), M - 16) on, as [1, 80, 16]; the first and the last frame are given twice, so T + 2 rows
 * of 512 come out. From a file: the rows that it holds, [T, 512] (ave), [T, 2, 1024] (hubert), [T,
 * 16, 512] (wenet), or any of them flattened to [T, n]. Rows are produced as they are asked for;
 * memory does not grow with their number. A row does not depend on how many were read or skipped
 * before it.
 */
#ifndef AUDIO_FEATURES_H
#define AUDIO_FEATURES_H

#include "audio/ave_encoder.h"
#include "audio/pcm_queue.h"
#include "audio/speech.h"
#include "base/threads.h"
#include "media/input_file.h"

#define FEATURE_MEL_FRAMES 16 /* mel frames that one AVE feature sees */
#define FEATURE_AVE_SIZE 512  /* numbers of one AVE feature */
#define FEATURE_AVE_RATE 25   /* rows a second */

typedef struct feature_source feature_source;

/* Rows from sound through an AVE encoder. `encoder`, `pool` (may be NULL) and `log` (may be NULL)
 * must outlive the source. VIS_ERR_MISMATCH when `encoder` is something else; VIS_ERR_FORMAT
 * for sound shorter than 16 mel frames (0.1875 s); else as audio_reader_open. */
vis_status feature_source_open_audio(input_file from, const model *encoder, thread_pool *pool,
                                     const vis_log *log, feature_source **out, vis_error *err);

/* The same rows, bit for bit, from sound that is pushed, each as soon as it can be: the last of its
 * 16 mel frames looks 25 ms ahead. The queue and the encoder (made `live`) must outlive the source.
 * Sound that ends before 16 mel frames gives none. */
vis_status feature_source_open_pushed(pcm_queue *queue, const ave_encoder *encoder,
                                      thread_pool *pool, const vis_log *log, feature_source **out,
                                      vis_error *err);

/* Rows that are computed elsewhere and pushed by any thread; `capacity` of them may wait to be
 * read, and what is pushed beyond is not taken. */
vis_status feature_source_open_rows(audio_mode mode, int row_size, int64_t capacity,
                                    feature_source **out, vis_error *err);
void feature_rows_push(feature_source *s, const float *rows, int64_t count, int64_t *taken);
void feature_rows_end(feature_source *s); /* no more come */

/* Rows from a .npy (float16/32/64) or a raw little-endian float32 .bin (ave). `wanted` is the mode
 * that the rows must have: AUDIO_NONE takes any, AUDIO_AVE_OR_HUBERT either of the two;
 * `row_size_wanted` numbers a row, 0 for any. VIS_ERR_MISMATCH when the file's shape is another
 * one. */
vis_status feature_source_open_file(input_file from, audio_mode wanted, int row_size_wanted,
                                    feature_source **out, vis_error *err);
void feature_source_close(feature_source *s); /* NULL is fine */

/* AUDIO_AVE, AUDIO_HUBERT or AUDIO_WENET, and 512, 2048 or 8192 numbers a row. */
audio_mode feature_source_mode(const feature_source *s);
int feature_source_row_size(const feature_source *s);

/* Rows in all, whatever was read already; -1 when unknown. *exact (may be NULL): false while it is
 * an estimate from the duration that a sound file claims. */
int64_t feature_source_count(const feature_source *s, bool *exact);

/* Index of the row that feature_source_next gives next. */
int64_t feature_source_position(const feature_source *s);

/* The next row into row[row_size]; *got false at the end. VIS_AGAIN: of sound that is pushed, more
 * must come first; the row is still the next. */
vis_status feature_source_next(feature_source *s, float *row, bool *got, vis_error *err);

/* Passes over up to `rows` rows (no encoder runs for them); *skipped (may be NULL) is how many
 * there were. */
vis_status feature_source_skip(feature_source *s, int64_t rows, int64_t *skipped, vis_error *err);

/* Would the mouth stay still? From sound: no sample heard so far exceeds 0.001 (-60 dB). From a
 * file: all rows read so far (two or more) are the same. */
bool feature_source_silent(const feature_source *s);

/* Gives rows that do not come from sound the recording that they were made of, `fps` rows a second:
 * it tells where they are speech. Takes the reader, also when this fails; rows that come from sound
 * need none. VIS_ERR_MEMORY. */
vis_status feature_source_give_sound(feature_source *s, speech_reader *taken, int fps,
                                     vis_error *err);

/* Is it known of which sound the rows are? */
bool feature_source_has_sound(const feature_source *s);

/* How far the frame of a row whose window was read speaks, by the sound (audio/speech_gate.h): 1 as
 * heard, 0 at rest; 1 without sound. Rows are asked for in rising order. What reading sound says. */
vis_status feature_source_spoken(feature_source *s, int64_t row, float *spoken, vis_error *err);

/* The same of row 0, as far as the sound says that is in; for who leads in before it. */
vis_status feature_source_foretells(feature_source *s, float *spoken, vis_error *err);

/* Before the first row is read: no more than `rows` rows (0 or more) behind a row will have been
 * read when it is asked how far that speaks. */
void feature_source_look_ahead(feature_source *s, int rows);

/* What an encoder gives for silence. */
typedef struct feature_silence {
    float row[FEATURE_AVE_SIZE];
    float near; /* Euclidean distance within which a row is silence */
} feature_silence;

/* Runs the rows' own encoder on digital silence; *known is false where they have none.
 * VIS_ERR_MEMORY. */
vis_status feature_source_silence(feature_source *s, feature_silence *out, bool *known,
                                  vis_error *err);

/* The same of an encoder made `live`, before there are rows. */
vis_status feature_encoder_silence(const ave_encoder *encoder, feature_silence *out,
                                   vis_error *err);

/* How far the middle frame of an AVE window [rows, 512] speaks, by its rows alone: 1 with a row that
 * is not silence within three frames of it, 0 where all are silence; rows outside the clip, zeros,
 * say nothing. */
float feature_window_spoken(const feature_silence *s, const float *window, int rows);

/* T + 2: rows that `mel_frames` mel frames give; 0 when they are too few. */
int64_t feature_row_count(int64_t mel_frames);

/* First mel frame of feature frame i (before the repetition), moved back to fit. */
int64_t feature_mel_start(int64_t i, int64_t mel_frames);

#endif
