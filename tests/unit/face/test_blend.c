/* tests/unit/face/test_blend.c - what blending keeps, what it takes from the painting, and that a
 * tone which the painting misses leaves no step.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/blend.h"
#include "face/blend_mask.h"
#include "face/paste.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CROP 328
#define LARGEST 700

static face_geometry geometry(void)
{
    face_geometry g;
    assert_int_equal(face_geometry_for(320, &g, NULL), VIS_OK);
    return g;
}

/* A wide, round lower face. */
static face_outline outline(void)
{
    face_outline o;
    for (int k = 0; k < OUTLINE_DIRECTIONS; k++)
        o.reach[k] = k > 38 && k < 70 ? OUTLINE_OPEN : 0.38F;
    return o;
}

static blend_mask *masks[2]; /* a rectangle, by the jaw */

static int make_masks(void **state)
{
    face_geometry g = geometry();
    face_outline o = outline();
    assert_int_equal(blend_mask_create(&g, NULL, &masks[0], NULL), VIS_OK);
    assert_int_equal(blend_mask_create(&g, &o, &masks[1], NULL), VIS_OK);
    return 0;
}

static int destroy_masks(void **state)
{
    blend_mask_destroy(masks[0]);
    blend_mask_destroy(masks[1]);
    return 0;
}

static face_blender *open_blender(bool by_jaw)
{
    face_blender *b;
    assert_int_equal(face_blender_create(masks[by_jaw], &b, NULL), VIS_OK);
    return b;
}

static void blend(face_blender *b, const picture *frame, const int square[4], picture *painted)
{
    assert_int_equal(face_blend(b, frame, square, painted, NULL), VIS_OK);
}

static uint8_t *at(const picture *p, int x, int y)
{
    return p->data + (size_t)y * (size_t)p->stride + 3 * (size_t)x;
}

static bool same(const picture *a, const picture *b)
{
    for (int y = 0; y < a->height; y++)
        if (memcmp(at(a, 0, y), at(b, 0, y), 3 * (size_t)a->width) != 0) return false;
    return true;
}

/* All of `a` outside the square is as in `b`, and so is the square's own rim, unless a pixel of it
 * reaches as far inwards as the mouth rectangle. */
static void expect_filmed_around(const picture *a, const picture *b, const int square[4])
{
    int rim = square[2] - square[0] < 40 || square[3] - square[1] < 40 ? 0 : 1;
    size_t left = 3 * (size_t)(square[0] + rim);
    int right = square[2] - rim;
    for (int y = 0; y < a->height; y++) {
        bool beside = y >= square[1] + rim && y < square[3] - rim;
        size_t whole = 3 * (size_t)a->width;
        assert_memory_equal(at(a, 0, y), at(b, 0, y), beside ? left : whole);
        assert_memory_equal(at(a, right, y), at(b, right, y), whole - 3 * (size_t)right);
    }
}

static void equal_pictures_stay_equal(void **state)
{
    for (int by_jaw = 0; by_jaw < 2; by_jaw++) {
        face_blender *b = open_blender(by_jaw);
        picture frame = {0}, painted = {0};
        support_noise(&frame, 480, 420, 1);
        assert_int_equal(picture_copy(&frame, &painted, NULL), VIS_OK);
        blend(b, &frame, (int[4]){40, 3, 440, 403}, &painted);
        assert_true(same(&frame, &painted));
        picture_free(&frame);
        picture_free(&painted);
        face_blender_destroy(b);
    }
}

