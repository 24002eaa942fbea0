/* audio/samples.h - decoded frames of any sample format as interleaved float32.
 *
 * One and two channels are averaged, as librosa does. More are loudspeakers, between which a mean
 * would bury what one of them says: their weights are the default ones of libswresample (`ffmpeg
 * -ac 1`), which follow ITU-R BS.775: a voice in the centre counts 1, left and right 1/sqrt 2 each,
 * surround ones 1/2, the bass none; all divided by their sum, so that nothing clips. 5.1 thus
 * becomes 0.293 C + 0.207 (L + R) + 0.146 (Ls + Rs).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_SAMPLES_H
#define AUDIO_SAMPLES_H

#include <libavutil/frame.h>
#include <stdbool.h>

/* Can samples_to_float read this enum AVSampleFormat? */
bool samples_readable(int format);

/* Samples first ... first + count - 1 of `frame` into out[count * channels]. Integers become
 * value / 2^(bits - 1). A frame with another number of channels gives their mix in
 * every channel. */
void samples_to_float(const AVFrame *frame, int first, int count, int channels, float *out);

#endif
