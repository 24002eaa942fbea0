/* media/video_in.h - the frames of a video file as pictures, counted exactly.
 *
 * Of the containers and codecs in media/ffmpeg_allowed.h, from a local file only: playlists and
 * whatever else names other files or addresses are refused. Frames come in presentation order,
 * converted with the stream's own matrix and range (untagged: BT.709 from 720 rows on, BT.601
 * below; limited range), turned and mirrored as the stream's display matrix asks, as players show
 * them. SDR's colour values are kept; HDR and wide gamuts become SDR of BT.709
 * (media/video_light.h); colours that are not converted are refused. Pixels that are not square
 * stay as many: their shape is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_IN_H
#define MEDIA_VIDEO_IN_H

#include "media/picture.h"

#include <stdbool.h>
#include <stdint.h>

/* An open file. One thread at a time. */
typedef struct video_reader video_reader;

typedef struct video_info {
    int width, height;          /* of the frames delivered: after turning */
    int aspect_num, aspect_den; /* width : height of a pixel of them, in lowest terms */
    int orientation;            /* EXIF's number, 1 to 8, that was applied */
    int primaries, transfer;    /* of the frames delivered: numbers of ITU-T H.273, 2 = not said */
    int fps_num, fps_den;       /* frames a second, mean over the file, in lowest terms */
    int64_t frames;             /* exact: counted by a scan over the packets */
    bool variable_rate; /* some frame stands more than a tenth of a frame off the grid n / fps */
    bool has_audio;
    double duration; /* seconds, frames / fps */
    char codec[32];  /* "h264" */
    char doubt[160]; /* what is to be warned of, without the file's name; empty: nothing */
} video_info;

/* Opens the file and scans its packets (a few milliseconds a minute of video). `threads` for the
 * decoder, 0 = as many as there are processors; the pixels do not depend on it.
 * VIS_ERR_OPEN, VIS_ERR_FORMAT, VIS_ERR_UNSUPPORTED, VIS_ERR_LIMIT, VIS_ERR_MEMORY. The reader is
 * the caller's, released with video_reader_close. */
vis_status video_reader_open(const char *path, int threads, video_reader **out, vis_error *err);
void video_reader_close(video_reader *r); /* NULL is fine */

/* What the file holds; belongs to the reader. */
const video_info *video_reader_info(const video_reader *r);

/* The next frame into `out` (valid or empty; resized as by picture_reserve), or *got = false after
 * the last one. VIS_ERR_FORMAT names the frame that is damaged, as far as the codec can tell (few
 * have checksums); a seek to a later frame lets reading go on. */
vis_status video_reader_read(video_reader *r, picture *out, bool *got, vis_error *err);

/* The number (from 0) of the frame that the next read gives. */
int64_t video_reader_position(const video_reader *r);

/* Makes the next read give frame `index`, exactly, whatever the codec's frame order is. Going
 * forward a little decodes on; otherwise decoding restarts at the key frame before. VIS_ERR_USAGE
 * beyond the last frame. */
vis_status video_reader_seek(video_reader *r, int64_t index, vis_error *err);

#endif
