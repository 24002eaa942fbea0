/* What is planted into painted faces is measured, each measure by its own definition and nothing
 * of the others'.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "faces.h"
#include "paint/appearance.h"
#include "paint/detail.h"

#include <math.h>
#include <string.h>

static appearance *start(void)
{
    face_geometry g = face_small();
    appearance *a;
    assert_int_equal(appearance_create(&g, &a, NULL), VIS_OK);
    return a;
}

static appearance_result finish(appearance *a)
{
    appearance_result r;
    assert_int_equal(appearance_finish(a, &r, NULL), VIS_OK);
    appearance_free(a);
    return r;
}

static bool near(double value, double expected, double within)
{
    return fabs(value - expected) <= within;
}

/* One frame: `painted` beside the face with a closed mouth. */
static appearance_result beside_face(const picture *painted)
{
    picture filmed = {0};
    appearance *a = start();
    face_draw(&filmed, 0);
    assert_int_equal(appearance_add(a, 0, &filmed, painted, NULL), VIS_OK);
    picture_free(&filmed);
    return finish(a);
}

static void equal_faces_differ_in_nothing(void **state)
{
    picture p = {0};
    appearance *a = start();
    for (int t = 0; t < 40; t++) {
        face_draw(&p, face_opening(t));
        assert_int_equal(appearance_add(a, t, &p, &p, NULL), VIS_OK);
    }
    appearance_result r = finish(a);
    assert_int_equal(r.frames, 40);
    assert_true(r.psnr == (double)INFINITY && r.psnr_recoloured == (double)INFINITY);
    assert_true(near(r.ssim, 1, 1e-12) && r.sharpness == 1 && r.blur == 0);
    for (int c = 0; c < 3; c++)
        assert_true(r.gain[c] == 1 && r.offset[c] == 0 && r.shift[c] == 0);
    assert_true(r.delta_e == 0 && r.seam_delta_e == 0 && r.unevenness == 0);
    assert_true(r.seam == 0 && r.seam_recoloured == 0 && r.jitter == 0);
    assert_true(r.filmed_motion > 0 && r.painted_motion == r.filmed_motion);
    assert_true(r.filmed_rest == 0 && r.rest_motion == 0 && r.tremble == 1);
    picture_free(&p);
}

static void gain_and_offset_are_recovered(void **state)
{
    picture filmed = {0}, painted = {0};
    face_fill(&filmed, FACE_CROP, 0, 0, 0);
    face_fill(&painted, FACE_CROP, 0, 0, 0);
    for (int y = 0; y < FACE_CROP; y++)
        for (int x = 0; x < FACE_CROP; x++) {
            uint8_t *f = filmed.data + y * filmed.stride + 3 * x;
            uint8_t *p = painted.data + y * painted.stride + 3 * x;
            int k = (7 * x + 3 * y) % 40;
            p[0] = (uint8_t)(4 * k), f[0] = (uint8_t)(5 * k + 10);
            p[1] = (uint8_t)(2 * k + 80), f[1] = (uint8_t)(4 * k + 20);
            p[2] = (uint8_t)(3 * k + 9), f[2] = (uint8_t)(3 * k);
        }
    appearance *a = start();
    assert_int_equal(appearance_add(a, 0, &filmed, &painted, NULL), VIS_OK);
    appearance_result r = finish(a);
    const double gain[] = {1.25, 2, 1}, offset[] = {10, -140, -9};
    for (int c = 0; c < 3; c++)
        assert_true(near(r.gain[c], gain[c], 1e-9) && near(r.offset[c], offset[c], 1e-6));
    assert_true(r.psnr < 25 && r.psnr_recoloured > 100);
    assert_true(near(r.shift[2], 9, 1e-9));
    picture_free(&filmed);
    picture_free(&painted);
}

static void exchanged_channels_are_seen(void **state)
{
    picture p = {0};
    face_draw(&p, 0);
    face_exchange(&p);
    appearance_result r = beside_face(&p);
    assert_true(r.psnr_swapped == (double)INFINITY && r.psnr < 20);
    picture_free(&p);
}

