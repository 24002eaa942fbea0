/* tests/unit/audio/stand_in.h - an audio encoder small enough to be checked by hand: one
 * convolution over the whole window.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_AUDIO_STAND_IN_H
#define TEST_AUDIO_STAND_IN_H

#include "audio/features.h"
#include "audio/mel.h"

#define STAND_IN_WINDOW (MEL_BANDS * FEATURE_MEL_FRAMES)

/* The weight of mel value (band, frame) in feature number k: few are not zero, all differ. */
float stand_in_weight(int k, int band, int frame);

/* For batches of that size; -1: any. */
model *stand_in_create(int batch);
void stand_in_free(model *m);

#endif