/* Where the mask shows the painting whole and nothing is carried, it is kept to the byte. */
static void mouth_is_the_painting_s(void **state)
{
    static uint8_t shown[CROP * CROP], carry[CROP * CROP];
    const int square[4] = {0, 0, CROP, CROP};
    face_geometry g = geometry();
    face_outline o = outline();
    face_blender *b = open_blender(true);
    picture frame = {0}, painted = {0}, result = {0};
    support_noise(&frame, CROP, CROP, 1);
    support_noise(&painted, CROP, CROP, 2);
    assert_int_equal(picture_copy(&painted, &result, NULL), VIS_OK);
    blend(b, &frame, square, &result);
    expect_filmed_around(&result, &frame, square);
    blend_mask_make(&g, &o, shown, carry);
    int whole = 0, filmed = 0;
    for (int y = 12; y < CROP - 12; y++)
        for (int x = 12; x < CROP - 12; x++) {
            bool mouth = true; /* with the two cells around, of which tones are made */
            for (int dy = -12; dy <= 12; dy += 12)
                for (int dx = -12; dx <= 12; dx += 12)
                    mouth = mouth && carry[(y + dy) * CROP + x + dx] == 0;
            if (mouth) assert_memory_equal(at(&result, x, y), at(&painted, x, y), 3);
            if (!shown[y * CROP + x]) assert_memory_equal(at(&result, x, y), at(&frame, x, y), 3);
            whole += mouth, filmed += !shown[y * CROP + x];
        }
    assert_true(whole > 2000 && filmed > 2000);
    picture_free(&frame);
    picture_free(&painted);
    picture_free(&result);
    face_blender_destroy(b);
}

static const int tone[3] = {40, -30, 18};

/* Filmed: grey noise; painted: the same in another tone. */
static void in_another_tone(picture *frame, picture *painted)
{
    support_noise(frame, CROP, CROP, 3);
    assert_int_equal(picture_create(painted, CROP, CROP, NULL), VIS_OK);
    for (int y = 0; y < CROP; y++)
        for (int i = 0; i < 3 * CROP; i++) {
            uint8_t *filmed = at(frame, 0, y) + i;
            *filmed = (uint8_t)(80 + *filmed / 4);
            at(painted, 0, y)[i] = (uint8_t)(*filmed + tone[i % 3]);
        }
}

/* Of the tone is left what the mask does not carry: nothing along the fade, all at the mouth. */
static void another_tone_makes_no_step(void **state)
{
    static uint8_t shown[CROP * CROP], carry[CROP * CROP];
    for (int by_jaw = 0; by_jaw < 2; by_jaw++) {
        face_geometry g = geometry();
        face_outline o = outline();
        face_blender *b = open_blender(by_jaw);
        picture frame = {0}, painted = {0};
        in_another_tone(&frame, &painted);
        blend(b, &frame, (int[4]){0, 0, CROP, CROP}, &painted);
        blend_mask_make(&g, by_jaw ? &o : NULL, shown, carry);
        for (int y = 0; y < CROP; y++)
            for (int x = 0; x < CROP; x++)
                for (int c = 0; c < 3; c++) {
                    int i = y * CROP + x, left = at(&painted, x, y)[c] - at(&frame, x, y)[c];
                    float carried = (float)(tone[c] * (255 - carry[i])) / 255;
                    float allowed = shown[i] < 255 ? 1 : 1 + 0.15F * (float)abs(tone[c]);
                    assert_true(fabsf((float)left - carried) <= allowed);
                }
        picture_free(&frame);
        picture_free(&painted);
        face_blender_destroy(b);
    }
}

/* Differences as large as they come, with a tone that takes them further: clamped, never wrapped. */
static void extremes_are_clamped(void **state)
{
    static uint8_t shown[CROP * CROP], carry[CROP * CROP];
    face_geometry g = geometry();
    blend_mask_make(&g, NULL, shown, carry);
    for (int filmed = 0; filmed < 256; filmed += 255) {
        face_blender *b = open_blender(false);
        picture frame = {0}, painted = {0};
        assert_int_equal(picture_create(&frame, CROP, CROP, NULL), VIS_OK);
        assert_int_equal(picture_create(&painted, CROP, CROP, NULL), VIS_OK);
        for (int y = 0; y < CROP; y++)
            for (int x = 0; x < CROP; x++) { /* the other extreme along the fade alone */
                bool faded = shown[y * CROP + x] < 255;
                memset(at(&frame, x, y), filmed, 3);
                memset(at(&painted, x, y), faded ? 255 - filmed : filmed, 3);
            }
        blend(b, &frame, (int[4]){0, 0, CROP, CROP}, &painted);
        for (int y = 0; y < CROP; y++)
            for (int x = 0; x < CROP; x++)
                assert_in_range(abs(at(&painted, x, y)[0] - filmed), 0, 12);
        picture_free(&frame);
        picture_free(&painted);
        face_blender_destroy(b);
    }
}

