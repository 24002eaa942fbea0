/* audio/decode.h - the sound of a sound or video file, as it was recorded.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Samples are interleaved float32 [frames, channels] at the file's own rate. Integers become
 * value / 2^(bits - 1), so 16-bit PCM is exactly int / 32768 and lies in [-1, 1]; floating-point
 * recordings keep what they hold. More than two channels are mixed to one (audio/samples.h). Encoder
 * priming, edit lists and end padding are removed as
 * libavformat reports them, so sample 0 is the first that a player would play.
 * Time stays right when packets are damaged or missing: what is lost becomes silence, with a
 * warning. The containers and codecs of media/ffmpeg_allowed.h are read; only the named file is
 * opened: no network, no playlists that point to other files.
 */
#ifndef AUDIO_DECODE_H
#define AUDIO_DECODE_H

#include "base/log.h"
#include "base/status.h"
#include "media/input_file.h"

#include <stdint.h>

#define AUDIO_MAX_CHANNELS 64
#define AUDIO_MIN_RATE 1000   /* Hz: at 1 a file of a few megabytes would last for days */
#define AUDIO_MAX_RATE 768000 /* Hz */

typedef struct audio_reader audio_reader;

typedef struct audio_info {
    int rate;        /* Hz */
    int channels;    /* 1 or 2, as delivered */
    double duration; /* seconds as the file claims them, -1 when it does not say */
    char codec[32];  /* "pcm_s16le", "aac", ... */
} audio_info;

/* Opens the file's best audio stream and decodes its first samples. The log must outlive the
 * reader. VIS_ERR_OPEN: missing or unreadable; VIS_ERR_FORMAT: no sound in it or damaged beyond
 * use; VIS_ERR_UNSUPPORTED: a container or codec that is not read; the message says how to convert
 * it. */
vis_status audio_reader_open(input_file from, const vis_log *log, audio_reader **out,
                             vis_error *err);
void audio_reader_close(audio_reader *r); /* NULL is fine */

/* Owned by the reader; constant after opening. */
const audio_info *audio_reader_info(const audio_reader *r);

/* Up to `max_frames` sample frames into interleaved[max_frames * channels]; *got is their number,
 * less than max_frames only at the end, then 0 for ever. */
vis_status audio_reader_read(audio_reader *r, float *interleaved, int max_frames, int *got,
                             vis_error *err);

/* Sample frames delivered so far. */
int64_t audio_reader_position(const audio_reader *r);

#endif
