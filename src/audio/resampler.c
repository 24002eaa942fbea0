/* audio/resampler.c - one lock around soxr_create.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/resampler.h"

#include <pthread.h>

/* Where soxr has no vector engine for the processor, the first resampler of a process sets up a
 * cache and its locks that all share, and does not ask whether another is doing so. Every one is
 * therefore made here. */
vis_status resampler_create(int from_rate, int to_rate, int channels, const char *name, soxr_t *out,
                            vis_error *err)
{
    static pthread_mutex_t creating = PTHREAD_MUTEX_INITIALIZER;
    soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    soxr_error_t failure = NULL;
    pthread_mutex_lock(&creating);
    *out = soxr_create(from_rate, to_rate, (unsigned)channels, &failure, &io, &quality, NULL);
    pthread_mutex_unlock(&creating);
    if (*out && !failure) return VIS_OK;
    soxr_delete(*out);
    *out = NULL;
    return failure ? vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: cannot resample from %d to %d Hz: %s",
                              name, from_rate, to_rate, failure)
                   : vis_fail_memory(err, "a resampler");
}
