/* live/played_sound.c - soxr's output, kept until it is heard.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/played_sound.h"

#include "audio/resampler.h"
#include "live/session.h"

#include <stdlib.h>
#include <string.h>

#define PIECE 4096 /* samples that are resampled at once */

struct played_sound {
    soxr_t resampler; /* NULL: the rate is right as it is */
    float *samples;
    int64_t first, count, capacity; /* `samples` begins with sample `first` */
};

vis_status played_sound_create(int rate, played_sound **out, vis_error *err)
{
    *out = NULL;
    played_sound *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "sound to be heard");
    if (rate != LIVE_SOUND_RATE) {
        vis_status status =
            resampler_create(rate, LIVE_SOUND_RATE, 1, "live sound", &s->resampler, err);
        if (status != VIS_OK) {
            free(s);
            return status;
        }
    }
    *out = s;
    return VIS_OK;
}

void played_sound_free(played_sound *s)
{
    if (!s) return;
    if (s->resampler) soxr_delete(s->resampler);
    free(s->samples);
    free(s);
}

static vis_status append(played_sound *s, const float *samples, int64_t count, vis_error *err)
{
    if (s->count + count > s->capacity) {
        int64_t capacity = 2 * (s->count + count);
        float *grown = realloc(s->samples, (size_t)capacity * sizeof *grown);
        if (!grown) return vis_fail_memory(err, "sound to be heard");
        s->samples = grown;
        s->capacity = capacity;
    }
    memcpy(s->samples + s->count, samples, (size_t)count * sizeof *samples);
    s->count += count;
    return VIS_OK;
}

/* Resamples a piece; NULL: that was all. */
static vis_status resample(played_sound *s, const float *in, size_t count, vis_error *err)
{
    float out[PIECE];
    size_t taken, made;
    do {
        soxr_error_t failure = soxr_process(s->resampler, in, count, &taken, out, PIECE, &made);
        if (failure)
            return vis_fail(err, VIS_ERR_INTERNAL, "live sound: resampling failed: %s", failure);
        VIS_TRY(append(s, out, (int64_t)made, err));
        if (in) in += taken;
        count -= taken;
    } while (count > 0 || made == PIECE);
    return VIS_OK;
}

vis_status played_sound_push(played_sound *s, const float *samples, int64_t count, vis_error *err)
{
    if (!s->resampler) return append(s, samples, count, err);
    return resample(s, samples, (size_t)count, err);
}

vis_status played_sound_end(played_sound *s, vis_error *err)
{
    return s->resampler ? resample(s, NULL, 0, err) : VIS_OK;
}

int64_t played_sound_count(const played_sound *s)
{
    return s->first + s->count;
}

static void forget_before(played_sound *s, int64_t from)
{
    int64_t gone = from - s->first;
    if (gone <= 0) return;
    if (gone > s->count) gone = s->count;
    s->count -= gone;
    s->first += gone;
    memmove(s->samples, s->samples + gone, (size_t)s->count * sizeof *s->samples);
}

void played_sound_read(played_sound *s, int64_t from, int count, float *out)
{
    forget_before(s, from);
    for (int i = 0; i < count; i++) {
        int64_t at = from + i - s->first;
        out[i] = at >= 0 && at < s->count ? s->samples[at] : 0.0f;
    }
}
