/* media/video_out.h - pictures and sound into an MP4 file: H.264 yuv420p (x264) and AAC.
 *
 * Frames go straight to the encoder: memory is bounded by its lookahead, whatever the length. The
 * file is written under a temporary name beside its final one and appears complete or not at all,
 * its index in front so that it streams. Equal input gives equal bytes, on any number of
 * processors.
 *
 * Colours: BT.709 from 720 rows on, BT.601 (smpte170m) below, limited range; converted by the
 * matrix that is tagged in the stream (VUI) and in the container (colr). Primaries and transfer can
 * be given, since what they say of the footage goes for its values here. Pixels that are not
 * square are told of in the same places (VUI, pasp). Odd sizes: yuv420p has
 * even sides only, and H.264's own cropping counts in twos there, so the last row or column is
 * doubled and the container crops it away again: a clean aperture box (clap) and the track header
 * say the odd size (ISO/IEC 14496-12). Players that know clap (AVFoundation; our video_in.h) show
 * the odd size, most others one doubled row or column; the ffmpeg program cuts to even sides from
 * version 7.1 on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_OUT_H
#define MEDIA_VIDEO_OUT_H

#include "media/mp4_finish.h"
#include "media/picture.h"
#include "media/video_marks.h"
#include "viseme/io.h"

#include <stdint.h>

/* Texts are copied by video_writer_open. */
typedef struct video_writer_options {
    const char *path;   /* final name; any suffix, the content is MP4 */
    const vis_io *sink; /* takes the finished file instead, which `path` then but names; it must
                                        outlive the writer. NULL: none */
    int width, height;  /* pixels, odd ones too */
    int aspect_num, aspect_den; /* width : height of a pixel */
    int primaries, transfer;    /* of the colours (numbers of H.273); 2 = by height */
    int fps_num, fps_den;       /* frame n is shown at n * fps_den / fps_num seconds */
    double crf;                 /* x264's quality, 0 to 51 */
    const char *preset;         /* x264's preset */
    int audio_rate;             /* Hz; one that AAC has (8000 to 96000) */
    int audio_channels;         /* 0 = no sound track, else 1 or 2 */
    int audio_bitrate;          /* bits a second; 0 = 96000 a channel */
    video_marks marks;
    const mp4_seal *seal; /* a box that comes last; it must outlive the writer. NULL: none */
} video_writer_options;

/* An unfinished file. One thread at a time. */
typedef struct video_writer video_writer;

/* No path and size; square pixels, colours by height, 25 fps, crf 18, preset "veryfast", no sound,
 * no texts. */
video_writer_options video_writer_defaults(void);

/* x264's presets, quickest first, as choices (base/choices.h). */
#define VIDEO_PRESETS "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo"

/* VIS_ERR_USAGE where x264 has no such preset. */
vis_status video_check_preset(const char *name, vis_error *err);

/* Opens the temporary file and the encoders. VIS_ERR_USAGE (sizes, rates, preset), VIS_ERR_WRITE,
 * VIS_ERR_MEMORY. The writer is the caller's and ends in video_writer_finish or
 * video_writer_abort. */
vis_status video_writer_open(const video_writer_options *options, video_writer **out,
                             vis_error *err);

/* Appends a frame of exactly the size given in the options. VIS_ERR_WRITE: a full disk and the
 * like; then only video_writer_abort is left. */
vis_status video_writer_frame(video_writer *w, const picture *p, vis_error *err);

/* Appends `frames` samples a channel, interleaved, in [-1, 1] (others are clipped). Sound and
 * picture both start at time 0. Push them roughly in step: about ten seconds of the one that is
 * ahead are held back. */
vis_status video_writer_audio(video_writer *w, const float *interleaved, int64_t frames,
                              vis_error *err);

/* Flushes the encoders, completes the file and moves it under its final name. The writer is
 * released in any case; on failure nothing is left on disk, and of a sink whoever it is knows what
 * came before its failure. A program that is told to stop waits
 * for this (file_finish_begin). */
vis_status video_writer_finish(video_writer *w, vis_error *err);

/* The same under another name in the same folder (not of a sink), and nothing is replaced: where `wanted` is taken
 * the name gets a number (file_commit_new). *name is the caller's to free, NULL on failure. */
vis_status video_writer_finish_as(video_writer *w, const char *wanted, char **name, vis_error *err);

/* Gives up: removes the temporary file and releases the writer. NULL is fine. */
void video_writer_abort(video_writer *w);

#endif
