/* Resizing gives OpenCV's bytes, keeps within its rectangles, and can be repeated.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "media/picture.h"
#include "media/resize.h"

#include <libavutil/crc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct golden {
    resize_mode mode;
    int src_width, src_height, dst_width, dst_height, channels;
    uint32_t crc; /* zlib's CRC-32 of OpenCV 4.6's result; made by resize_golden.py */
} golden;

static const golden cases[] = {
    /* clang-format off */
    {RESIZE_LINEAR, 168, 168, 93, 94, 1, 0x609B63AF},
    {RESIZE_CUBIC, 168, 168, 93, 94, 1, 0x507D7A2A},
    {RESIZE_AREA, 168, 168, 93, 94, 1, 0x4262A01E},
    {RESIZE_LINEAR, 97, 97, 168, 168, 1, 0xAF821C90},
    {RESIZE_CUBIC, 97, 97, 168, 168, 1, 0x23D51611},
    {RESIZE_AREA, 97, 97, 168, 168, 1, 0x4020B753},
    {RESIZE_LINEAR, 640, 360, 320, 180, 1, 0xB653D60B},
    {RESIZE_CUBIC, 640, 360, 320, 180, 1, 0xEC164A0E},
    {RESIZE_AREA, 640, 360, 320, 180, 1, 0xB653D60B},
    {RESIZE_LINEAR, 99, 60, 33, 20, 1, 0x807DD855},
    {RESIZE_CUBIC, 99, 60, 33, 20, 1, 0x807DD855},
    {RESIZE_AREA, 99, 60, 33, 20, 1, 0xEBB3A112},
    {RESIZE_LINEAR, 98, 45, 49, 15, 1, 0x434416A3},
    {RESIZE_CUBIC, 98, 45, 49, 15, 1, 0xC5FF466E},
    {RESIZE_AREA, 98, 45, 49, 15, 1, 0x82791C2B},
    {RESIZE_LINEAR, 501, 377, 168, 168, 1, 0x19BA96CD},
    {RESIZE_CUBIC, 501, 377, 168, 168, 1, 0x55ACE7D1},
    {RESIZE_AREA, 501, 377, 168, 168, 1, 0x2DA892D2},
    {RESIZE_LINEAR, 100, 50, 50, 100, 1, 0xF0FD611F},
    {RESIZE_CUBIC, 100, 50, 50, 100, 1, 0xD3AFA762},
    {RESIZE_AREA, 100, 50, 50, 100, 1, 0x00DBFF15},
    {RESIZE_LINEAR, 7, 5, 3, 9, 1, 0xA4CEC389},
    {RESIZE_CUBIC, 7, 5, 3, 9, 1, 0x3C3B8E73},
    {RESIZE_AREA, 7, 5, 3, 9, 1, 0x9A4C4146},
    {RESIZE_LINEAR, 1, 1, 13, 7, 1, 0x2751A98B},
    {RESIZE_CUBIC, 1, 1, 13, 7, 1, 0x2751A98B},
    {RESIZE_AREA, 1, 1, 13, 7, 1, 0x2751A98B},
    {RESIZE_LINEAR, 13, 7, 1, 1, 1, 0x90B077E1},
    {RESIZE_CUBIC, 13, 7, 1, 1, 1, 0x90B077E1},
    {RESIZE_AREA, 13, 7, 1, 1, 1, 0xDF6F85B3},
    {RESIZE_LINEAR, 168, 168, 93, 94, 2, 0xDA4181B8},
    {RESIZE_CUBIC, 168, 168, 93, 94, 2, 0x6DC4D221},
    {RESIZE_AREA, 168, 168, 93, 94, 2, 0x83942DC4},
    {RESIZE_LINEAR, 97, 97, 168, 168, 2, 0xFF07E4A3},
    {RESIZE_CUBIC, 97, 97, 168, 168, 2, 0x0BF4A038},
    {RESIZE_AREA, 97, 97, 168, 168, 2, 0x7AB6EC76},
    {RESIZE_LINEAR, 640, 360, 320, 180, 2, 0x15DD61B4},
    {RESIZE_CUBIC, 640, 360, 320, 180, 2, 0x580F3935},
    {RESIZE_AREA, 640, 360, 320, 180, 2, 0x15DD61B4},
    {RESIZE_LINEAR, 99, 60, 33, 20, 2, 0x037E3A92},
    {RESIZE_CUBIC, 99, 60, 33, 20, 2, 0x037E3A92},
    {RESIZE_AREA, 99, 60, 33, 20, 2, 0xD03785EA},
    {RESIZE_LINEAR, 98, 45, 49, 15, 2, 0x361D3A8D},
    {RESIZE_CUBIC, 98, 45, 49, 15, 2, 0x65642707},
    {RESIZE_AREA, 98, 45, 49, 15, 2, 0x85D10D8C},
    {RESIZE_LINEAR, 501, 377, 168, 168, 2, 0x3A141286},
    {RESIZE_CUBIC, 501, 377, 168, 168, 2, 0x89AD5D70},
    {RESIZE_AREA, 501, 377, 168, 168, 2, 0xCA6A4DE0},
    {RESIZE_LINEAR, 100, 50, 50, 100, 2, 0x2ED23948},
    {RESIZE_CUBIC, 100, 50, 50, 100, 2, 0xFBFCFD00},
    {RESIZE_AREA, 100, 50, 50, 100, 2, 0xADF157A9},
    {RESIZE_LINEAR, 7, 5, 3, 9, 2, 0xB022D73C},
    {RESIZE_CUBIC, 7, 5, 3, 9, 2, 0x6386585F},
    {RESIZE_AREA, 7, 5, 3, 9, 2, 0xCED80886},
    {RESIZE_LINEAR, 1, 1, 13, 7, 2, 0xBD0492F4},
    {RESIZE_CUBIC, 1, 1, 13, 7, 2, 0xBD0492F4},
    {RESIZE_AREA, 1, 1, 13, 7, 2, 0xBD0492F4},
    {RESIZE_LINEAR, 13, 7, 1, 1, 2, 0x57A26A04},
    {RESIZE_CUBIC, 13, 7, 1, 1, 2, 0x57A26A04},
    {RESIZE_AREA, 13, 7, 1, 1, 2, 0xF5A170DE},
    {RESIZE_LINEAR, 300, 287, 328, 328, 3, 0x1AE2E432},
    {RESIZE_CUBIC, 300, 287, 328, 328, 3, 0x240F182F},
    {RESIZE_AREA, 300, 287, 328, 328, 3, 0x22C0FE51},
    {RESIZE_LINEAR, 328, 328, 211, 211, 3, 0x9F64E416},
    {RESIZE_CUBIC, 328, 328, 211, 211, 3, 0xFA2C14BA},
    {RESIZE_AREA, 328, 328, 211, 211, 3, 0x290C1084},
    {RESIZE_LINEAR, 168, 168, 93, 94, 3, 0xCD3CC197},
    {RESIZE_CUBIC, 168, 168, 93, 94, 3, 0x11EADE43},
    {RESIZE_AREA, 168, 168, 93, 94, 3, 0x0443C185},
    {RESIZE_LINEAR, 97, 97, 168, 168, 3, 0xAF2799C9},
    {RESIZE_CUBIC, 97, 97, 168, 168, 3, 0xADDFC60B},
    {RESIZE_AREA, 97, 97, 168, 168, 3, 0xE354A224},
    {RESIZE_LINEAR, 640, 360, 320, 180, 3, 0x8E7D3796},
    {RESIZE_CUBIC, 640, 360, 320, 180, 3, 0x353093A8},
    {RESIZE_AREA, 640, 360, 320, 180, 3, 0x8E7D3796},
    {RESIZE_LINEAR, 99, 60, 33, 20, 3, 0x589B6715},
    {RESIZE_CUBIC, 99, 60, 33, 20, 3, 0x589B6715},
    {RESIZE_AREA, 99, 60, 33, 20, 3, 0x9BAF7FC0},
    {RESIZE_LINEAR, 98, 45, 49, 15, 3, 0xBCFFB2DC},
    {RESIZE_CUBIC, 98, 45, 49, 15, 3, 0x9F3EB1D8},
    {RESIZE_AREA, 98, 45, 49, 15, 3, 0x96E8C1A4},
    {RESIZE_LINEAR, 501, 377, 168, 168, 3, 0x64B87D42},
    {RESIZE_CUBIC, 501, 377, 168, 168, 3, 0xBEA9153D},
    {RESIZE_AREA, 501, 377, 168, 168, 3, 0x44ECBE84},
    {RESIZE_LINEAR, 100, 50, 50, 100, 3, 0x7531EB97},
    {RESIZE_CUBIC, 100, 50, 50, 100, 3, 0xF0743A1A},
    {RESIZE_AREA, 100, 50, 50, 100, 3, 0x7E88FCAD},
    {RESIZE_LINEAR, 7, 5, 3, 9, 3, 0xB1DB22A4},
    {RESIZE_CUBIC, 7, 5, 3, 9, 3, 0xFA13B7C7},
    {RESIZE_AREA, 7, 5, 3, 9, 3, 0xD2C92AB2},
    {RESIZE_LINEAR, 1, 1, 13, 7, 3, 0x4CA81302},
    {RESIZE_CUBIC, 1, 1, 13, 7, 3, 0x4CA81302},
    {RESIZE_AREA, 1, 1, 13, 7, 3, 0x4CA81302},
    {RESIZE_LINEAR, 13, 7, 1, 1, 3, 0x406F8711},
    {RESIZE_CUBIC, 13, 7, 1, 1, 3, 0x406F8711},
    {RESIZE_AREA, 13, 7, 1, 1, 3, 0xD8C3A46C},
    {RESIZE_LINEAR, 2, 3, 5, 4, 3, 0x22762D94},
    {RESIZE_CUBIC, 2, 3, 5, 4, 3, 0x6F85E806},
    {RESIZE_AREA, 2, 3, 5, 4, 3, 0x71EE183B},
    {RESIZE_LINEAR, 31, 17, 31, 40, 3, 0x90B9B433},
    {RESIZE_CUBIC, 31, 17, 31, 40, 3, 0x43E152B3},
    {RESIZE_AREA, 31, 17, 31, 40, 3, 0xDA0E86B0},
    {RESIZE_LINEAR, 49, 49, 1, 1, 3, 0xC0ADCE95},
    {RESIZE_CUBIC, 49, 49, 1, 1, 3, 0xC0ADCE95},
    {RESIZE_AREA, 49, 49, 1, 1, 3, 0xA1002845},
    {RESIZE_LINEAR, 168, 168, 93, 94, 4, 0xD4D959BF},
    {RESIZE_CUBIC, 168, 168, 93, 94, 4, 0xB98EE971},
    {RESIZE_AREA, 168, 168, 93, 94, 4, 0x89165671},
    {RESIZE_LINEAR, 97, 97, 168, 168, 4, 0x387FD0BE},
    {RESIZE_CUBIC, 97, 97, 168, 168, 4, 0x8CCEE9AE},
    {RESIZE_AREA, 97, 97, 168, 168, 4, 0x0D246489},
    {RESIZE_LINEAR, 640, 360, 320, 180, 4, 0x3C50574E},
    {RESIZE_CUBIC, 640, 360, 320, 180, 4, 0xF4BEC4FD},
    {RESIZE_AREA, 640, 360, 320, 180, 4, 0x3C50574E},
    {RESIZE_LINEAR, 99, 60, 33, 20, 4, 0x0F701B8E},
    {RESIZE_CUBIC, 99, 60, 33, 20, 4, 0x0F701B8E},
    {RESIZE_AREA, 99, 60, 33, 20, 4, 0x495A3566},
    {RESIZE_LINEAR, 98, 45, 49, 15, 4, 0x0A62A98C},
    {RESIZE_CUBIC, 98, 45, 49, 15, 4, 0xE474CB6C},
    {RESIZE_AREA, 98, 45, 49, 15, 4, 0x94D0F2B7},
    {RESIZE_LINEAR, 501, 377, 168, 168, 4, 0x32985724},
    {RESIZE_CUBIC, 501, 377, 168, 168, 4, 0x9ED612E7},
    {RESIZE_AREA, 501, 377, 168, 168, 4, 0xC6EC5FC9},
    {RESIZE_LINEAR, 100, 50, 50, 100, 4, 0xA6AAD631},
    {RESIZE_CUBIC, 100, 50, 50, 100, 4, 0xB271856E},
    {RESIZE_AREA, 100, 50, 50, 100, 4, 0x4270D8D2},
    {RESIZE_LINEAR, 7, 5, 3, 9, 4, 0x763D1698},
    {RESIZE_CUBIC, 7, 5, 3, 9, 4, 0x47BA4713},
    {RESIZE_AREA, 7, 5, 3, 9, 4, 0xC604A61D},
    {RESIZE_LINEAR, 1, 1, 13, 7, 4, 0xD0C6C85C},
    {RESIZE_CUBIC, 1, 1, 13, 7, 4, 0xD0C6C85C},
    {RESIZE_AREA, 1, 1, 13, 7, 4, 0xD0C6C85C},
    {RESIZE_LINEAR, 13, 7, 1, 1, 4, 0x93E77CD2},
    {RESIZE_CUBIC, 13, 7, 1, 1, 4, 0x93E77CD2},
    {RESIZE_AREA, 13, 7, 1, 1, 4, 0x5194D27F},
    /* clang-format on */
};

