/* bench/composite.c - what blending a painted square into a frame costs.
 *
 *   composite [SIDE [SIZES [RUNS]]]
 *
 * Prints the best and the median milliseconds of RUNS (2000) calls of face_blend on squares of SIDE
 * (400) pixels in a 720p frame, in processor time of the one thread; SIZES (1) different sizes take
 * turns, as a face that comes nearer makes them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/blend.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WIDTH 1280
#define HEIGHT 720

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static vis_status fill(picture *p, uint32_t seed, vis_error *err)
{
    VIS_TRY(picture_create(p, WIDTH, HEIGHT, err));
    for (int i = 0; i < p->height * p->stride; i++) {
        seed = seed * 1664525U + 1013904223U;
        p->data[i] = (uint8_t)(seed >> 24);
    }
    return VIS_OK;
}

/* A jaw that reaches 0.42 sides of the square in every direction but upwards. */
static vis_status make_mask(blend_mask **out, vis_error *err)
{
    face_geometry geometry;
    face_outline outline;
    VIS_TRY(face_geometry_for(320, &geometry, err));
    for (int k = 0; k < OUTLINE_DIRECTIONS; k++)
        outline.reach[k] = k > OUTLINE_DIRECTIONS / 2 ? OUTLINE_OPEN : 0.42F;
    return blend_mask_create(&geometry, &outline, out, err);
}

static vis_status measure(int side, int sizes, int runs, double *took, vis_error *err)
{
    picture frame = {0}, painted = {0};
    blend_mask *mask = NULL;
    face_blender *blender = NULL;
    vis_status status = fill(&frame, 1, err);
    if (status == VIS_OK) status = fill(&painted, 2, err);
    if (status == VIS_OK) status = make_mask(&mask, err);
    if (status == VIS_OK) status = face_blender_create(mask, &blender, err);
    for (int i = -sizes; i < runs && status == VIS_OK; i++) {
        int s = side + (i + sizes) % sizes;
        double start = now();
        status = face_blend(blender, &frame, (int[4]){300, 100, 300 + s, 100 + s}, &painted, err);
        if (i >= 0) took[i] = now() - start;
    }
    face_blender_destroy(blender);
    blend_mask_destroy(mask);
    picture_free(&frame);
    picture_free(&painted);
    return status;
}

static int number(int argc, char **argv, int i, int standard)
{
    return i < argc ? (int)strtol(argv[i], NULL, 10) : standard;
}

int main(int argc, char **argv)
{
    vis_error err;
    int side = number(argc, argv, 1, 400), sizes = number(argc, argv, 2, 1);
    int runs = number(argc, argv, 3, 2000);
    if (side < 1 || sizes < 1 || side + sizes > 600 || runs < 1 || runs > 1000000) {
        fprintf(stderr, "usage: composite [SIDE [SIZES [RUNS]]], SIDE + SIZES at most 600\n");
        return 2;
    }
    double *took = calloc((size_t)runs, sizeof *took);
    if (!took || measure(side, sizes, runs, took, &err) != VIS_OK) {
        fprintf(stderr, "composite: %s\n", took ? err.message : "out of memory");
        free(took);
        return 5;
    }
    qsort(took, (size_t)runs, sizeof *took, ascending);
    printf("%d x %d, %d sizes: best %.3f ms, median %.3f ms\n", side, side, sizes, took[0],
           took[runs / 2]);
    free(took);
    return 0;
}
