/* tests/unit/paint/faces.c - a drawn face, and faults planted into it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "faces.h"
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INSET 4
#define MASK (INSET + 5) /* first pixel of the mask */
#define MOUTH_LEFT (MASK + 48)
#define MOUTH_TOP (MASK + 64)
#define MOUTH_WIDE 64
#define MOUTH_HIGH 48

face_geometry face_small(void)
{
    face_geometry g;
    assert_int_equal(face_geometry_for(160, &g, NULL), VIS_OK);
    assert_int_equal(g.crop, FACE_CROP);
    return g;
}

static uint8_t *at(const picture *p, int x, int y)
{
    return p->data + (size_t)y * (size_t)p->stride + 3 * (size_t)x;
}

static uint8_t level(double v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : lrint(v));
}

void face_fill(picture *p, int side, int blue, int green, int red)
{
    assert_int_equal(picture_reserve(p, side, side, NULL), VIS_OK);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            memcpy(at(p, x, y), (uint8_t[]){(uint8_t)blue, (uint8_t)green, (uint8_t)red}, 3);
}

bool face_rests(int t)
{
    return t % 16 >= 8;
}

double face_opening(int t)
{
    if (face_rests(t)) return 0;
    return t % 2 ? 0.15 + 0.1 * (t % 3) : 1 - 0.1 * (t % 5);
}

static bool in_mouth(int x, int y)
{
    return x >= MOUTH_LEFT && x < MOUTH_LEFT + MOUTH_WIDE && y >= MOUTH_TOP &&
           y < MOUTH_TOP + MOUTH_HIGH;
}

/* Levels of a cheek around the mean, broad and fine. */
static const float *texture(void)
{
    static float levels[FACE_CROP * FACE_CROP][2];
    static bool drawn;
    for (int i = 0; !drawn && i < FACE_CROP * FACE_CROP; i++) {
        int x = i % FACE_CROP, y = i / FACE_CROP;
        levels[i][0] = 30 * sinf((float)x * 0.05f) + 20 * cosf((float)y * 0.07f);
        levels[i][1] = 12 * sinf((float)x * 0.8f) * sinf((float)y * 0.9f);
    }
    drawn = true;
    return levels[0];
}

void face_draw(picture *p, double open)
{
    const float *cheek = texture();
    assert_int_equal(picture_reserve(p, FACE_CROP, FACE_CROP, NULL), VIS_OK);
    for (int y = 0; y < FACE_CROP; y++)
        for (int x = 0; x < FACE_CROP; x++, cheek += 2) {
            double broad = (double)cheek[0], fine = (double)cheek[1];
            double dark = in_mouth(x, y) ? FACE_OPEN * open : 0;
            uint8_t *pixel = at(p, x, y);
            pixel[0] = level(100 + broad / 2 + fine - dark);
            pixel[1] = level(125 + broad + fine - dark);
            pixel[2] = level(165 + broad + fine - dark);
        }
}

void face_recolour(picture *p, const double gain[3], const double offset[3])
{
    for (int y = INSET; y < FACE_CROP - INSET; y++)
        for (int x = INSET; x < FACE_CROP - INSET; x++)
            for (int c = 0; c < 3; c++)
                at(p, x, y)[c] = level(gain[c] * at(p, x, y)[c] + offset[c]);
}

void face_exchange(picture *p)
{
    for (int y = INSET; y < FACE_CROP - INSET; y++)
        for (int x = INSET; x < FACE_CROP - INSET; x++) {
            uint8_t *pixel = at(p, x, y), blue = pixel[0];
            pixel[0] = pixel[2];
            pixel[2] = blue;
        }
}

#define BLUR_RADIUS 12

/* One pass along the rows or down the columns into `out`; edges repeat. */
static void blur_pass(const picture *p, picture *out, const double *weight, bool down)
{
    for (int y = 0; y < FACE_CROP; y++)
        for (int x = 0; x < FACE_CROP; x++) {
            double sum[3] = {0};
            for (int k = -BLUR_RADIUS; k <= BLUR_RADIUS; k++) {
                int i = (down ? y : x) + k;
                i = i < 0 ? 0 : i >= FACE_CROP ? FACE_CROP - 1 : i;
                const uint8_t *pixel = down ? at(p, x, i) : at(p, i, y);
                for (int c = 0; c < 3; c++)
                    sum[c] += weight[abs(k)] * pixel[c];
            }
            for (int c = 0; c < 3; c++)
                at(out, x, y)[c] = level(sum[c]);
        }
}

void face_blur(picture *p, double sigma)
{
    double weight[BLUR_RADIUS + 1], sum = 0;
    for (int k = 0; k <= BLUR_RADIUS; k++) {
        weight[k] = exp(-k * k / (2 * sigma * sigma));
        sum += k ? 2 * weight[k] : weight[k];
    }
    for (int k = 0; k <= BLUR_RADIUS; k++)
        weight[k] /= sum;
    picture half = {0}, whole = {0};
    assert_int_equal(picture_copy(p, &half, NULL), VIS_OK);
    assert_int_equal(picture_copy(p, &whole, NULL), VIS_OK);
    blur_pass(p, &half, weight, false);
    blur_pass(&half, &whole, weight, true);
    for (int y = INSET; y < FACE_CROP - INSET; y++)
        memcpy(at(p, INSET, y), at(&whole, INSET, y), 3 * (FACE_CROP - 2 * INSET));
    picture_free(&half);
    picture_free(&whole);
}

void face_frame(picture *p, int wide, int by)
{
    int first = INSET, last = FACE_CROP - INSET - 1;
    for (int y = first; y <= last; y++)
        for (int x = first; x <= last; x++) {
            bool rim = x < first + wide || y < first + wide || x > last - wide || y > last - wide;
            for (int c = 0; rim && c < 3; c++)
                at(p, x, y)[c] = level(at(p, x, y)[c] - by);
        }
}

void face_blotch(picture *p, int by)
{
    for (int y = INSET; y < FACE_CROP - INSET; y++)
        for (int x = INSET; x < FACE_CROP - INSET; x++)
            for (int c = 0; c < 3; c++) {
                bool up = ((x - MASK) / 16 + (y - MASK) / 16) % 2 == 0;
                at(p, x, y)[c] = level(at(p, x, y)[c] + (up ? by : -by));
            }
}
