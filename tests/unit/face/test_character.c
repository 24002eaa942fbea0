/* tests/unit/face/test_character.c - dataset folders: opening, frames in any order, errors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "face/character.h"
#include "face/ping_pong.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 24
#define SIDE 80
#define FRAME_BYTES ((size_t)SIDE * SIDE * 3)

static void delete_file(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

static void expect_frame(character *c, int n)
{
    const picture *frame;
    vis_error err = {0};
    if (character_frame(c, n, &frame, &err) != VIS_OK) fail_msg("frame %d: %s", n, err.message);
    assert_int_equal(support_number(frame), n);
    character_release(c, frame);
}

static void dataset_is_described(void **state)
{
    char *folder = support_folder();
    support_dataset(folder, 3, SIDE, SIDE);
    support_write(folder, "aud_hu.npy", "x");
    support_write(folder, "aud_ave.bin", "x");
    support_write(folder, "audio.wav", "x");
    support_log log;
    character_options opt = character_defaults();
    opt.log = support_log_to(&log);
    character *c;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    const character_info *info = character_facts(c);
    assert_int_equal(info->kind, CHARACTER_DATASET);
    assert_int_equal(info->frames, 3);
    assert_int_equal(info->width, SIDE);
    assert_int_equal(info->height, SIDE);
    assert_true(info->fps == 0 && !info->resampled);
    assert_non_null(strstr(info->features_hubert, "/aud_hu.npy"));
    assert_non_null(strstr(info->features_ave, "/aud_ave.bin"));
    assert_non_null(strstr(info->audio, "/audio.wav"));
    assert_null(info->features_wenet);
    int rect[4];
    character_rect(c, 2, rect);
    const int expected[4] = {12, 12, 44, 44};
    assert_memory_equal(rect, expected, sizeof rect);
    assert_int_equal(log.lines, 0);
    const picture *frame;
    vis_error err;
    assert_int_equal(character_frame(c, 3, &frame, &err), VIS_ERR_USAGE);
    assert_int_equal(character_frame(c, -1, &frame, &err), VIS_ERR_USAGE);
    assert_int_equal(character_plan(c, 3, 0, -1, &err), VIS_ERR_USAGE);
    expect_frame(c, 1);
    character_close(c);
    support_remove(folder);
}

/* Along the plan, against it, at random, without one; budgets from nothing to all. */
static void frames_are_right_in_any_order_with_any_budget(void **state)
{
    char *folder = support_folder();
    support_dataset(folder, FRAMES, SIDE, SIDE);
    const size_t budgets[] = {0, FRAME_BYTES, 3 * FRAME_BYTES, 7 * FRAME_BYTES, 64 * FRAME_BYTES};
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++)
        for (int threads = 1; threads <= 3; threads += 2) {
            character_options opt = character_defaults();
            opt.cache_bytes = budgets[b];
            opt.threads = threads;
            character *c;
            assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
            uint32_t seed = 5;
            for (int i = 0; i < 10; i++)
                expect_frame(c, support_random(&seed) % FRAMES);
            assert_int_equal(character_plan(c, 4, 3, 90, NULL), VIS_OK);
            for (int i = 3; i < 93; i++)
                expect_frame(c, ping_pong_index(i, 4, FRAMES));
            for (int i = 93; i < 100; i++)
                expect_frame(c, ping_pong_index(i, 4, FRAMES));
            assert_int_equal(character_plan(c, 0, -1, -1, NULL), VIS_OK);
            for (int i = 0; i < 10; i++)
                expect_frame(c, support_random(&seed) % FRAMES);
            for (int i = FRAMES - 1; i >= 0; i--)
                expect_frame(c, i);
            character_close(c);
        }
    support_remove(folder);
}

static void many_frames_can_be_borrowed_at_once(void **state)
{
    char *folder = support_folder();
    support_dataset(folder, FRAMES, SIDE, SIDE);
    character_options opt = character_defaults();
    opt.cache_bytes = FRAME_BYTES;
    character *c;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_int_equal(character_plan(c, 0, -1, -1, NULL), VIS_OK);
    const picture *frames[FRAMES], *again;
    for (int n = 0; n < FRAMES; n++)
        assert_int_equal(character_frame(c, n, &frames[n], NULL), VIS_OK);
    assert_int_equal(character_frame(c, 5, &again, NULL), VIS_OK);
    assert_ptr_equal(again, frames[5]);
    character_release(c, again);
    for (int n = 0; n < FRAMES; n++) {
        assert_int_equal(support_number(frames[n]), n);
        character_release(c, frames[n]);
    }
    character_release(c, NULL);
    character_close(c);
    support_remove(folder);
}

