/* tests/tools/metrics.c - the figures of measure/metrics.h as JSON:
 *   metrics A.png B.png [X Y WIDTH HEIGHT [BLOCK]]   two pictures, or a region of them
 *   metrics delta                                    Delta E of each line L A B L A B given to it
 *   metrics lab                                      L A B of each line B G R given to it
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/metrics.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON knows no infinity and no NaN: their names as texts, which Python's float() reads. */
static json_t *number(double v)
{
    return isnan(v) ? json_string("nan") : isinf(v) ? json_string("inf") : json_real(v);
}

static int print(json_t *root)
{
    int bad = json_dumpf(root, stdout, JSON_REAL_PRECISION(17));
    json_decref(root);
    return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int compare_colors(void)
{
    lab one, other;
    json_t *root = json_array();
    while (scanf("%lf%lf%lf%lf%lf%lf", &one.l, &one.a, &one.b, &other.l, &other.a, &other.b) == 6)
        json_array_append_new(root, number(metric_delta_e(one, other)));
    return print(root);
}

/* Lines of B G R, fractions allowed. */
static int convert_colors(void)
{
    double b, g, r;
    json_t *root = json_array();
    while (scanf("%lf%lf%lf", &b, &g, &r) == 3) {
        lab v = metric_lab(b, g, r);
        json_array_append_new(root, json_pack("[fff]", v.l, v.a, v.b));
    }
    return print(root);
}

static json_t *compare(const picture *a, const picture *b, region r, int block)
{
    double ssim;
    if (metric_ssim(a, b, r, &ssim, NULL) != VIS_OK) exit(EXIT_FAILURE);
    double mse = metric_mse(a, b, r);
    difference d = {0};
    difference_add(&d, a, b, r);
    json_t *root = json_object(), *histogram = json_array();
    json_object_set_new(root, "mse", number(mse));
    json_object_set_new(root, "psnr", number(metric_psnr(mse)));
    json_object_set_new(root, "ssim", number(ssim));
    json_object_set_new(root, "delta_e", number(metric_mean_delta_e(a, b, r)));
    json_object_set_new(root, "block_delta_e", number(metric_block_delta_e(a, b, r, block)));
    json_object_set_new(root, "values", json_integer(d.values));
    json_object_set_new(root, "pixels", json_integer(d.pixels));
    json_object_set_new(root, "same_pixels", json_integer(d.same_pixels));
    json_object_set_new(root, "sum", number(d.sum));
    json_object_set_new(root, "max", json_integer(d.max));
    for (int i = 0; i < 256; i++)
        json_array_append_new(histogram, json_integer(d.histogram[i]));
    json_object_set_new(root, "histogram", histogram);
    return root;
}

int main(int count, char **argument)
{
    vis_error err;
    picture a = {0}, b = {0};
    if (count == 2 && strcmp(argument[1], "delta") == 0) return compare_colors();
    if (count == 2 && strcmp(argument[1], "lab") == 0) return convert_colors();
    if (count != 3 && count != 7 && count != 8) return EXIT_FAILURE;
    if (picture_read(argument[1], &a, &err) != VIS_OK ||
        picture_read(argument[2], &b, &err) != VIS_OK) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_FAILURE;
    }
    region r = region_of(&a);
    if (count >= 7)
        r = (region){atoi(argument[3]), atoi(argument[4]), atoi(argument[5]), atoi(argument[6])};
    int status = print(compare(&a, &b, r, count == 8 ? atoi(argument[7]) : 16));
    picture_free(&a);
    picture_free(&b);
    return status;
}
