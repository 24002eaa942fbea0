/* Pictures survive PNG and JPEG files; damaged and oversized files are refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "support.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static buffer read_file(const char *path)
{
    buffer b;
    buffer_init(&b, 1 << 24);
    assert_int_equal(file_read(path, &b, NULL), VIS_OK);
    return b;
}

static void png_gives_the_same_pixels(void **state)
{
    const int sizes[][2] = {{1, 1}, {97, 3}, {3, 97}, {131, 64}};
    picture back = {0};
    for (int i = 0; i < 4; i++) {
        picture p = test_picture(sizes[i][0], sizes[i][1], i);
        vis_error err;
        assert_int_equal(picture_write_png(test_path("p.png"), &p, &err), VIS_OK);
        assert_int_equal(picture_read(test_path("p.png"), &back, &err), VIS_OK);
        assert_int_equal(test_max_difference(&p, &back), 0);
        int width, height;
        assert_int_equal(picture_size(test_path("p.png"), &width, &height, &err), VIS_OK);
        assert_true(width == p.width && height == p.height);
        picture_free(&p);
    }
    picture_free(&back);
    assert_int_equal(test_folder_count(), 1);
}

/* In memory and in a file a PNG is the same bytes; one that does not fit is refused. */
static void a_png_may_stay_in_memory(void **state)
{
    picture p = test_picture(100, 30, 5);
    vis_error err;
    buffer bytes, file;
    buffer_init(&bytes, 1 << 20);
    buffer_init(&file, 1 << 20);
    assert_int_equal(buffer_append(&bytes, "before", 6, NULL), VIS_OK);
    assert_int_equal(picture_encode_png(&p, &bytes, NULL), VIS_OK);
    assert_int_equal(picture_write_png(test_path("p.png"), &p, NULL), VIS_OK);
    assert_int_equal(file_read(test_path("p.png"), &file, NULL), VIS_OK);
    assert_int_equal(bytes.size, 6 + file.size);
    assert_memory_equal(bytes.data, "before", 6);
    assert_memory_equal(bytes.data + 6, file.data, file.size);
    buffer_free(&bytes);
    buffer_init(&bytes, file.size - 1);
    assert_int_equal(picture_encode_png(&p, &bytes, &err), VIS_ERR_LIMIT);
    buffer_free(&bytes);
    buffer_free(&file);
    picture_free(&p);
}

static void jpeg_gives_similar_pixels(void **state)
{
    picture p = test_picture(130, 75, 5), back = {0};
    vis_error err;
    assert_int_equal(picture_write_jpeg(test_path("p.jpg"), &p, 95, &err), VIS_OK);
    assert_int_equal(picture_read(test_path("p.jpg"), &back, &err), VIS_OK);
    assert_true(test_mean_difference(&p, &back) < 1.5);
    assert_int_equal(picture_write_jpeg(test_path("p.jpg"), &p, 0, &err), VIS_ERR_USAGE);
    picture_free(&p);
    picture_free(&back);
}

/* Every shorter file, and nothing else, is told to be damaged. */
static void truncated_files_are_errors(void **state)
{
    picture p = test_picture(40, 30, 9), out = {0};
    vis_error err;
    assert_int_equal(picture_write_png(test_path("p.png"), &p, &err), VIS_OK);
    assert_int_equal(picture_write_jpeg(test_path("p.jpg"), &p, 80, &err), VIS_OK);
    const char *names[] = {"p.png", "p.jpg"};
    for (int i = 0; i < 2; i++) {
        buffer b = read_file(test_path(names[i]));
        for (size_t size = 0; size < b.size; size++) {
            vis_status status = picture_parse(b.data, size, "cut", &out, &err);
            assert_int_equal(status, size < 8 && (i == 0 || size < 3) ? VIS_ERR_UNSUPPORTED
                                                                      : VIS_ERR_FORMAT);
            assert_ptr_equal(strstr(err.message, "cut: "), err.message);
        }
        assert_int_equal(picture_parse(b.data, b.size, "whole", &out, &err), VIS_OK);
        buffer_free(&b);
    }
    picture_free(&p);
    picture_free(&out);
}

/* The EXIF block's orientation turns the picture: a mark in the stored upper left corner moves. */
static void exif_orientation_is_applied(void **state)
{
    static const uint8_t corners[9][2] = {{0, 0}, {0, 0}, {1, 0}, {1, 1}, {0, 1},
                                          {0, 0}, {1, 0}, {1, 1}, {0, 1}};
    picture p, out = {0};
    vis_error err;
    assert_int_equal(picture_create(&p, 64, 32, &err), VIS_OK);
    for (int y = 0; y < 8; y++)
        memset(p.data + y * p.stride, 255, 8 * 3);
    assert_int_equal(picture_write_jpeg(test_path("e.jpg"), &p, 95, &err), VIS_OK);
    buffer b = read_file(test_path("e.jpg"));
    for (int orientation = 1; orientation <= 8; orientation++) {
        uint8_t block[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,
                           'M',  'M',  0, 42, 0,   0,   0,   8,   0, 1,
                           0x01, 0x12, 0, 3,  0,   0,   0,   1,   0, (uint8_t)orientation,
                           0,    0,    0, 0,  0,   0};
        buffer with;
        buffer_init(&with, 1 << 20);
        buffer_append(&with, b.data, 2, &err);
        buffer_append(&with, block, sizeof block, &err);
        buffer_append(&with, b.data + 2, b.size - 2, &err);
        assert_int_equal(picture_parse(with.data, with.size, "exif", &out, &err), VIS_OK);
        buffer_free(&with);
        bool turned = orientation >= 5;
        assert_int_equal(out.width, turned ? 32 : 64);
        assert_int_equal(out.height, turned ? 64 : 32);
        for (int corner = 0; corner < 4; corner++) {
            int right = corner & 1, below = corner >> 1;
            const uint8_t *at = out.data + (below ? out.height - 4 : 3) * out.stride +
                                (right ? out.width - 4 : 3) * 3;
            bool marked = corners[orientation][0] == right && corners[orientation][1] == below;
            assert_true(marked ? *at > 200 : *at < 50);
        }
    }
    buffer_free(&b);
    picture_free(&p);
    picture_free(&out);
}

