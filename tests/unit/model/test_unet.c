/* U-Net checkpoints: every mode, width and spelling is recognised; what does not fit is explained.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "networks/model.h"

#include <stdio.h>
#include <string.h>

static vis_error err;
static const int tiny[5] = {2, 4, 6, 8, 10};

static vis_status open_with(void **state, const test_weights *w, const char *before,
                            audio_mode mode, const vis_log *log, model **m)
{
    buffer bytes;
    model_options options = {.mode = mode, .checkpoint = -1, .log = log};
    weights_pth(w, before, &bytes);
    const char *path = folder_write(state, "model.pth", bytes.data, bytes.size);
    buffer_free(&bytes);
    return model_open(path, &options, m, &err);
}

static void knows_every_form(void **state)
{
    static const int widths[][5] = {{2, 4, 6, 8, 10}, {16, 5, 9, 12, 14}, {3, 3, 5, 7, 7}};
    static const audio_mode modes[] = {AUDIO_AVE, AUDIO_HUBERT, AUDIO_WENET};
    for (int k = 0; k < 3 * 2 * 3 * 2; k++) {
        int mode = k % 3, levels = 4 + k / 3 % 2, nested = k / 18;
        const int *c = widths[k / 6 % 3];
        int channels = mode == WENET ? (nested ? c[3] : c[2]) : 32;
        test_weights w;
        model *m;
        weights_unet(&w, levels, mode == WENET ? WENET : AVE, c, channels, nested);
        assert_ok(open_with(state, &w, "", modes[mode], NULL, &m), err);
        assert_int_equal(m->info.kind, levels == 5 ? MODEL_UNET_328 : MODEL_UNET_160);
        assert_int_equal(m->info.mode, modes[mode]);
        assert_memory_equal(m->info.width, c, sizeof tiny);
        assert_int_equal(m->info.audio_shape[0], channels);
        assert_int_equal(m->info.audio_shape[1], mode == HUBERT ? 32 : 16);
        assert_int_equal(m->info.audio_shape[2], mode == AVE ? 16 : 32);
        assert_int_equal(m->info.default_fps, mode == WENET ? 20 : 25);
        assert_int_equal(m->net->n_inputs, 2);
        assert_int_equal(m->net->n_outputs, 1);
        assert_true(m->info.macs > 0);
        assert_null(m->weights);
        model_close(m);
        weights_free(&w);
    }
}

/* The figures of the contract for the published size. */
static void counts_like_the_field(void **state)
{
    const int full[5] = {32, 64, 128, 256, 512};
    test_weights w;
    model *m;
    weights_unet(&w, 5, AVE, full, 32, true);
    assert_ok(open_with(state, &w, "", AUDIO_AVE, NULL, &m), err);
    assert_int_equal(m->info.parameters, 12186935);
    assert_int_equal(m->info.macs, 4885839872);
    assert_int_equal(m->info.window_rows, 16);
    assert_int_equal(m->info.row_size, 512);
    assert_string_equal(m->info.weights_dtype, "float32");
    assert_string_equal(m->info.format, "pth (legacy)");
    model_close(m);
    weights_free(&w);
}

/* What a checkpoint of those widths and channels is without being told: a mode, undecided, or
 * AUDIO_NONE for refused. */
static void expect_mode(void **state, const int c[5], int branch, int channels, audio_mode expected)
{
    test_weights w;
    model *m = NULL;
    weights_unet(&w, 5, branch, c, channels, true);
    if (expected == AUDIO_NONE) {
        char said[64];
        snprintf(said, sizeof said, "takes %d channels", channels);
        assert_fails(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err, VIS_ERR_MISMATCH, said);
        assert_non_null(strstr(err.message, "`audio_mode`"));
    } else {
        assert_ok(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err);
        assert_int_equal(m->info.mode, expected);
        model_close(m);
    }
    weights_free(&w);
}

