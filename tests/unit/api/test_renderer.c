/* Through viseme.h: a clip rendered in pieces, pulled or pushed, gives the frames of the whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/npy.h"
#include "media/picture.h"
#include "viseme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOOTAGE 5
#define ROWS 12
#define SIDE 200

static const char *model_path;
static char folder[64];

static char *in_folder(const char *format, int number)
{
    char *name = text_format(format, number), *path = path_join(folder, name);
    assert_non_null(path);
    free(name);
    return path;
}

static void draw_frame(int number)
{
    picture p = {0};
    assert_int_equal(picture_create(&p, SIDE, SIDE, NULL), VIS_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE * 3; x++)
            p.data[y * p.stride + x] = (uint8_t)(x * 3 + y * 5 + number * 40);
    char *path = in_folder("full_body_img/%d.png", number);
    assert_int_equal(picture_write_png(path, &p, NULL), VIS_OK);
    free(path);
    picture_free(&p);
}

/* 110 points, of which the square needs 1, 31 and 52: from (20 + number, 30), 150 pixels wide. */
static void write_landmarks(int number)
{
    buffer text;
    buffer_init(&text, 1 << 16);
    for (int i = 0; i < 110; i++)
        buffer_print(&text, NULL, "%d %d\n", i == 31 ? 170 + number : 20 + number,
                     i == 52 ? 30 : 100);
    char *path = in_folder("landmarks/%d.lms", number);
    assert_int_equal(file_write(path, text.data, text.size, NULL), VIS_OK);
    free(path);
    buffer_free(&text);
}

static void write_features(void)
{
    tensor t;
    const int64_t dim[] = {ROWS, 512};
    assert_int_equal(tensor_create(&t, TENSOR_F32, 2, dim, NULL), VIS_OK);
    for (int i = 0; i < ROWS * 512; i++)
        tensor_f32(&t)[i] = (float)(i * 7919 % 1000) / 500.0f - 1.0f;
    char *path = in_folder("aud_ave.npy", 0);
    assert_int_equal(npy_write(path, &t, NULL), VIS_OK);
    free(path);
    tensor_free(&t);
}

