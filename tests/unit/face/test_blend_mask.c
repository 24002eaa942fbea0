/* tests/unit/face/test_blend_mask.c - nothing of what the network was shown is painted over; the jaw
 * is painted whole; between them the mask has neither step nor corner.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/blend_mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CROP 328
#define FADE 0.1F  /* inwards of the rectangle's edges, */
#define WIDE 0.16F /* but for the lower one, where no jaw is known */
#define CHIN 0.5F  /* sides below the outline's centre */
#define CHEEK 0.5F /* a jaw begins and ends at the square's edges */

static const int families[] = {320, 160};

static uint8_t shown[MAX_CROP * MAX_CROP], carry[MAX_CROP * MAX_CROP];

static face_geometry geometry_of(int size)
{
    face_geometry g;
    assert_int_equal(face_geometry_for(size, &g, NULL), VIS_OK);
    return g;
}

static float jaw_reach(float a)
{
    return sinf(a) < -0.3F ? OUTLINE_OPEN : 1 / hypotf(cosf(a) / CHEEK, sinf(a) / CHIN);
}

static face_outline drawn_outline(void)
{
    face_outline o;
    for (int k = 0; k < OUTLINE_DIRECTIONS; k++)
        o.reach[k] = jaw_reach(6.2831853F * (float)k / OUTLINE_DIRECTIONS);
    return o;
}

/* Of a value between 0 and 1 of the crop's side. */
static int pixel(const face_geometry *g, float share)
{
    return (int)(share * (float)g->crop);
}

static bool inside_rectangle(const face_geometry *g, int x, int y, int margin)
{
    int left = x - g->inset - g->mask_x, top = y - g->inset - g->mask_y;
    return left >= margin && top >= margin && left < g->mask_width - margin &&
           top < g->mask_height - margin;
}

static void expect_what_was_shown_filmed(const face_geometry *g)
{
    for (int y = 0; y < g->crop; y++)
        for (int x = 0; x < g->crop; x++)
            if (!inside_rectangle(g, x, y, 1)) assert_int_equal(shown[y * g->crop + x], 0);
}

/* A fade over a tenth of the side rises by no more than its steepest slope. */
static void expect_no_step(const face_geometry *g)
{
    int most = (int)ceilf(255 * 1.875F * 1.5F / (0.1F * (float)g->crop));
    for (int y = 0; y < g->crop; y++)
        for (int x = 1; x < g->crop; x++) {
            const uint8_t *here = shown + y * g->crop + x;
            assert_in_range(abs(here[0] - here[-1]), 0, most);
            if (y > 0) assert_in_range(abs(here[0] - here[-g->crop]), 0, most);
        }
}

static void expect_symmetry(const face_geometry *g)
{
    for (int y = 0; y < g->crop; y++)
        for (int x = 0; x < g->crop / 2; x++) {
            int left = y * g->crop + x, right = y * g->crop + g->crop - 1 - x;
            assert_in_range(abs(shown[left] - shown[right]), 0, 1);
            assert_in_range(abs(carry[left] - carry[right]), 0, 1);
        }
}

static void fades_by_the_rectangle(void **state)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        face_geometry g = geometry_of(families[i]);
        blend_mask_make(&g, NULL, shown, carry);
        expect_what_was_shown_filmed(&g);
        expect_no_step(&g);
        expect_symmetry(&g);
        int below = g.inset + g.mask_y + g.mask_height - pixel(&g, FADE) - 1;
        for (int y = 0; y < g.crop; y++)
            for (int x = 0; x < g.crop; x++)
                if (y < below &&
                    inside_rectangle(&g, x, y < g.crop / 2 ? y : g.crop / 2, pixel(&g, WIDE) + 1))
                    assert_int_equal(shown[y * g.crop + x], 255);
        int half = g.inset + g.mask_x + pixel(&g, WIDE / 2);
        assert_in_range(shown[g.crop / 2 * g.crop + half], 105, 150);
        half = below + pixel(&g, FADE / 2);
        assert_in_range(shown[half * g.crop + g.crop / 2], 105, 150);
    }
}

static void fades_by_the_jaw(void **state)
{
    face_outline outline = drawn_outline();
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        face_geometry g = geometry_of(families[i]);
        blend_mask_make(&g, &outline, shown, carry);
        expect_what_was_shown_filmed(&g);
        expect_no_step(&g);
        expect_symmetry(&g);
        /* the corners below are no face */
        assert_int_equal(shown[(g.crop - 30 * g.crop / 328) * g.crop + 30 * g.crop / 328], 0);
    }
}

/* All of the jaw, and below it, where a jaw drops to, as far as the rectangle's own fade allows. */
static void jaw_is_painted_whole(void **state)
{
    face_outline outline = drawn_outline();
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        face_geometry g = geometry_of(families[i]);
        blend_mask_make(&g, &outline, shown, carry);
        for (int step = 0; step < 158; step++)
            for (int half = 1; half < 4; half++) {
                float a = 0.02F * (float)step, beyond = 0.5F * (float)half;
                float room = half > 2 ? 0.06F * sinf(a) * sinf(a) : 0;
                float r = fminf(beyond, 1) * jaw_reach(a) + room;
                int x = pixel(&g, OUTLINE_CENTRE_X + r * cosf(a));
                int y = pixel(&g, OUTLINE_CENTRE_Y + r * sinf(a));
                if (inside_rectangle(&g, x, y, pixel(&g, FADE) + 1))
                    assert_int_equal(shown[y * g.crop + x], 255);
            }
    }
}

/* Whole along the fade, nothing at the mouth, never rising inwards. */
static void carry_falls_towards_the_mouth(void **state)
{
    face_outline outline = drawn_outline();
    for (int jaw = 0; jaw < 2; jaw++) {
        face_geometry g = geometry_of(320);
        blend_mask_make(&g, jaw ? &outline : NULL, shown, carry);
        for (int i = 0; i < g.crop * g.crop; i++)
            if (shown[i] < 254) assert_int_equal(carry[i], 255);
        int mouth = pixel(&g, OUTLINE_CENTRE_Y + 0.2F) * g.crop;
        assert_int_equal(carry[mouth + g.crop / 2], 0);
        for (int x = 1; x < g.crop / 2; x++)
            assert_true(carry[mouth + x] <= carry[mouth + x - 1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fades_by_the_rectangle),
        cmocka_unit_test(fades_by_the_jaw),
        cmocka_unit_test(jaw_is_painted_whole),
        cmocka_unit_test(carry_falls_towards_the_mouth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
