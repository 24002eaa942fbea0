/* audio/samples.c - one loop for each sample format, weights for many channels.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/samples.h"

#include "audio/decode.h"

#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Weights of loudspeakers; false where FFmpeg does not know their places. */
static bool as_loudspeakers(const AVChannelLayout *layout, float *weights)
{
    AVChannelLayout from = {0}, to = AV_CHANNEL_LAYOUT_MONO;
    double matrix[AUDIO_MAX_CHANNELS * AUDIO_MAX_CHANNELS] = {
        0}; /* all of it is gone through; row 0 counts */
    int count = layout->nb_channels;
    if (layout->order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&from, count);
    else if (av_channel_layout_copy(&from, layout) < 0)
        return false;
    bool known = from.order == AV_CHANNEL_ORDER_NATIVE &&
                 swr_build_matrix2(&from, &to, M_SQRT1_2, M_SQRT1_2, 0, 1, 1, matrix,
                                   AUDIO_MAX_CHANNELS, AV_MATRIX_ENCODING_NONE, NULL) >= 0;
    double sum = 0;
    for (int c = 0; c < count; c++) {
        weights[c] = (float)matrix[c];
        sum += fabs(matrix[c]);
    }
    av_channel_layout_uninit(&from);
    return known && sum > 0;
}

/* Fills weights[nb_channels] for the sum that becomes one channel. A layout that says nothing is
 * taken for the usual one of as many channels; channels whose places are unknown weigh the same. */
static void mix_weights(const AVChannelLayout *layout, float *weights)
{
    int count = layout->nb_channels;
    if (count > 2 && count <= AUDIO_MAX_CHANNELS && as_loudspeakers(layout, weights)) return;
    for (int c = 0; c < count; c++)
        weights[c] = 1 / (float)count;
}

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
