/* Drawing stays within the picture and puts colours where it should.
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/draw.h"
#include "support.h"

static const draw_color red = {1, 2, 250};

static int count_red(const picture *p)
{
    int count = 0;
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            const uint8_t *at = p->data + y * p->stride + 3 * x;
            count += at[0] == red.b && at[1] == red.g && at[2] == red.r;
        }
    return count;
}

static picture blank(int width, int height)
{
    picture p;
    assert_int_equal(picture_create(&p, width, height, NULL), VIS_OK);
    return p;
}

static void fills_exactly_the_rectangle(void **state)
{
    picture p = blank(320, 320);
    draw_fill(&p, 5, 5, 310, 305, red);
    assert_int_equal(count_red(&p), 310 * 305);
    assert_int_equal(p.data[5 * p.stride + 5 * 3 + 2], 250);
    assert_int_equal(p.data[309 * p.stride + 314 * 3 + 2], 250);
    assert_int_equal(p.data[310 * p.stride + 314 * 3 + 2], 0);
    assert_int_equal(p.data[309 * p.stride + 315 * 3 + 2], 0);
    picture_free(&p);
}

static void clips_at_the_edges(void **state)
{
    picture p = blank(10, 8);
    draw_fill(&p, -3, -2, 5, 5, red);
    assert_int_equal(count_red(&p), 2 * 3);
    draw_fill(&p, 8, 6, 100, 2147483647, red);
    assert_int_equal(count_red(&p), 2 * 3 + 2 * 2);
    draw_fill(&p, 50, 0, 5, 5, red);
    draw_fill(&p, 0, 0, -4, 5, red);
    assert_int_equal(count_red(&p), 2 * 3 + 2 * 2);
    picture_free(&p);
}

static void copies_pictures_clipped(void **state)
{
    picture p = blank(10, 8), small = blank(4, 4);
    draw_fill(&small, 0, 0, 4, 4, red);
    draw_picture(&p, &small, 3, 2);
    assert_int_equal(count_red(&p), 16);
    draw_picture(&p, &small, -2, -3);
    assert_int_equal(count_red(&p), 16 + 2);
    draw_picture(&p, &small, 9, 7);
    assert_int_equal(count_red(&p), 16 + 2 + 1);
    draw_picture(&p, &small, 10, 8);
    draw_picture(&p, &small, -4, 0);
    assert_int_equal(count_red(&p), 16 + 2 + 1);
    picture_free(&p);
    picture_free(&small);
}

static void writes_letters(void **state)
{
    assert_int_equal(draw_text_width(2, "abc"), 34);
    assert_int_equal(draw_text_width(2, ""), 0);
    assert_int_equal(draw_text_height(3), 24);
    picture p = blank(40, 10), q = blank(40, 10);
    draw_text(&p, 1, 1, 1, "|", red);
    assert_int_equal(count_red(&p), 7);
    draw_text(&p, 35, -3, 4, "Wide and clipped \xC3\xA9", red);
    draw_text(&q, 0, 0, 1, "?", red);
    int question = count_red(&q);
    draw_text(&q, 10, 0, 1, "\x07", red);
    assert_int_equal(count_red(&q), 2 * question);
    picture_free(&p);
    picture_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_exactly_the_rectangle),
        cmocka_unit_test(clips_at_the_edges),
        cmocka_unit_test(copies_pictures_clipped),
        cmocka_unit_test(writes_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