static void shifts_of_colour_are_delta_e(void **state)
{
    picture filmed = {0}, painted = {0};
    appearance *a = start();
    for (int t = 0; t < 2; t++) {
        face_fill(&filmed, FACE_CROP, 90, 120, 180);
        face_fill(&painted, FACE_CROP, 90, 126, 170);
        assert_int_equal(appearance_add(a, t, &filmed, &painted, NULL), VIS_OK);
    }
    appearance_result r = finish(a);
    double expected = metric_delta_e(metric_lab(90, 120, 180), metric_lab(90, 126, 170));
    assert_true(near(r.delta_e, expected, 1e-9) && near(r.seam_delta_e, expected, 1e-9));
    assert_true(near(r.shift[0], 0, 1e-9) && near(r.shift[1], 6, 1e-9) &&
                near(r.shift[2], -10, 1e-9));
    assert_true(near(r.seam, sqrt((36.0 + 100.0) / 3), 1e-9));
    assert_true(near(r.seam_recoloured, 0, 1e-4) && near(r.unevenness, 0, 1e-4));
    assert_true(isnan(r.sharpness)); /* flat colours have no detail */
    picture_free(&filmed);
    picture_free(&painted);
}

static void blotches_are_unevenness(void **state)
{
    picture p = {0};
    face_draw(&p, 0);
    face_blotch(&p, 6);
    appearance_result r = beside_face(&p);
    /* The fit takes a little of it for contrast. */
    assert_true(r.unevenness > 5 && r.unevenness < 6);
    assert_true(near(r.shift[1], 0, 0.3));
    picture_free(&p);
}

static void a_dark_rim_is_a_seam(void **state)
{
    picture p = {0};
    face_draw(&p, 0);
    face_frame(&p, 3, 20); /* outside the mask */
    appearance_result r = beside_face(&p);
    assert_true(near(r.seam, 20, 1e-9) && near(r.seam_recoloured, 20, 1e-9));
    for (int side = 0; side < SEAM_SIDES; side++)
        assert_true(near(r.seam_side[side], 20, 1e-9));
    assert_true(r.psnr == (double)INFINITY && r.delta_e == 0);
    picture_free(&p);
}

static void sides_of_a_seam_are_told_apart(void **state)
{
    picture p = {0};
    face_draw(&p, 0);
    for (int y = 4; y < 7; y++) /* the first three rows of the square */
        for (int i = 3 * 4; i < 3 * 164; i++)
            p.data[y * p.stride + i] = (uint8_t)(p.data[y * p.stride + i] - 16);
    appearance_result r = beside_face(&p);
    double corner = 16.0 * 3 / 16; /* of the sides' first piece, one of ten */
    assert_true(near(r.seam_side[SEAM_TOP], 16, 1e-9) && r.seam_side[SEAM_BOTTOM] == 0);
    assert_true(near(r.seam_side[SEAM_LEFT], sqrt(corner * corner / 10), 1e-9));
    assert_true(near(r.seam_side[SEAM_RIGHT], r.seam_side[SEAM_LEFT], 1e-9));
    picture_free(&p);
}

/* Waves of `period` pixels along x, `high` levels. */
static void draw_waves(picture *p, double period, double high)
{
    face_fill(p, FACE_CROP, 0, 0, 0);
    for (int y = 0; y < FACE_CROP; y++)
        for (int i = 0; i < 3 * FACE_CROP; i++)
            p->data[y * p->stride + i] =
                (uint8_t)lrint(128 + high * sin(2 * 3.14159265358979 * (i / 3) / period));
}

static double sharpness_of(double filmed_period, double painted_period, double painted_high)
{
    picture filmed = {0}, painted = {0};
    draw_waves(&filmed, filmed_period, 80);
    draw_waves(&painted, painted_period, painted_high);
    appearance *a = start();
    assert_int_equal(appearance_add(a, 0, &filmed, &painted, NULL), VIS_OK);
    picture_free(&filmed);
    picture_free(&painted);
    return finish(a).sharpness;
}

/* What a wave keeps of its height in the band between Gaussians of sigma 1 and 2. */
static double passed(double period)
{
    double w = 2 * 3.14159265358979 / period;
    return exp(-w * w / 2) - exp(-2 * w * w);
}

