/* The video encoder: what browsers ask for, and that one encoder's pictures follow another's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "decoder.h"
#include "live/video_encoder.h"
#include "live/yuv.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 201
#define HEIGHT 150

static uint8_t pixels[HEIGHT * WIDTH * 3];

/* A pattern that moves. */
static void draw(int n)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++)
                pixels[(y * WIDTH + x) * 3 + c] =
                    (uint8_t)(128 + 80 * sin((x + 2 * n + 40 * c) / 17.0) +
                              40 * cos((y - n) / 11.0));
}

static live_bytes *encode(video_encoder *e, int n, bool key, bool *is_key)
{
    live_bytes *unit;
    draw(n);
    assert_int_equal(video_encoder_frame(e, pixels, WIDTH * 3, key, &unit, is_key, NULL), VIS_OK);
    return unit;
}

/* Types of the units inside, in order, as one decimal digit each (but 9 is the delimiter). */
static int64_t types(const live_bytes *unit)
{
    int64_t all = 0;
    for (size_t i = 0; i + 3 < unit->size; i++)
        if (unit->data[i] == 0 && unit->data[i + 1] == 0 && unit->data[i + 2] == 1)
            all = all * 10 + (unit->data[i + 3] & 31);
    return all;
}

static void test_what_a_key_holds(void **state)
{
    video_encoder *e;
    bool key;
    char name[VIDEO_CODEC_NAME];
    assert_int_equal(video_encoder_open(VIDEO_H264, WIDTH, HEIGHT, 25, &e, NULL), VIS_OK);
    live_bytes *first = encode(e, 0, true, &key);
    assert_true(key);
    int64_t held = types(first);
    assert_true(held == 9785 || held == 97865); /* delimiter, SPS, PPS, perhaps SEI, one slice */
    video_encoder_codec(first, name);
    assert_memory_equal(name, "avc1.42c0", 9);
    live_bytes *second = encode(e, 1, false, &key);
    assert_false(key);
    assert_int_equal(types(second), 91);
    video_encoder_codec(second, name);
    assert_string_equal(name, "");
    live_bytes_release(first);
    live_bytes_release(second);
    video_encoder_close(e);
}

static void test_keys_come_by_themselves(void **state)
{
    video_encoder *e;
    int last = 0;
    assert_int_equal(video_encoder_open(VIDEO_H264, WIDTH, HEIGHT, 25, &e, NULL), VIS_OK);
    for (int i = 0; i < 250; i++) {
        bool key;
        live_bytes_release(encode(e, i, i == 30, &key));
        assert_true(i != 30 || key);
        if (key) last = i;
        assert_true(i - last < VIDEO_KEY_SECONDS * 25);
    }
    video_encoder_close(e);
}

/* Where the parameter sets end: the slice of a key. */
static size_t headers(const live_bytes *unit)
{
    for (size_t i = 0; i + 3 < unit->size; i++)
        if (unit->data[i] == 0 && unit->data[i + 1] == 0 && unit->data[i + 2] == 1 &&
            ((unit->data[i + 3] & 31) == 5 || (unit->data[i + 3] & 31) == 6))
            return i;
    return 0;
}

/* Every picture is decoded, and looks as it was drawn. */
static void check_decoded(AVCodecContext *d, const live_bytes *unit, yuv *drawn)
{
    live_bytes *planes;
    AVFrame *f = av_frame_alloc();
    decoder_give(d, unit->data, unit->size, f);
    assert_int_equal(f->width, WIDTH - 1);
    assert_int_equal(yuv_convert(drawn, pixels, WIDTH * 3, NULL), VIS_OK);
    assert_int_equal(yuv_planes(drawn, &planes, NULL), VIS_OK);
    assert_int_equal(planes->size, (WIDTH - 1) * HEIGHT * 3 / 2);
    assert_true(decoder_luma_psnr(f, planes->data) > 32);
    live_bytes_release(planes);
    av_frame_free(&f);
}

/* Two encoders by turns, each from a key on. */
static void take_turns(video_kind kind, AVCodecContext *d)
{
    video_encoder *e[2];
    live_bytes *sets = NULL;
    yuv drawn = {0};
    assert_int_equal(yuv_open(&drawn, WIDTH, HEIGHT, NULL), VIS_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(video_encoder_open(kind, WIDTH, HEIGHT, 25, &e[i], NULL), VIS_OK);
    for (int i = 0; i < 90; i++) {
        bool key;
        live_bytes *unit = encode(e[i / 7 % 2], i, i % 7 == 0, &key);
        assert_true(key || i % 7);
        if (kind == VIDEO_H264 && i % 7 == 0) {
            if (!sets) sets = live_bytes_keep(unit);
            assert_int_equal(headers(unit), headers(sets));
            assert_memory_equal(unit->data, sets->data, headers(sets));
        }
        check_decoded(d, unit, &drawn);
        live_bytes_release(unit);
    }
    live_bytes_release(sets);
    for (int i = 0; i < 2; i++)
        video_encoder_close(e[i]);
    yuv_close(&drawn);
    avcodec_free_context(&d);
}

static void test_encoders_follow_each_other(void **state)
{
    take_turns(VIDEO_H264, decoder_open());
    if (video_encoder_has_vp8()) take_turns(VIDEO_VP8, decoder_open_of(AV_CODEC_ID_VP8));
}

/* Bits a second of four seconds, behind one that is let pass, of what is hard to encode. */
static double rate_of(video_encoder *e, int64_t bound, int *keys)
{
    uint32_t seed = 1;
    double bits = 0;
    *keys = 0;
    for (int i = 0; i < 125; i++) {
        live_bytes *unit;
        bool key;
        draw(3 * i);
        for (size_t j = 0; j < sizeof pixels; j++)
            pixels[j] = (uint8_t)(pixels[j] / 2 + ((seed = seed * 1664525 + 1013904223) >> 26));
        video_encoder_bound(e, bound);
        assert_int_equal(video_encoder_frame(e, pixels, WIDTH * 3, false, &unit, &key, NULL),
                         VIS_OK);
        *keys += key;
        if (i >= 25) bits += 8.0 * (double)unit->size;
        live_bytes_release(unit);
    }
    return bits / 4;
}

/* No more than may be, and again as many as before; where VP8 begins anew, it does so seldom. */
static void keep_to_bounds(video_kind kind)
{
    video_encoder *e;
    int keys;
    assert_int_equal(video_encoder_open(kind, WIDTH, HEIGHT, 25, &e, NULL), VIS_OK);
    double free_rate = rate_of(e, 0, &keys);
    assert_true(free_rate > 1.25 * 200000);
    assert_true(rate_of(e, 200000, &keys) < 1.15 * 200000);
    assert_in_range(keys, 1, 3);
    double near = rate_of(e, 240000, &keys); /* too near to begin anew for */
    assert_true(near < 1.15 * 240000);
    assert_true(keys <= 2);
    assert_true(rate_of(e, 0, &keys) > 0.8 * free_rate);
    video_encoder_close(e);
}

static void test_bounds_are_kept(void **state)
{
    keep_to_bounds(VIDEO_H264);
    if (video_encoder_has_vp8()) keep_to_bounds(VIDEO_VP8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_key_holds),
        cmocka_unit_test(test_keys_come_by_themselves),
        cmocka_unit_test(test_encoders_follow_each_other),
        cmocka_unit_test(test_bounds_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
