/* audio/mel_bank.c - the triangular bands, as librosa.filters.mel(sr=16000, n_fft=800, n_mels=80,
 * fmin=55, fmax=7600) makes them: Slaney's scale (linear below 1000 Hz, logarithmic above), each
 * band normalised to area. Arithmetic in double, each weight rounded to float32 after the triangle
 * and once more after normalising, as NumPy does there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/mel.h"

#include "audio/speech.h"

#include <math.h>

#define MEL_LOWEST 55.0    /* Hz */
#define MEL_HIGHEST 7600.0 /* Hz */

/* Malcolm Slaney's Auditory Toolbox: 200/3 Hz a mel up to 1000 Hz, then 27 mels for a factor
 * of 6.4. */
#define SLANEY_STEP (200.0 / 3.0)
#define SLANEY_CORNER_HZ 1000.0
#define SLANEY_CORNER_MEL (SLANEY_CORNER_HZ / SLANEY_STEP)

static double mel_of_hz(double hz)
{
    double log_step = log(6.4) / 27.0;
    if (hz < SLANEY_CORNER_HZ) return hz / SLANEY_STEP;
    return SLANEY_CORNER_MEL + log(hz / SLANEY_CORNER_HZ) / log_step;
}

static double hz_of_mel(double mel)
{
    double log_step = log(6.4) / 27.0;
    if (mel < SLANEY_CORNER_MEL) return SLANEY_STEP * mel;
    return SLANEY_CORNER_HZ * exp(log_step * (mel - SLANEY_CORNER_MEL));
}

void mel_filter_bank(float *weights)
{
    double edge[MEL_BANDS +
                2]; /* Hz: band b rises from edge[b] to edge[b + 1], falls to edge[b + 2] */
    double low = mel_of_hz(MEL_LOWEST), high = mel_of_hz(MEL_HIGHEST);
    double step = (high - low) / (MEL_BANDS + 1);
    for (int i = 0; i < MEL_BANDS + 2; i++)
        edge[i] = hz_of_mel(i == MEL_BANDS + 1 ? high : low + i * step);
    double bin = (double)SPEECH_RATE / MEL_WINDOW; /* Hz between neighbours of the spectrum */
    for (int b = 0; b < MEL_BANDS; b++) {
        double rise = edge[b + 1] - edge[b], fall = edge[b + 2] - edge[b + 1];
        double norm = 2.0 / (edge[b + 2] - edge[b]);
        for (int k = 0; k <= MEL_WINDOW / 2; k++) {
            double up = -(edge[b] - k * bin) / rise, down = (edge[b + 2] - k * bin) / fall;
            float triangle = (float)fmax(0, fmin(up, down));
            weights[b * (MEL_WINDOW / 2 + 1) + k] = (float)(triangle * norm);
        }
    }
}
