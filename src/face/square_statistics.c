/* face/square_statistics.c - size, shape and jitter of the face square, and warnings of them.
 *
 * Jitter is separated from motion by the fourth difference over time: of a head that nods at 2 Hz,
 * filmed at 25 frames a second, it leaves 6 % of the amplitude; of noise that is new in each frame
 * it gives sqrt(70) times the standard deviation. Cuts and stray squares are few; the largest 30 %
 * of the differences are left out for them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "face/square_statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define INLIER_SHARE 0.7
#define INLIER_SIGMA 0.5563 /* of a normal distribution without the 30 % that lie farthest out */
#define FOURTH_GAIN 8.366600265340756 /* sqrt(1 + 16 + 36 + 16 + 1) */
/* Jitter, as a share of the side: 2 pixels of 328. The demo has 0.09 %; heads that nod or shake
 * three times a second leave up to 0.4 %, and so do whole-pixel landmarks of a small face;
 * landmarks that are off by up to 2 % of the side in each frame, at random, give 1.2 to 1.7 %. */
#define JITTER_SHARE 0.006
/* Landmarks are whole pixels: that alone jitters by 1 / sqrt(12) of a pixel, and is allowed twice.
 */
#define ROUNDING 0.29
#define NEIGHBOURS 5 /* on each side */

typedef enum track { TRACK_LEFT, TRACK_TOP, TRACK_SIDE, TRACK_COUNT } track;