static void sharpness_is_energy_in_the_band(void **state)
{
    assert_true(near(sharpness_of(8, 8, 40), 0.25, 0.01));
    assert_true(sharpness_of(8, 8, 0.4) < 1e-9);
    const double periods[] = {5, 6, 12, 16};
    for (int i = 0; i < 4; i++) {
        double expected = pow(passed(periods[i]) / passed(8), 2);
        assert_true(near(sharpness_of(8, periods[i], 80) / expected, 1, 0.06));
    }
    assert_true(sharpness_of(8, 2.2, 80) < 0.1); /* grain hardly counts */
}

/* A step of 160 levels beside the same blurred. */
static appearance_result blurred_step(double sigma)
{
    picture filmed = {0}, painted = {0};
    face_fill(&filmed, FACE_CROP, 40, 40, 40);
    for (int y = 0; y < FACE_CROP; y++)
        memset(filmed.data + y * filmed.stride + 3 * 84, 200, 3 * 84);
    assert_int_equal(picture_copy(&filmed, &painted, NULL), VIS_OK);
    face_blur(&painted, sigma);
    appearance *a = start();
    assert_int_equal(appearance_add(a, 0, &filmed, &painted, NULL), VIS_OK);
    picture_free(&filmed);
    picture_free(&painted);
    return finish(a);
}

static void the_blur_of_an_edge_is_told(void **state)
{
    static const struct {
        double sigma, share; /* of energy: scipy.ndimage.gaussian_filter1d, truncate 3 */
    } cases[] = {{0.5, 0.86236}, {1, 0.54891}, {1.5, 0.33218}, {2, 0.20200}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        appearance_result r = blurred_step(cases[i].sigma);
        assert_true(near(r.sharpness, cases[i].share, 0.006)); /* 8 bits, and the floor */
        assert_true(near(r.blur, cases[i].sigma, 0.1));
    }
    assert_true(detail_blur(1) == 0 && detail_blur(1.2) == 0);
}

static void flicker_is_jitter_and_no_motion(void **state)
{
    picture filmed = {0}, painted = {0};
    appearance *a = start();
    for (int t = 0; t < 33; t++) {
        face_draw(&filmed, face_opening(t));
        face_draw(&painted, face_opening(t));
        double by = t % 2 ? 5 : -5;
        face_recolour(&painted, (double[]){1, 1, 1}, (double[]){by, by, by});
        assert_int_equal(appearance_add(a, t, &filmed, &painted, NULL), VIS_OK);
    }
    appearance_result r = finish(a);
    assert_true(near(r.jitter, 20 / sqrt(6), 1e-4)); /* second differences of 4 x 5 */
    assert_true(near(r.painted_motion, r.filmed_motion, 0.02));
    assert_true(near(r.rest_motion, 0, 1e-3) && near(r.tremble, 1, 1e-3));
    picture_free(&filmed);
    picture_free(&painted);
}

/* Frames 0 ... 79; the painted mouth opens by `speech` of the filmed one's opening, and by `rest`
 * in every other frame of rest. */
static appearance_result speak(double speech, double rest)
{
    picture filmed = {0}, painted = {0};
    appearance *a = start();
    for (int t = 0; t < 80; t++) {
        face_draw(&filmed, face_opening(t));
        face_draw(&painted, face_rests(t) ? rest * (t % 2) : speech * face_opening(t));
        assert_int_equal(appearance_add(a, t, &filmed, &painted, NULL), VIS_OK);
    }
    picture_free(&filmed);
    picture_free(&painted);
    return finish(a);
}

static void the_mouth_is_found_and_its_motion_measured(void **state)
{
    appearance_result whole = speak(1, 0), half = speak(0.5, 0), restless = speak(1, 0.5);
    /* 7 steps between frames of rest in each of five pauses. */
    assert_int_equal(whole.rest_frames, 5 * 7);
    assert_true(whole.filmed_rest == 0 && whole.rest_motion == 0);
    assert_true(near(half.painted_motion / half.filmed_motion, 0.5, 0.01));
    assert_true(near(half.tremble, 0.5, 0.01));
    assert_true(near(restless.filmed_motion, whole.filmed_motion, 1e-12));
    /* Motion in speech: all the filmed motion but that of rest, which is none. */
    double speech = whole.filmed_motion * 79 / (79 - 35);
    assert_true(near(restless.rest_motion, 0.5 * FACE_OPEN / speech, 0.01));
}

