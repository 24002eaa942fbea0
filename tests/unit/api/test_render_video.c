/* The whole job through viseme.h: the same frames for any number of threads, with and without what
 * is kept, whole or in pieces; progress in order; a clip that fails or is stopped leaves nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "media/video_in.h"
#include "small_character.h"
#include "viseme/viseme.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_BYTES ((size_t)SIDE * SIDE * 3)

static const char *model_path;
static uint8_t whole[ROWS * FRAME_BYTES], piece[ROWS * FRAME_BYTES];

/* Renders without sound and losslessly into *output, which is the caller's to free. */
static vis_status render(vis_render_options *o, char **output, vis_error *err)
{
    char *features = in_folder("aud_ave.npy", 0);
    *output = in_folder("out.mp4", 0);
    o->model = model_path;
    o->character = folder;
    o->features = features;
    o->output = *output;
    o->crf = 0;
    o->preset = "ultrafast";
    vis_status status = vis_render_video(o, NULL, err);
    free(features);
    return status;
}

/* Renders and decodes into pixels [ROWS, SIDE, SIDE, 3]; returns the number of frames. */
static int render_frames(vis_render_options o, uint8_t *pixels)
{
    vis_error err;
    char *output;
    video_reader *r;
    picture p = {0};
    if (render(&o, &output, &err) != VIS_OK) fail_msg("%s", err.message);
    assert_int_equal(video_reader_open(output, 1, &r, NULL), VIS_OK);
    int count = 0;
    for (bool got = true;; count++) {
        assert_int_equal(video_reader_read(r, &p, &got, NULL), VIS_OK);
        if (!got) break;
        assert_in_range(count, 0, ROWS - 1);
        for (int y = 0; y < SIDE; y++)
            memcpy(pixels + (size_t)count * FRAME_BYTES + (size_t)y * SIDE * 3,
                   p.data + (ptrdiff_t)y * p.stride, SIDE * 3);
    }
    picture_free(&p);
    video_reader_close(r);
    free(output);
    return count;
}

static void threads_and_keeping_change_nothing(void **state)
{
    const int64_t budgets[] = {0, 8 << 20, 256 << 20};
    vis_render_options o = vis_render_options_defaults();
    o.threads = 1;
    o.cache_bytes = 0;
    assert_int_equal(render_frames(o, whole), ROWS);
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++)
        for (o.threads = 1; o.threads <= 3; o.threads++) {
            o.cache_bytes = budgets[b];
            assert_int_equal(render_frames(o, piece), ROWS);
            assert_memory_equal(piece, whole, sizeof whole);
        }
    assert_memory_not_equal(whole, whole + 8 * FRAME_BYTES,
                            FRAME_BYTES); /* same footage, other words */
}

/* Rendered alone, it is that part of the whole. */
static void check_piece(vis_render_options o, int frames)
{
    assert_int_equal(render_frames(o, piece), frames);
    assert_memory_equal(piece, whole + (size_t)o.start * FRAME_BYTES, (size_t)frames * FRAME_BYTES);
}

/* A piece of one frame is painted by all threads together. */
static void pieces_are_the_whole(void **state)
{
    const int sizes[] = {1, 5, 7};
    vis_render_options o = vis_render_options_defaults();
    assert_int_equal(render_frames(o, whole), ROWS);
    for (int i = 0; i < 3; i++) {
        o.threads = i + 1;
        o.frames = sizes[i];
        for (o.start = 0; o.start < ROWS; o.start += sizes[i] + 2)
            check_piece(o, ROWS - o.start < o.frames ? (int)(ROWS - o.start) : (int)o.frames);
        o.frames = 1;
        o.start = 6;
        check_piece(o, 1);
    }
}

static void remove_output(void)
{
    char *output = in_folder("out.mp4", 0);
    unlink(output);
    free(output);
}

typedef struct listener {
    pthread_t thread;
    int64_t heard, wrong;
    int64_t stop_at; /* -1: never */
} listener;

