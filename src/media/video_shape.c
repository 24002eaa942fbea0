/* media/video_shape.c - display matrix and pixel aspect ratio.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_shape.h"

#include "media/ffmpeg_versions.h"

#include <libavutil/display.h>
#include <math.h>
#include <stdlib.h>

#define MATRIX_SIZE (9 * sizeof(int32_t))
#define SLANT 0.02 /* of a matrix, that passes for rounding: one degree */
#define ASPECT_MAX 16

static const int32_t *find_matrix(const AVStream *stream, const AVFrame *first)
{
    size_t size = 0;
    const void *found = ffmpeg_stream_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (found && size >= MATRIX_SIZE) return found;
    const AVFrameSideData *of_frame =
        first ? av_frame_get_side_data(first, AV_FRAME_DATA_DISPLAYMATRIX) : NULL;
    return of_frame && of_frame->size >= MATRIX_SIZE ? (const int32_t *)of_frame->data : NULL;
}

/* EXIF's number for the matrix, 0 when it has none. Sizes are left to the pixel aspect ratio; a
 * matrix of nothing but zeros says nothing. */
static int orientation_of(const int32_t m[9])
{
    double a = m[0], b = m[1], c = m[3], d = m[4];
    double straight = fabs(a) < fabs(d) ? fabs(a) : fabs(d);
    double crossed = fabs(b) < fabs(c) ? fabs(b) : fabs(c);
    if (a == 0 && b == 0 && c == 0 && d == 0) return 1;
    if (fmax(fabs(b), fabs(c)) <= SLANT * straight) return d > 0 ? a > 0 ? 1 : 2 : a > 0 ? 4 : 3;
    if (fmax(fabs(a), fabs(d)) <= SLANT * crossed) return c > 0 ? b > 0 ? 5 : 8 : b > 0 ? 6 : 7;
    return 0;
}

static vis_status read_orientation(const AVStream *stream, const AVFrame *first, const char *path,
                                   int *out, vis_error *err)
{
    const int32_t *matrix = find_matrix(stream, first);
    *out = matrix ? orientation_of(matrix) : 1;
    if (*out) return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: its display matrix (%.3f %.3f %.3f %.3f) slants the picture or turns it "
                    "by %.0f degrees; quarter turns and mirrors are done; convert it: ffmpeg -i "
                    "FILE -c:v libx264 -crf 12 FILE.mp4",
                    path, matrix[0] / 65536., matrix[1] / 65536., matrix[3] / 65536.,
                    matrix[4] / 65536., av_display_rotation_get(matrix));
}

static vis_status read_aspect(AVFormatContext *file, AVStream *stream, AVFrame *first,
                              const char *path, AVRational *out, vis_error *err)
{
    AVRational said = av_guess_sample_aspect_ratio(file, stream, first);
    *out = (AVRational){1, 1};
    if (said.num <= 0 || said.den <= 0) return VIS_OK;
    /* As small as the H.264 that the result becomes can say it (16 bits). */
    av_reduce(&out->num, &out->den, said.num, said.den, UINT16_MAX);
    if (out->num > 0 && out->den / out->num < ASPECT_MAX && out->num / out->den < ASPECT_MAX)
        return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: its pixels are said to be %d:%d wide, which cannot be; say what is right: "
                    "ffmpeg -i FILE -vf setsar=1 -c:v libx264 -crf 12 FILE.mp4",
                    path, said.num, said.den);
}

vis_status video_shape_read(AVFormatContext *file, AVStream *stream, AVFrame *first,
                            const char *path, video_shape *out, vis_error *err)
{
    VIS_TRY(read_orientation(stream, first, path, &out->orientation, err));
    VIS_TRY(read_aspect(file, stream, first, path, &out->pixel_aspect, err));
    if (out->orientation >= 5)
        out->pixel_aspect = (AVRational){out->pixel_aspect.den, out->pixel_aspect.num};
    return VIS_OK;
}
