/* tests/unit/face/test_package.c - package folders: video footage, rates, resampling, crops only.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/buffer.h"
#include "base/file.h"
#include "face/character.h"
#include "face/ping_pong.h"
#include "media/video_out.h"

#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 60 /* several groups of pictures, with frames that refer forward */
#define SIDE 96
#define FRAME_BYTES ((size_t)SIDE * SIDE * 3)

static void write_video(const char *folder, const char *name, int frames, int side, int fps)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    video_writer_options opt = video_writer_defaults();
    opt.path = path;
    opt.width = opt.height = side;
    opt.fps_num = fps;
    opt.fps_den = 1;
    opt.crf = 12;
    video_writer *w;
    vis_error err = {0};
    if (video_writer_open(&opt, &w, &err) != VIS_OK) fail_msg("%s", err.message);
    for (int n = 0; n < frames; n++) {
        picture p;
        support_numbered(&p, side, side, n);
        assert_int_equal(video_writer_frame(w, &p, NULL), VIS_OK);
        picture_free(&p);
    }
    assert_int_equal(video_writer_finish(w, NULL), VIS_OK);
}

static void write_rectangles(const char *folder, int count)
{
    buffer text;
    buffer_init(&text, 1 << 20);
    for (int n = 0; n < count; n++)
        buffer_print(&text, NULL, "%s\"%d\": {\"rect\": [%d, 7, %d, 47]}", n ? ", " : "{", n, n % 9,
                     40 + n % 9);
    buffer_append(&text, "}", 2, NULL);
    support_write(folder, "crop_rectangles.json", (const char *)text.data);
    buffer_free(&text);
}

static void expect_frame(character *c, int n, int number)
{
    const picture *frame;
    vis_error err = {0};
    if (character_frame(c, n, &frame, &err) != VIS_OK) fail_msg("frame %d: %s", n, err.message);
    assert_int_equal(support_number(frame), number);
    character_release(c, frame);
}

static void package_is_described(void **state)
{
    char *folder = support_folder();
    write_video(folder, "full_body_video.mp4", 12, SIDE, 25);
    write_rectangles(folder, 12);
    support_write(folder, "aud_ave.npy", "x");
    support_write(folder, "face_regions_320.mp4", "x");
    support_write(folder, "masked_regions_320.mp4", "x");
    character *c;
    assert_int_equal(character_open(folder, NULL, &c, NULL), VIS_OK);
    const character_info *info = character_facts(c);
    assert_int_equal(info->kind, CHARACTER_PACKAGE);
    assert_int_equal(info->frames, 12);
    assert_int_equal(info->width, SIDE);
    assert_true(info->fps == 25 && !info->resampled);
    assert_non_null(strstr(info->faces_video, "face_regions_320.mp4"));
    assert_non_null(strstr(info->masked_video, "masked_regions_320.mp4"));
    assert_non_null(strstr(info->features_ave, "aud_ave.npy"));
    assert_null(info->crops_video);
    int rect[4];
    character_rect(c, 11, rect);
    const int expected[4] = {2, 7, 42, 47};
    assert_memory_equal(rect, expected, sizeof rect);
    character_close(c);
    support_remove(folder);
}

static void frames_are_right_in_any_order_with_any_budget(void **state)
{
    char *folder = support_folder();
    write_video(folder, "full_body_video.mp4", FRAMES, SIDE, 25);
    write_rectangles(folder, FRAMES);
    const size_t budgets[] = {0, FRAME_BYTES, 3 * FRAME_BYTES, 20 * FRAME_BYTES, 99 * FRAME_BYTES};
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
        character_options opt = character_defaults();
        opt.cache_bytes = budgets[b];
        character *c;
        assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
        uint32_t seed = 5;
        for (int i = 0; i < 8; i++) {
            int n = support_random(&seed) % FRAMES;
            expect_frame(c, n, n);
        }
        assert_int_equal(character_plan(c, 10, 0, -1, NULL), VIS_OK);
        for (int i = 0; i < 130; i++) {
            int n = ping_pong_index(i, 10, FRAMES);
            expect_frame(c, n, n);
        }
        assert_int_equal(character_plan(c, 0, 70, 30, NULL), VIS_OK); /* begins on the way back */
        for (int i = 70; i < 110; i++) {
            int n = ping_pong_index(i, 0, FRAMES);
            expect_frame(c, n, n);
        }
        character_close(c);
    }
    support_remove(folder);
}

