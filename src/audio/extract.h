/* audio/extract.h - a whole recording's features and mel spectrogram into .npy files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_EXTRACT_H
#define AUDIO_EXTRACT_H

#include "audio/features.h"

typedef struct features_summary {
    int64_t mel_frames;
    int64_t rows;   /* feature rows, 0 when no encoder was given */
    double seconds; /* of sound */
    bool silent;    /* see feature_source_silent */
} features_summary;

/* Called now and then with the rows (mel frames when there is no encoder) done and expected (-1:
 * unknown); false stops the work with VIS_ERR_CANCELLED. May be NULL. */
typedef bool (*features_progress)(void *user, int64_t done, int64_t expected);

/* Speech in `audio_path` -> features_path, float32 [T + 2, 512], and mel_path, float32 [M, 80].
 * Either path may be NULL; without features_path no encoder is needed. Files appear when they are
 * complete. pool, log, progress and summary may be NULL. Memory does not grow with the recording.
 */
vis_status features_write(const char *audio_path, const model *encoder, thread_pool *pool,
                          const vis_log *log, const char *features_path, const char *mel_path,
                          features_progress progress, void *user, features_summary *summary,
                          vis_error *err);

#endif
