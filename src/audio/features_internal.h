/* audio/features_internal.h - what the origins of features have in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_FEATURES_INTERNAL_H
#define AUDIO_FEATURES_INTERNAL_H

#include "audio/features.h"
#include "audio/mel_source.h"

#define FEATURE_SILENT_PEAK 0.001f /* -60 dB of full scale: no speech is as soft */

/* Begins every origin's own record. `row` is kept by feature_source_next and _skip. */
struct feature_source {
    audio_mode mode;
    int row_size;
    int64_t row; /* the next one */

    /* Row `row` into out[row_size]; *got false beyond the last. */
    vis_status (*read)(feature_source *s, int64_t row, float *out, bool *got, vis_error *err);
    /* Makes *row, at or beyond the present one, the next row; lowers it to the number of rows. */
    vis_status (*seek)(feature_source *s, int64_t *row, vis_error *err);
    int64_t (*count)(const feature_source *s, bool *exact);
    bool (*silent)(const feature_source *s);
    /* What its encoder gives for silence; NULL: it has none. */
    vis_status (*silence)(feature_source *s, feature_silence *out, vis_error *err);
    void (*close)(feature_source *s); /* frees the record too */

    /* Freed by feature_source_close. */
    speech_gate *gate;    /* NULL: no sound is known */
    speech_reader *sound; /* that it hears of rows which do not come from sound; NULL for others */
};

/* feature_source_open_audio that shows `tap` (may be NULL) every mel frame once, in order. */
vis_status feature_source_open_tapped(input_file from, const model *encoder, thread_pool *pool,
                                      const vis_log *log, mel_tap tap, void *user,
                                      feature_source **out, vis_error *err);

/* Fills what such a source needs to tell silence, from the rows of silence and of loud noise. */
void feature_silence_set(feature_silence *s, const float *silent, const float *loud);

/* Where such a source's mel frames come from. */
const mel_source *feature_source_mel(const feature_source *s);

#endif
