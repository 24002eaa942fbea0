/* tests/unit/audio/support.h - sound files, folders and a log for the tests of src/audio.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_AUDIO_SUPPORT_H
#define TEST_AUDIO_SUPPORT_H

#include "../cmocka_all.h"
#include "base/log.h"
#include "base/tensor.h"

#include <stdbool.h>

/* Numbers in [-1, 1) of a linear congruential generator. */
float support_random(uint32_t *state);

/* A new folder; cmocka's setup and teardown, its path in *state. */
int support_folder_make(void **state);
int support_folder_remove(void **state);

/* folder/name, valid until the next call but three. */
const char *support_path(void **state, const char *name);

/* Writes bytes. */
void support_write(const char *path, const void *bytes, size_t size);

/* Writes a PCM WAV of `frames` * `channels` little-endian integers of 8 * `bytes` bits. Data of
 * 8 bits is unsigned, as WAV has it. */
void support_write_wav(const char *path, int rate, int channels, int bytes, int frames,
                       const int32_t *samples);

/* A 16-bit mono WAV of noise of that amplitude in [0, 1]. */
void support_write_noise(const char *path, int rate, int frames, float amplitude, uint32_t seed);

/* A log that counts its lines and keeps the last one. */
typedef struct support_log {
    int lines;
    char last[512];
} support_log;
vis_log support_log_to(support_log *log);

/* A float32 .npy. */
void support_write_npy(const char *path, int rank, const int64_t *dim, const float *numbers);

#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        if ((call) != VIS_OK) fail_msg("%s", (err).message);                                       \
    } while (0)

#endif
