/* Rows of pixels have the same bytes under every instruction set, at every length, and nothing beside
 * them is written; the plain loops do what their header says.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "media/pixel_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 131 /* numbers; in pixels a third */
#define ROOM 600
#define BESIDE 77

static const pixel_rows *const plain = &pixel_rows_portable;

static uint32_t state = 1;

static uint32_t draw(void)
{
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

static void draw_bytes(uint8_t *out, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = draw() % 5 == 0 ? (draw() % 2 ? 255 : 0) : (uint8_t)draw();
}

static void draw_shorts(int16_t *out, int count, int most)
{
    for (int i = 0; i < count; i++)
        out[i] = (int16_t)((int)(draw() % (2 * (uint32_t)most + 1)) - most);
}

static void draw_floats(float *out, int count, float least, float most)
{
    for (int i = 0; i < count; i++)
        out[i] = least + (most - least) * (float)(draw() % 4096) / 4095;
}

/* Calls `check` with each table that this machine runs and that is not the plain one. */
static void with_each(void (*check)(const pixel_rows *))
{
    const pixel_rows *last = plain;
    check(plain);
    for (int isa = CPU_PORTABLE; isa <= (int)cpu_best(); isa++)
        if (pixel_rows_for((cpu_isa)isa) != last) check(last = pixel_rows_for((cpu_isa)isa));
}

static void check_cubic(const pixel_rows *rows)
{
    static uint8_t src[ROOM], out[ROOM], expected[ROOM];
    static float along[4][ROOM], expected_along[4][ROOM];
    static int start[ROOM];
    static int16_t weights[4 * ROOM];
    for (int width = 4; width < 60; width++) {
        int to = (int)(draw() % 60), from = to ? (int)(draw() % (uint32_t)to) : 0;
        draw_shorts(weights, 4 * to, 2300);
        for (int x = 0; x < to; x++)
            start[x] = x * (width - 3) / to;
        for (int k = 0; k < 4; k++) {
            /* at the very end of its memory */
            uint8_t *row = src + ROOM - (ptrdiff_t)3 * width;
            draw_bytes(row, 3 * width);
            memset(along[k], BESIDE, sizeof along[k]);
            memset(expected_along[k], BESIDE, sizeof along[k]);
            rows->cubic_along(row, 3 * width, start, weights, from, to, along[k]);
            plain->cubic_along(row, 3 * width, start, weights, from, to, expected_along[k]);
            assert_memory_equal(along[k], expected_along[k], sizeof along[k]);
            if (from == to) continue;
            const int16_t *w = weights + (ptrdiff_t)4 * from;
            const uint8_t *s = row + (ptrdiff_t)3 * start[from] + 1;
            int sum = s[0] * w[0] + s[3] * w[1] + s[6] * w[2] + s[9] * w[3];
            assert_true(along[k][3 * from + 1] == (float)sum);
        }
        float w[4];
        draw_floats(w, 4, -0.3F / (1 << 22), 1.2F / (1 << 22));
        const float *const all[4] = {along[0], along[1], along[2], along[3]};
        memset(out, BESIDE, sizeof out);
        memset(expected, BESIDE, sizeof out);
        rows->cubic_down(all, w, 3 * from, 3 * to, out);
        plain->cubic_down(all, w, 3 * from, 3 * to, expected);
        assert_memory_equal(out, expected, sizeof out);
    }
}

static void check_linear(const pixel_rows *rows)
{
    static int16_t a[ROOM], b[ROOM];
    static uint8_t out[ROOM], expected[ROOM];
    for (int to = 0; to < LONGEST; to++) {
        int from = to / 3, wa = (int)(draw() % 2049);
        draw_shorts(a, to, 16000);
        draw_shorts(b, to, 16000);
        memset(out, BESIDE, sizeof out);
        memset(expected, BESIDE, sizeof out);
        rows->linear_down(a, b, wa, 2048 - wa, from, to, out);
        plain->linear_down(a, b, wa, 2048 - wa, from, to, expected);
        assert_memory_equal(out, expected, sizeof out);
    }
}

static void check_blending(const pixel_rows *rows)
{
    static uint8_t filmed[ROOM], painted[ROOM], shown[ROOM], out[ROOM], expected[ROOM];
    static int16_t above[ROOM], below[ROOM];
    static int32_t sums[ROOM], expected_sums[ROOM];
    for (int to = 0; to < LONGEST; to++) {
        int from = to / 4;
        int16_t share = (int16_t)draw();
        draw_bytes(filmed, ROOM);
        draw_bytes(painted, ROOM);
        draw_bytes(shown, ROOM);
        draw_shorts(above, ROOM, 255 * PIXEL_TONE);
        draw_shorts(below, ROOM, 255 * PIXEL_TONE);
        share = (int16_t)(share < 0 ? -(share + 1) : share);
        memcpy(out, painted, sizeof out);
        memcpy(expected, painted, sizeof out);
        rows->blend(filmed, shown, above, below, share, from, to, out);
        plain->blend(filmed, shown, above, below, share, from, to, expected);
        assert_memory_equal(out, expected, sizeof out);
        for (int i = from; i < to; i++)
            if (!shown[i]) assert_int_equal(out[i], filmed[i]);
        for (int i = 0; i < ROOM; i++)
            sums[i] = expected_sums[i] = (int32_t)draw();
        rows->fade_sums(filmed, painted, shown, from, to, sums);
        plain->fade_sums(filmed, painted, shown, from, to, expected_sums);
        assert_memory_equal(sums, expected_sums, sizeof sums);
        memcpy(out, painted, sizeof out);
        memcpy(expected, painted, sizeof out);
        rows->mix(filmed, to * 256 / LONGEST, to, out);
        plain->mix(filmed, to * 256 / LONGEST, to, expected);
        assert_memory_equal(out, expected, sizeof out);
    }
}

/* All painted and no tone: the painting; all of the other: the other. */
static void check_ends(const pixel_rows *rows)
{
    static uint8_t filmed[ROOM], painted[ROOM], shown[ROOM], out[ROOM];
    static int16_t none[ROOM];
    draw_bytes(filmed, ROOM);
    draw_bytes(painted, ROOM);
    memset(shown, 255, ROOM);
    memcpy(out, painted, ROOM);
    rows->blend(filmed, shown, none, none, 32767, 0, ROOM, out);
    assert_memory_equal(out, painted, ROOM);
    rows->mix(filmed, 0, ROOM, out);
    assert_memory_equal(out, painted, ROOM);
    rows->mix(filmed, 256, ROOM, out);
    assert_memory_equal(out, filmed, ROOM);
}

static void check_spread(const pixel_rows *rows)
{
    static float cells[96], share[ROOM];
    static int32_t cell[ROOM];
    static int16_t line[ROOM], expected[ROOM];
    for (int count = 0; count < LONGEST; count++) {
        draw_floats(cells, 96, -4080, 4080);
        draw_floats(share, count, 0, 1);
        for (int i = 0; i < count; i++)
            cell[i] = (int32_t)(draw() % 93);
        memset(line, BESIDE, sizeof line);
        memset(expected, BESIDE, sizeof line);
        rows->spread(cells, cell, share, count, line);
        plain->spread(cells, cell, share, count, expected);
        assert_memory_equal(line, expected, sizeof line);
    }
}

static void check_planes(const pixel_rows *rows)
{
    static float planes[3 * ROOM], expected[3 * ROOM];
    static uint8_t src[ROOM], out[ROOM], expected_out[ROOM];
    for (int width = 0; width < LONGEST / 3; width++) {
        uint8_t *row = src + ROOM - (ptrdiff_t)3 * width;
        draw_bytes(row, 3 * width);
        memset(planes, BESIDE, sizeof planes);
        memset(expected, BESIDE, sizeof planes);
        rows->to_planes(row, width, planes, ROOM);
        plain->to_planes(row, width, expected, ROOM);
        assert_memory_equal(planes, expected, sizeof planes);
        if (width) assert_true(planes[2 * ROOM] == (float)row[2] / 255.0F);
        draw_floats(planes, 3 * ROOM, -0.1F, 1.1F);
        for (int k = 0; k < width; k++)
            planes[draw() % 3 * ROOM + draw() % (uint32_t)width] =
                (float[]){NAN, INFINITY, -INFINITY, -0.0F, 1e30F, 1}[draw() % 6];
        memset(out, BESIDE, sizeof out);
        memset(expected_out, BESIDE, sizeof out);
        rows->to_pixels(planes, ROOM, width, out);
        plain->to_pixels(planes, ROOM, width, expected_out);
        assert_memory_equal(out, expected_out, sizeof out);
    }
}

/* BT.601; white is 235, and no sum leaves its range. */
static const pixel_yuv weights = {
    {3208, 16519, 8415}, {14392, -9534, -4858}, {-2341, -12051, 14392}};

static int nearest(const int16_t of[3], const uint8_t *pixel, int base)
{
    double sum = of[0] * pixel[0] + of[1] * pixel[1] + of[2] * pixel[2];
    return (int)floor(base + sum / 32768 + 0.5);
}

static void check_luma(const pixel_rows *rows)
{
    static uint8_t src[ROOM], out[ROOM];
    for (int width = 0; width < LONGEST; width++) {
        uint8_t *row = src + ROOM - (ptrdiff_t)3 * width;
        draw_bytes(row, 3 * width);
        memset(out, BESIDE, sizeof out);
        rows->to_luma(row, width, &weights, out);
        for (int x = 0; x < ROOM; x++)
            assert_int_equal(out[x], x < width ? nearest(weights.y, row + 3 * x, 16) : BESIDE);
    }
    memset(src, 255, 3);
    plain->to_luma(src, 1, &weights, out);
    assert_int_equal(out[0], 235);
}

/* One sample of U and V as the header has it, in floating point. */
static void expect_chroma(const uint8_t *const row[2], int i, int *u, int *v)
{
    double sum[2] = {0};
    for (int y = 0; y < 2; y++)
        for (int tap = -1; tap < 2; tap++)
            for (int c = 0; c < 3; c++) {
                int x = 2 * i + tap < 0 ? 0 : 2 * i + tap;
                double part = row[y][3 * x + c] * (tap ? 1 : 2) / 8.0;
                sum[0] += weights.u[c] * part;
                sum[1] += weights.v[c] * part;
            }
    *u = (int)floor(128 + sum[0] / 32768 + 0.5);
    *v = (int)floor(128 + sum[1] / 32768 + 0.5);
}

static void check_chroma(const pixel_rows *rows)
{
    static uint8_t src[2][ROOM], u[ROOM], v[ROOM];
    for (int width = 0; width < LONGEST; width += 2) {
        const uint8_t *const row[2] = {src[0] + ROOM - (ptrdiff_t)3 * width,
                                       src[1] + ROOM - (ptrdiff_t)3 * width};
        draw_bytes(src[0], ROOM);
        draw_bytes(src[1], ROOM);
        memset(u, BESIDE, sizeof u);
        memset(v, BESIDE, sizeof v);
        rows->to_chroma(row[0], row[1], width, &weights, u, v);
        for (int i = 0; i < ROOM; i++) {
            int of_u = BESIDE, of_v = BESIDE;
            if (i < width / 2) expect_chroma(row, i, &of_u, &of_v);
            assert_int_equal(u[i], of_u);
            assert_int_equal(v[i], of_v);
        }
    }
}

static void check_range(const pixel_rows *rows)
{
    static float values[ROOM];
    const float broken[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (int count = 1; count < LONGEST; count++) {
        float least = INFINITY, greatest = -INFINITY, min, max;
        draw_floats(values, count, count % 3 ? -2 : 0.25F, count % 2 ? 3 : 0.5F);
        for (int i = 0; i < count; i++) {
            least = fminf(least, values[i]);
            greatest = fmaxf(greatest, values[i]);
        }
        assert_true(rows->range(values, count, &min, &max));
        assert_true(min == least && max == greatest);
        values[draw() % (uint32_t)count] = broken[draw() % 4];
        assert_false(rows->range(values, count, &min, &max));
    }
}

static void all_sets_give_the_same(void **unused)
{
    with_each(check_cubic);
    with_each(check_linear);
    with_each(check_blending);
    with_each(check_ends);
    with_each(check_spread);
    with_each(check_planes);
    with_each(check_luma);
    with_each(check_chroma);
    with_each(check_range);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_sets_give_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
