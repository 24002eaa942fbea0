/* Any number of streams over one model and one character: the network is compiled once, and each
 * frame of the footage is decoded once. The linker sends both calls through here (meson.build).
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "small_character.h"
#include "viseme/viseme.h"

#include "engine/nn.h"
#include "face/frame_decoder.h"

#include <stdatomic.h>

#define STREAMS 12

static const char *model_path;
static atomic_int compiled, in_part, decoded[FOOTAGE];

vis_status __real_nn_compile(const graph *g, const graph_shape *inputs, int n_inputs,
                             const nn_options *options, nn_program **out, vis_error *err);
vis_status __wrap_nn_compile(const graph *g, const graph_shape *inputs, int n_inputs,
                             const nn_options *options, nn_program **out, vis_error *err);
vis_status __real_frame_source_read(frame_source *f, int index, picture *out, uint8_t **keep,
                                    vis_error *err);
vis_status __wrap_frame_source_read(frame_source *f, int index, picture *out, uint8_t **keep,
                                    vis_error *err);

vis_status __wrap_nn_compile(const graph *g, const graph_shape *inputs, int n_inputs,
                             const nn_options *options, nn_program **out, vis_error *err)
{
    compiled++;
    in_part += options->region != NULL;
    return __real_nn_compile(g, inputs, n_inputs, options, out, err);
}

vis_status __wrap_frame_source_read(frame_source *f, int index, picture *out, uint8_t **keep,
                                    vis_error *err)
{
    decoded[index]++;
    return __real_frame_source_read(f, index, out, keep, err);
}

static void pull_to_the_end(vis_stream *s)
{
    for (const vis_frame *f;;) {
        assert_int_equal(vis_stream_pull(s, -1, &f, NULL), VIS_OK);
        if (!f) return;
        vis_frame_release(f);
    }
}

static void streams_share_network_and_footage(void **state)
{
    vis_context *x;
    vis_model *m;
    vis_character *c;
    vis_stream *s[STREAMS];
    vis_features *f[STREAMS];
    char *rows = in_folder("aud_ave.npy", 0);
    assert_int_equal(vis_context_create(NULL, &x, NULL), VIS_OK);
    assert_int_equal(vis_model_open(model_path, NULL, &m, NULL), VIS_OK);
    assert_int_equal(vis_character_open(folder, NULL, &c, NULL), VIS_OK);
    for (int i = 0; i < STREAMS; i++) {
        vis_stream_options o = vis_stream_options_defaults();
        o.start = i % ROWS;
        assert_int_equal(vis_features_open_file(rows, "ave", &f[i], NULL), VIS_OK);
        assert_int_equal(vis_stream_create(x, m, c, &o, &s[i], NULL), VIS_OK);
        assert_int_equal(vis_stream_hear(s[i], f[i], NULL), VIS_OK);
    }
    for (int i = 0; i < STREAMS; i++)
        pull_to_the_end(s[i]);
    for (int i = 0; i < STREAMS; i++) {
        vis_stream_close(s[i]);
        vis_features_close(f[i]);
    }
    assert_int_equal(compiled, 1);
    for (int i = 0; i < FOOTAGE; i++)
        assert_int_equal(decoded[i], 1);
    vis_context_close(x);
    vis_character_close(c);
    vis_model_close(m);
    free(rows);
}

/* One network paints what is shown, for all streams that show it so; another all of it, for those
 * that give it out or paste it whole. */
static void what_is_not_shown_is_computed_where_it_is_seen(void **state)
{
    vis_context *x;
    vis_model *m;
    vis_character *c;
    vis_stream *s[6];
    assert_int_equal(vis_context_create(NULL, &x, NULL), VIS_OK);
    assert_int_equal(vis_model_open(model_path, NULL, &m, NULL), VIS_OK);
    assert_int_equal(vis_character_open(folder, NULL, &c, NULL), VIS_OK);
    compiled = in_part = 0;
    for (int i = 0; i < 6; i++) {
        vis_stream_options o = vis_stream_options_defaults();
        o.tensors = i % 2;
        if (i >= 4) o.composite = VIS_EXACT;
        assert_int_equal(vis_stream_create(x, m, c, &o, &s[i], NULL), VIS_OK);
        assert_int_equal(in_part, 1);
        assert_int_equal(compiled, i == 0 ? 1 : i < 4 ? 2 : 3);
    }
    for (int i = 0; i < 6; i++)
        vis_stream_close(s[i]);
    vis_context_close(x);
    vis_character_close(c);
    vis_model_close(m);
}

/* In the fast precision a session's network is compiled by its first run, once. */
static void a_session_compiles_once(void **state)
{
    for (int fast = 0; fast < 2; fast++) {
        vis_model *m;
        vis_session *s;
        vis_model_info info;
        vis_model_options o = vis_model_options_defaults();
        if (fast) o.precision = VIS_FAST;
        assert_int_equal(vis_model_open(model_path, &o, &m, NULL), VIS_OK);
        vis_model_get_info(m, &info);
        const int *a = info.audio_shape, size = info.image_size;
        const size_t pixels = (size_t)size * (size_t)size;
        const vis_shape shapes[2] = {{4, {1, a[0], a[1], a[2]}}, {4, {1, 6, size, size}}};
        compiled = 0;
        assert_int_equal(vis_session_create(m, shapes, 2, 1, &s, NULL), VIS_OK);
        assert_int_equal(vis_session_output_count(s), 1);
        const vis_shape made = vis_session_output_shape(s, 0);
        assert_int_equal(made.rank, 4);
        assert_int_equal(made.dim[1], 3);
        assert_int_equal(made.dim[3], size);
        assert_false(vis_session_fast(s).used);
        float *sound = calloc((size_t)a[0] * (size_t)a[1] * (size_t)a[2], sizeof *sound),
              *face = calloc(6 * pixels, sizeof *face), *out = calloc(3 * pixels, sizeof *out);
        const float *inputs[] = {sound, face};
        for (int i = 0; i < 2; i++)
            assert_int_equal(vis_session_run(s, inputs, &out, NULL), VIS_OK);
        assert_int_equal(compiled, 1);
        free(sound);
        free(face);
        free(out);
        vis_session_close(s);
        vis_model_close(m);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_share_network_and_footage),
        cmocka_unit_test(what_is_not_shown_is_computed_where_it_is_seen),
        cmocka_unit_test(a_session_compiles_once)};
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