static void pattern(uint8_t *out, size_t count)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (uint8_t)(state >> 24);
    }
}

static uint32_t checksum(const uint8_t *data, size_t size)
{
    return av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), 0xFFFFFFFF, data, size) ^ 0xFFFFFFFF;
}

static resize_plan *make_plan(const golden *c)
{
    resize_plan *plan;
    vis_error err;
    assert_int_equal(resize_plan_create(c->mode, c->src_width, c->src_height, c->dst_width,
                                        c->dst_height, c->channels, &plan, &err),
                     VIS_OK);
    return plan;
}

static void equals_opencv(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const golden *c = &cases[i];
        size_t src_row = (size_t)(c->src_width * c->channels);
        size_t dst_row = (size_t)(c->dst_width * c->channels);
        size_t src_size = src_row * (size_t)c->src_height;
        size_t dst_size = dst_row * (size_t)c->dst_height;
        uint8_t *src = malloc(src_size), *dst = malloc(dst_size);
        pattern(src, src_size);
        resize_plan *plan = make_plan(c);
        for (int repeat = 0; repeat < 2; repeat++) {
            memset(dst, 77, dst_size);
            resize_run(plan, src, (ptrdiff_t)src_row, dst, (ptrdiff_t)dst_row);
            if (checksum(dst, dst_size) != c->crc)
                fail_msg("%s %dx%d -> %dx%d, %d channels, run %d", resize_mode_name(c->mode),
                         c->src_width, c->src_height, c->dst_width, c->dst_height, c->channels,
                         repeat);
        }
        resize_plan_destroy(plan);
        free(src);
        free(dst);
    }
}

