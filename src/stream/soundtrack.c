/* stream/soundtrack.c - decode, resample.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/soundtrack.h"

#include "audio/decode.h"
#include "audio/resampler.h"

#include <stdbool.h>
#include <stdlib.h>

#define CHUNK 4096 /* sample frames read at a time */
#define FALLBACK_RATE 48000

struct soundtrack {
    audio_reader *reader;
    soxr_t resampler; /* NULL where the rate stays */
    int rate, channels;
    float *source;               /* [CHUNK, channels] waiting for the resampler: */
    int source_at, source_count; /* sample frames taken and there */
    bool ended;
};

/* Sampling rates that AAC has a code for (ISO/IEC 14496-3, table 1.18), within what encoders take.
 */
static bool aac_has_rate(int rate)
{
    static const int rates[] = {96000, 88200, 64000, 48000, 44100, 32000,
                                24000, 22050, 16000, 12000, 11025, 8000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (rates[i] == rate) return true;
    return false;
}

static vis_status skip(soundtrack *s, double seconds, vis_error *err)
{
    int64_t left = (int64_t)(seconds * audio_reader_info(s->reader)->rate + 0.5);
    while (left > 0) {
        int got;
        VIS_TRY(
            audio_reader_read(s->reader, s->source, left < CHUNK ? (int)left : CHUNK, &got, err));
        if (got == 0) break;
        left -= got;
    }
    return VIS_OK;
}

static vis_status set_up(soundtrack *s, input_file from, double skip_seconds, const vis_log *log,
                         vis_error *err)
{
    VIS_TRY(audio_reader_open(from, log, &s->reader, err));
    const audio_info *info = audio_reader_info(s->reader);
    s->channels = info->channels;
    s->rate = aac_has_rate(info->rate) ? info->rate : FALLBACK_RATE;
    s->source = malloc(sizeof(float) * CHUNK * (size_t)s->channels);
    if (!s->source) return vis_fail_memory(err, "the sound track");
    if (s->rate != info->rate)
        VIS_TRY(resampler_create(info->rate, s->rate, s->channels, from.name, &s->resampler, err));
    return skip(s, skip_seconds, err);
}

vis_status soundtrack_open(input_file from, double skip_seconds, const vis_log *log,
                           soundtrack **out, vis_error *err)
{
    *out = NULL;
    soundtrack *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "the sound track");
    vis_status status = set_up(s, from, skip_seconds, log, err);
    if (status == VIS_OK)
        *out = s;
    else
        soundtrack_close(s);
    return status;
}

void soundtrack_close(soundtrack *s)
{
    if (!s) return;
    audio_reader_close(s->reader);
    if (s->resampler) soxr_delete(s->resampler);
    free(s->source);
    free(s);
}

int soundtrack_rate(const soundtrack *s)
{
    return s->rate;
}

int soundtrack_channels(const soundtrack *s)
{
    return s->channels;
}

double soundtrack_seconds(const soundtrack *s)
{
    return (double)audio_reader_position(s->reader) / audio_reader_info(s->reader)->rate;
}

/* Keeps the resampler's input filled; at the end of the recording it stays empty. */
static vis_status refill(soundtrack *s, vis_error *err)
{
    if (s->ended || s->source_at < s->source_count) return VIS_OK;
    s->source_at = 0;
    VIS_TRY(audio_reader_read(s->reader, s->source, CHUNK, &s->source_count, err));
    s->ended = s->source_count == 0;
    return VIS_OK;
}

vis_status soundtrack_read(soundtrack *s, float *interleaved, int max_frames, int *got,
                           vis_error *err)
{
    if (!s->resampler) return audio_reader_read(s->reader, interleaved, max_frames, got, err);
    size_t made = 0;
    do {
        VIS_TRY(refill(s, err));
        size_t used = 0;
        const float *input = s->ended ? NULL : s->source + s->source_at * s->channels;
        soxr_error_t failed =
            soxr_process(s->resampler, input, (size_t)(s->source_count - s->source_at), &used,
                         interleaved, (size_t)max_frames, &made);
        if (failed)
            return vis_fail(err, VIS_ERR_INTERNAL, "resampling the sound track: %s", failed);
        s->source_at += (int)used;
    } while (made == 0 && !s->ended);
    *got = (int)made;
    return VIS_OK;
}
