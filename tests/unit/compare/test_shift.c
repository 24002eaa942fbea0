/* A run that begins later is found; runs that only differ are not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "compare/shift.h"

#include <string.h>

#define FRAMES 9
#define WIDTH 200
#define HEIGHT 120

/* A still ground with a bright square that moves on from frame to frame; `grain` of noise. */
static void paint(picture *p, int frame, int grain)
{
    uint32_t state = 7u + (uint32_t)frame * 31u + (uint32_t)grain;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < 3 * WIDTH; x++) {
            bool inside = y >= 40 && y < 80 && x / 3 >= 10 * frame && x / 3 < 10 * frame + 40;
            state = state * 1664525u + 1013904223u;
            int noise = grain ? (int)(state >> 24) % (2 * grain + 1) - grain : 0;
            p->data[y * p->stride + x] = (uint8_t)((inside ? 200 : 90) + noise);
        }
}

/* B's frame i is the picture of frame i + step, at the given grain. */
static bool found(int step, int frames, int grain, int *offset)
{
    picture a, b;
    shift_finder s = {0};
    assert_int_equal(picture_create(&a, WIDTH, HEIGHT, NULL), VIS_OK);
    assert_int_equal(picture_create(&b, WIDTH, HEIGHT, NULL), VIS_OK);
    for (int i = 0; i < frames; i++) {
        paint(&a, i + 4, 0);
        paint(&b, i + 4 + step, grain);
        assert_int_equal(shift_add(&s, &a, &b, NULL), VIS_OK);
    }
    bool result = shift_find(&s, offset);
    shift_free(&s);
    picture_free(&a);
    picture_free(&b);
    return result;
}

static void shifted_runs_are_found(void **state)
{
    for (int step = -4; step <= 4; step++) {
        int offset;
        bool shifted = found(step, FRAMES, 12, &offset);
        assert_int_equal(shifted, step != 0);
        if (shifted) assert_int_equal(offset, step);
    }
}

static void too_few_frames_say_nothing(void **state)
{
    int offset;
    assert_false(found(1, 2, 0, &offset)); /* one pair */
    assert_true(found(1, 3, 0, &offset));
}

static void a_still_run_has_no_shift(void **state)
{
    picture a, b;
    int offset;
    shift_finder s = {0};
    assert_int_equal(picture_create(&a, WIDTH, HEIGHT, NULL), VIS_OK);
    assert_int_equal(picture_create(&b, WIDTH, HEIGHT, NULL), VIS_OK);
    paint(&a, 2, 0);
    paint(&b, 5, 0);
    for (int i = 0; i < FRAMES; i++)
        assert_int_equal(shift_add(&s, &a, &b, NULL), VIS_OK);
    assert_false(shift_find(&s, &offset));
    shift_free(&s);
    picture_free(&a);
    picture_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shifted_runs_are_found),
        cmocka_unit_test(too_few_frames_say_nothing),
        cmocka_unit_test(a_still_run_has_no_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
