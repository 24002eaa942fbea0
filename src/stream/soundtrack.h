/* stream/soundtrack.h - the given speech, made ready for the video's sound track.
 *
 * Rate and channels stay as recorded where AAC has them; another rate becomes 48 kHz, more than two
 * channels become one as FFmpeg mixes them (audio/samples.h). Read as a stream.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_SOUNDTRACK_H
#define STREAM_SOUNDTRACK_H

#include "base/log.h"
#include "base/status.h"
#include "media/input_file.h"

#include <stdint.h>

typedef struct soundtrack soundtrack;

/* Opens a recording and passes over its first `skip_seconds`. The log must outlive it. */
vis_status soundtrack_open(input_file from, double skip_seconds, const vis_log *log,
                           soundtrack **out, vis_error *err);
void soundtrack_close(soundtrack *s); /* NULL is fine */

int soundtrack_rate(const soundtrack *s);     /* Hz */
int soundtrack_channels(const soundtrack *s); /* 1 or 2 */

/* How much of the recording was read so far, what was passed over included; its length once the end
 * was reached. */
double soundtrack_seconds(const soundtrack *s);

/* Up to `max_frames` sample frames into interleaved[max_frames * channels]; *got 0 only at the end.
 */
vis_status soundtrack_read(soundtrack *s, float *interleaved, int max_frames, int *got,
                           vis_error *err);

#endif
