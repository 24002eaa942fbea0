/* inside/recording.c - bytes in a nameless file, read as every recording is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "inside/recording.h"

#include "audio/decode.h"
#include "media/spool.h"

#include <math.h>

#define PART 2048 /* frames that are passed on at once */

static vis_status fail_length(const char *name, double max_seconds, vis_error *err)
{
    return vis_fail(err, VIS_ERR_LIMIT, "%s: longer than the %g seconds that are taken", name,
                    max_seconds);
}

/* To mono, in place, and no louder than can be: floating-point recordings hold anything. */
static void mix(float *samples, int frames, int channels)
{
    for (int i = 0; i < frames; i++) {
        float s = channels == 2 ? (samples[2 * i] + samples[2 * i + 1]) / 2 : samples[i];
        samples[i] = isnan(s) ? 0 : fminf(fmaxf(s, -1), 1);
    }
}

static vis_status play(audio_reader *r, const char *name, double max_seconds,
                       const recording_listener *to, vis_error *err)
{
    const audio_info *info = audio_reader_info(r);
    float part[2 * PART];
    if (info->duration > max_seconds) return fail_length(name, max_seconds, err);
    for (;;) {
        int got;
        VIS_TRY(audio_reader_read(r, part, PART, &got, err));
        if (got == 0) return VIS_OK;
        if ((double)audio_reader_position(r) > max_seconds * info->rate)
            return fail_length(name, max_seconds, err);
        mix(part, got, info->channels);
        if (!to->samples(to->user, part, got, info->rate))
            return vis_fail(err, VIS_ERR_CANCELLED, "%s: stopped", name);
    }
}

static vis_status play_spool(const spool *s, const char *name, double max_seconds,
                             const recording_listener *to, vis_error *err)
{
    audio_reader *r;
    input_file file = {name, s->path};
    VIS_TRY(audio_reader_open(file, NULL, &r, err));
    vis_status status = play(r, name, max_seconds, to, err);
    audio_reader_close(r);
    return status;
}

vis_status recording_play(const void *bytes, size_t size, const char *name, double max_seconds,
                          const recording_listener *listener, vis_error *err)
{
    spool s = SPOOL_NONE;
    vis_status status = spool_create(&s, name, err);
    if (status == VIS_OK) status = spool_add(&s, bytes, size, name, err);
    if (status == VIS_OK) status = play_spool(&s, name, max_seconds, listener, err);
    spool_free(&s);
    return status;
}