static bool listen(void *user, int64_t done, int64_t total)
{
    listener *l = user;
    l->wrong += done != ++l->heard || total != ROWS || !pthread_equal(l->thread, pthread_self());
    return done != l->stop_at;
}

static void progress_is_told_in_order(void **state)
{
    vis_render_options o = vis_render_options_defaults();
    o.progress = listen;
    for (o.threads = 1; o.threads <= 3; o.threads++) {
        listener l = {.thread = pthread_self(), .stop_at = -1};
        o.progress_user = &l;
        assert_int_equal(render_frames(o, piece), ROWS);
        assert_int_equal(l.heard, ROWS);
        assert_int_equal(l.wrong, 0);
    }
}

static void a_stopped_clip_leaves_nothing(void **state)
{
    const int64_t stops[] = {1, 3, ROWS};
    vis_render_options o = vis_render_options_defaults();
    o.progress = listen;
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        vis_error err;
        char *output, expected[64];
        listener l = {.thread = pthread_self(), .stop_at = stops[i]};
        o.progress_user = &l;
        o.threads = (int)i + 1;
        remove_output();
        assert_int_equal(render(&o, &output, &err), VIS_ERR_CANCELLED);
        snprintf(expected, sizeof expected, "stopped after %d frames", (int)stops[i]);
        assert_non_null(strstr(err.message, expected));
        assert_int_equal(l.heard, stops[i]);
        assert_false(path_is_file(output));
        free(output);
    }
}

static void a_stopped_clip_can_keep_its_frames(void **state)
{
    char *partial = in_folder("out.partial.mp4", 0);
    vis_render_options o = vis_render_options_defaults();
    listener l = {.thread = pthread_self(), .stop_at = 3};
    o.progress = listen;
    o.progress_user = &l;
    o.partial = partial;
    vis_error err;
    char *output;
    remove_output();
    assert_int_equal(render(&o, &output, &err), VIS_ERR_CANCELLED);
    assert_non_null(strstr(err.message, partial));
    assert_non_null(strstr(err.message, "go on with `start`"));
    assert_true(path_is_file(partial));
    assert_false(path_is_file(output));
    video_reader *r;
    assert_int_equal(video_reader_open(partial, 1, &r, &err), VIS_OK);
    assert_in_range(video_reader_info(r)->frames, 3, ROWS);
    video_reader_close(r);
    unlink(partial);
    free(partial);
    free(output);
}

/* Leaves the beginning of a footage frame's file. */
static void damage_frame(int number)
{
    char *path = in_folder("full_body_img/%d.png", number);
    assert_int_equal(truncate(path, 600), 0);
    free(path);
}

/* Frames 1 2 3 4 3 ...: number 3 is asked for first. */
static void the_first_damaged_frame_is_named(void **state)
{
    vis_render_options o = vis_render_options_defaults();
    damage_frame(3);
    damage_frame(4);
    for (o.threads = 1; o.threads <= 3; o.threads++) {
        vis_error err;
        char *output;
        remove_output();
        assert_int_equal(render(&o, &output, &err), VIS_ERR_FORMAT);
        assert_non_null(strstr(err.message, "full_body_img/3.png"));
        assert_false(path_is_file(output));
        free(output);
    }
    draw_frame(3);
    draw_frame(4);
}

static void numbers_of_threads_that_make_no_sense(void **state)
{
    const int numbers[] = {-1, 257};
    for (int i = 0; i < 2; i++) {
        vis_error err;
        char *output;
        vis_render_options o = vis_render_options_defaults();
        o.threads = numbers[i];
        assert_int_equal(render(&o, &output, &err), VIS_ERR_USAGE);
        assert_non_null(strstr(err.message, "`threads`"));
        free(output);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_keeping_change_nothing),
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(progress_is_told_in_order),
        cmocka_unit_test(a_stopped_clip_leaves_nothing),
        cmocka_unit_test(a_stopped_clip_can_keep_its_frames),
        cmocka_unit_test(the_first_damaged_frame_is_named),
        cmocka_unit_test(numbers_of_threads_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
