/* tests/unit/face/test_outline.c - a character's outline is what nearly all of its jaws stay within,
 * and none is made of points that are no jaw.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/outline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265F
#define EAR 0.25F        /* radians above the horizontal that a jaw begins at */
#define SIDEWAYS 0.36F   /* reach of the drawn jaw, in sides of the square */
#define TOLERANCE 0.012F /* whole pixels, bins, rounded corners */

static const int square[4] = {100, 50, 500, 450};

/* The distance of a jaw from the centre towards `a`, clockwise from the right: half an ellipse,
 * round above it. */
static float jaw_reach(float a, float chin)
{
    float x = cosf(a) / SIDEWAYS, y = sinf(a) > 0 ? sinf(a) / chin : sinf(a) / SIDEWAYS;
    return 1 / hypotf(x, y);
}

/* From the left ear over the chin, `chin` sides below the centre, to the right one. */
static void draw_jaw(int jaw[OUTLINE_JAW][2], float chin, const int within[4])
{
    float side = (float)(within[2] - within[0]);
    for (int i = 0; i < OUTLINE_JAW; i++) {
        float a = PI + EAR - (PI + 2 * EAR) * (float)i / (OUTLINE_JAW - 1);
        float r = jaw_reach(a, chin);
        jaw[i][0] = within[0] + (int)lrintf((OUTLINE_CENTRE_X + r * cosf(a)) * side);
        jaw[i][1] = within[1] + (int)lrintf((OUTLINE_CENTRE_Y + r * sinf(a)) * side);
    }
}

static void add(outline_counts *counts, float chin, const int within[4], int times)
{
    int jaw[OUTLINE_JAW][2];
    draw_jaw(jaw, chin, within);
    for (int i = 0; i < times; i++)
        outline_add(counts, jaw, within);
}

static outline_counts *no_counts(void)
{
    outline_counts *counts = calloc(1, sizeof *counts);
    assert_non_null(counts);
    return counts;
}

/* The outline, and no more counts. */
static face_outline take(outline_counts *counts)
{
    face_outline o;
    assert_true(outline_of(counts, &o));
    free(counts);
    return o;
}

static void expect_jaw(const face_outline *o, float chin)
{
    for (int step = 0; step <= 62; step++) {
        float a = PI * (float)step / 62;
        assert_true(fabsf(outline_reach(o, cosf(a), sinf(a)) - jaw_reach(a, chin)) < TOLERANCE);
    }
}

static void drawn_jaw_is_found(void **state)
{
    outline_counts *counts = no_counts();
    add(counts, 0.5F, square, 30);
    face_outline o = take(counts);
    expect_jaw(&o, 0.5F);
    for (int quarter = -2; quarter <= 2; quarter++)
        assert_true(outline_reach(&o, 0.25F * (float)quarter, -1) == OUTLINE_OPEN);
    assert_true(outline_reach(&o, 0, 0) > 0);
}

static void squares_may_grow_and_wander(void **state)
{
    outline_counts *counts = no_counts();
    for (int n = 0; n < 40; n++)
        add(counts, 0.5F, (int[4]){3 * n, n, 3 * n + 300 + 5 * n, n + 300 + 5 * n}, 1);
    face_outline o = take(counts);
    expect_jaw(&o, 0.5F);
}

static void open_mouth_sets_the_reach(void **state)
{
    outline_counts *counts = no_counts();
    add(counts, 0.42F, square, 90);
    add(counts, 0.55F, square, 10);
    face_outline o = take(counts);
    expect_jaw(&o, 0.55F);
}

static void frames_that_go_astray_are_outvoted(void **state)
{
    outline_counts *counts = no_counts();
    add(counts, 0.45F, square, 996);
    add(counts, 0.64F, square, 4);
    face_outline o = take(counts);
    expect_jaw(&o, 0.45F);
}

/* What else a file of 110 points may hold in the places of a jaw. */
static void points_of_another_scheme_are_refused(void **state)
{
    int jaw[OUTLINE_JAW][2], other[OUTLINE_JAW][2];
    face_outline o;
    draw_jaw(jaw, 0.5F, square);
    outline_counts *counts = no_counts();
    for (int i = 0; i < OUTLINE_JAW; i++) /* from right to left */
        memcpy(other[i], jaw[OUTLINE_JAW - 1 - i], sizeof other[i]);
    outline_add(counts, other, square);
    for (int i = 0; i < OUTLINE_JAW; i++) /* in no order */
        memcpy(other[i], jaw[i * 7 % OUTLINE_JAW], sizeof other[i]);
    outline_add(counts, other, square);
    for (int i = 0; i < OUTLINE_JAW; i++) /* half a jaw */
        memcpy(other[i], jaw[i / 2], sizeof other[i]);
    outline_add(counts, other, square);
    memset(other, 0, sizeof other); /* one point */
    outline_add(counts, other, square);
    memcpy(other, jaw, sizeof other); /* far away */
    other[15][1] = 100000;
    outline_add(counts, other, square);
    other[15][1] = -2147483647;
    outline_add(counts, other, square);
    outline_add(counts, jaw, (int[4]){100, 50, 100, 50}); /* in a square that is empty */
    assert_int_equal(counts->refused, 7);
    assert_int_equal(counts->frames, 0);
    assert_false(outline_of(counts, &o));
    free(counts);
}

static void most_frames_must_have_a_jaw(void **state)
{
    int nothing[OUTLINE_JAW][2] = {{0}};
    face_outline o;
    outline_counts *counts = no_counts();
    assert_false(outline_of(counts, &o));
    add(counts, 0.5F, square, 10);
    for (int i = 0; i < 10; i++)
        outline_add(counts, nothing, square);
    assert_true(outline_of(counts, &o));
    outline_add(counts, nothing, square);
    assert_false(outline_of(counts, &o));
    free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_jaw_is_found),
        cmocka_unit_test(squares_may_grow_and_wander),
        cmocka_unit_test(open_mouth_sets_the_reach),
        cmocka_unit_test(frames_that_go_astray_are_outvoted),
        cmocka_unit_test(points_of_another_scheme_are_refused),
        cmocka_unit_test(most_frames_must_have_a_jaw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