static void other_rates_are_refused_or_resampled(void **state)
{
    char *folder = support_folder();
    write_video(folder, "full_body_video.mp4", 60, SIDE, 30);
    write_rectangles(folder, 60);
    character *c;
    vis_error err;
    assert_int_equal(character_open(folder, NULL, &c, &err), VIS_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "30"));
    assert_non_null(strstr(err.message, "25"));
    assert_non_null(strstr(err.message, "`resample_footage`"));
    character_options opt = character_defaults();
    opt.resample_footage = true;
    for (size_t budget = 0; budget <= 16; budget += 8) {
        opt.cache_bytes = budget * FRAME_BYTES;
        assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
        assert_int_equal(character_facts(c)->frames, 50);
        assert_true(character_facts(c)->resampled && character_facts(c)->fps == 30);
        assert_int_equal(character_plan(c, 0, 0, -1, NULL), VIS_OK);
        for (int i = 0; i < 120; i++) {
            int n = ping_pong_index(i, 0, 50), number = (int)(n * 1.2 + 0.5), rect[4];
            expect_frame(c, n, number);
            character_rect(c, n, rect);
            assert_int_equal(rect[0], number % 9);
        }
        character_close(c);
    }
    opt.fps = 60; /* every frame twice */
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_int_equal(character_facts(c)->frames, 120);
    assert_int_equal(character_plan(c, 0, 0, -1, NULL), VIS_OK);
    for (int i = 0; i < 240; i++) {
        int n = ping_pong_index(i, 0, 120), number = (n + 1) / 2;
        expect_frame(c, n, number < 60 ? number : 59);
    }
    character_close(c);
    opt.fps = 0;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_false(character_facts(c)->resampled);
    character_close(c);
    support_remove(folder);
}

static void expect_unopened(const char *folder, vis_status status, const char *says)
{
    character *c;
    vis_error err = {0};
    assert_int_equal(character_open(folder, NULL, &c, &err), status);
    assert_null(c);
    if (!strstr(err.message, says)) fail_msg("\"%s\" lacks \"%s\"", err.message, says);
}

static void broken_packages_are_named(void **state)
{
    char *folder = support_folder();
    support_write(folder, "full_body_video.mp4", "not a video");
    expect_unopened(folder, VIS_ERR_FORMAT, "full_body_video.mp4");
    write_video(folder, "full_body_video.mp4", 12, SIDE, 25);
    expect_unopened(folder, VIS_ERR_OPEN, "crop_rectangles.json");
    support_write(folder, "crop_rectangles.json", "{\"0\": 1");
    expect_unopened(folder, VIS_ERR_FORMAT, "crop_rectangles.json");
    write_rectangles(folder, 11);
    expect_unopened(folder, VIS_ERR_MISMATCH, "11 rectangles but the video has 12 frames");
    support_write(folder, "crop_rectangles.json", "{\"0\": {\"rect\": [1, 2, 3, 4]}}");
    expect_unopened(folder, VIS_ERR_MISMATCH, "1 rectangles");
    support_remove(folder);
}

static void expect_square(const char *folder, int n, int x1, int y1, int x2, int y2)
{
    character *c;
    vis_error err = {0};
    if (character_open(folder, NULL, &c, &err) != VIS_OK) fail_msg("%s", err.message);
    int rect[4];
    const int expected[4] = {x1, y1, x2, y2};
    character_rect(c, n, rect);
    assert_memory_equal(rect, expected, sizeof rect);
    character_close(c);
}

/* Where the tools of this field leave the squares: what is nearest to a package goes first. */
static void squares_are_found_where_tools_leave_them(void **state)
{
    char *folder = support_folder();
    write_video(folder, "full_body_video.mp4", 2, SIDE, 25);
    expect_unopened(folder, VIS_ERR_OPEN, "crop_rects.json");
    for (int n = 0; n < 2; n++) {
        char name[64], *text = support_landmarks(5, 6, 25);
        snprintf(name, sizeof name, "landmarks/%d.lms", n);
        support_write(folder, name, text);
        free(text);
    }
    expect_square(folder, 1, 5, 6, 25, 26);
    support_write(folder, "crop_rects.json", "[[1, 2, 30, 40], [3, 4, 50, 60]]");
    expect_square(folder, 1, 3, 4, 50, 60);
    support_write(folder, "cache/crop_rectangles.json",
                  "{\"0\": {\"rect\": [7, 7, 20, 20]}, \"1\": {\"rect\": [8, 8, 20, 20]}}");
    expect_square(folder, 1, 8, 8, 20, 20);
    write_rectangles(folder, 2);
    expect_square(folder, 1, 1, 7, 41, 47);
    support_remove(folder);
}

