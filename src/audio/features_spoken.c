/* audio/features_spoken.c - which rows are speech: by the sound that belongs to them, and by what
 * the encoder makes of silence.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/features_internal.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK 4096 /* samples read at a time */
/* Whole frames of sound behind its own that the AVE row of a frame hears. */
#define ROW_LOOK 3
/* Share of the distance from silence to loud noise within which a row is silence. */
#define NEAR 0.05F

vis_status feature_source_give_sound(feature_source *s, speech_reader *taken, int fps,
                                     vis_error *err)
{
    vis_status status = VIS_OK;
    bool wanted = s->gate == NULL; /* else the rows come from sound */
    if (wanted) status = speech_gate_create(fps, &s->gate, err);
    if (wanted && status == VIS_OK)
        s->sound = taken;
    else
        speech_reader_close(taken);
    return status;
}

bool feature_source_has_sound(const feature_source *s)
{
    return s->gate != NULL;
}

/* Sound of rows that come from sound is in as soon as they are. Where sound beside the rows turns bad,
 * it ends for the gate, which hears ahead; the sound track tells of it in its place. */
static vis_status read_sound(feature_source *s, int64_t row, vis_error *err)
{
    float samples[BLOCK];
    while (s->sound != NULL && !speech_gate_knows(s->gate, row)) {
        int got = 0;
        vis_status status = speech_reader_read(s->sound, samples, BLOCK, &got, err);
        if (status == VIS_ERR_MEMORY) return status;
        if (status != VIS_OK) got = 0;
        speech_gate_push(s->gate, samples, got);
        if (got == 0) speech_gate_end(s->gate);
    }
    return VIS_OK;
}

vis_status feature_source_spoken(feature_source *s, int64_t row, float *spoken, vis_error *err)
{
    *spoken = 1;
    if (s->gate == NULL) return VIS_OK;
    VIS_TRY(read_sound(s, row, err));
    *spoken = speech_gate_weight(s->gate, row);
    return VIS_OK;
}

vis_status feature_source_foretells(feature_source *s, float *spoken, vis_error *err)
{
    if (s->gate == NULL || s->sound != NULL) return feature_source_spoken(s, 0, spoken, err);
    *spoken = speech_gate_foretells(s->gate);
    return VIS_OK;
}

/* Sound beside the rows is read as far as it is wanted. */
void feature_source_look_ahead(feature_source *s, int rows)
{
    if (s->gate == NULL || s->sound != NULL || rows >= SPEECH_GATE_LOOK) return;
    speech_gate_look_ahead(s->gate, rows + ROW_LOOK);
}

vis_status feature_source_silence(feature_source *s, feature_silence *out, bool *known,
                                  vis_error *err)
{
    *known = s->silence != NULL;
    return *known ? s->silence(s, out, err) : VIS_OK;
}

static float distance(const float *a, const float *b)
{
    double sum = 0;
    for (int i = 0; i < FEATURE_AVE_SIZE; i++)
        sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    return (float)sqrt(sum);
}

void feature_silence_set(feature_silence *s, const float *silent, const float *loud)
{
    for (int i = 0; i < FEATURE_AVE_SIZE; i++)
        s->row[i] = silent[i];
    s->near = NEAR * distance(silent, loud);
}

static bool is_zero(const float *row)
{
    for (int i = 0; i < FEATURE_AVE_SIZE; i++)
        if (row[i] != 0) return false;
    return true;
}

float feature_window_spoken(const feature_silence *s, const float *window, int rows)
{
    int half = rows / 2, nearest = half;
    if (!(s->near > 0)) return 1; /* an encoder to which all sounds are one */
    for (int i = 0; i < rows; i++) {
        const float *row = window + (size_t)i * FEATURE_AVE_SIZE;
        if (abs(i - half) < nearest && !is_zero(row) && distance(row, s->row) > s->near)
            nearest = abs(i - half);
    }
    float share =
        (float)(half - nearest) / (float)(half < SPEECH_GATE_FADE ? half : SPEECH_GATE_FADE);
    return share < 1 ? share : 1;
}
