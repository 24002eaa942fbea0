/* tests/unit/face/test_crop_paste.c - frame -> crop -> visual tensor, and the output -> frame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/crop.h"
#include "face/paste.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 260
#define HEIGHT 230

typedef struct fixture {
    face_geometry geometry;
    face_cropper *cropper;
    face_paster *paster;
    picture frame, crop, result;
    float *visual, *output; /* [6, S, S], [3, S, S] */
} fixture;

static void open_fixture(fixture *f, int size, resize_mode crop_mode, resize_mode paste_mode)
{
    *f = (fixture){0};
    assert_int_equal(face_geometry_for(size, &f->geometry, NULL), VIS_OK);
    f->geometry.crop_mode = crop_mode;
    f->geometry.paste_mode = paste_mode;
    assert_int_equal(face_cropper_create(&f->geometry, &f->cropper, NULL), VIS_OK);
    assert_int_equal(face_paster_create(&f->geometry, &f->paster, NULL), VIS_OK);
    support_noise(&f->frame, WIDTH, HEIGHT, 1);
    size_t plane = (size_t)size * (size_t)size;
    f->visual = malloc(6 * plane * sizeof(float));
    f->output = malloc(3 * plane * sizeof(float));
    uint32_t seed = 2;
    for (size_t i = 0; i < 3 * plane; i++)
        f->output[i] = (float)support_random(&seed) / 256;
}

static void close_fixture(fixture *f)
{
    face_cropper_destroy(f->cropper);
    face_paster_destroy(f->paster);
    picture_free(&f->frame);
    picture_free(&f->crop);
    picture_free(&f->result);
    free(f->visual);
    free(f->output);
}

/* Hashes of what OpenCV 4.6 (Debian's python3-opencv) and NumPy make of the same bytes: resize the
 * slice, put (output * 255).astype(uint8) inside, resize back, assign to the slice. */
static void pixels_equal_opencv(void **state)
{
    static const struct {
        int size;
        resize_mode crop_mode, paste_mode;
        int square[4];
        uint64_t crop, result;
    } cases[] = {
        {320,
         RESIZE_CUBIC,
         RESIZE_CUBIC,
         {31, 17, 188, 174},
         0xdab068e899426619u,
         0xeed96c4439515c2au},
        {160,
         RESIZE_LINEAR,
         RESIZE_LINEAR,
         {31, 17, 228, 214},
         0xc36b610ecce78391u,
         0xab9d32270ce92e7bu},
        {160,
         RESIZE_AREA,
         RESIZE_LINEAR,
         {0, 0, 230, 230},
         0x6e5c2632e47b3481u,
         0x6bc38ec187779e51u},
        {320,
         RESIZE_CUBIC,
         RESIZE_CUBIC,
         {120, 100, 290, 270},
         0x709564c8878fabd6u, /* clipped */
         0xa4aac0f46e5b5d4du},
        {320, RESIZE_LINEAR, RESIZE_AREA, {3, 5, 40, 42}, 0x7f795283b7af356eu, 0xc02f82b25cab5b00u},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f;
        open_fixture(&f, cases[i].size, cases[i].crop_mode, cases[i].paste_mode);
        const int *square = cases[i].square;
        assert_int_equal(face_crop(f.cropper, &f.frame, square, &f.crop, NULL, NULL), VIS_OK);
        assert_true(support_hash(&f.crop) == cases[i].crop);
        assert_int_equal(
            face_paste(f.paster, &f.frame, square, &f.crop, f.output, NULL, NULL, &f.result, NULL),
            VIS_OK);
        assert_true(support_hash(&f.result) == cases[i].result);
        close_fixture(&f);
    }
}

static void visual_is_planes_over_255_with_the_mouth_black(void **state)
{
    for (int size = 160; size <= 320; size += 160) {
        fixture f;
        open_fixture(&f, size, RESIZE_LINEAR, RESIZE_LINEAR);
        const int square[4] = {5, 6, 205, 206};
        const face_geometry *g = &f.geometry;
        picture face = {0};
        assert_int_equal(face_crop(f.cropper, &f.frame, square, &f.crop, f.visual, NULL), VIS_OK);
        assert_int_equal(face_inner(g, &f.crop, &face, NULL), VIS_OK);
        int bottom = size == 320 ? 310 : 150; /* 5 + 305, 5 + 145; to the right 315, 155 */
        for (int c = 0; c < 6; c++)
            for (int y = 0; y < size; y++)
                for (int x = 0; x < size; x++) {
                    const uint8_t *pixel = f.crop.data + (y + 4) * f.crop.stride + 3 * (x + 4);
                    assert_memory_equal(face.data + y * face.stride + 3 * x, pixel, 3);
                    bool mouth = x >= 5 && x < size - 5 && y >= 5 && y < bottom;
                    float expected = c >= 3 && mouth ? 0 : (float)pixel[c % 3] / 255.0f;
                    assert_true(f.visual[((size_t)c * size + y) * size + x] == expected);
                }
        picture_free(&face);
        close_fixture(&f);
    }
}

