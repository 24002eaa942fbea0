/* A program that was compiled with a later header, with today's library: fields that the library
 * does not know are no harm while they are left alone, and refused where they ask for something.
 * SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

/* Options of `type` are filled; with them CALL is VIS_OK, and VIS_ERR_UNSUPPORTED as soon as a
 * later field asks for something. */
#define assert_newer_options(type, change, call, close)                                            \
    do {                                                                                           \
        vis_error err;                                                                             \
        type o;                                                                                    \
        memset(&o, MARK, sizeof o);                                                                \
        type##_init(&o, sizeof o);                                                                 \
        assert_int_equal(o.size, sizeof o);                                                        \
        assert_int_equal(o.later, 0);                                                              \
        assert_null(o.later_text);                                                                 \
        change;                                                                                    \
        if ((call) != VIS_OK) fail_msg("%s", err.message);                                         \
        close;                                                                                     \
        o.later_text = "new";                                                                      \
        assert_int_equal(call, VIS_ERR_UNSUPPORTED);                                               \
        assert_non_null(strstr(err.message, #type));                                               \
        assert_non_null(strstr(err.message, vis_version()));                                       \
    } while (0)

static void the_library_is_older(void **state)
{
    assert_true(vis_version_number() < VIS_VERSION);
}

static void what_handles_are_made_from(void **state)
{
    vis_model *m;
    vis_character *c;
    vis_context *x;
    vis_stream *s;
    assert_newer_options(vis_model_options, o.audio_mode = "ave",
                         vis_model_open(model_path, &o, &m, &err), vis_model_close(m));
    assert_newer_options(vis_character_options, , vis_character_open(folder, &o, &c, &err),
                         vis_character_close(c));
    assert_newer_options(vis_context_options, , vis_context_create(&o, &x, &err),
                         vis_context_close(x));
    m = open_model();
    c = open_character();
    assert_int_equal(vis_context_create(NULL, &x, NULL), VIS_OK);
    assert_newer_options(vis_stream_options, , vis_stream_create(x, m, c, &o, &s, &err),
                         vis_stream_close(s));
    vis_context_close(x);
    vis_character_close(c);
    vis_model_close(m);
}

static void a_video(void **state)
{
    char *features = in_folder("aud_ave.npy", 0), *output = in_folder("o.mp4", 0);
    const vis_render_options job = {.model = model_path,
                                    .checkpoint = -1,
                                    .character = folder,
                                    .features = features,
                                    .audio_mode = "ave",
                                    .output = output,
                                    .frames = 2,
                                    .threads = 1,
                                    .crf = 18};
    vis_render_result result;
    memset(&result, MARK, sizeof result);
    assert_newer_options(vis_render_options, o = job;
                         o.size = sizeof o, vis_render_video(&o, &result, &err), );
    free(features);
    free(output);
}

/* What the library does not know is zero. */
static void results(void **state)
{
    vis_model *m = open_model();
    vis_character *c = open_character();
    vis_model_info model;
    vis_character_info character;
    vis_features_summary summary;
    char *wav = write_wav();
    memset(&model, MARK, sizeof model);
    memset(&character, MARK, sizeof character);
    memset(&summary, MARK, sizeof summary);
    vis_model_get_info(m, &model);
    vis_character_get_info(c, &character);
    assert_int_equal(vis_features_write(wav, NULL, 1, NULL, NULL, NULL, NULL, NULL, &summary, NULL),
                     VIS_OK);
    assert_int_equal(model.image_size, 160);
    assert_int_equal(character.frames, FOOTAGE);
    assert_true(summary.mel_frames > 0);
    assert_int_equal(model.later, 0);
    assert_null(model.later_text);
    assert_int_equal(character.later, 0);
    assert_null(character.later_text);
    assert_int_equal(summary.later, 0);
    assert_null(summary.later_text);
    vis_character_close(c);
    vis_model_close(m);
    free(wav);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 1;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_is_older),
        cmocka_unit_test(what_handles_are_made_from),
        cmocka_unit_test(a_video),
        cmocka_unit_test(results),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
