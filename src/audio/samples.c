/* audio/samples.c - one loop for each sample format.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/samples.h"

#include "audio/decode.h"
#include "audio/mix.h"

#include <libavutil/samplefmt.h>
#include <stdint.h>
#include <string.h>

/* X(format without planes, C type, value as float of the sample v): scaling by powers of two, so
 * the only rounding is that to float32 */
#define SAMPLE_MAP(X)                                                                              \
    X(AV_SAMPLE_FMT_U8, uint8_t, (float)((int)v - 128) / 128.0f)                                   \
    X(AV_SAMPLE_FMT_S16, int16_t, (float)v / 32768.0f)                                             \
    X(AV_SAMPLE_FMT_S32, int32_t, (float)v / 2147483648.0f)                                        \
    X(AV_SAMPLE_FMT_S64, int64_t, (float)v / 9223372036854775808.0f)                               \
    X(AV_SAMPLE_FMT_FLT, float, v)                                                                 \
    X(AV_SAMPLE_FMT_DBL, double, (float)v)

bool samples_readable(int format)
{
    switch (av_get_packed_sample_fmt(format)) {
#define SAMPLE_CASE(name, type, value) case name:
        SAMPLE_MAP(SAMPLE_CASE)
#undef SAMPLE_CASE
        return true;
    default:
        return false;
    }
}

/* One channel: `from` points to its first sample, the next lie `step` bytes apart. */
static void channel_to_float(int format, const uint8_t *from, size_t step, int count, float *out,
                             int out_step)
{
    switch (av_get_packed_sample_fmt(format)) {
#define SAMPLE_CASE(name, type, value)                                                             \
    case name:                                                                                     \
        for (int i = 0; i < count; i++, from += step, out += out_step) {                           \
            type v;                                                                                \
            memcpy(&v, from, sizeof v);                                                            \
            *out = value;                                                                          \
        }                                                                                          \
        break;
        SAMPLE_MAP(SAMPLE_CASE)
#undef SAMPLE_CASE
    default:
        break;
    }
}

static void channel_of_frame(const AVFrame *f, int channel, int first, int count, float *out,
                             int out_step)
{
    size_t size = (size_t)av_get_bytes_per_sample(f->format);
    size_t step = size;
    const uint8_t *from;
    if (av_sample_fmt_is_planar(f->format)) {
        from = f->extended_data[channel];
    } else {
        step = size * (size_t)f->ch_layout.nb_channels;
        from = f->extended_data[0] + size * (size_t)channel;
    }
    channel_to_float(f->format, from + (size_t)first * step, step, count, out, out_step);
}

/* The mix of all channels, repeated in `channels` ones; through small pieces to need no memory. */
static void mix_to_float(const AVFrame *f, int first, int count, int channels, float *out)
{
    enum { PIECE = 256 };
    float weights[AUDIO_MAX_CHANNELS], one[PIECE] = {0}, sum[PIECE];
    mix_weights(&f->ch_layout, weights);
    for (int done = 0; done < count; done += PIECE) {
        int n = count - done < PIECE ? count - done : PIECE;
        memset(sum, 0, sizeof sum);
        for (int c = 0; c < f->ch_layout.nb_channels; c++) {
            if (weights[c] == 0) continue;
            channel_of_frame(f, c, first + done, n, one, 1);
            for (int i = 0; i < n; i++)
                sum[i] += weights[c] * one[i];
        }
        for (int i = 0; i < n; i++)
            for (int c = 0; c < channels; c++)
                *out++ = sum[i];
    }
}

void samples_to_float(const AVFrame *frame, int first, int count, int channels, float *out)
{
    if (frame->ch_layout.nb_channels != channels) {
        mix_to_float(frame, first, count, channels, out);
        return;
    }
    for (int c = 0; c < channels; c++)
        channel_of_frame(frame, c, first, count, out + c, channels);
}