static void output_is_truncated_and_clamped(void **state)
{
    fixture f;
    open_fixture(&f, 160, RESIZE_LINEAR, RESIZE_LINEAR);
    const float values[] = {0,     1,    0.999999f, 0.5f,     1 / 255.f,
                            -0.1f, 1.5f, NAN,       INFINITY, -INFINITY};
    const uint8_t pixels[] = {0, 255, 254, 127, 1, 0, 255, 0, 255, 0};
    picture face = {0};
    memcpy(f.output, values, sizeof values);
    assert_int_equal(face_pixels(&f.geometry, f.output, &face, NULL), VIS_OK);
    for (size_t i = 0; i < sizeof pixels; i++)
        assert_int_equal(face.data[3 * i], pixels[i]);
    assert_int_equal(face.data[1], (int)(f.output[160 * 160] * 255));
    assert_int_equal(face.data[2], (int)(f.output[2 * 160 * 160] * 255));
    picture_free(&face);
    close_fixture(&f);
}

static void only_the_square_changes_and_kept_pixels_do_not(void **state)
{
    fixture f;
    open_fixture(&f, 160, RESIZE_LINEAR, RESIZE_LINEAR);
    const int square[4] = {40, 50, 160, 170};
    uint8_t *keep = calloc(WIDTH, HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            keep[y * WIDTH + x] = (x / 7 + y / 5) % 2;
    picture with = {0};
    assert_int_equal(face_crop(f.cropper, &f.frame, square, &f.crop, NULL, NULL), VIS_OK);
    assert_int_equal(
        face_paste(f.paster, &f.frame, square, &f.crop, f.output, NULL, NULL, &f.result, NULL),
        VIS_OK);
    assert_int_equal(
        face_paste(f.paster, &f.frame, square, &f.crop, f.output, NULL, keep, &with, NULL), VIS_OK);
    int changed = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            bool inside = x >= 40 && x < 160 && y >= 50 && y < 170;
            const uint8_t *filmed = f.frame.data + y * f.frame.stride + 3 * x;
            const uint8_t *painted = f.result.data + y * f.result.stride + 3 * x;
            bool kept = keep[y * WIDTH + x];
            if (!inside) assert_memory_equal(painted, filmed, 3);
            changed += memcmp(painted, filmed, 3) != 0;
            assert_memory_equal(with.data + y * with.stride + 3 * x, kept ? filmed : painted, 3);
        }
    assert_true(changed > 14000);
    picture_free(&with);
    free(keep);
    close_fixture(&f);
}

static void padded_crop_as_a_frame_is_not_resampled(void **state)
{
    fixture f;
    open_fixture(&f, 320, RESIZE_CUBIC, RESIZE_CUBIC);
    picture whole;
    support_noise(&whole, 328, 328, 9);
    const int square[4] = {0, 0, 328, 328};
    assert_int_equal(face_crop(f.cropper, &whole, square, &f.crop, NULL, NULL), VIS_OK);
    assert_true(support_hash(&whole) == support_hash(&f.crop));
    picture_free(&whole);
    close_fixture(&f);
}

/* More sizes than tables are kept: old ones are made again and nothing is mixed up. */
static void many_sizes_come_and_go(void **state)
{
    fixture f;
    open_fixture(&f, 160, RESIZE_LINEAR, RESIZE_LINEAR);
    uint64_t first[150];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 150; i++) {
            const int square[4] = {i % 7, i % 5, 30 + i, 40 + i};
            assert_int_equal(face_crop(f.cropper, &f.frame, square, &f.crop, NULL, NULL), VIS_OK);
            if (round == 0) first[i] = support_hash(&f.crop);
            assert_true(support_hash(&f.crop) == first[i]);
        }
    close_fixture(&f);
}

static void bad_squares_and_crops_are_refused(void **state)
{
    fixture f;
    open_fixture(&f, 160, RESIZE_LINEAR, RESIZE_LINEAR);
    const int bad[][4] = {
        {-1, 0, 9, 9}, {0, -3, 9, 9}, {9, 9, 9, 20}, {9, 9, 20, 9}, {260, 0, 280, 20}};
    const int good[4] = {0, 0, 50, 50};
    vis_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(face_crop(f.cropper, &f.frame, bad[i], &f.crop, NULL, &err),
                         VIS_ERR_MISMATCH);
        assert_int_equal(
            face_paste(f.paster, &f.frame, bad[i], &f.crop, f.output, NULL, NULL, &f.result, &err),
            VIS_ERR_MISMATCH);
    }
    assert_int_equal(
        face_paste(f.paster, &f.frame, good, &f.frame, f.output, NULL, NULL, &f.result, &err),
        VIS_ERR_MISMATCH);
    assert_int_equal(face_inner(&f.geometry, &f.frame, &f.result, &err), VIS_ERR_MISMATCH);
    face_geometry g;
    assert_int_equal(face_geometry_for(256, &g, &err), VIS_ERR_UNSUPPORTED);
    close_fixture(&f);
}

static void interpolations_have_names(void **state)
{
    resize_mode mode;
    assert_true(face_interpolation_named("bilinear", &mode) && mode == RESIZE_LINEAR);
    assert_true(face_interpolation_named("linear", &mode) && mode == RESIZE_LINEAR);
    assert_true(face_interpolation_named("cubic", &mode) && mode == RESIZE_CUBIC);
    assert_true(face_interpolation_named("area", &mode) && mode == RESIZE_AREA);
    assert_false(face_interpolation_named("nearest", &mode));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_equal_opencv),
        cmocka_unit_test(visual_is_planes_over_255_with_the_mouth_black),
        cmocka_unit_test(output_is_truncated_and_clamped),
        cmocka_unit_test(only_the_square_changes_and_kept_pixels_do_not),
        cmocka_unit_test(padded_crop_as_a_frame_is_not_resampled),
        cmocka_unit_test(many_sizes_come_and_go),
        cmocka_unit_test(bad_squares_and_crops_are_refused),
        cmocka_unit_test(interpolations_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
