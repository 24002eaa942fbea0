/* audio/samples.h - decoded frames of any sample format as interleaved float32.
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
 * value / 2^(bits - 1). A frame with another number of channels gives their mix (audio/mix.h) in
 * every channel. */
void samples_to_float(const AVFrame *frame, int first, int count, int channels, float *out);

#endif
