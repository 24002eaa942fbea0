/* inside/recording.h - the sound of a file that lies in memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INSIDE_RECORDING_H
#define INSIDE_RECORDING_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes mono samples in [-1, 1] as they are decoded; false: no more are wanted. */
typedef struct recording_listener {
    void *user;
    bool (*samples)(void *user, const float *samples, int64_t count, int rate);
} recording_listener;

/* Decodes what viseme reads as speech (media/ffmpeg_allowed.h), mixed to mono at its own rate; no
 * other file is opened, whatever the bytes say. `name` for messages. VIS_ERR_LIMIT: it lasts longer
 * than `max_seconds`, which may show before or after that much was passed on; VIS_ERR_CANCELLED:
 * the listener wanted no more; else as audio_reader_open. */
vis_status recording_play(const void *bytes, size_t size, const char *name, double max_seconds,
                          const recording_listener *listener, vis_error *err);

#endif