/* A rectangle within a larger picture gives what the same pixels alone give, and its surroundings
 * stay as they are. */
static void works_on_rectangles_within_pictures(void **state)
{
    enum { MARGIN = 5 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const golden *c = &cases[i];
        size_t src_row = (size_t)((c->src_width + 2 * MARGIN) * c->channels);
        size_t dst_row = (size_t)((c->dst_width + 2 * MARGIN) * c->channels);
        size_t src_size = src_row * (size_t)(c->src_height + 2 * MARGIN);
        size_t dst_size = dst_row * (size_t)(c->dst_height + 2 * MARGIN);
        uint8_t *src = malloc(src_size), *dst = malloc(dst_size);
        size_t tight_row = (size_t)(c->src_width * c->channels);
        uint8_t *tight = malloc(tight_row * (size_t)c->src_height);
        pattern(tight, tight_row * (size_t)c->src_height);
        memset(src, 255, src_size);
        memset(dst, 77, dst_size);
        uint8_t *src_at = src + MARGIN * src_row + (size_t)(MARGIN * c->channels);
        uint8_t *dst_at = dst + MARGIN * dst_row + (size_t)(MARGIN * c->channels);
        for (int y = 0; y < c->src_height; y++)
            memcpy(src_at + (size_t)y * src_row, tight + (size_t)y * tight_row, tight_row);

        resize_plan *plan = make_plan(c);
        resize_run(plan, src_at, (ptrdiff_t)src_row, dst_at, (ptrdiff_t)dst_row);
        resize_plan_destroy(plan);

        size_t out_row = (size_t)(c->dst_width * c->channels);
        uint8_t *out = malloc(out_row * (size_t)c->dst_height);
        for (int y = 0; y < c->dst_height; y++) {
            memcpy(out + (size_t)y * out_row, dst_at + (size_t)y * dst_row, out_row);
            memset(dst_at + (size_t)y * dst_row, 77, out_row);
        }
        assert_int_equal(checksum(out, out_row * (size_t)c->dst_height), c->crc);
        for (size_t k = 0; k < dst_size; k++)
            assert_int_equal(dst[k], 77);
        free(src);
        free(dst);
        free(tight);
        free(out);
    }
}