static int make_character(void **state)
{
    strcpy(folder, "/tmp/viseme-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    char *pictures = in_folder("full_body_img", 0), *landmarks = in_folder("landmarks", 0);
    assert_int_equal(folder_make(pictures, NULL), VIS_OK);
    assert_int_equal(folder_make(landmarks, NULL), VIS_OK);
    free(pictures);
    free(landmarks);
    for (int i = 0; i < FOOTAGE; i++) {
        draw_frame(i);
        write_landmarks(i);
    }
    write_features();
    return 0;
}

static int remove_character(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

typedef struct clip {
    vis_model *model;
    vis_character *character;
    vis_features *features;
    vis_renderer *renderer;
} clip;

static void open_clip(clip *c, vis_renderer_options options)
{
    vis_error err = {0};
    vis_model_options m = vis_model_options_defaults();
    vis_character_options o = vis_character_options_defaults();
    char *features = in_folder("aud_ave.npy", 0);
    vis_speech speech = {.features = features};
    vis_status status = vis_model_open(model_path, &m, &c->model, &err);
    if (status == VIS_OK) status = vis_character_open(folder, &o, &c->character, &err);
    if (status == VIS_OK)
        status = vis_features_open(c->model, &speech, 2, NULL, &c->features, &err);
    options.threads = 2;
    if (status == VIS_OK)
        status = vis_renderer_create(c->model, c->character, &options, &c->renderer, &err);
    if (status != VIS_OK) fail_msg("%s", err.message);
    free(features);
}

static void close_clip(clip *c)
{
    vis_renderer_close(c->renderer);
    vis_features_close(c->features);
    vis_character_close(c->character);
    vis_model_close(c->model);
}

/* All frames from `start` on: pixels into [ROWS, SIDE, SIDE, 3]; returns their number. */
static int pull_all(vis_renderer_options options, uint8_t *pixels, int *footage)
{
    clip c;
    int count = 0;
    open_clip(&c, options);
    for (;; count++) {
        vis_frame f;
        bool got;
        assert_int_equal(vis_renderer_next(c.renderer, c.features, &f, &got, NULL), VIS_OK);
        if (!got) break;
        assert_int_equal(f.index, options.start + count);
        for (int y = 0; y < SIDE; y++)
            memcpy(pixels + ((size_t)count * SIDE + (size_t)y) * SIDE * 3,
                   f.pixels + (size_t)y * (size_t)f.stride, SIDE * 3);
        if (footage) footage[count] = f.footage;
    }
    close_clip(&c);
    return count;
}

#define FRAME_BYTES ((size_t)SIDE * SIDE * 3)
static uint8_t whole[ROWS * FRAME_BYTES], piece[ROWS * FRAME_BYTES];

static void pieces_are_the_whole(void **state)
{
    const int bounce[ROWS] = {1, 2, 3, 4, 3, 2, 1, 0, 1, 2, 3, 4};
    int footage[ROWS];
    assert_int_equal(pull_all(vis_renderer_options_defaults(), whole, footage), ROWS);
    assert_memory_equal(footage, bounce, sizeof bounce);
    for (int start = 1; start < ROWS; start += 4) {
        vis_renderer_options o = vis_renderer_options_defaults();
        o.start = start;
        assert_int_equal(pull_all(o, piece, NULL), ROWS - start);
        assert_memory_equal(piece, whole + (size_t)start * FRAME_BYTES,
                            (size_t)(ROWS - start) * FRAME_BYTES);
    }
    assert_memory_not_equal(whole, whole + 8 * FRAME_BYTES,
                            FRAME_BYTES); /* same footage, other words */
}

static void pushed_windows_give_the_pulled_frames(void **state)
{
    clip pulled, pushed;
    open_clip(&pulled, vis_renderer_options_defaults());
    open_clip(&pushed, vis_renderer_options_defaults());
    for (int i = 0; i < ROWS; i++) {
        vis_frame a, b;
        bool got;
        assert_int_equal(vis_renderer_next(pulled.renderer, pulled.features, &a, &got, NULL),
                         VIS_OK);
        assert_true(got);
        assert_int_equal(vis_renderer_push(pushed.renderer, a.audio, &b, NULL), VIS_OK);
        assert_int_equal(a.footage, b.footage);
        for (int y = 0; y < SIDE; y++)
            assert_memory_equal(a.pixels + (size_t)y * (size_t)a.stride,
                                b.pixels + (size_t)y * (size_t)b.stride, SIDE * 3);
    }
    close_clip(&pulled);
    close_clip(&pushed);
}

static void straight_runs_pair_frame_and_row(void **state)
{
    const int expected[] = {2, 3, 4, 3, 2, 3, 4, 3, 2, 3};
    int footage[ROWS];
    vis_renderer_options o = vis_renderer_options_defaults();
    o.straight = true;
    o.start = 2;
    assert_int_equal(pull_all(o, piece, footage), ROWS - 2);
    assert_memory_equal(footage, expected, sizeof expected);
}

static void frames_beyond_the_footage_are_refused(void **state)
{
    clip c;
    vis_error err;
    vis_renderer *none;
    vis_renderer_options o = vis_renderer_options_defaults();
    open_clip(&c, o);
    o.footage_start = FOOTAGE;
    assert_int_equal(vis_renderer_create(c.model, c.character, &o, &none, &err), VIS_ERR_USAGE);
    assert_non_null(strstr(err.message, "0 to 4"));
    close_clip(&c);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(pushed_windows_give_the_pulled_frames),
        cmocka_unit_test(straight_runs_pair_frame_and_row),
        cmocka_unit_test(frames_beyond_the_footage_are_refused),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