static double track_value(const int square[4], track which)
{
    switch (which) {
    case TRACK_LEFT:
        return square[0];
    case TRACK_TOP:
        return square[1];
    default:
        return 0.5 * (square[2] - square[0] + square[3] - square[1]);
    }
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

/* Standard deviation of the noise in one track; `scratch` is for count numbers. */
static double noise(const int (*squares)[4], int count, track which, double *scratch)
{
    int differences = count - 4, inliers = (int)ceil(INLIER_SHARE * differences);
    for (int i = 0; i < differences; i++)
        scratch[i] =
            fabs(track_value(squares[i], which) - 4 * track_value(squares[i + 1], which) +
                 6 * track_value(squares[i + 2], which) - 4 * track_value(squares[i + 3], which) +
                 track_value(squares[i + 4], which));
    qsort(scratch, (size_t)differences, sizeof *scratch, compare);
    double sum = 0;
    for (int i = 0; i < inliers; i++)
        sum += scratch[i] * scratch[i];
    return sqrt(sum / inliers) / (FOURTH_GAIN * INLIER_SIGMA);
}

static vis_status measure_jitter(const int (*squares)[4], int count, double *jitter, vis_error *err)
{
    *jitter = NAN;
    if (count < SQUARE_JITTER_FRAMES) return VIS_OK;
    double *scratch = malloc((size_t)count * sizeof *scratch);
    if (!scratch) return vis_fail_memory(err, "the face squares");
    *jitter = 0;
    for (track which = 0; which < TRACK_COUNT; which++)
        *jitter = fmax(*jitter, noise(squares, count, which, scratch));
    free(scratch);
    return VIS_OK;
}

/* Median of a track over the neighbours of square n, as many on each side. */
static double usual(const int (*squares)[4], int count, int n, track which)
{
    double around[2 * NEIGHBOURS + 1];
    int reach = NEIGHBOURS, used = 0;
    if (n < reach) reach = n;
    if (count - 1 - n < reach) reach = count - 1 - n;
    for (int i = n - reach; i <= n + reach; i++)
        around[used++] = track_value(squares[i], which);
    qsort(around, (size_t)used, sizeof *around, compare);
    return around[used / 2];
}

static bool is_outlier(const int (*squares)[4], int count, int n)
{
    double side = usual(squares, count, n, TRACK_SIDE);
    for (track which = 0; which < TRACK_COUNT; which++)
        if (fabs(track_value(squares[n], which) - usual(squares, count, n, which)) >
            SQUARE_OUTLIER_SHARE * side)
            return true;
    return false;
}

square_kind square_judge(const int (*squares)[4], int count, int n, int width, int height)
{
    const int *s = squares[n];
    int w = s[2] - s[0], h = s[3] - s[1];
    bool right = s[2] == width && w < h, bottom = s[3] == height && h < w;
    if (right || bottom) return SQUARE_CLIPPED;
    if (abs(w - h) > SQUARE_OBLONG_SHARE * track_value(s, TRACK_SIDE)) return SQUARE_OBLONG;
    return is_outlier(squares, count, n) ? SQUARE_OUTLIER : SQUARE_FINE;
}

static void add_square(const int (*squares)[4], int count, int n, square_kind kind,
                       square_statistics *f)
{
    double side = track_value(squares[n], TRACK_SIDE);
    f->side_mean += side / count;
    f->side_min = fmin(f->side_min, side);
    f->side_max = fmax(f->side_max, side);
    f->clipped += kind == SQUARE_CLIPPED;
    f->oblong += kind == SQUARE_OBLONG;
    f->outliers += kind == SQUARE_OUTLIER;
    if (kind != SQUARE_FINE && f->first_wrong < 0) f->first_wrong = n;
}

double square_jitter_limit(double side)
{
    return fmax(JITTER_SHARE * side, 2 * ROUNDING);
}

vis_status square_statistics_of(const int (*squares)[4], int count, int width, int height,
                                square_statistics *out, vis_error *err)
{
    *out = (square_statistics){.side_min = INFINITY, .first_wrong = -1};
    for (int n = 0; n < count; n++)
        add_square(squares, count, n, square_judge(squares, count, n, width, height), out);
    return measure_jitter(squares, count, &out->jitter, err);
}

void frame_numbers_add(frame_numbers *list, int frame)
{
    if (list->count < FRAME_NUMBERS_SHOWN) list->first[list->count] = frame;
    list->count++;
}

const char *frame_numbers_text(const frame_numbers *list, char text[FRAME_NUMBERS_TEXT])
{
    bool all = list->count <= FRAME_NUMBERS_SHOWN;
    int shown = all ? list->count : FRAME_NUMBERS_SHOWN;
    int at = all ? snprintf(text, FRAME_NUMBERS_TEXT, "frame%s ", shown == 1 ? "" : "s")
                 : snprintf(text, FRAME_NUMBERS_TEXT, "%d frames (", list->count);
    for (int i = 0; i < shown; i++) {
        bool last = all && i == shown - 1;
        const char *before = i == 0 ? "" : last ? " and " : ", ";
        at +=
            snprintf(text + at, (size_t)(FRAME_NUMBERS_TEXT - at), "%s%d", before, list->first[i]);
    }
    if (!all) snprintf(text + at, (size_t)(FRAME_NUMBERS_TEXT - at), ", ...)");
    return text;
}

static void warn_kind(const frame_numbers *found, const char *what, const char *where,
                      const vis_log *log)
{
    char text[FRAME_NUMBERS_TEXT];
    if (found->count > 0) vis_warn(log, "%s: %s: %s", where, frame_numbers_text(found, text), what);
}

static void warn_jitter(const square_statistics *f, const char *where, const vis_log *log)
{
    if (!(f->jitter >= square_jitter_limit(f->side_mean))) return;
    vis_warn(log,
             "%s: the face square trembles from frame to frame, by %.1f pixels of its %.0f, as no "
             "head moves; the mouth will shake: smooth the landmarks over time",
             where, f->jitter, f->side_mean);
}

vis_status squares_warn(const int (*squares)[4], int count, int width, int height,
                        const char *where, const vis_log *log, vis_error *err)
{
    frame_numbers found[SQUARE_KINDS] = {0}, small = {0};
    for (int n = 0; n < count; n++) {
        frame_numbers_add(&found[square_judge(squares, count, n, width, height)], n);
        if (squares[n][2] - squares[n][0] < SQUARE_SMALL) frame_numbers_add(&small, n);
    }
    warn_kind(&found[SQUARE_OBLONG],
              "the face square is not square, and the face comes out stretched; corners x1, y1, "
              "x2, y2 are wanted, of a square",
              where, log);
    warn_kind(&found[SQUARE_OUTLIER],
              "the face square jumps away from those around it; look at these frames, and correct "
              "or leave out what was detected there",
              where, log);
    warn_kind(&small,
              "the face square is tiny: too small for a mouth, or not around the face; look at "
              "these frames",
              where, log);
    square_statistics statistics;
    VIS_TRY(square_statistics_of(squares, count, width, height, &statistics, err));
    warn_jitter(&statistics, where, log);
    return VIS_OK;
}