/* A part of a result has its bytes, and around it nothing is written that is not the result's. */
static void a_part_is_the_whole_s(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const golden *c = &cases[i];
        ptrdiff_t src_row = c->src_width * c->channels, dst_row = c->dst_width * c->channels;
        size_t src_size = (size_t)src_row * (size_t)c->src_height;
        size_t dst_size = (size_t)dst_row * (size_t)c->dst_height;
        uint8_t *src = malloc(src_size), *whole = malloc(dst_size), *dst = malloc(dst_size);
        pattern(src, src_size);
        resize_plan *plan = make_plan(c);
        resize_run(plan, src, src_row, whole, dst_row);
        for (int k = 0; k < 6; k++) {
            const int part[4] = {c->dst_width * k / 9, c->dst_height * (5 - k) / 11,
                                 c->dst_width - k * c->dst_width / 17,
                                 c->dst_height - k * c->dst_height / 13};
            memset(dst, 77, dst_size);
            resize_run_part(plan, src, src_row, dst, dst_row, part);
            for (int y = 0; y < c->dst_height; y++)
                for (int x = 0; x < c->dst_width * c->channels; x++) {
                    ptrdiff_t at = y * dst_row + x;
                    bool inside = y >= part[1] && y < part[3] && x >= part[0] * c->channels &&
                                  x < part[2] * c->channels;
                    if (inside || dst[at] != 77) assert_int_equal(dst[at], whole[at]);
                }
        }
        resize_plan_destroy(plan);
        free(src);
        free(whole);
        free(dst);
    }
}

