/* Through viseme.h: numbers that make no sense and pointers that are missing are refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "small_character.h"
#include "viseme/viseme.h"

#include <math.h>
#include <unistd.h>

static const char *model_path;

static vis_model *open_model(void)
{
    vis_model *m;
    assert_int_equal(vis_model_open(model_path, NULL, &m, NULL), VIS_OK);
    return m;
}

static vis_character *open_character(void)
{
    vis_character *c;
    assert_int_equal(vis_character_open(folder, NULL, &c, NULL), VIS_OK);
    return c;
}

#define expect_usage(call) assert_int_equal(call, VIS_ERR_USAGE)

static void shapes(void **state)
{
    vis_model *m = open_model();
    vis_session *s;
    vis_model_info info;
    vis_model_get_info(m, &info);
    const int *a = info.audio_shape, size = info.image_size;
    const vis_shape good[2] = {{4, {1, 6, size, size}}, {4, {1, a[0], a[1], a[2]}}};
    const int ranks[] = {-1, INT32_MIN, VIS_MAX_RANK + 1, 1000, INT32_MAX};
    const int64_t sizes[] = {0, -1, -3, 2, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        vis_shape bad[2] = {good[0], good[1]};
        bad[i % 2].rank = ranks[i];
        expect_usage(vis_session_create(m, bad, 2, 1, &s, NULL));
        assert_null(s);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vis_shape bad[2] = {good[0], good[1]};
        bad[0].dim[0] = sizes[i];
        assert_int_equal(vis_session_create(m, bad, 2, 1, &s, NULL), VIS_ERR_MISMATCH);
    }
    const int threads[] = {-1, 257, INT32_MAX}, counts[] = {-1, 0, 1, 3, INT32_MAX};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        expect_usage(vis_session_create(m, good, 2, threads[i], &s, NULL));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        expect_usage(vis_session_create(m, good, counts[i], 1, &s, NULL));
    expect_usage(vis_session_create(NULL, good, 2, 1, &s, NULL));
    expect_usage(vis_session_create(m, NULL, 2, 1, &s, NULL));
    assert_int_equal(vis_session_create(m, good, 2, 1, &s, NULL), VIS_OK);
    assert_int_equal(vis_session_output_shape(s, 0).rank, 4);
    assert_int_equal(vis_session_output_shape(s, 1).rank, 0);
    assert_int_equal(vis_session_output_shape(s, -1).rank, 0);
    vis_session_close(s);
    vis_model_close(m);
}

static void stream_options(void **state)
{
    vis_model *m = open_model();
    vis_character *c = open_character();
    vis_context *x;
    vis_stream *s;
    assert_int_equal(vis_context_create(NULL, &x, NULL), VIS_OK);
    const int64_t starts[] = {-1, INT64_MIN, (int64_t)INT32_MAX + 1, INT64_MAX};
    for (int straight = 0; straight < 2; straight++)
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
            vis_stream_options o = vis_stream_options_defaults();
            o.start = starts[i];
            o.straight = straight;
            expect_usage(vis_stream_create(x, m, c, &o, &s, NULL));
            assert_null(s);
        }
    vis_stream_options bad[6];
    for (int i = 0; i < 6; i++)
        bad[i] = vis_stream_options_defaults();
    bad[0].footage_start = -1;
    bad[1].crop = (vis_interpolation)77;
    bad[2].frames = 0;
    bad[3].depth = -1;
    bad[4].sound_seconds = 0;
    bad[5] = (vis_stream_options){0}; /* not filled */
    for (int i = 0; i < 6; i++)
        expect_usage(vis_stream_create(x, m, c, &bad[i], &s, NULL));
    expect_usage(vis_stream_create(NULL, m, c, NULL, &s, NULL));
    expect_usage(vis_stream_create(x, NULL, c, NULL, &s, NULL));
    expect_usage(vis_stream_create(x, m, NULL, NULL, &s, NULL));
    vis_context_close(x);
    vis_context_options o = vis_context_options_defaults();
    o.threads = -4;
    expect_usage(vis_context_create(&o, &x, NULL));
    vis_character_close(c);
    vis_model_close(m);
}

/* Frames that lie as far behind as numbers go. */
static void distant_frames(void **state)
{
    vis_model *m = open_model();
    vis_character *c = open_character();
    vis_context *x;
    vis_stream *s;
    vis_stream_options o = vis_stream_options_defaults();
    o.start = INT32_MAX;
    assert_int_equal(vis_context_create(NULL, &x, NULL), VIS_OK);
    assert_int_equal(vis_stream_create(x, m, c, &o, &s, NULL), VIS_OK);
    vis_features *f;
    char *path = in_folder("aud_ave.npy", 0);
    const vis_frame *frame;
    assert_int_equal(vis_features_open_file(path, NULL, &f, NULL), VIS_OK);
    assert_int_equal(vis_stream_hear(s, f, NULL), VIS_OK);
    assert_int_equal(vis_stream_pull(s, -1, &frame, NULL), VIS_OK);
    assert_null(frame); /* behind the last row */
    vis_stream_close(s);
    vis_features_close(f);
    free(path);
    vis_context_close(x);
    vis_character_close(c);
    vis_model_close(m);
}