static void channels_decide_the_mode_too(void **state)
{
    /* As wide as the published where the sound comes in, which decides. */
    static const int full[5] = {32, 8, 128, 256, 8}, mobile[5] = {16, 8, 64, 128, 8};
    static const int odd[5] = {7, 13, 29, 31, 37};
    expect_mode(state, full, AVE, 32, AUDIO_AVE_OR_HUBERT);
    expect_mode(state, full, AVE, 16, AUDIO_HUBERT);
    expect_mode(state, mobile, AVE, 16, AUDIO_AVE_OR_HUBERT);
    expect_mode(state, mobile, AVE, 32, AUDIO_AVE_OR_HUBERT);
    expect_mode(state, odd, AVE, 7, AUDIO_AVE_OR_HUBERT);
    expect_mode(state, odd, AVE, 16, AUDIO_HUBERT);
    expect_mode(state, full, WENET, 128, AUDIO_WENET);
    expect_mode(state, full, WENET, 256, AUDIO_WENET);
    expect_mode(state, mobile, WENET, 64, AUDIO_WENET);
    expect_mode(state, mobile, WENET, 128, AUDIO_WENET);
    expect_mode(state, odd, WENET, 31, AUDIO_WENET);
    static const int strange[] = {1, 6, 8, 12, 24, 48, 64, 128, 256};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        expect_mode(state, full, AVE, strange[i], AUDIO_NONE);
    expect_mode(state, odd, AVE, 12, AUDIO_NONE);
    expect_mode(state, odd, AVE, 29, AUDIO_NONE);
    expect_mode(state, full, WENET, 32, AUDIO_NONE);
    expect_mode(state, mobile, WENET, 256, AUDIO_WENET);
    expect_mode(state, mobile, WENET, 24, AUDIO_NONE);
}

