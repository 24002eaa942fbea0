/* audio/features.c - rows of features, whatever their origin, and the arithmetic of their number.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/features_internal.h"

void feature_source_close(feature_source *s)
{
    if (s == NULL) return;
    speech_gate *gate = s->gate;
    speech_reader_close(s->sound);
    s->close(s);
    speech_gate_free(gate);
}

audio_mode feature_source_mode(const feature_source *s)
{
    return s->mode;
}

int feature_source_row_size(const feature_source *s)
{
    return s->row_size;
}

int64_t feature_source_position(const feature_source *s)
{
    return s->row;
}

int64_t feature_source_count(const feature_source *s, bool *exact)
{
    bool known;
    int64_t rows = s->count(s, &known);
    if (exact != NULL) *exact = known;
    return rows;
}

bool feature_source_silent(const feature_source *s)
{
    return s->silent(s);
}

vis_status feature_source_next(feature_source *s, float *row, bool *got, vis_error *err)
{
    *got = false;
    VIS_TRY(s->read(s, s->row, row, got, err));
    if (*got) s->row++;
    return VIS_OK;
}

vis_status feature_source_skip(feature_source *s, int64_t rows, int64_t *skipped, vis_error *err)
{
    int64_t target = s->row;
    if (rows > 0 && __builtin_add_overflow(s->row, rows, &target)) target = INT64_MAX;
    VIS_TRY(s->seek(s, &target, err));
    if (skipped != NULL) *skipped = target - s->row;
    s->row = target;
    return VIS_OK;
}

int64_t feature_row_count(int64_t mel_frames)
{
    if (mel_frames < FEATURE_MEL_FRAMES) return 0;
    /* in this order and in double: 384 frames give 116 features this way, integers would say 117 */
    double seconds = (double)(mel_frames - FEATURE_MEL_FRAMES) / 80.;
    return (int64_t)(seconds * 25.) + 2 + 2;
}

int64_t feature_mel_start(int64_t i, int64_t mel_frames)
{
    int64_t start = i * MEL_RATE / FEATURE_AVE_RATE, last = mel_frames - FEATURE_MEL_FRAMES;
    return start < last ? start : last;
}
