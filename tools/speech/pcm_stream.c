/* speech/pcm_stream.c - little-endian frames of one or two channels as float32 samples.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/pcm_stream.h"

#include <math.h>
#include <string.h>

#define PART 1024 /* samples that are passed on at once */

bool pcm_format_known(const pcm_format *f)
{
    return f->rate >= PCM_MIN_RATE && f->rate <= PCM_MAX_RATE &&
           (f->channels == 1 || f->channels == 2) &&
           (f->bits == 16 || f->bits == 24 || f->bits == 32);
}

/* What is no number is silence, what is too loud as loud as can be. */
static float bounded(float value)
{
    if (isnan(value)) return 0;
    return fminf(fmaxf(value, -1), 1);
}

static float sample_at(const uint8_t *b, int bits)
{
    if (bits == 16) return (float)(int16_t)(b[0] | b[1] << 8) / 32768.0f;
    uint32_t word = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16;
    if (bits == 24) return (float)(int32_t)(word << 8) / 2147483648.0f;
    word |= (uint32_t)b[3] << 24;
    float value;
    memcpy(&value, &word, sizeof value);
    return bounded(value);
}

static float frame_at(const uint8_t *b, const pcm_format *f)
{
    float first = sample_at(b, f->bits);
    return f->channels == 1 ? first : (first + sample_at(b + f->bits / 8, f->bits)) / 2;
}

static bool pass_on(const pcm_stream *s, const uint8_t *bytes, size_t frames,
                    const speech_sink *sink)
{
    size_t size = (size_t)(s->format.channels * s->format.bits / 8);
    float part[PART];
    while (frames > 0) {
        size_t count = frames < PART ? frames : PART;
        for (size_t i = 0; i < count; i++)
            part[i] = frame_at(bytes + i * size, &s->format);
        if (!sink->samples(sink->user, part, (int64_t)count, s->format.rate)) return false;
        bytes += count * size;
        frames -= count;
    }
    return true;
}

bool pcm_stream_take(pcm_stream *s, const uint8_t *bytes, size_t size, const speech_sink *sink)
{
    size_t frame = (size_t)(s->format.channels * s->format.bits / 8);
    if (s->rest_size > 0) {
        size_t more = size < frame - s->rest_size ? size : frame - s->rest_size;
        memcpy(s->rest + s->rest_size, bytes, more);
        s->rest_size += more;
        if (s->rest_size < frame) return true;
        s->rest_size = 0;
        if (!pass_on(s, s->rest, 1, sink)) return false;
        bytes += more;
        size -= more;
    }
    size_t whole = size / frame;
    if (!pass_on(s, bytes, whole, sink)) return false;
    s->rest_size = size - whole * frame;
    memcpy(s->rest, bytes + whole * frame, s->rest_size);
    return true;
}