static void pictures(void **state)
{
    uint8_t pixels[300] = {0};
    char *path = in_folder("p.png", 0);
    const int strides[] = {29, 0, -30, INT32_MIN};
    const int sizes[] = {0, -1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < 4; i++) {
        expect_usage(vis_write_png(path, pixels, 10, 10, strides[i], NULL));
        assert_int_equal(vis_write_png(path, pixels, sizes[i], 10, 30, NULL), VIS_ERR_LIMIT);
        assert_int_equal(vis_write_png(path, pixels, 10, sizes[i], 30, NULL), VIS_ERR_LIMIT);
    }
    expect_usage(vis_write_png(NULL, pixels, 10, 10, 30, NULL));
    expect_usage(vis_write_png(path, NULL, 10, 10, 30, NULL));
    assert_false(path_is_file(path));
    assert_int_equal(vis_write_png(path, pixels, 10, 10, 30, NULL), VIS_OK);
    unlink(path);
    free(path);
}

static void render_options(void **state)
{
    char *features = in_folder("aud_ave.npy", 0), *output = in_folder("o.mp4", 0);
    const vis_render_options good = {.size = sizeof good,
                                     .model = model_path,
                                     .character = folder,
                                     .features = features,
                                     .output = output,
                                     .checkpoint = -1,
                                     .frames = 1,
                                     .threads = 1,
                                     .crf = 18};
    vis_render_options bad[12];
    for (size_t i = 0; i < 12; i++)
        bad[i] = good;
    bad[0].fps = -1;
    bad[1].fps = 100000;
    bad[2].start = INT64_MAX;
    bad[3].start = INT64_MIN;
    bad[4].frames = 0;
    bad[5].frames = INT64_MIN;
    bad[6].footage_start = INT32_MIN;
    bad[7].crop = (vis_interpolation)-1;
    bad[8].precision = (vis_precision)9;
    bad[9].crf = (double)NAN;
    bad[10].checkpoint = -7;
    bad[11].model = NULL;
    for (size_t i = 0; i < 12; i++)
        expect_usage(vis_render_video(&bad[i], NULL, NULL));
    expect_usage(vis_render_video(NULL, NULL, NULL));
    assert_false(path_is_file(output));
    free(features);
    free(output);
}

static void what_is_missing(void **state)
{
    vis_model *m = open_model();
    vis_character *c = open_character();
    vis_model *model;
    vis_character *character;
    vis_features *f;
    vis_speech none = {0};
    expect_usage(vis_model_open(NULL, NULL, &model, NULL));
    expect_usage(vis_model_set_audio_mode(m, NULL, NULL));
    expect_usage(vis_model_export(m, NULL, NULL));
    expect_usage(vis_character_open(NULL, NULL, &character, NULL));
    expect_usage(vis_features_open_file(NULL, NULL, &f, NULL));
    expect_usage(vis_features_open_audio(NULL, m, 1, NULL, &f, NULL));
    expect_usage(vis_features_open_audio("x.wav", NULL, 1, NULL, &f, NULL));
    expect_usage(vis_features_open(m, NULL, 1, NULL, &f, NULL));
    expect_usage(vis_features_open(m, &none, 1, NULL, &f, NULL));
    expect_usage(vis_features_open(NULL, &none, 1, NULL, &f, NULL));
    expect_usage(vis_features_open_own(m, NULL, &none, 1, NULL, &f, NULL));
    expect_usage(vis_features_write(NULL, NULL, 1, NULL, "m.npy", NULL, NULL, NULL, NULL, NULL));
    expect_usage(vis_features_write("x", NULL, 1, "f.npy", NULL, NULL, NULL, NULL, NULL, NULL));
    assert_int_equal(vis_features_open_own(m, c, NULL, 1, NULL, &f, NULL), VIS_OK);
    vis_features_close(f);
    vis_character_options o = vis_character_options_defaults();
    o.threads = -9;
    expect_usage(vis_character_open(folder, &o, &character, NULL));
    o = vis_character_options_defaults();
    o.fps = INT32_MIN;
    expect_usage(vis_character_open(folder, &o, &character, NULL));
    expect_usage(vis_limit_memory(-1, NULL));
    expect_usage(vis_limit_memory(0, NULL));
    vis_model_close(NULL);
    vis_character_close(NULL);
    vis_features_close(NULL);
    vis_stream_close(NULL);
    vis_context_close(NULL);
    vis_frame_release(NULL);
    vis_session_close(NULL);
    vis_character_close(c);
    vis_model_close(m);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),         cmocka_unit_test(stream_options),
        cmocka_unit_test(distant_frames), cmocka_unit_test(pictures),
        cmocka_unit_test(render_options), cmocka_unit_test(what_is_missing),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
