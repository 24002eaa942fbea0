/* measure/metrics.c - squared and absolute differences of 8-bit values.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/metrics.h"

#include <math.h>
#include <stdlib.h>

#define CHANNELS 3

region region_of(const picture *p)
{
    return (region){0, 0, p->width, p->height};
}

static const uint8_t *row_of(const picture *p, region r, int row)
{
    return p->data + (ptrdiff_t)(r.y + row) * p->stride + (ptrdiff_t)r.x * CHANNELS;
}

double metric_mse(const picture *a, const picture *b, region r)
{
    int64_t sum = 0;
    for (int y = 0; y < r.height; y++) {
        const uint8_t *one = row_of(a, r, y), *other = row_of(b, r, y);
        uint32_t row = 0; /* a row of PICTURE_MAX_SIDE at most: 49152 x 255^2 fits */
        for (int i = 0; i < r.width * CHANNELS; i++) {
            int d = one[i] - other[i];
            row += (uint32_t)(d * d);
        }
        sum += row;
    }
    return (double)sum / ((double)r.width * r.height * CHANNELS);
}

double metric_psnr(double mse)
{
    return mse > 0 ? 10 * log10(255.0 * 255.0 / mse) : mse == 0 ? (double)INFINITY : (double)NAN;
}

void difference_add(difference *d, const picture *a, const picture *b, region r)
{
    for (int y = 0; y < r.height; y++) {
        const uint8_t *one = row_of(a, r, y), *other = row_of(b, r, y);
        for (int x = 0; x < r.width; x++, one += CHANNELS, other += CHANNELS) {
            int of_pixel = 0;
            for (int c = 0; c < CHANNELS; c++) {
                int by = abs(one[c] - other[c]);
                d->histogram[by]++;
                d->sum += by;
                of_pixel = by > of_pixel ? by : of_pixel;
            }
            d->same_pixels += of_pixel == 0;
            d->max = of_pixel > d->max ? of_pixel : d->max;
        }
    }
    d->pixels += (int64_t)r.width * r.height;
    d->values += (int64_t)r.width * r.height * CHANNELS;
}
