/* audio/spectrum.h - the magnitudes of an 800-point Fourier transform of real samples, in double.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_SPECTRUM_H
#define AUDIO_SPECTRUM_H

#include "base/status.h"

#define SPECTRUM_POINTS 800
#define SPECTRUM_BINS (SPECTRUM_POINTS / 2 + 1)

typedef struct spectrum spectrum;

vis_status spectrum_create(spectrum **out, vis_error *err);
void spectrum_free(spectrum *s); /* NULL is fine */

/* magnitude[k] = |sum over n of samples[n] weight[n] exp(-2 pi i k n / 800)| for k in [0,
 * SPECTRUM_BINS) */
void spectrum_magnitude(spectrum *s, const double *samples, const double *weight,
                        double *magnitude);

#endif
