/* audio/mix.c - weights of channels.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/mix.h"

#include <libswresample/swresample.h>
#include <math.h>
#include <stdbool.h>

#define CHANNELS_MAX 64

static bool as_loudspeakers(const AVChannelLayout *layout, float *weights)
{
    AVChannelLayout from = {0}, to = AV_CHANNEL_LAYOUT_MONO;
    double matrix[CHANNELS_MAX * CHANNELS_MAX] = {0}; /* all of it is gone through; row 0 counts */
    int count = layout->nb_channels;
    if (layout->order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&from, count);
    else if (av_channel_layout_copy(&from, layout) < 0)
        return false;
    bool known = from.order == AV_CHANNEL_ORDER_NATIVE &&
                 swr_build_matrix2(&from, &to, M_SQRT1_2, M_SQRT1_2, 0, 1, 1, matrix, CHANNELS_MAX,
                                   AV_MATRIX_ENCODING_NONE, NULL) >= 0;
    double sum = 0;
    for (int c = 0; c < count; c++) {
        weights[c] = (float)matrix[c];
        sum += fabs(matrix[c]);
    }
    av_channel_layout_uninit(&from);
    return known && sum > 0;
}

void mix_weights(const AVChannelLayout *layout, float *weights)
{
    int count = layout->nb_channels;
    if (count > 2 && count <= CHANNELS_MAX && as_loudspeakers(layout, weights)) return;
    for (int c = 0; c < count; c++)
        weights[c] = 1 / (float)count;
}