static void crops_alone_serve_as_a_character(void **state)
{
    for (int inner = 0; inner < 2; inner++) {
        char *folder = support_folder();
        write_video(folder, inner ? "rois_320_video.mp4" : "crops_328_video.mp4", 5,
                    inner ? 320 : 328, 25);
        character *c;
        assert_int_equal(character_open(folder, NULL, &c, NULL), VIS_OK);
        const character_info *info = character_facts(c);
        assert_int_equal(info->kind, CHARACTER_CROPS);
        assert_int_equal(info->width, 328);
        assert_int_equal(info->height, 328);
        int rect[4];
        const int whole[4] = {0, 0, 328, 328};
        character_rect(c, 3, rect);
        assert_memory_equal(rect, whole, sizeof rect);
        const picture *frame;
        assert_int_equal(character_frame(c, 3, &frame, NULL), VIS_OK);
        assert_int_equal(support_number(frame), 3);
        for (int y = 0; y < 328; y++) /* the rim repeats the edge */
            for (int x = 0; x < 328; x++) {
                int ix = x < 4 ? 4 : x > 323 ? 323 : x, iy = y < 4 ? 4 : y > 323 ? 323 : y;
                if (inner)
                    assert_memory_equal(frame->data + y * frame->stride + 3 * x,
                                        frame->data + iy * frame->stride + 3 * ix, 3);
            }
        character_release(c, frame);
        character_close(c);
        support_remove(folder);
    }
}

static void damaged_video_names_its_frame(void **state)
{
    char *folder = support_folder(), path[512];
    write_video(folder, "full_body_video.mp4", FRAMES, SIDE, 25);
    write_rectangles(folder, FRAMES);
    snprintf(path, sizeof path, "%s/full_body_video.mp4", folder);
    buffer bytes;
    buffer_init(&bytes, 1 << 24);
    assert_int_equal(file_read(path, &bytes, NULL), VIS_OK);
    memset(bytes.data + bytes.size - bytes.size / 4, 0x55, bytes.size / 4);
    assert_int_equal(file_write(path, bytes.data, bytes.size, NULL), VIS_OK);
    buffer_free(&bytes);
    character *c;
    vis_error err;
    vis_status status = character_open(folder, NULL, &c, &err);
    if (status == VIS_OK) {
        assert_int_equal(character_plan(c, 0, -1, -1, NULL), VIS_OK);
        int bad = 0;
        for (int n = 0; n < FRAMES; n++) {
            const picture *frame;
            status = character_frame(c, n, &frame, &err);
            if (status == VIS_OK) {
                character_release(c, frame);
                continue;
            }
            bad++;
            assert_non_null(strstr(err.message, "full_body_video.mp4"));
        }
        assert_true(bad > 0);
        character_close(c);
    }
    support_remove(folder);
}

static void closing_in_the_middle_is_clean(void **state)
{
    char *folder = support_folder();
    write_video(folder, "full_body_video.mp4", FRAMES, SIDE, 25);
    write_rectangles(folder, FRAMES);
    for (int i = 0; i < 12; i++) {
        character *c;
        assert_int_equal(character_open(folder, NULL, &c, NULL), VIS_OK);
        assert_int_equal(character_plan(c, 0, 3 * i, -1, NULL), VIS_OK);
        if (i % 3) expect_frame(c, i, i);
        character_close(c);
    }
    support_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(package_is_described),
        cmocka_unit_test(frames_are_right_in_any_order_with_any_budget),
        cmocka_unit_test(other_rates_are_refused_or_resampled),
        cmocka_unit_test(broken_packages_are_named),
        cmocka_unit_test(squares_are_found_where_tools_leave_them),
        cmocka_unit_test(crops_alone_serve_as_a_character),
        cmocka_unit_test(damaged_video_names_its_frame),
        cmocka_unit_test(closing_in_the_middle_is_clean),
    };
    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