static void *render_some(void *argument)
{
    character *c = argument;
    for (int i = 0; i < 150; i++) {
        int n = ping_pong_index(i, 0, FRAMES);
        const picture *frame;
        if (character_frame(c, n, &frame, NULL) != VIS_OK || support_number(frame) != n)
            return argument; /* not NULL: wrong */
        character_release(c, frame);
    }
    return NULL;
}

static void several_threads_share_a_character(void **state)
{
    char *folder = support_folder();
    support_dataset(folder, FRAMES, SIDE, SIDE);
    character_options opt = character_defaults();
    opt.cache_bytes = 2 * FRAME_BYTES;
    opt.threads = 2;
    character *c;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_int_equal(character_plan(c, 0, 0, -1, NULL), VIS_OK);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, render_some, c), 0);
    for (int i = 0; i < 4; i++) {
        void *problem;
        pthread_join(threads[i], &problem);
        assert_null(problem);
    }
    character_close(c);
    support_remove(folder);
}

static void squares_that_leave_the_frame_warn_once(void **state)
{
    char *folder = support_folder();
    support_dataset(folder, 4, SIDE, SIDE);
    for (int n = 1; n < 3; n++) {
        char name[32], *text = support_landmarks(40, 50, 90 + n);
        snprintf(name, sizeof name, "landmarks/%d.lms", n);
        support_write(folder, name, text);
        free(text);
    }
    support_log log;
    character_options opt = character_defaults();
    opt.log = support_log_to(&log);
    character *c;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_int_equal(log.lines, 1);
    assert_non_null(strstr(log.last, "2 frames"));
    assert_non_null(strstr(log.last, "frame 1"));
    int rect[4];
    character_rect(c, 2, rect);
    const int expected[4] = {40, 50, SIDE, SIDE};
    assert_memory_equal(rect, expected, sizeof rect);
    character_close(c);
    support_remove(folder);
}

static void parsing_says_which_pixels_stay(void **state)
{
    char *folder = support_folder();
    support_dataset(folder, 3, SIDE, SIDE);
    picture mask;
    support_noise(&mask, SIDE, SIDE, 3);
    for (int i = 0; i < 200; i++) {
        const uint8_t colours[4][3] = {{0, 0, 255}, {255, 255, 255}, {255, 0, 0}, {0, 255, 255}};
        memcpy(mask.data + (i / SIDE) * mask.stride + 3 * (i % SIDE), colours[i % 4], 3);
    }
    for (int n = 0; n < 3; n++) {
        char name[32];
        snprintf(name, sizeof name, "parsing/%d.png", n);
        support_write_png(folder, name, &mask);
    }
    picture_free(&mask);
    character_options opt = character_defaults();
    opt.parsing = true;
    opt.cache_bytes = 1;
    character *c;
    const picture *frame;
    vis_error err;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    for (int n = 2; n >= 0; n--) {
        assert_int_equal(character_frame(c, n, &frame, NULL), VIS_OK);
        const uint8_t *keep = character_parsing(frame);
        for (int i = 0; i < 200; i++)
            assert_int_equal(keep[i], i % 4 < 2);
        character_release(c, frame);
    }
    character_close(c);

    opt.parsing = false;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_int_equal(character_frame(c, 0, &frame, NULL), VIS_OK);
    assert_null(character_parsing(frame));
    character_release(c, frame);
    character_close(c);

    opt.parsing = true;
    support_noise(&mask, SIDE, SIDE - 1, 3);
    support_write_png(folder, "parsing/1.png", &mask);
    picture_free(&mask);
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_int_equal(character_frame(c, 1, &frame, &err), VIS_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "parsing/1.png"));
    character_close(c);
    delete_file(folder, "parsing/2.png");
    assert_int_equal(character_open(folder, &opt, &c, &err), VIS_ERR_OPEN);
    assert_non_null(strstr(err.message, "parsing/2.png"));
    support_remove(folder);
}

/* Opening must fail with that status and a message that holds `says`. */
static void expect_unopened(const char *folder, vis_status status, const char *says)
{
    character *c;
    vis_error err = {0};
    assert_int_equal(character_open(folder, NULL, &c, &err), status);
    assert_null(c);
    if (!strstr(err.message, says)) fail_msg("\"%s\" lacks \"%s\"", err.message, says);
}

