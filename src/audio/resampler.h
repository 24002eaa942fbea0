/* audio/resampler.h - soxr's resamplers, made one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_RESAMPLER_H
#define AUDIO_RESAMPLER_H

#include "base/status.h"

#include <soxr.h>

/* A resampler of interleaved float32 at soxr's quality HQ; any number of threads may make some at
 * once. The caller's, released with soxr_delete. VIS_ERR_UNSUPPORTED where soxr refuses, VIS_ERR_
 * MEMORY; `name` for messages. */
vis_status resampler_create(int from_rate, int to_rate, int channels, const char *name, soxr_t *out,
                            vis_error *err);

#endif