/* A fork's checkpoint runs in the mode that it is said to have, if windows come out whole. */
static void a_fork_runs_as_told(void **state)
{
    static const struct {
        int channels;
        audio_mode mode;
        int rows; /* 0: refused */
    } cases[] = {{128, AUDIO_WENET, 8}, {12, AUDIO_AVE, 6},   {12, AUDIO_HUBERT, 6},
                 {12, AUDIO_WENET, 0},  {13, AUDIO_AVE, 0},   {10, AUDIO_HUBERT, 0},
                 {128, AUDIO_AVE, 64},  {64, AUDIO_WENET, 4}, {48, AUDIO_WENET, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_weights w;
        test_log log;
        model *m;
        test_log_init(&log);
        weights_unet(&w, 5, AVE, tiny, cases[i].channels, true);
        vis_status status = open_with(state, &w, "", cases[i].mode, &log.log, &m);
        assert_int_equal(status, cases[i].rows ? VIS_OK : VIS_ERR_MISMATCH);
        if (status == VIS_OK) {
            assert_int_equal(m->info.window_rows, cases[i].rows);
            assert_non_null(strstr(log.last, "none of the family's"));
            model_close(m);
        }
        weights_free(&w);
    }
}

static void undecided_until_told(void **state)
{
    test_weights w;
    model *m;
    weights_unet(&w, 5, AVE, tiny, 32, false);
    assert_ok(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err);
    assert_int_equal(m->info.mode, AUDIO_AVE_OR_HUBERT);
    assert_string_equal(audio_mode_name(m->info.mode), "ave or hubert");
    assert_int_equal(m->info.window_rows, 16);
    assert_int_equal(m->info.macs, 0);
    assert_null(m->net);
    assert_fails(model_decide(m, AUDIO_WENET, &err), err, VIS_ERR_MISMATCH, "for ave or hubert");
    assert_ok(model_decide(m, AUDIO_HUBERT, &err), err);
    assert_non_null(m->net);
    assert_int_equal(m->info.mode, AUDIO_HUBERT);
    assert_int_equal(m->info.audio_shape[1], 32);
    assert_int_equal(m->info.window_rows, 16);
    assert_true(m->info.macs > 0);
    assert_ok(model_decide(m, AUDIO_HUBERT, &err), err);
    assert_fails(model_decide(m, AUDIO_AVE, &err), err, VIS_ERR_MISMATCH, "but for hubert");
    model_close(m);
    weights_free(&w);
}

/* 16 input channels beside c0 = 32 are Ultralight's hubert; beside c0 = 16 they may be ave as well.
 */
static void tells_ultralight_hubert(void **state)
{
    static const int wide[5] = {32, 4, 6, 8, 10}, mobile[5] = {16, 4, 6, 8, 10};
    test_weights w;
    model *m;
    weights_unet(&w, 4, AVE, wide, 16, true);
    assert_ok(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err);
    assert_int_equal(m->info.mode, AUDIO_HUBERT);
    assert_int_equal(m->info.window_rows, 8);
    model_close(m);
    assert_fails(open_with(state, &w, "", AUDIO_AVE, NULL, &m), err, VIS_ERR_MISMATCH,
                 "for hubert");
    weights_free(&w);
    weights_unet(&w, 4, AVE, mobile, 16, true);
    assert_ok(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err);
    assert_int_equal(m->info.mode, AUDIO_AVE_OR_HUBERT);
    model_close(m);
    weights_free(&w);
}

static void wenet_is_decided_by_its_shapes(void **state)
{
    test_weights w;
    model *m;
    weights_unet(&w, 5, WENET, tiny, 8, true);
    assert_ok(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err);
    assert_int_equal(m->info.mode, AUDIO_WENET);
    model_close(m);
    assert_fails(open_with(state, &w, "", AUDIO_AVE, NULL, &m), err, VIS_ERR_MISMATCH, "for wenet");
    weights_free(&w);
}

/* Widths so equal that shapes allow all three: undecided, and every mode may be asked for. */
static void equal_widths_allow_all(void **state)
{
    static const int same[5] = {4, 4, 4, 4, 4};
    static const audio_mode modes[] = {AUDIO_AVE, AUDIO_HUBERT, AUDIO_WENET};
    test_weights w;
    model *m;
    weights_unet(&w, 4, AVE, same, 4, true);
    assert_ok(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err);
    assert_int_equal(m->info.mode, AUDIO_AVE_OR_HUBERT);
    model_close(m);
    for (int i = 0; i < 3; i++) {
        assert_ok(open_with(state, &w, "", modes[i], NULL, &m), err);
        assert_int_equal(m->info.mode, modes[i]);
        model_close(m);
    }
    weights_free(&w);
}

static void strips_prefixes(void **state)
{
    test_weights w;
    model *m;
    weights_unet(&w, 4, AVE, tiny, 32, true);
    assert_ok(open_with(state, &w, "module.", AUDIO_AVE, NULL, &m), err);
    assert_string_equal(m->info.prefix, "module.");
    model_close(m);
    assert_ok(open_with(state, &w, "_orig_mod.module.", AUDIO_AVE, NULL, &m), err);
    assert_string_equal(m->info.prefix, "_orig_mod.module.");
    model_close(m);
    weights_free(&w);
}

static void weights_arrive_unchanged(void **state)
{
    test_weights w;
    model *m;
    weights_unet(&w, 4, AVE, tiny, 32, true);
    assert_ok(open_with(state, &w, "", AUDIO_AVE, NULL, &m), err);
    int seen = 0;
    for (int i = 0; i < w.count; i++) {
        for (int v = 0; v < m->net->n_values; v++) {
            const graph_value *value = &m->net->value[v];
            if (!value->constant || strcmp(value->name, w.list[i].key) != 0) continue;
            for (int64_t j = 0; j < tensor_count(value->constant); j++)
                assert_true(tensor_f32(value->constant)[j] == weight_value(&w, i, j));
            seen++;
        }
    }
    assert_int_equal(seen, w.count);
    model_close(m);
    weights_free(&w);
}

static void names_what_is_missing(void **state)
{
    test_weights w;
    model *m;
    weights_unet(&w, 5, AVE, tiny, 32, true);
    weights_drop(&w, "down2.maxpool_conv.0.double_conv.1.conv.7.running_var");
    assert_fails(open_with(state, &w, "", AUDIO_AVE, NULL, &m), err, VIS_ERR_MISMATCH,
                 "a 328 U-Net, but 1 of its keys is missing: "
                 "down2.maxpool_conv.0.double_conv.1.conv.7.running_var");
    weights_drop(&w, "audio_model.bn5.weight");
    weights_drop(&w, "outc.conv.bias");
    weights_drop(&w, "inc.inconv.0.conv.0.weight");
    weights_drop(&w, "audio_model.conv1.conv.0.weight");
    assert_fails(open_with(state, &w, "", AUDIO_AVE, NULL, &m), err, VIS_ERR_MISMATCH,
                 "5 of its keys are");
    assert_non_null(strstr(err.message, "inc.inconv.0.conv.0.weight"));
    assert_non_null(strstr(err.message, "..."));
    weights_free(&w);
}

static void names_what_is_extra(void **state)
{
    test_weights w;
    test_log log;
    model *m;
    test_log_init(&log);
    weights_unet(&w, 4, AVE, tiny, 32, true);
    weights_add(&w, "audio_encoder.0.conv_block.0.bias", 1, (int64_t[]){3});
    weights_add(&w, "inc.total_ops", 1, (int64_t[]){1});
    weights_add(&w, "inc.inconv.0.conv.1.num_batches_tracked", 0, NULL);
    assert_ok(open_with(state, &w, "", AUDIO_AVE, &log.log, &m), err);
    model_close(m);
    assert_int_equal(log.lines, 1);
    assert_non_null(strstr(log.last, "2 keys beside"));
    weights_add(&w, "attention.weight", 1, (int64_t[]){3});
    assert_fails(open_with(state, &w, "", AUDIO_AVE, NULL, &m), err, VIS_ERR_MISMATCH,
                 "with 1 key that it does not have: attention.weight");
    weights_free(&w);
}

static void names_what_is_misshapen(void **state)
{
    test_weights w;
    model *m;
    weights_unet(&w, 4, AVE, tiny, 32, true);
    weights_drop(&w, "up1.conv.double_conv.0.conv.0.weight");
    weights_add(&w, "up1.conv.double_conv.0.conv.0.weight", 4, (int64_t[]){32, 17, 1, 1});
    assert_fails(
        open_with(state, &w, "", AUDIO_AVE, NULL, &m), err, VIS_ERR_MISMATCH,
        "up1.conv.double_conv.0.conv.0.weight is [32, 17, 1, 1], where [any, 16, 1, 1] belongs");
    weights_free(&w);
}

static void knows_a_syncnet(void **state)
{
    test_weights w;
    model *m;
    weights_encoder(&w, "audio_encoder.", 3);
    weights_add(&w, "face_encoder.0.conv_block.0.weight", 4, (int64_t[]){4, 3, 7, 7});
    assert_fails(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err, VIS_ERR_MISMATCH, "SyncNet");
    weights_free(&w);
    w = (test_weights){0};
    weights_add(&w, "fc.weight", 2, (int64_t[]){4, 3});
    assert_fails(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err, VIS_ERR_MISMATCH,
                 "fc.weight");
    weights_free(&w);
}

static void opens_the_encoder(void **state)
{
    static const char *const prefixes[] = {"", "audio_encoder."};
    test_weights w;
    model *m;
    for (int i = 0; i < 2; i++) {
        weights_encoder(&w, prefixes[i], 3);
        assert_ok(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err);
        assert_int_equal(m->info.kind, MODEL_AVE_ENCODER);
        assert_int_equal(m->info.mode, AUDIO_NONE);
        assert_int_equal(m->net->n_inputs, 1);
        assert_true(m->info.macs > 0);
        model_close(m);
        weights_drop(&w, i ? "audio_encoder.7.conv_block.1.bias" : "7.conv_block.1.bias");
        assert_fails(open_with(state, &w, "", AUDIO_NONE, NULL, &m), err, VIS_ERR_MISMATCH,
                     "an AVE audio encoder, but 1 of its keys is missing");
        weights_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_form),
        cmocka_unit_test(counts_like_the_field),
        cmocka_unit_test(channels_decide_the_mode_too),
        cmocka_unit_test(a_fork_runs_as_told),
        cmocka_unit_test(undecided_until_told),
        cmocka_unit_test(tells_ultralight_hubert),
        cmocka_unit_test(wenet_is_decided_by_its_shapes),
        cmocka_unit_test(equal_widths_allow_all),
        cmocka_unit_test(strips_prefixes),
        cmocka_unit_test(weights_arrive_unchanged),
        cmocka_unit_test(names_what_is_missing),
        cmocka_unit_test(names_what_is_extra),
        cmocka_unit_test(names_what_is_misshapen),
        cmocka_unit_test(knows_a_syncnet),
        cmocka_unit_test(opens_the_encoder),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
