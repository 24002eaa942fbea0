/* Metrics look at the region and at nothing else, add up, and say what they cannot judge. Their
 * numbers are compared with scikit-image's in tests/parity/test_metrics.py.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "measure/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define WIDTH 50
#define HEIGHT 40

static picture one, other;

/* A texture, and the same a little brighter within the region, quite different outside. */
static const region inside = {7, 9, 30, 22};

static int make_pictures(void **state)
{
    if (picture_create(&one, WIDTH, HEIGHT, NULL) != VIS_OK) return -1;
    if (picture_create(&other, WIDTH, HEIGHT, NULL) != VIS_OK) return -1;
    for (int y = 0; y < HEIGHT; y++)
        for (int i = 0; i < WIDTH * 3; i++) {
            uint8_t v = (uint8_t)(60 + (i * 7 + y * 13) % 90);
            int x = i / 3 - inside.x, row = y - inside.y;
            bool in = x >= 0 && x < inside.width && row >= 0 && row < inside.height;
            one.data[y * one.stride + i] = v;
            other.data[y * other.stride + i] = (uint8_t)(in ? v + 3 : 255 - v);
        }
    return 0;
}

static int free_pictures(void **state)
{
    picture_free(&one);
    picture_free(&other);
    return 0;
}

static double ssim_of(const picture *a, const picture *b, region r)
{
    double v;
    assert_int_equal(metric_ssim(a, b, r, &v, NULL), VIS_OK);
    return v;
}

static void only_the_region_counts(void **state)
{
    assert_true(metric_mse(&one, &other, inside) == 9);
    assert_true(metric_mse(&one, &other, region_of(&one)) > 100);
    assert_true(ssim_of(&one, &other, inside) > 0.99);
    assert_true(ssim_of(&one, &other, region_of(&one)) < 0.6);
    assert_true(metric_mean_delta_e(&one, &other, inside) < 1.5);
    assert_true(metric_mean_delta_e(&one, &other, region_of(&one)) > 5);
    difference d = {0};
    difference_add(&d, &one, &other, inside);
    assert_true(d.max == 3 && d.histogram[3] == d.values && d.same_pixels == 0);
    assert_int_equal(d.pixels, 30 * 22);
    assert_true(d.sum == 3.0 * 30 * 22 * 3);
}

static void order_does_not_matter(void **state)
{
    region all = region_of(&one);
    assert_true(metric_mse(&one, &other, all) == metric_mse(&other, &one, all));
    assert_true(ssim_of(&one, &other, all) == ssim_of(&other, &one, all));
    assert_true(fabs(metric_mean_delta_e(&one, &other, all) -
                     metric_mean_delta_e(&other, &one, all)) < 1e-12);
}

static void equal_pictures_are_perfect(void **state)
{
    region all = region_of(&one);
    assert_true(metric_mse(&one, &one, all) == 0 && isinf(metric_psnr(0)));
    assert_true(fabs(ssim_of(&one, &one, all) - 1) < 1e-12);
    assert_true(metric_mean_delta_e(&one, &one, all) == 0);
    assert_true(metric_block_delta_e(&one, &one, all, 8) == 0);
}

static void black_and_white_are_as_far_as_can_be(void **state)
{
    lab black = metric_lab(0, 0, 0), white = metric_lab(255, 255, 255);
    assert_true(fabs(black.l) < 1e-9 && fabs(white.l - 100) < 1e-9);
    assert_true(fabs(white.a) < 0.01 && fabs(white.b) < 0.02);
    assert_true(fabs(metric_delta_e(black, white) - 100) < 0.01);
    assert_true(metric_psnr(255.0 * 255.0) == 0);
}

/* Detail that keeps the mean of a block is invisible to the block measure, not to the other. */
static void blocks_see_colour_and_not_detail(void **state)
{
    picture flat = {0}, fine = {0};
    assert_int_equal(picture_create(&flat, 16, 16, NULL), VIS_OK);
    assert_int_equal(picture_create(&fine, 16, 16, NULL), VIS_OK);
    for (int y = 0; y < 16; y++)
        for (int i = 0; i < 48; i++) {
            flat.data[y * flat.stride + i] = 100;
            fine.data[y * fine.stride + i] = (uint8_t)((i / 3 + y) % 2 ? 80 : 120);
        }
    assert_true(metric_block_delta_e(&flat, &fine, region_of(&flat), 4) < 1e-9);
    assert_true(metric_mean_delta_e(&flat, &fine, region_of(&flat)) > 4);
    picture_free(&flat);
    picture_free(&fine);
}

static void differences_add_up(void **state)
{
    region upper = {0, 0, WIDTH, 13}, lower = {0, 13, WIDTH, HEIGHT - 13};
    difference whole = {0}, pieces = {0};
    difference_add(&whole, &one, &other, region_of(&one));
    difference_add(&pieces, &one, &other, upper);
    difference_add(&pieces, &one, &other, lower);
    assert_memory_equal(&whole, &pieces, sizeof whole);
    int64_t counted = 0;
    for (int i = 0; i < 256; i++)
        counted += whole.histogram[i];
    assert_int_equal(counted, whole.values);
}

static void what_is_too_small_has_no_answer(void **state)
{
    region narrow = {0, 0, SSIM_WINDOW - 1, 30}, low = {0, 0, 30, SSIM_WINDOW - 1},
           window = {3, 4, SSIM_WINDOW, SSIM_WINDOW}, empty = {5, 5, 0, 0};
    assert_true(isnan(ssim_of(&one, &other, narrow)) && isnan(ssim_of(&one, &other, low)));
    assert_true(isfinite(ssim_of(&one, &other, window)));
    assert_true(isnan(metric_mse(&one, &other, empty)) && isnan(metric_psnr((double)NAN)));
    assert_true(isnan(metric_mean_delta_e(&one, &other, empty)));
    assert_true(isnan(metric_block_delta_e(&one, &other, window, SSIM_WINDOW + 1)));
    assert_true(isfinite(metric_block_delta_e(&one, &other, window, SSIM_WINDOW)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_region_counts),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(equal_pictures_are_perfect),
        cmocka_unit_test(black_and_white_are_as_far_as_can_be),
        cmocka_unit_test(blocks_see_colour_and_not_detail),
        cmocka_unit_test(differences_add_up),
        cmocka_unit_test(what_is_too_small_has_no_answer),
    };
    return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
