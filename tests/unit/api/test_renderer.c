/* Through viseme.h: a clip rendered in pieces, pulled or pushed, gives the frames of the whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "small_character.h"
#include "viseme.h"

#include <stdlib.h>
#include <string.h>

static const char *model_path;

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

static void a_character_says_what_it_has(void **state)
{
    clip c;
    open_clip(&c, vis_renderer_options_defaults());
    vis_character_info info;
    vis_character_get_info(c.character, &info);
    assert_string_equal(info.kind, "dataset");
    assert_int_equal(info.frames, FOOTAGE);
    assert_int_equal(info.width, SIDE);
    assert_int_equal(info.height, SIDE);
    assert_true(info.fps == 0); /* pictures do not say */
    char *features = in_folder("aud_ave.npy", 0);
    assert_string_equal(info.features_ave, features);
    assert_null(info.features_hubert);
    assert_null(info.features_wenet);
    assert_null(info.audio);
    free(features);
    close_clip(&c);
}

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
        cmocka_unit_test(a_character_says_what_it_has),
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(pushed_windows_give_the_pulled_frames),
        cmocka_unit_test(straight_runs_pair_frame_and_row),
        cmocka_unit_test(frames_beyond_the_footage_are_refused),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
