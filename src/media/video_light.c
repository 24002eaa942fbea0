/* media/video_light.c - tables from colour values to light, and from light to colour values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_light.h"

#include <libavutil/pixfmt.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CODES 65536
#define STEPS 4096        /* of the tables over light, evenly spaced in its square root */
#define PAPER_WHITE 203.0 /* cd/m2; the light 1.0 */
#define HDR_PEAK 1000.0   /* cd/m2 */
#define SDR_GAMMA 2.4     /* of the screen, BT.1886 */
#define HLG_GAMMA 1.2     /* of the system, at HDR_PEAK */
#define PEAK (HDR_PEAK / PAPER_WHITE)

/* PQ (SMPTE ST 2084): 0 to 1 and 0 to 10,000 cd/m2. */
static const double pq_m1 = 2610. / 16384, pq_m2 = 2523. / 32, pq_c1 = 3424. / 4096,
                    pq_c2 = 2413. / 128, pq_c3 = 2392. / 128;

static double pq_to_light(double value)
{
    double p = pow(value, 1 / pq_m2);
    return 10000 * pow(fmax(p - pq_c1, 0) / (pq_c2 - pq_c3 * p), 1 / pq_m1);
}

static double light_to_pq(double light)
{
    double p = pow(light / 10000, pq_m1);
    return pow((pq_c1 + pq_c2 * p) / (1 + pq_c3 * p), pq_m2);
}

/* HLG (ARIB STD-B67): the scene's light, 0 to 1. */
static double hlg_to_scene(double value)
{
    const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);
    return value <= 0.5 ? value * value / 3 : (exp((value - c) / a) + b) / 12;
}

/* BT.2390, 5.4.1: light to light, both in PAPER_WHITE; black stays. */
static double compressed(double light)
{
    double white = light_to_pq(HDR_PEAK);
    double top = light_to_pq(PAPER_WHITE) / white, knee = 1.5 * top - 0.5;
    double in = light_to_pq(light * PAPER_WHITE) / white;
    if (in <= knee) return light;
    double t = (fmin(in, 1) - knee) / (1 - knee), t2 = t * t, t3 = t2 * t;
    double out =
        (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (-2 * t3 + 3 * t2) * top;
    return pq_to_light(out * white) / PAPER_WHITE;
}

/* Light in other primaries to BT.709's, and the share of luma in each. */
typedef struct gamut {
    float to_709[3][3], luma[3];
} gamut;

static const gamut bt709 = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {.2126f, .7152f, .0722f}};
static const gamut bt2020 = {{{1.660491f, -.587641f, -.072850f},
                              {-.124550f, 1.132900f, -.008349f},
                              {-.018151f, -.100579f, 1.118730f}},
                             {.2627f, .6780f, .0593f}};
static const gamut display_p3 = {
    {{1.224940f, -.224940f, 0}, {-.042057f, 1.042057f, 0}, {-.019638f, -.078636f, 1.098274f}},
    {.2290f, .6917f, .0793f}};

struct video_light {
    bool hlg, hdr;
    const gamut *gamut;        /* of the source */
    float light[CODES];        /* of a 16-bit colour value */
    float system[STEPS + 1];   /* HLG: factor from scene to screen, by luma 0 to 1 */
    float compress[STEPS + 1]; /* HDR: factor, by the largest of R, G, B, from 0 to PEAK */
    uint8_t value[STEPS + 1];  /* SDR's colour value, by light 0 to 1 */
};

/* The light of a colour value, by transfer; HLG's is the scene's. */
static double light_of(double value, int transfer)
{
    switch (transfer) {
    case AVCOL_TRC_SMPTE2084:
        return pq_to_light(value) / PAPER_WHITE;
    case AVCOL_TRC_ARIB_STD_B67:
        return hlg_to_scene(value);
    default:
        return pow(value, SDR_GAMMA);
    }
}

static void fill(video_light *l, int transfer)
{
    for (int i = 0; i < CODES; i++)
        l->light[i] = (float)light_of(i / (CODES - 1.), transfer);
    for (int i = 0; i <= STEPS; i++) {
        double step = (double)i / STEPS, light = step * step;
        l->system[i] = (float)(PEAK * pow(light, HLG_GAMMA - 1));
        l->compress[i] = i ? (float)(compressed(light * PEAK) / (light * PEAK)) : 1;
        l->value[i] = (uint8_t)(255 * pow(light, 1 / SDR_GAMMA) + 0.5);
    }
}

vis_status video_light_create(int primaries, int transfer, video_light **out, vis_error *err)
{
    video_light *l = malloc(sizeof *l);
    *out = l;
    if (!l) return vis_fail_memory(err, "a colour conversion");
    l->hlg = transfer == AVCOL_TRC_ARIB_STD_B67;
    l->hdr = l->hlg || transfer == AVCOL_TRC_SMPTE2084;
    l->gamut = primaries == AVCOL_PRI_BT2020     ? &bt2020
               : primaries == AVCOL_PRI_SMPTE432 ? &display_p3
                                                 : &bt709;
    fill(l, transfer);
    return VIS_OK;
}

void video_light_free(video_light *l)
{
    free(l);
}

/* A table over light between 0 and 1, at `light`. */
static float look_up(const float table[STEPS + 1], float light)
{
    float at = sqrtf(light < 1 ? light : 1) * STEPS;
    int i = (int)at < STEPS ? (int)at : STEPS - 1;
    return table[i] + (at - (float)i) * (table[i + 1] - table[i]);
}

static float dot(const float a[3], const float b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void convert(const video_light *l, const uint16_t rgb[3], uint8_t bgr[3])
{
    float in[3] = {l->light[rgb[0]], l->light[rgb[1]], l->light[rgb[2]]}, out[3];
    float factor = l->hlg ? look_up(l->system, dot(l->gamut->luma, in)) : 1, most = 0;
    for (int c = 0; c < 3; c++) {
        out[c] = fmaxf(factor * dot(l->gamut->to_709[c], in), 0);
        most = fmaxf(most, out[c]);
    }
    factor = l->hdr ? look_up(l->compress, most / (float)PEAK) : 1;
    for (int c = 0; c < 3; c++)
        bgr[2 - c] = l->value[(int)(sqrtf(fminf(factor * out[c], 1)) * STEPS + .5f)];
}

void video_light_row(const video_light *l, const uint16_t *rgb, int count, uint8_t *bgr)
{
    for (int i = 0; i < count; i++)
        convert(l, rgb + 3 * i, bgr + 3 * i);
}
