/* Sheets hold every picture whole and unchanged, beside its label; differences are exact.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "media/draw.h"
#include "report/sheet.h"

#include <stdlib.h>
#include <string.h>

static picture colored(int width, int height, uint8_t b, uint8_t g, uint8_t r)
{
    picture p;
    assert_int_equal(picture_create(&p, width, height, NULL), VIS_OK);
    draw_fill(&p, 0, 0, width, height, (draw_color){b, g, r});
    return p;
}

/* How many pixels have that colour, and the smallest rectangle around them. */
typedef struct found {
    int count, left, top, right, bottom;
} found;

static found find(const picture *p, uint8_t b, uint8_t g, uint8_t r)
{
    found f = {.left = p->width, .top = p->height};
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            const uint8_t *at = p->data + (ptrdiff_t)y * p->stride + 3 * (ptrdiff_t)x;
            if (at[0] != b || at[1] != g || at[2] != r) continue;
            f.count++;
            f.left = x < f.left ? x : f.left;
            f.top = y < f.top ? y : f.top;
            f.right = x >= f.right ? x + 1 : f.right;
            f.bottom = y >= f.bottom ? y + 1 : f.bottom;
        }
    return f;
}

static void every_picture_is_there_whole(void **state)
{
    picture red = colored(60, 40, 0, 0, 200), blue = colored(30, 50, 210, 0, 0),
            green = colored(60, 50, 0, 220, 0), out = {0};
    const picture *all[] = {&red, &blue, &green};
    assert_int_equal(sheet_make(all, NULL, 3, 2, &out, NULL), VIS_OK);
    found r = find(&out, 0, 0, 200), b = find(&out, 210, 0, 0), g = find(&out, 0, 220, 0);
    assert_int_equal(r.count, 60 * 40);
    assert_int_equal(b.count, 30 * 50);
    assert_int_equal(g.count, 60 * 50);
    assert_true(r.right - r.left == 60 && r.bottom - r.top == 40); /* in one piece */
    assert_true(b.left > r.right && g.top > r.bottom);             /* two a row, in reading order */
    assert_true(g.left == r.left);
    assert_int_equal(b.left - g.right - g.left, 15); /* in the middle of a cell of 60 */
    picture_free(&red);
    picture_free(&blue);
    picture_free(&green);
    picture_free(&out);
}

static void labels_stay_within_their_cells(void **state)
{
    picture a = colored(100, 10, 0, 0, 0), out = {0}, without = {0};
    const picture *both[] = {&a, &a};
    char endless[4000];
    memset(endless, 'M', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *const labels[] = {endless, NULL};
    assert_int_equal(sheet_make(both, NULL, 2, 0, &without, NULL), VIS_OK);
    assert_int_equal(sheet_make(both, labels, 2, 0, &out, NULL), VIS_OK);
    assert_int_equal(out.width, without.width);
    assert_true(out.height > without.height);
    found ink = find(&out, 228, 230, 232);
    assert_true(ink.count > 100);
    assert_true(ink.right <= out.width / 2 && ink.right - ink.left <= 100);
    assert_true(ink.right - ink.left > 80); /* but what fits is there */
    picture_free(&a);
    picture_free(&out);
    picture_free(&without);
}

static void tiny_cells_do_without_a_label(void **state)
{
    picture a = colored(3, 3, 0, 0, 250), out = {0};
    const picture *one[] = {&a};
    const char *const labels[] = {"long"};
    assert_int_equal(sheet_make(one, labels, 1, 0, &out, NULL), VIS_OK);
    assert_int_equal(find(&out, 228, 230, 232).count, 0);
    assert_int_equal(find(&out, 0, 0, 250).count, 9);
    picture_free(&a);
    picture_free(&out);
}

static void differences_are_exact_and_clipped(void **state)
{
    picture a = colored(70, 3, 10, 200, 30), b = colored(70, 3, 13, 190, 255), out = {0};
    assert_int_equal(sheet_difference(&a, &b, 10, &out, NULL), VIS_OK);
    assert_int_equal(find(&out, 30, 100, 255).count, 70 * 3);
    assert_int_equal(sheet_difference(&b, &a, 1, &out, NULL), VIS_OK);
    assert_int_equal(find(&out, 3, 10, 225).count, 70 * 3);
    picture_free(&a);
    picture_free(&b);
    picture_free(&out);
}

static void four_ways_are_four_or_three(void **state)
{
    picture input = colored(40, 40, 1, 1, 1), a = colored(40, 40, 100, 50, 25),
            b = colored(40, 40, 101, 50, 25), four = {0}, three = {0};
    assert_int_equal(sheet_four_way(&input, &a, "A", &b, "B", &four, NULL), VIS_OK);
    assert_int_equal(sheet_four_way(NULL, &a, "A", &b, "B", &three, NULL), VIS_OK);
    assert_int_equal(find(&four, 1, 1, 1).count, 1600);
    assert_int_equal(find(&four, 100, 50, 25).count, 1600);
    assert_int_equal(find(&four, 101, 50, 25).count, 1600);
    assert_int_equal(find(&four, 10, 0, 0).count, 1600);
    assert_int_equal(find(&three, 1, 1, 1).count, 0);
    assert_int_equal(find(&three, 10, 0, 0).count, 1600);
    assert_true(three.width < four.width && three.height == four.height);
    picture_free(&input);
    picture_free(&a);
    picture_free(&b);
    picture_free(&four);
    picture_free(&three);
}

static void what_cannot_be_is_refused(void **state)
{
    picture a = colored(4, 4, 0, 0, 0), b = colored(5, 4, 0, 0, 0), out = {0};
    picture huge = {.width = PICTURE_MAX_SIDE, .height = 4};
    const picture *many[SHEET_MAX + 1], *wide[] = {&huge, &huge};
    vis_error err;
    for (int i = 0; i <= SHEET_MAX; i++)
        many[i] = &a;
    assert_int_equal(sheet_make(many, NULL, 0, 0, &out, &err), VIS_ERR_USAGE);
    assert_int_equal(sheet_make(many, NULL, SHEET_MAX + 1, 0, &out, &err), VIS_ERR_USAGE);
    assert_int_equal(sheet_make(wide, NULL, 2, 0, &out, &err), VIS_ERR_LIMIT);
    assert_int_equal(sheet_difference(&a, &b, 1, &out, &err), VIS_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "4 x 4"));
    assert_int_equal(sheet_four_way(NULL, &a, "A", &b, "B", &out, &err), VIS_ERR_MISMATCH);
    assert_null(out.data);
    picture_free(&a);
    picture_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_picture_is_there_whole),
        cmocka_unit_test(labels_stay_within_their_cells),
        cmocka_unit_test(tiny_cells_do_without_a_label),
        cmocka_unit_test(differences_are_exact_and_clipped),
        cmocka_unit_test(four_ways_are_four_or_three),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
