/* audio/mel.c - short-time Fourier transform over a sliding window, bands, decibels.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/mel.h"

#include "audio/spectrum.h"
#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MEL_BINS SPECTRUM_BINS
_Static_assert(MEL_WINDOW == SPECTRUM_POINTS, "the window is one transform long");

#define MEL_HELD (MEL_WINDOW + 64 * MEL_HOP) /* samples: some 64 frames wait at most */
#define PRE_EMPHASIS 0.97

struct mel_stream {
    spectrum *transform;
    double *held; /* [MEL_HELD] pre-emphasised samples; held[0] is where the next frame starts */
    double *hann; /* [MEL_WINDOW] */
    double *magnitude;                    /* [MEL_BINS] */
    float *weight;                        /* [MEL_BANDS, MEL_BINS] */
    int first[MEL_BANDS], end[MEL_BANDS]; /* the bins in which a band's weights are not zero */
    int count;                            /* samples held */
    double last;                          /* the sample before the next, before pre-emphasis */
    int64_t samples;                      /* pushed in all */
    int64_t frames;                       /* pulled in all */
    bool finished;
};

static void find_band_limits(mel_stream *m)
{
    for (int b = 0; b < MEL_BANDS; b++) {
        const float *w = m->weight + b * MEL_BINS;
        int first = 0, end = MEL_BINS;
        while (first < end && w[first] == 0)
            first++;
        while (end > first && w[end - 1] == 0)
            end--;
        m->first[b] = first;
        m->end[b] = end;
    }
}

vis_status mel_stream_create(mel_stream **out, vis_error *err)
{
    *out = NULL;
    mel_stream *m = calloc(1, sizeof *m);
    if (m == NULL) return vis_fail_memory(err, "a mel spectrogram");
    m->held = aligned_calloc(MEL_HELD, sizeof *m->held);
    m->hann = aligned_calloc(MEL_WINDOW, sizeof *m->hann);
    m->magnitude = aligned_calloc(MEL_BINS, sizeof *m->magnitude);
    m->weight = aligned_calloc((size_t)MEL_BANDS * MEL_BINS, sizeof *m->weight);
    vis_status status = VIS_OK;
    if (m->held == NULL || m->hann == NULL || m->magnitude == NULL || m->weight == NULL)
        status = vis_fail_memory(err, "a mel spectrogram");
    if (status == VIS_OK) status = spectrum_create(&m->transform, err);
    if (status != VIS_OK) {
        mel_stream_free(m);
        return status;
    }
    for (int i = 0; i < MEL_WINDOW; i++) /* periodic: as if it were one sample longer */
        m->hann[i] = 0.5 - 0.5 * cos(2 * M_PI * i / MEL_WINDOW);
    mel_filter_bank(m->weight);
    find_band_limits(m);
    m->count = MEL_WINDOW / 2; /* the zeros before the first sample */
    *out = m;
    return VIS_OK;
}

void mel_stream_free(mel_stream *m)
{
    if (m == NULL) return;
    spectrum_free(m->transform);
    aligned_free(m->held);
    aligned_free(m->hann);
    aligned_free(m->magnitude);
    aligned_free(m->weight);
    free(m);
}

int mel_stream_push(mel_stream *m, const float *samples, int count)
{
    int taken = MEL_HELD - m->count;
    if (m->finished || taken < 0) taken = 0;
    if (taken > count) taken = count;
    for (int i = 0; i < taken; i++) {
        m->held[m->count + i] = samples[i] + -PRE_EMPHASIS * m->last;
        m->last = samples[i];
    }
    m->count += taken;
    m->samples += taken;
    return taken;
}

void mel_stream_finish(mel_stream *m)
{
    m->finished = true;
}

static void one_frame(mel_stream *m, const double *from, float *frame)
{
    spectrum_magnitude(m->transform, from, m->hann, m->magnitude);
    for (int b = 0; b < MEL_BANDS; b++) {
        const float *w = m->weight + b * MEL_BINS;
        double sum = 0;
        for (int k = m->first[b]; k < m->end[b]; k++)
            sum += w[k] * m->magnitude[k];
        double decibels = 20 * log10(fmax(1e-5, sum)) - 20;
        frame[b] = (float)fmin(4, fmax(-4, 8 * ((decibels + 100) / 100) - 4));
    }
}

int mel_stream_pull(mel_stream *m, float *frames, int max)
{
    int done = 0, start = 0; /* start: in held, of the next frame */
    while (done < max) {
        if (m->finished && m->frames == mel_frame_count(m->samples)) break;
        if (m->count - start < MEL_WINDOW) {
            if (!m->finished) break;
            memmove(m->held, m->held + start, (size_t)(m->count - start) * sizeof *m->held);
            m->count -= start;
            start = 0;
            memset(m->held + m->count, 0, (size_t)(MEL_WINDOW - m->count) * sizeof *m->held);
            m->count = MEL_WINDOW; /* the zeros behind the last sample */
        }
        one_frame(m, m->held + start, frames + (size_t)done * MEL_BANDS);
        start += MEL_HOP;
        done++;
        m->frames++;
    }
    memmove(m->held, m->held + start, (size_t)(m->count - start) * sizeof *m->held);
    m->count -= start;
    return done;
}

vis_status mel_compute(const float *samples, int64_t count, float *frames, vis_error *err)
{
    mel_stream *m;
    VIS_TRY(mel_stream_create(&m, err));
    int64_t used = 0, done = 0, total = mel_frame_count(count);
    while (done < total) {
        int piece = count - used < MEL_HELD ? (int)(count - used) : MEL_HELD;
        used += mel_stream_push(m, samples + used, piece);
        if (used == count) mel_stream_finish(m);
        int room = total - done < MEL_HELD ? (int)(total - done) : MEL_HELD;
        done += mel_stream_pull(m, frames + done * MEL_BANDS, room);
    }
    mel_stream_free(m);
    return VIS_OK;
}