static void blend_noise(face_blender *b, int width, int height)
{
    const int square[4] = {5, 3, 5 + width, 3 + height};
    picture frame = {0}, painted = {0};
    assert_int_equal(picture_create(&frame, width + 7, height + 4, NULL), VIS_OK);
    assert_int_equal(picture_create(&painted, width + 7, height + 4, NULL), VIS_OK);
    for (int y = square[1]; y < square[3]; y++)
        memset(at(&painted, square[0], y), 255, 3 * (size_t)width);
    blend(b, &frame, square, &painted);
    expect_filmed_around(&painted, &frame, square);
    picture_free(&frame);
    picture_free(&painted);
}

/* Squares that the frame's edges clip are oblong. */
static void any_size_blends(void **state)
{
    face_blender *b = open_blender(true);
    for (int size = 1; size <= LARGEST; size++)
        blend_noise(b, size, LARGEST + 1 - size);
    for (int side = 1; side < 10; side++)
        blend_noise(b, side, side);
    face_blender_destroy(b);
}

/* More sizes than masks are kept of, and those met before again. */
static void sizes_met_again_give_the_same(void **state)
{
    face_blender *kept = open_blender(true);
    picture frame = {0}, painted = {0}, result = {0}, expected = {0};
    support_noise(&frame, 420, 420, 5);
    support_noise(&painted, 420, 420, 6);
    for (int i = 0; i < 30; i++) {
        const int side = 300 + i * 11 % 23, square[4] = {9, 9, 9 + side, 9 + side - i % 2};
        face_blender *fresh = open_blender(true);
        assert_int_equal(picture_copy(&painted, &result, NULL), VIS_OK);
        assert_int_equal(picture_copy(&painted, &expected, NULL), VIS_OK);
        blend(kept, &frame, square, &result);
        blend(fresh, &frame, square, &expected);
        assert_true(same(&result, &expected));
        face_blender_destroy(fresh);
    }
    picture_free(&frame);
    picture_free(&painted);
    picture_free(&result);
    picture_free(&expected);
    face_blender_destroy(kept);
}

/* The mouth's surroundings are filmed, not resampled; so is what the character's parsing keeps. */
static void pasting_keeps_what_is_filmed(void **state)
{
    const int square[4] = {20, 10, 230, 220};
    face_geometry g = geometry();
    face_paster *paster;
    face_blender *b = open_blender(true);
    picture frame = {0}, crop = {0}, plain = {0}, result = {0};
    support_noise(&frame, 260, 230, 7);
    support_noise(&crop, g.crop, g.crop, 8);
    float *output = calloc(3 * (size_t)g.size * (size_t)g.size, sizeof *output);
    uint8_t *keep = calloc(260, 230);
    for (int y = 100; y < 230; y++)
        memset(keep + 260 * (size_t)y + 120, 1, 30);
    assert_int_equal(face_paster_create(&g, &paster, NULL), VIS_OK);
    assert_int_equal(face_paste(paster, &frame, square, &crop, output, NULL, keep, &plain, NULL),
                     VIS_OK);
    assert_int_equal(face_paste(paster, &frame, square, &crop, output, b, keep, &result, NULL),
                     VIS_OK);
    expect_filmed_around(&result, &frame, square);
    assert_memory_not_equal(at(&plain, 20, 20), at(&frame, 20, 20), 300);
    for (int y = 0; y < 230; y++)
        for (int x = 0; x < 260; x++)
            if (keep[260 * y + x]) assert_memory_equal(at(&result, x, y), at(&frame, x, y), 3);
    assert_memory_not_equal(at(&result, 110, 150), at(&frame, 110, 150), 30);
    face_paster_destroy(paster);
    face_blender_destroy(b);
    picture_free(&frame);
    picture_free(&crop);
    picture_free(&plain);
    picture_free(&result);
    free(output);
    free(keep);
}