static void frames_apart_have_no_motion(void **state)
{
    picture filmed = {0}, painted = {0};
    appearance *a = start();
    for (int t = 0; t < 12; t++) { /* 0, 1, 4, 5, 8, 9, ... */
        face_draw(&filmed, t % 2);
        face_draw(&painted, 0);
        assert_int_equal(appearance_add(a, t / 2 * 4 + t % 2, &filmed, &painted, NULL), VIS_OK);
    }
    appearance_result r = finish(a);
    assert_true(isnan(r.jitter) && isnan(r.tremble)); /* never three in a row */
    assert_true(near(r.filmed_motion, FACE_OPEN, 1) && r.painted_motion == 0);
    a = start();
    for (int t = 0; t < 12; t++)
        assert_int_equal(appearance_add(a, 2 * t, &filmed, &painted, NULL), VIS_OK);
    r = finish(a);
    assert_true(isnan(r.filmed_motion) && isnan(r.painted_motion) && isnan(r.rest_motion));
    picture_free(&filmed);
    picture_free(&painted);
}

static void best_and_worst_frames_are_named(void **state)
{
    picture filmed = {0}, painted = {0};
    appearance *a = start();
    const int by[] = {6, 2, 9, 4};
    double squares = 0;
    for (int t = 0; t < 4; t++) {
        face_fill(&filmed, FACE_CROP, 100, 100, 100);
        face_fill(&painted, FACE_CROP, 100 + by[t], 100 + by[t], 100 + by[t]);
        assert_int_equal(appearance_add(a, 50 + t, &filmed, &painted, NULL), VIS_OK);
        assert_true(near(appearance_psnrs(a)[t], metric_psnr(by[t] * by[t]), 1e-9));
        squares += by[t] * by[t] / 4.0;
    }
    appearance_result r = finish(a);
    assert_int_equal(r.best_frame, 51);
    assert_int_equal(r.worst_frame, 52);
    assert_true(near(r.best_psnr, metric_psnr(4), 1e-9) &&
                near(r.worst_psnr, metric_psnr(81), 1e-9));
    assert_true(near(r.psnr, metric_psnr(squares), 1e-9));
    picture_free(&filmed);
    picture_free(&painted);
}

static void what_cannot_be_judged_is_refused(void **state)
{
    appearance *a = start();
    appearance_result r;
    picture small = {0}, right = {0};
    vis_error err;
    face_fill(&small, 160, 0, 0, 0);
    face_fill(&right, FACE_CROP, 0, 0, 0);
    assert_int_equal(appearance_finish(a, &r, &err), VIS_ERR_USAGE);
    assert_int_equal(appearance_add(a, 7, &right, &small, &err), VIS_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "160 x 160"));
    appearance_free(a);
    picture_free(&small);
    picture_free(&right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_faces_differ_in_nothing),
        cmocka_unit_test(gain_and_offset_are_recovered),
        cmocka_unit_test(exchanged_channels_are_seen),
        cmocka_unit_test(shifts_of_colour_are_delta_e),
        cmocka_unit_test(blotches_are_unevenness),
        cmocka_unit_test(a_dark_rim_is_a_seam),
        cmocka_unit_test(sides_of_a_seam_are_told_apart),
        cmocka_unit_test(sharpness_is_energy_in_the_band),
        cmocka_unit_test(the_blur_of_an_edge_is_told),
        cmocka_unit_test(flicker_is_jitter_and_no_motion),
        cmocka_unit_test(the_mouth_is_found_and_its_motion_measured),
        cmocka_unit_test(frames_apart_have_no_motion),
        cmocka_unit_test(best_and_worst_frames_are_named),
        cmocka_unit_test(what_cannot_be_judged_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