static void keeps_a_flat_picture_flat(void **state)
{
    uint8_t src[40 * 30 * 3], dst[64 * 64 * 3];
    for (int mode = RESIZE_LINEAR; mode <= RESIZE_AREA; mode++)
        for (int value = 0; value < 256; value += 51)
            for (int size = 1; size <= 64; size += 7) {
                golden c = {(resize_mode)mode, 40, 30, size, 65 - size, 3, 0};
                memset(src, value, sizeof src);
                resize_plan *plan = make_plan(&c);
                resize_run(plan, src, 40 * 3, dst, size * 3);
                resize_plan_destroy(plan);
                for (int k = 0; k < size * (65 - size) * 3; k++)
                    assert_int_equal(dst[k], value);
            }
}

static void refuses_bad_sizes(void **state)
{
    resize_plan *plan = (resize_plan *)1;
    vis_error err;
    assert_int_equal(resize_plan_create(RESIZE_CUBIC, 0, 5, 5, 5, 3, &plan, &err), VIS_ERR_LIMIT);
    assert_null(plan);
    assert_int_equal(
        resize_plan_create(RESIZE_CUBIC, 5, 5, 5, PICTURE_MAX_SIDE + 1, 3, &plan, &err),
        VIS_ERR_LIMIT);
    assert_int_equal(resize_plan_create(RESIZE_CUBIC, 5, 5, 5, 5, 5, &plan, &err), VIS_ERR_USAGE);
    resize_plan_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_opencv),
        cmocka_unit_test(works_on_rectangles_within_pictures),
        cmocka_unit_test(a_part_is_the_whole_s),
        cmocka_unit_test(keeps_a_flat_picture_flat),
        cmocka_unit_test(refuses_bad_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