static void shown_part_is_the_mask_s(void **state)
{
    static uint8_t shown[CROP * CROP], carry[CROP * CROP];
    face_geometry g = geometry();
    face_outline o = outline();
    const int *rect = masks[true]->part;
    int found = 0;
    blend_mask_make(&g, &o, shown, carry);
    for (int y = 0; y < CROP; y++)
        for (int x = 0; x < CROP; x++) {
            bool within = x >= rect[0] && x < rect[2] && y >= rect[1] && y < rect[3];
            if (!within) assert_int_equal(shown[y * CROP + x], 0);
            bool edge = x == rect[0] || x == rect[2] - 1 || y == rect[1] || y == rect[3] - 1;
            found += within && edge && shown[y * CROP + x];
        }
    assert_true(found >= 4);
}

static bool is_read(const face_geometry *g, const blend_mask *mask, int x, int y)
{
    int part[4], columns[2];
    assert_true(face_paste_reads(g, mask, part));
    if (x < part[0] || x >= part[2] || y < part[1] || y >= part[3]) return false;
    face_paste_reads_row(g, mask, y, columns);
    return x >= columns[0] && x < columns[1];
}

/* A painting, and another that is the same where pasting says that it reads; returns how much is. */
static int make_paintings(const face_geometry *g, const blend_mask *mask, float *a, float *b)
{
    const size_t size = (size_t)g->size, plane = size * size;
    int read = 0;
    for (size_t i = 0; i < plane; i++) {
        bool same = is_read(g, mask, (int)(i % size), (int)(i / size));
        read += same;
        for (size_t c = 0; c < 3; c++) {
            a[c * plane + i] = (float)((i * 7919 + c * 31) % 256) / 255;
            b[c * plane + i] = same ? a[c * plane + i] : (float)((i * 104729 + c) % 256) / 255;
        }
    }
    return read;
}

static void paste(const face_geometry *g, face_blender *b, int side, const picture *frame,
                  const float *output, picture *result)
{
    const int square[4] = {3, 5, 3 + side, 5 + side};
    face_paster *paster;
    assert_int_equal(face_paster_create(g, &paster, NULL), VIS_OK);
    assert_int_equal(face_paste(paster, frame, square, NULL, output, b, NULL, result, NULL),
                     VIS_OK);
    face_paster_destroy(paster);
}

/* What of the painting lies beside the columns that a row says it reads may be anything. */
static void what_is_not_read_changes_nothing(void **state)
{
    static const resize_mode modes[] = {RESIZE_LINEAR, RESIZE_CUBIC};
    static const int sides[] = {17, 61, 200, 328, 505};
    face_geometry g = geometry();
    const size_t count = 3 * (size_t)g.size * (size_t)g.size;
    int most = g.size * g.size;
    float *one = calloc(count, sizeof *one), *other = calloc(count, sizeof *other);
    picture frame = {0}, result = {0}, expected = {0};
    support_noise(&frame, 520, 520, 9);
    for (int by_jaw = 0; by_jaw < 2; by_jaw++) {
        face_blender *b = open_blender(by_jaw);
        int read = make_paintings(&g, masks[by_jaw], one, other);
        assert_true(read > 0 && read < most);
        most = read;
        for (size_t i = 0; i < 10; i++) {
            g.paste_mode = modes[i % 2];
            paste(&g, b, sides[i / 2], &frame, one, &expected);
            paste(&g, b, sides[i / 2], &frame, other, &result);
            assert_true(same(&result, &expected));
        }
        face_blender_destroy(b);
    }
    picture_free(&frame);
    picture_free(&result);
    picture_free(&expected);
    free(one);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_pictures_stay_equal),
        cmocka_unit_test(mouth_is_the_painting_s),
        cmocka_unit_test(another_tone_makes_no_step),
        cmocka_unit_test(extremes_are_clamped),
        cmocka_unit_test(any_size_blends),
        cmocka_unit_test(sizes_met_again_give_the_same),
        cmocka_unit_test(pasting_keeps_what_is_filmed),
        cmocka_unit_test(shown_part_is_the_mask_s),
        cmocka_unit_test(what_is_not_read_changes_nothing),
    };
    return cmocka_run_group_tests(tests, make_masks, destroy_masks);
}
