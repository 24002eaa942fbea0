/* measure/metrics_color.c - CIE L*a*b* and the colour difference CIEDE2000.
 *
 * sRGB to linear light as IEC 61966-2-1, the primaries of ITU-R BT.709 with six digits, L*a*b* with
 * the rounded constants of CIE 1976 (0.008856, 7.787): what scikit-image computes with.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/metrics.h"

#include <math.h>

#define CHANNELS 3
#define PI 3.14159265358979323846
#define DEGREE (PI / 180)

static const double primaries[3][3] = {
    /* X, Y, Z of red, green, blue */
    {0.412453, 0.357580, 0.180423},
    {0.212671, 0.715160, 0.072169},
    {0.019334, 0.119193, 0.950227},
};
static const double white[3] = {0.95047, 1.0, 1.08883}; /* D65, 2 degrees */

static double linear_light(double value)
{
    double v = value / 255;
    return v > 0.04045 ? pow((v + 0.055) / 1.055, 2.4) : v / 12.92;
}

static lab lab_of_light(double blue, double green, double red)
{
    double f[3];
    for (int i = 0; i < 3; i++) {
        const double *of = primaries[i];
        double t = (of[0] * red + of[1] * green + of[2] * blue) / white[i];
        f[i] = t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
    }
    return (lab){116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

lab metric_lab(double blue, double green, double red)
{
    return lab_of_light(linear_light(blue), linear_light(green), linear_light(red));
}

/* sqrt(c^7 / (c^7 + 25^7)): near 0 for greys, near 1 for strong colours. */
static double strength(double chroma)
{
    double c2 = chroma * chroma, c7 = c2 * c2 * c2 * chroma;
    return sqrt(c7 / (c7 + 6103515625.0));
}

static double hue_of(double a, double b)
{
    double h = atan2(b, a);
    return h < 0 ? h + 2 * PI : h;
}

/* The two hues in radians: their difference by the shorter way round, and their mean on that way.
 */
static void compare_hues(double one, double other, double *by, double *mean)
{
    *by = other - one;
    *mean = (one + other) / 2;
    if (fabs(*by) <= PI) return;
    *by += *by > 0 ? -2 * PI : 2 * PI;
    *mean += *mean < PI ? PI : -PI;
}

/* How much the eye's tolerance depends on hue:
 * T = 1 - 0.17 cos(h - 30) + 0.24 cos(2 h) + 0.32 cos(3 h + 6) - 0.20 cos(4 h - 63), degrees,
 * with the multiples of h from one sine and cosine. */
static double hue_weight(double h)
{
    double c1 = cos(h), s1 = sin(h);
    double c2 = c1 * c1 - s1 * s1, s2 = 2 * s1 * c1;
    double c3 = c2 * c1 - s2 * s1, s3 = s2 * c1 + c2 * s1;
    double c4 = c2 * c2 - s2 * s2, s4 = 2 * s2 * c2;
    return 1 - 0.17 * (c1 * cos(30 * DEGREE) + s1 * sin(30 * DEGREE)) + 0.24 * c2 +
           0.32 * (c3 * cos(6 * DEGREE) - s3 * sin(6 * DEGREE)) -
           0.20 * (c4 * cos(63 * DEGREE) + s4 * sin(63 * DEGREE));
}

double metric_delta_e(lab one, lab other)
{
    double mean_chroma =
        (sqrt(one.a * one.a + one.b * one.b) + sqrt(other.a * other.a + other.b * other.b)) / 2;
    double stretch = 1 + 0.5 * (1 - strength(mean_chroma)); /* of a, for colours near grey */
    double a1 = one.a * stretch, a2 = other.a * stretch;
    double c1 = sqrt(a1 * a1 + one.b * one.b), c2 = sqrt(a2 * a2 + other.b * other.b);
    double chroma = (c1 + c2) / 2, from_middle = pow((one.l + other.l) / 2 - 50, 2);
    double lightness = (other.l - one.l) / (1 + 0.015 * from_middle / sqrt(20 + from_middle));
    double colourfulness = (c2 - c1) / (1 + 0.045 * chroma);
    double sum = lightness * lightness + colourfulness * colourfulness;
    if (c1 * c2 == 0) return sqrt(sum); /* a grey has no hue */
    double by, h;
    compare_hues(hue_of(a1, one.b), hue_of(a2, other.b), &by, &h);
    double hue = 2 * sqrt(c1 * c2) * sin(by / 2) / (1 + 0.015 * chroma * hue_weight(h));
    double turn = 30 * DEGREE * exp(-pow((h / DEGREE - 275) / 25, 2)); /* blues only */
    sum += hue * hue - sin(2 * turn) * 2 * strength(chroma) * colourfulness * hue;
    return sqrt(sum > 0 ? sum : 0);
}

double metric_mean_delta_e(const picture *a, const picture *b, region r)
{
    double light[256], sum = 0;
    for (int v = 0; v < 256; v++)
        light[v] = linear_light(v);
    for (int y = 0; y < r.height; y++) {
        ptrdiff_t row = r.y + y, column = (ptrdiff_t)r.x * CHANNELS;
        const uint8_t *p = a->data + row * a->stride + column;
        const uint8_t *q = b->data + row * b->stride + column;
        for (int x = 0; x < r.width; x++, p += CHANNELS, q += CHANNELS)
            if (p[0] != q[0] || p[1] != q[1] || p[2] != q[2])
                sum += metric_delta_e(lab_of_light(light[p[0]], light[p[1]], light[p[2]]),
                                      lab_of_light(light[q[0]], light[q[1]], light[q[2]]));
    }
    return sum / ((double)r.width * r.height);
}

static lab mean_color(const picture *p, int left, int top, int block)
{
    int64_t sum[CHANNELS] = {0};
    for (int y = top; y < top + block; y++) {
        const uint8_t *row = p->data + (ptrdiff_t)y * p->stride + (ptrdiff_t)left * CHANNELS;
        for (int i = 0; i < block * CHANNELS; i++)
            sum[i % CHANNELS] += row[i];
    }
    double area = (double)block * block;
    return metric_lab((double)sum[0] / area, (double)sum[1] / area, (double)sum[2] / area);
}

double metric_block_delta_e(const picture *a, const picture *b, region r, int block)
{
    double sum = 0;
    int64_t blocks = 0;
    for (int y = r.y; y <= r.y + r.height - block; y += block)
        for (int x = r.x; x <= r.x + r.width - block; x += block, blocks++)
            sum += metric_delta_e(mean_color(a, x, y, block), mean_color(b, x, y, block));
    return sum / (double)blocks;
}