/* cICP behind IHDR: 9 primaries of BT.2020, then the transfer. */
static void hdr_pictures_are_refused(void **state)
{
    enum { AFTER_IHDR = 8 + 25 };
    picture p = test_picture(100, 20, 1), back = {0};
    buffer plain, hdr;
    buffer_init(&plain, 1 << 20);
    buffer_init(&hdr, 1 << 20);
    assert_int_equal(picture_encode_png(&p, &plain, NULL), VIS_OK);
    uint8_t chunk[16] = {0, 0, 0, 4, 'c', 'I', 'C', 'P', 9, 16, 0, 1};
    assert_int_equal(buffer_append(&hdr, plain.data, AFTER_IHDR, NULL), VIS_OK);
    assert_int_equal(buffer_append(&hdr, chunk, sizeof chunk, NULL), VIS_OK);
    assert_int_equal(buffer_append(&hdr, plain.data + AFTER_IHDR, plain.size - AFTER_IHDR, NULL),
                     VIS_OK);
    vis_error err = {0};
    assert_int_equal(picture_parse(hdr.data, hdr.size, "x.png", &back, &err), VIS_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "HDR"));
    buffer_free(&plain);
    buffer_free(&hdr);
    picture_free(&p);
}

static void sizes_are_bounded_before_allocation(void **state)
{
    /* Signature and IHDR of a PNG file of 100000 x 100000 pixels. */
    static const uint8_t huge[] = {0x89, 'P',  'N', 'G', 13,  10, 26, 10,   0,    0, 0,
                                   13,   'I',  'H', 'D', 'R', 0,  1,  0x86, 0xA0, 0, 1,
                                   0x86, 0xA0, 8,   2,   0,   0,  0,  0,    0,    0, 0};
    picture p = {0};
    vis_error err;
    assert_int_equal(picture_parse(huge, sizeof huge, "huge.png", &p, &err), VIS_ERR_LIMIT);
    assert_non_null(strstr(err.message, "100000x100000"));
    assert_int_equal(picture_create(&p, 16384, 16384, &err), VIS_ERR_LIMIT);
    assert_int_equal(picture_create(&p, -1, 5, &err), VIS_ERR_LIMIT);
    assert_null(p.data);
}

static void other_files_are_refused(void **state)
{
    picture p = {0};
    vis_error err;
    assert_int_equal(picture_read(test_path("absent.png"), &p, &err), VIS_ERR_OPEN);
    assert_int_equal(picture_parse("GIF89a.......", 13, "x.gif", &p, &err), VIS_ERR_UNSUPPORTED);
    assert_int_equal(picture_parse("", 0, "empty", &p, &err), VIS_ERR_UNSUPPORTED);
    picture one = test_picture(8, 8, 0);
    assert_int_equal(picture_write_png("/nonexistent/x.png", &one, &err), VIS_ERR_WRITE);
    picture_free(&one);
}

static void damaged_bytes_never_crash(void **state)
{
    picture p = test_picture(60, 44, 3), out = {0};
    vis_error err;
    picture_write_png(test_path("d.png"), &p, &err);
    picture_write_jpeg(test_path("d.jpg"), &p, 70, &err);
    picture_free(&p);
    uint32_t state32 = 1;
    const char *names[] = {"d.png", "d.jpg"};
    for (int i = 0; i < 2; i++) {
        buffer b = read_file(test_path(names[i]));
        uint8_t *copy = malloc(b.size);
        for (int run = 0; run < 400; run++) {
            memcpy(copy, b.data, b.size);
            for (int k = 0; k <= run % 4; k++) {
                state32 = state32 * 1664525u + 1013904223u;
                copy[(state32 >> 8) % b.size] = (uint8_t)(state32 >> 24);
            }
            vis_status status = picture_parse(copy, b.size, "damaged", &out, &err);
            assert_true(status != VIS_ERR_INTERNAL);
        }
        free(copy);
        buffer_free(&b);
    }
    picture_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_gives_the_same_pixels),
        cmocka_unit_test(a_png_may_stay_in_memory),
        cmocka_unit_test(jpeg_gives_similar_pixels),
        cmocka_unit_test(truncated_files_are_errors),
        cmocka_unit_test(exif_orientation_is_applied),
        cmocka_unit_test(hdr_pictures_are_refused),
        cmocka_unit_test(sizes_are_bounded_before_allocation),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(damaged_bytes_never_crash),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
