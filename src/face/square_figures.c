/* face/square_figures.c - size, shape and trembling of the face square.
 *
 * Trembling is told from motion by the fourth difference over time: of a head that nods at 2 Hz,
 * filmed at 25 frames a second, it leaves 6 % of the amplitude; of noise that is new in each frame
 * it gives sqrt(70) times the standard deviation. Cuts and stray squares are few; the largest 30 %
 * of the differences are left out for them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "face/square_figures.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define KEPT_SHARE 0.7
#define KEPT_SIGMA 0.5563 /* of a normal distribution without the 30 % that lie farthest out */
#define FOURTH_GAIN 8.366600265340756 /* sqrt(1 + 16 + 36 + 16 + 1) */
/* Trembling, as a share of the side: 2 pixels of 328. The demo has 0.09 %; heads that nod or shake
 * three times a second leave up to 0.4 %, and so do whole-pixel landmarks of a small face;
 * landmarks that are off by up to 2 % of the side in each frame, at random, give 1.2 to 1.7 %. */
#define TREMBLE_SHARE 0.006
/* Landmarks are whole pixels: that alone trembles by 1 / sqrt(12) of a pixel, and is allowed twice.
 */
#define ROUNDING 0.29
#define NEIGHBOURS 5 /* on each side */

typedef enum track { TRACK_LEFT, TRACK_TOP, TRACK_SIDE, TRACK_COUNT } track;

static double place(const int square[4], track which)
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

/* Standard deviation of the noise in one track; `room` is for count numbers. */
static double noise(const int (*squares)[4], int count, track which, double *room)
{
    int differences = count - 4, kept = (int)ceil(KEPT_SHARE * differences);
    for (int i = 0; i < differences; i++)
        room[i] = fabs(place(squares[i], which) - 4 * place(squares[i + 1], which) +
                       6 * place(squares[i + 2], which) - 4 * place(squares[i + 3], which) +
                       place(squares[i + 4], which));
    qsort(room, (size_t)differences, sizeof *room, compare);
    double sum = 0;
    for (int i = 0; i < kept; i++)
        sum += room[i] * room[i];
    return sqrt(sum / kept) / (FOURTH_GAIN * KEPT_SIGMA);
}

static vis_status measure_tremble(const int (*squares)[4], int count, double *tremble,
                                  vis_error *err)
{
    *tremble = NAN;
    if (count < SQUARE_TREMBLE_FRAMES) return VIS_OK;
    double *room = malloc((size_t)count * sizeof *room);
    if (!room) return vis_fail_memory(err, "the face squares");
    *tremble = 0;
    for (track which = 0; which < TRACK_COUNT; which++)
        *tremble = fmax(*tremble, noise(squares, count, which, room));
    free(room);
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
        around[used++] = place(squares[i], which);
    qsort(around, (size_t)used, sizeof *around, compare);
    return around[used / 2];
}

static bool is_astray(const int (*squares)[4], int count, int n)
{
    double side = usual(squares, count, n, TRACK_SIDE);
    for (track which = 0; which < TRACK_COUNT; which++)
        if (fabs(place(squares[n], which) - usual(squares, count, n, which)) >
            SQUARE_ASTRAY_SHARE * side)
            return true;
    return false;
}

square_kind square_judge(const int (*squares)[4], int count, int n, int width, int height)
{
    const int *s = squares[n];
    int w = s[2] - s[0], h = s[3] - s[1];
    bool right = s[2] == width && w < h, bottom = s[3] == height && h < w;
    if (right || bottom) return SQUARE_CLIPPED;
    if (abs(w - h) > SQUARE_OBLONG_SHARE * place(s, TRACK_SIDE)) return SQUARE_OBLONG;
    return is_astray(squares, count, n) ? SQUARE_ASTRAY : SQUARE_FINE;
}

static void add_square(const int (*squares)[4], int count, int n, square_kind kind,
                       square_figures *f)
{
    double side = place(squares[n], TRACK_SIDE);
    f->side_mean += side / count;
    f->side_min = fmin(f->side_min, side);
    f->side_max = fmax(f->side_max, side);
    f->clipped += kind == SQUARE_CLIPPED;
    f->oblong += kind == SQUARE_OBLONG;
    f->astray += kind == SQUARE_ASTRAY;
    if (kind != SQUARE_FINE && f->first_wrong < 0) f->first_wrong = n;
}

double square_tremble_limit(double side)
{
    return fmax(TREMBLE_SHARE * side, 2 * ROUNDING);
}

vis_status square_figures_of(const int (*squares)[4], int count, int width, int height,
                             square_figures *out, vis_error *err)
{
    *out = (square_figures){.side_min = INFINITY, .first_wrong = -1};
    for (int n = 0; n < count; n++)
        add_square(squares, count, n, square_judge(squares, count, n, width, height), out);
    return measure_tremble(squares, count, &out->tremble, err);
}
