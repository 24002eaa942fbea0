#include "background.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static float rnd(uint32_t a, uint32_t b)
{
    uint32_t h = a * 0x9e3779b1u + b * 0x85ebca6bu + 0x1234567u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return (float)(h & 0xffffff) / 16777216.f;
}

static float fract(float x)
{
    return x - floorf(x);
}
static void put(float c[3], float r, float g, float b)
{
    c[0] = r, c[1] = g, c[2] = b;
}

static void book(float c[3], int shelf, float u, float v)
{
    static const float cloth[8][3] = {{.30f, .085f, .06f}, {.07f, .17f, .20f}, {.40f, .24f, .07f},
                                      {.09f, .12f, .21f},  {.42f, .33f, .22f}, {.12f, .18f, .11f},
                                      {.26f, .12f, .16f},  {.20f, .20f, .20f}};
    int k = (int)floorf(u);
    uint32_t id = (uint32_t)(k + 64 * shelf + 1000);
    float height = 0.62f + 0.30f * rnd(id, 1), gap = rnd(id, 2) > 0.90f;
    if (v > height || gap > 0.5f) {
        put(c, 0.030f, 0.022f, 0.018f);
        return;
    }
    const float *b = cloth[(int)(rnd(id, 3) * 7.99f)];
    float f = fract(u), round = 0.45f + 0.55f * sinf(3.14159f * f),
          band = fabsf(v - height * 0.78f) < 0.03f ? 1.8f : 1.f;
    for (int i = 0; i < 3; i++)
        c[i] = b[i] * round * band * (0.7f + 0.5f * rnd(id, 4));
}

static void wall(float c[3], float x, float y)
{
    // shelves on both sides, a plain lit wall between them
    float ax = x < 0.f ? -0.56f - x : x - 0.62f;
    if (ax > 0.f) {
        float row = y / 0.30f + (x < 0.f ? 0.2f : 0.55f), v = fract(row);
        int shelf = (int)floorf(row) + (x < 0.f ? 10 : 30);
        if (v < 0.07f)
            put(c, 0.20f, 0.115f, 0.060f);
        else if (ax < 0.025f)
            put(c, 0.17f, 0.095f, 0.050f);
        else
            book(c, shelf, ax / 0.052f, (v - 0.07f) / 0.93f);
        float light = 0.62f + 0.40f * (1.f - y) * 0.5f;
        for (int i = 0; i < 3; i++)
            c[i] *= light;
        return;
    }
    float g = expf(-(x * x * 1.5f + (y + 0.15f) * (y + 0.15f) * 0.8f));
    put(c, 0.055f + 0.15f * g, 0.085f + 0.155f * g, 0.105f + 0.15f * g);
}

static void paint(float *rgb, int size)
{
    for (int j = 0; j < size; j++)
        for (int i = 0; i < size; i++)
            wall(rgb + 3 * (j * size + i), 2.f * ((float)i + .5f) / (float)size - 1.f,
                 2.f * ((float)j + .5f) / (float)size - 1.f);
}

// One box blur along a row or a column, edges held.
static void box(const float *in, float *out, int n, int stride, int r)
{
    for (int ch = 0; ch < 3; ch++) {
        float sum = 0.f;
        for (int k = -r; k <= r; k++)
            sum += in[3 * stride * (k < 0 ? 0 : k > n - 1 ? n - 1 : k) + ch];
        for (int k = 0; k < n; k++) {
            out[3 * stride * k + ch] = sum / (float)(2 * r + 1);
            int add = k + r + 1, sub = k - r;
            sum += in[3 * stride * (add > n - 1 ? n - 1 : add) + ch] -
                   in[3 * stride * (sub < 0 ? 0 : sub) + ch];
        }
    }
}

static void blur(float *rgb, float *tmp, int size, int radius)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < size; j++)
            box(rgb + 3 * j * size, tmp + 3 * j * size, size, 1, radius);
        for (int i = 0; i < size; i++)
            box(tmp + 3 * i, rgb + 3 * i, size, size, radius);
    }
}

// Lamps far behind: discs with a slightly brighter rim, as a lens draws them.
static void bokeh(float *rgb, int size)
{
    static const float lamp[9][4] = {
        {-0.78f, -0.62f, 0.090f, 0.34f}, {-0.90f, -0.30f, 0.060f, 0.22f},
        {0.80f, -0.74f, 0.085f, 0.30f},  {0.93f, -0.42f, 0.070f, 0.24f},
        {-0.62f, -0.84f, 0.055f, 0.20f}, {0.66f, -0.16f, 0.050f, 0.16f},
        {-0.72f, 0.10f, 0.050f, 0.14f},  {0.88f, 0.06f, 0.060f, 0.14f},
        {0.62f, -0.92f, 0.045f, 0.18f}};
    for (int j = 0; j < size; j++)
        for (int i = 0; i < size; i++) {
            float x = 2.f * ((float)i + .5f) / (float)size - 1.f,
                  y = 2.f * ((float)j + .5f) / (float)size - 1.f;
            for (int k = 0; k < 9; k++) {
                float d = hypotf(x - lamp[k][0], y - lamp[k][1]) / lamp[k][2];
                if (d > 1.1f) continue;
                float edge = d < 0.94f ? 1.f : d > 1.06f ? 0.f : (1.06f - d) / 0.12f;
                float a = lamp[k][3] * edge * (0.72f + 0.28f * d * d),
                      *c = rgb + 3 * (j * size + i);
                c[0] += a * 1.0f, c[1] += a * 0.70f, c[2] += a * 0.36f;
            }
        }
}

float *background_make(int size)
{
    size_t n = (size_t)size * (size_t)size * 3;
    float *rgb = malloc(n * sizeof *rgb), *tmp = malloc(n * sizeof *tmp);
    if (!rgb || !tmp) return free(rgb), free(tmp), NULL;
    paint(rgb, size);
    blur(rgb, tmp, size, size / 85 + 1);
    bokeh(rgb, size);
    blur(rgb, tmp, size, size / 400);
    free(tmp);
    return rgb;
}
