/* tests/unit/audio/encode.h - compressed sound files for tests, written with FFmpeg's libraries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_AUDIO_ENCODE_H
#define TEST_AUDIO_ENCODE_H

#include <stdbool.h>

/* Mono float samples at `rate` Hz through the encoder of that name into the container that the
 * path's suffix names. False when this build of FFmpeg lacks the encoder. */
bool encode_sound(const char *path, const char *encoder, int rate, const float *samples, int count);

#endif
