/* A program as it was written for viseme 0.2.0, and compiled with its header: run with today's
 * library, and with one whose structures have grown. The library keeps to the sizes that the
 * program knows. SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#if VIS_VERSION != 0x000200
#error "compile with the headers that were kept"
#endif

static bool newer; /* than this header is the library */

static void the_library_says_its_version(void **state)
{
    assert_true(newer ? vis_version_number() > VIS_VERSION : vis_version_number() >= VIS_VERSION);
}

#define assert_filled_within(type)                                                                 \
    do {                                                                                           \
        GUARDED(type) g;                                                                           \
        fill_with_marks(g);                                                                        \
        type##_init(&g.own, sizeof g.own);                                                         \
        assert_guarded(g);                                                                         \
        assert_int_equal(g.own.size, sizeof(type));                                                \
    } while (0)

static void options_are_filled_within_their_size(void **state)
{
    assert_filled_within(vis_render_options);
    assert_filled_within(vis_model_options);
    assert_filled_within(vis_character_options);
    assert_filled_within(vis_context_options);
    assert_filled_within(vis_stream_options);
}

static void a_model_tells_of_itself(void **state)
{
    GUARDED(vis_model_options) o;
    GUARDED(vis_model_info) info;
    vis_model *m;
    fill_with_marks(o);
    fill_with_marks(info);
    o.own = vis_model_options_defaults();
    assert_int_equal(o.own.checkpoint, -1);
    o.own.audio_mode = "ave";
    assert_int_equal(vis_model_open(model_path, &o.own, &m, NULL), VIS_OK);
    vis_model_get_info(m, &info.own);
    assert_guarded(info);
    assert_int_equal(info.own.kind, VIS_MODEL_UNET_160);
    assert_string_equal(info.own.audio_mode, "ave");
    assert_int_equal(info.own.image_size, 160);
    assert_int_equal(info.own.row_size, 512);
    assert_true(info.own.parameters > 0 && info.own.macs > 0);
    vis_model_close(m);
}

static void a_character_tells_of_itself(void **state)
{
    GUARDED(vis_character_options) o;
    GUARDED(vis_character_info) info;
    vis_character *c;
    fill_with_marks(o);
    fill_with_marks(info);
    o.own = vis_character_options_defaults();
    assert_int_equal(o.own.cache_bytes, -1);
    o.own.threads = 1;
    assert_int_equal(vis_character_open(folder, &o.own, &c, NULL), VIS_OK);
    vis_character_get_info(c, &info.own);
    assert_guarded(info);
    assert_int_equal(info.own.frames, FOOTAGE);
    assert_int_equal(info.own.width, SIDE);
    assert_non_null(info.own.features_ave);
    assert_null(info.own.audio);
    vis_character_close(c);
}

static void check_frame(const vis_frame *f, int index)
{
    assert_int_equal(f->index, index);
    assert_int_equal(f->row, index);
    assert_int_equal(f->rect[2] - f->rect[0], 150);
    assert_int_equal(f->image_size, 160);
    assert_true(f->output[0] >= 0 && f->output[0] <= 1);
    assert_non_null(f->visual);
    assert_non_null(f->audio);
    assert_int_equal(f->width, SIDE);
    assert_int_equal(f->height, SIDE);
    assert_in_range(f->stride, 3 * SIDE, 3 * SIDE + 256);
    assert_true(f->pixels[(SIDE - 1) * f->stride + 3 * SIDE - 1] || f->pixels[0]);
    assert_true(f->network_ms > 0 && f->network_ms < 1e6);
}

static void pull_frames(vis_stream *s, int count)
{
    const vis_frame *f;
    for (int i = 0; i < count; i++) {
        assert_int_equal(vis_stream_pull(s, -1, &f, NULL), VIS_OK);
        assert_non_null(f);
        check_frame(f, i);
        vis_frame_keep(f);
        vis_frame_release(f);
        vis_frame_release(f);
    }
    assert_int_equal(vis_stream_pull(s, -1, &f, NULL), VIS_OK);
    assert_null(f);
}

static void a_stream_gives_frames(void **state)
{
    GUARDED(vis_context_options) context;
    GUARDED(vis_stream_options) o;
    vis_model *m = open_model();
    vis_character *c = open_character();
    vis_context *x;
    vis_stream *s;
    vis_features *f;
    char *path = in_folder("aud_ave.npy", 0);
    fill_with_marks(context);
    fill_with_marks(o);
    context.own = vis_context_options_defaults();
    context.own.threads = 1;
    assert_int_equal(vis_context_create(&context.own, &x, NULL), VIS_OK);
    o.own = vis_stream_options_defaults();
    assert_int_equal(o.own.frames, -1);
    assert_int_equal(o.own.sound_seconds, 120);
    o.own.frames = 2;
    o.own.tensors = true;
    assert_int_equal(vis_stream_create(x, m, c, &o.own, &s, NULL), VIS_OK);
    assert_int_equal(vis_features_open_file(path, "ave", &f, NULL), VIS_OK);
    assert_int_equal(vis_stream_hear(s, f, NULL), VIS_OK);
    pull_frames(s, 2);
    vis_stream_close(s);
    vis_features_close(f);
    vis_context_close(x);
    vis_character_close(c);
    vis_model_close(m);
    free(path);
}

static void a_video_is_rendered(void **state)
{
    GUARDED(vis_render_options) o;
    GUARDED(vis_render_result) result;
    char *features = in_folder("aud_ave.npy", 0), *output = in_folder("o.mp4", 0);
    fill_with_marks(o);
    fill_with_marks(result);
    o.own = vis_render_options_defaults();
    assert_true(o.own.crf == 18 && o.own.frames == -1);
    o.own.model = model_path;
    o.own.character = folder;
    o.own.features = features;
    o.own.audio_mode = "ave";
    o.own.output = output;
    o.own.frames = 3;
    o.own.threads = 1;
    vis_error err;
    if (vis_render_video(&o.own, &result.own, &err) != VIS_OK) fail_msg("%s", err.message);
    assert_guarded(result);
    assert_int_equal(result.own.frames, 3);
    assert_int_equal(result.own.height, SIDE);
    assert_true(result.own.seconds == 3 / 25.0);
    assert_false(result.own.fast.used);
    free(features);
    free(output);
}

static void a_recording_is_measured(void **state)
{
    GUARDED(vis_features_summary) summary;
    char *wav = write_wav(), *mel = in_folder("mel.npy", 0);
    vis_error err;
    fill_with_marks(summary);
    if (vis_features_write(wav, NULL, 1, NULL, mel, NULL, NULL, NULL, &summary.own, &err) != VIS_OK)
        fail_msg("%s", err.message);
    assert_guarded(summary);
    assert_true(summary.own.mel_frames > 0);
    assert_true(summary.own.seconds > 0.09 && summary.own.seconds < 0.11);
    assert_false(summary.own.silent);
    free(wav);
    free(mel);
}

int main(int argc, char **argv)
{
    if (argc != 3) return 1;
    model_path = argv[1];
    newer = strcmp(argv[2], "newer") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_says_its_version),
        cmocka_unit_test(options_are_filled_within_their_size),
        cmocka_unit_test(a_model_tells_of_itself),
        cmocka_unit_test(a_character_tells_of_itself),
        cmocka_unit_test(a_stream_gives_frames),
        cmocka_unit_test(a_video_is_rendered),
        cmocka_unit_test(a_recording_is_measured),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
