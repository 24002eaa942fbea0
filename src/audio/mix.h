/* audio/mix.h - one channel of many, as FFmpeg mixes them.
 *
 * One and two channels are averaged, as librosa does. More are loudspeakers, between which a mean
 * would bury what one of them says: their weights are the default ones of libswresample (`ffmpeg
 * -ac 1`), which follow ITU-R BS.775: a voice in the centre counts 1, left and right 1/sqrt 2 each,
 * surround ones 1/2, the bass none; all divided by their sum, so that nothing clips. 5.1 thus
 * becomes 0.293 C + 0.207 (L + R) + 0.146 (Ls + Rs).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_MIX_H
#define AUDIO_MIX_H

#include <libavutil/channel_layout.h>

/* Fills weights[nb_channels] for the sum that becomes one channel. A layout that says nothing is
 * taken for the usual one of as many channels; channels whose places FFmpeg does not know weigh
 * the same. */
void mix_weights(const AVChannelLayout *layout, float *weights);

#endif
