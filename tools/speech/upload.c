/* speech/upload.c - a sound file that somebody sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "inside/recording.h"
#include "speech/speech.h"

vis_status speech_from_file(const void *bytes, size_t size, double max_seconds,
                            const speech_sink *sink, vis_error *err)
{
    recording_listener listener = {sink->user, sink->samples};
    return recording_play(bytes, size, "the sound sent", max_seconds, &listener, err);
}