static void broken_datasets_are_named(void **state)
{
    char *folder = support_folder();
    expect_unopened("/nonexistent/folder", VIS_ERR_OPEN, "/nonexistent/folder: no such folder");
    expect_unopened(folder, VIS_ERR_OPEN, "not a character");
    support_write(folder, "full_body_img/readme.txt", "");
    expect_unopened(folder, VIS_ERR_OPEN, "holds no frames");
    support_dataset(folder, 6, SIDE, SIDE);

    char *text = support_landmarks(30, 10, 30);
    support_write(folder, "landmarks/4.lms", text);
    free(text);
    expect_unopened(folder, VIS_ERR_MISMATCH, "landmarks/4.lms: the face square");
    text = support_landmarks(-1.5, 10, 30);
    support_write(folder, "landmarks/4.lms", text);
    free(text);
    expect_unopened(folder, VIS_ERR_MISMATCH, "landmarks/4.lms: the face square");
    support_write(folder, "landmarks/4.lms", "1 2\n3\n");
    expect_unopened(folder, VIS_ERR_FORMAT, "landmarks/4.lms: line 2");
    delete_file(folder, "landmarks/4.lms");
    expect_unopened(folder, VIS_ERR_OPEN, "landmarks/4.lms: no such file");
    delete_file(folder, "full_body_img/2.png");
    expect_unopened(folder, VIS_ERR_OPEN, "no picture 2 but there is a 3");
    support_write(folder, "full_body_img/0002.png", "x");
    expect_unopened(folder, VIS_ERR_OPEN, "2.png: no such file");
    support_remove(folder);
}

static void missing_landmarks_folder_is_named(void **state)
{
    char *folder = support_folder();
    picture p;
    support_numbered(&p, SIDE, SIDE, 0);
    support_write_png(folder, "full_body_img/0.png", &p);
    picture_free(&p);
    expect_unopened(folder, VIS_ERR_OPEN, "landmarks");
    support_remove(folder);
}

static void surplus_landmarks_and_doubled_pictures_warn(void **state)
{
    char *folder = support_folder(), *text = support_landmarks(1, 2, 30), path[512];
    support_dataset(folder, 3, SIDE, SIDE);
    support_write(folder, "landmarks/3.lms", text);
    support_write(folder, "landmarks/4.lms", text);
    free(text);
    support_log log;
    character_options opt = character_defaults();
    opt.log = support_log_to(&log);
    character *c;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_int_equal(log.lines, 1);
    assert_non_null(strstr(log.last, "2 frames (3 to 4)"));
    character_close(c);

    picture p;
    support_numbered(&p, SIDE, SIDE, 9);
    snprintf(path, sizeof path, "%s/full_body_img/1.jpg", folder);
    assert_int_equal(picture_write_jpeg(path, &p, 95, NULL), VIS_OK);
    picture_free(&p);
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    assert_int_equal(log.lines, 3);
    const picture *frame;
    assert_int_equal(character_frame(c, 1, &frame, NULL), VIS_OK);
    assert_int_equal(support_number(frame), 9);
    character_release(c, frame);
    character_close(c);
    support_remove(folder);
}

static void frame_that_turns_bad_is_named_and_others_go_on(void **state)
{
    char *folder = support_folder();
    support_dataset(folder, 8, SIDE, SIDE);
    picture p;
    support_numbered(&p, SIDE, SIDE + 2, 5);
    support_write_png(folder, "full_body_img/5.png", &p);
    picture_free(&p);
    support_write(folder, "full_body_img/6.png", "not a picture");
    character_options opt = character_defaults();
    opt.cache_bytes = 2 * FRAME_BYTES;
    character *c;
    const picture *frame;
    vis_error err;
    assert_int_equal(character_open(folder, &opt, &c, NULL), VIS_OK);
    for (int planned = 0; planned < 2; planned++) {
        if (planned) assert_int_equal(character_plan(c, 0, 0, -1, NULL), VIS_OK);
        for (int i = 0; i < 20; i++) {
            int n = ping_pong_index(i, 0, 8);
            if (n < 5 || n == 7) {
                expect_frame(c, n);
                continue;
            }
            assert_int_equal(character_frame(c, n, &frame, &err),
                             n == 5 ? VIS_ERR_MISMATCH : VIS_ERR_UNSUPPORTED);
            assert_null(frame);
            assert_non_null(strstr(err.message, n == 5 ? "5.png" : "6.png"));
        }
    }
    character_close(c);
    support_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dataset_is_described),
        cmocka_unit_test(frames_are_right_in_any_order_with_any_budget),
        cmocka_unit_test(many_frames_can_be_borrowed_at_once),
        cmocka_unit_test(several_threads_share_a_character),
        cmocka_unit_test(squares_that_leave_the_frame_warn_once),
        cmocka_unit_test(parsing_says_which_pixels_stay),
        cmocka_unit_test(broken_datasets_are_named),
        cmocka_unit_test(missing_landmarks_folder_is_named),
        cmocka_unit_test(surplus_landmarks_and_doubled_pictures_warn),
        cmocka_unit_test(frame_that_turns_bad_is_named_and_others_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
