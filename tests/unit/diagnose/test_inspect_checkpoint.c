/* Checkpoints: each fault planted into a small U-Net is found, and the U-Net itself is sound.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../model/support.h"
#include "base/file.h"
#include "diagnose/inspect_checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLES 3

static vis_error err;

static void save(void **state, const char *name, const test_weights *w)
{
    buffer bytes;
    weights_pth(w, "", &bytes);
    folder_write(state, name, bytes.data, bytes.size);
    buffer_free(&bytes);
}

/* A 160 U-Net of the family, narrower than anybody's; without the key `dropped` unless NULL. */
static void save_unet(void **state, const char *name, const char *dropped)
{
    static const int widths[5] = {8, 12, 16, 24, 32};
    test_weights w;
    weights_unet(&w, 4, AVE, widths, 32, false);
    if (dropped) weights_drop(&w, dropped);
    save(state, name, &w);
    weights_free(&w);
}

static vis_status open_as(void **state, const char *name, audio_mode mode, model **m)
{
    model_options options = {.mode = mode, .checkpoint = -1};
    return model_open(folder_path(state, name), &options, m, &err);
}

static model *open_unet(void **state)
{
    model *m;
    save_unet(state, "unet.pth", NULL);
    assert_ok(open_as(state, "unet.pth", AUDIO_AVE, &m), err);
    return m;
}

/* The numbers of a weight, to be spoilt. */
static float *weight(model *m, const char *name, int64_t *count)
{
    for (int i = 0; i < m->net->n_values; i++) {
        const graph_value *value = &m->net->value[i];
        if (!value->constant || strcmp(value->name, name) != 0) continue;
        if (count) *count = tensor_count(value->constant);
        return tensor_f32(value->constant);
    }
    fail_msg("no weight %s", name);
    return NULL;
}

/* Exactly one finding, of that code, that agrees with itself and has that in its text. */
static void expect_only(findings *list, const char *code, const char *text)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i].code, code) != 0)
            fail_msg("%s: %s", list->item[i].code, list->item[i].text);
    assert_int_equal(list->count, 1);
    const finding *f = &list->item[0];
    if (!strstr(f->text, text)) fail_msg("\"%s\" lacks \"%s\"", f->text, text);
    assert_int_equal(f->stage, FINDING_CHECKPOINT);
    assert_true(f->number >= f->threshold && f->severity >= 1);
    findings_free(list);
}

/* Looks at the weights; closes the model. */
static findings inspect(model *m)
{
    findings list = {0};
    assert_ok(inspect_checkpoint(m, &list, &err), err);
    model_close(m);
    return list;
}

static void a_sound_checkpoint_has_no_finding(void **state)
{
    findings list = inspect(open_unet(state));
    if (list.count) fail_msg("%s: %s", list.item[0].code, list.item[0].text);
}

static void broken_numbers_are_found(void **state)
{
    model *m = open_unet(state);
    weight(m, "up4.conv.double_conv.0.conv.0.weight", NULL)[5] = NAN;
    weight(m, "outc.conv.bias", NULL)[2] = INFINITY;
    weight(m, "outc.conv.bias", NULL)[0] = -INFINITY;
    findings list = inspect(m);
    assert_true(list.count == 1 && list.item[0].number == 3);
    assert_non_null(strstr(list.item[0].text, "outc.conv.bias"));
    expect_only(&list, "not-finite", "up4.conv.double_conv.0.conv.0.weight");
    m = open_unet(state);
    weight(m, "down1.maxpool_conv.double_conv.0.conv.1.running_var", NULL)[0] = -0.5f;
    list = inspect(m);
    expect_only(&list, "not-finite", "down1.maxpool_conv.double_conv.0.conv.1.running_var");
}

/* Resets the statistics of the first `layers` batch norms. */
static int reset_statistics(model *m, int layers)
{
    int seen = 0;
    for (int i = 0; i < m->net->n_nodes; i++) {
        const graph_node *node = &m->net->node[i];
        if (node->op != OP_BATCH_NORM || seen++ >= layers) continue;
        for (int k = 3; k < 5; k++) {
            tensor *t = m->net->value[node->input[k]].constant;
            for (int64_t j = 0; j < tensor_count(t); j++)
                tensor_f32(t)[j] = k == 4 ? 1.0f : 0.0f;
        }
    }
    return seen;
}

static void untrained_batch_norm_is_found(void **state)
{
    model *m = open_unet(state);
    int layers = reset_statistics(m, 1 << 20);
    char text[64];
    snprintf(text, sizeof text, "%d of %d batch norm layers", layers, layers);
    findings list = inspect(m);
    assert_true(list.count == 1 && list.item[0].number == 100);
    expect_only(&list, "untrained-batch-norm", text);
    m = open_unet(state);
    reset_statistics(m, layers / 11); /* less than a tenth */
    list = inspect(m);
    assert_int_equal(list.count, 0);
}

static void empty_layers_are_found(void **state)
{
    model *m = open_unet(state);
    int64_t count;
    float *w = weight(m, "fuse_conv.0.double_conv.0.conv.0.weight", &count);
    memset(w, 0, (size_t)count * sizeof *w);
    w = weight(m, "up1.conv.double_conv.0.conv.1.weight", &count); /* a batch norm's scale */
    for (int64_t i = 0; i < 3 * count / 5; i++)
        w[i] = 1e-12f;
    findings list = inspect(m);
    assert_true(list.count == 1 && list.item[0].number == 100);
    assert_non_null(strstr(list.item[0].title, "2 layers"));
    assert_non_null(strstr(list.item[0].text, "up1.conv.double_conv.0.conv.1"));
    expect_only(&list, "dead-weights", "fuse_conv.0.double_conv.0.conv.0");
}

/* Random faces and windows. */
typedef struct examples {
    float *visual[EXAMPLES], *window[EXAMPLES];
} examples;

static float *random_numbers(size_t count, uint32_t *seed)
{
    float *v = malloc(count * sizeof *v);
    assert_non_null(v);
    for (size_t i = 0; i < count; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        v[i] = (float)(*seed >> 8) / 16777216.0f;
    }
    return v;
}

static examples make_examples(void)
{
    examples e;
    uint32_t seed = 3;
    for (int i = 0; i < EXAMPLES; i++) {
        e.visual[i] = random_numbers(6 * 160 * 160, &seed);
        e.window[i] = random_numbers(32 * 16 * 16, &seed);
    }
    return e;
}

static void free_examples(examples *e)
{
    for (int i = 0; i < EXAMPLES; i++) {
        free(e->visual[i]);
        free(e->window[i]);
    }
}

static activity measure(const model *m)
{
    examples e = make_examples();
    activity a;
    assert_ok(activity_measure(m, NULL, (const float *const *)e.visual,
                               (const float *const *)e.window, EXAMPLES, &a, &err),
              err);
    free_examples(&e);
    return a;
}

/* Shifts the first `share` of a batch norm's channels far below zero, so that the ReLU behind them
 * never fires; returns how many that are. */
static int64_t kill_channels(model *m, const char *norm, double share)
{
    char name[128];
    int64_t count;
    snprintf(name, sizeof name, "%s.bias", norm);
    float *bias = weight(m, name, &count);
    for (int64_t i = 0; i < (int64_t)(share * (double)count); i++)
        bias[i] = -1e6f;
    return (int64_t)(share * (double)count);
}

/* A bias of 1e6 instead makes all fire. */
static void revive_all(model *m)
{
    for (int i = 0; i < m->net->n_nodes; i++) {
        const graph_node *node = &m->net->node[i];
        if (node->op != OP_BATCH_NORM) continue;
        tensor *bias = m->net->value[node->input[2]].constant;
        for (int64_t j = 0; j < tensor_count(bias); j++)
            tensor_f32(bias)[j] = 1e6f;
    }
}

/* Only the channels that were killed are silent, each counted once, under the ReLU's own name. */
static void silent_channels_are_counted(void **state)
{
    model *m = open_unet(state);
    revive_all(m);
    activity before = measure(m);
    int64_t killed = kill_channels(m, "inc.inconv.conv.1", 0.75);
    killed += kill_channels(m, "audio_model.bn5", 0.5);
    activity a = measure(m);
    assert_int_equal(before.silent, 0);
    assert_true(before.layers > 40 && before.channels > 1000);
    assert_int_equal(a.channels, before.channels);
    assert_int_equal(a.silent, killed);
    assert_string_equal(a.worst, "inc.inconv.conv.2");
    assert_true(a.worst_share == 0.75);
    model_close(m);
}

/* A file that insists on a batch is fed copies, and answers the same. */
static void a_fixed_batch_changes_nothing(void **state)
{
    model *m = open_unet(state);
    activity single = measure(m);
    m->info.batch = 2;
    activity twice = measure(m);
    assert_int_equal(twice.channels, single.channels);
    assert_int_equal(twice.silent, single.silent);
    assert_string_equal(twice.worst, single.worst);
    model_close(m);
}

static findings inspect_run(const model *m)
{
    findings list = {0};
    examples e = make_examples();
    assert_ok(inspect_activations(m, NULL, (const float *const *)e.visual,
                                  (const float *const *)e.window, EXAMPLES, &list, &err),
              err);
    free_examples(&e);
    return list;
}

static void a_dead_layer_is_found(void **state)
{
    model *m = open_unet(state);
    revive_all(m);
    findings list = inspect_run(m);
    assert_int_equal(list.count, 0);
    kill_channels(m, "down3.maxpool_conv.double_conv.0.conv.4", 0.75); /* below the threshold */
    list = inspect_run(m);
    assert_int_equal(list.count, 0);
    kill_channels(m, "down3.maxpool_conv.double_conv.0.conv.4", 0.9);
    list = inspect_run(m);
    expect_only(&list, "dead-channels", "down3.maxpool_conv.double_conv.0.conv.5");
    model_close(m);
}

static void a_model_of_another_kind_is_found(void **state)
{
    model *m;
    test_weights w;
    weights_encoder(&w, "", 2);
    save(state, "encoder.pth", &w);
    weights_free(&w);
    assert_ok(open_as(state, "encoder.pth", AUDIO_NONE, &m), err);
    findings list = inspect(m);
    expect_only(&list, "wrong-kind", "AVE audio encoder");
}

/* What becomes of the error that opening this file gives. */
static vis_status inspect_failure(const char *path, audio_mode mode, findings *list)
{
    model *m;
    model_options options = {.mode = mode, .checkpoint = -1};
    vis_error why;
    *list = (findings){0};
    assert_int_not_equal(model_open(path, &options, &m, &why), VIS_OK);
    return inspect_failed_open(path, &why, list, &err);
}

static void missing_keys_are_found(void **state)
{
    findings list;
    save_unet(state, "lacking.pth", "down2.maxpool_conv.double_conv.0.conv.3.weight");
    assert_ok(inspect_failure(folder_path(state, "lacking.pth"), AUDIO_AVE, &list), err);
    assert_true(list.count == 1 && list.item[0].number == 1);
    expect_only(&list, "missing-keys", "down2.maxpool_conv.double_conv.0.conv.3.weight");
}

static void files_of_another_kind_are_found(void **state)
{
    findings list;
    test_weights w = {0};
    weights_add(&w, "face_encoder.0.conv.weight", 4, (const int64_t[]){2, 3, 3, 3});
    save(state, "sync.pth", &w);
    weights_free(&w);
    assert_ok(inspect_failure(folder_path(state, "sync.pth"), AUDIO_NONE, &list), err);
    expect_only(&list, "wrong-kind", "SyncNet");
    assert_ok(inspect_failure(FIXTURES "/no_weights.pth", AUDIO_NONE, &list), err);
    expect_only(&list, "wrong-kind", "epoch, lr");
    assert_ok(inspect_failure(FIXTURES "/whole_module.pth", AUDIO_NONE, &list), err);
    expect_only(&list, "wrong-kind", "weight bias");
}

static void damage_is_found(void **state)
{
    findings list;
    file_map map;
    save_unet(state, "whole.pth", NULL);
    assert_ok(file_map_open(folder_path(state, "whole.pth"), &map, &err), err);
    folder_write(state, "short.pth", map.data, map.size / 2);
    file_unmap(&map);
    assert_ok(inspect_failure(folder_path(state, "short.pth"), AUDIO_AVE, &list), err);
    expect_only(&list, "damaged-checkpoint", "cut short");
    assert_ok(inspect_failure(FIXTURES "/lie_checksum.pth", AUDIO_AVE, &list), err);
    expect_only(&list, "damaged-checkpoint", "CRC");
    folder_write(state, "page.pth", "<!DOCTYPE html>", 15);
    assert_ok(inspect_failure(folder_path(state, "page.pth"), AUDIO_AVE, &list), err);
    expect_only(&list, "damaged-checkpoint", "web page");
}

/* Errors that say nothing about what is in the file stay errors. */
static void other_errors_come_back(void **state)
{
    findings list;
    assert_fails(inspect_failure(folder_path(state, "nowhere.pth"), AUDIO_AVE, &list), err,
                 VIS_ERR_OPEN, "nowhere.pth");
    save_unet(state, "ave.pth", NULL);
    assert_fails(inspect_failure(folder_path(state, "ave.pth"), AUDIO_WENET, &list), err,
                 VIS_ERR_MISMATCH, "not a model for wenet");
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_checkpoint_has_no_finding),
        cmocka_unit_test(broken_numbers_are_found),
        cmocka_unit_test(untrained_batch_norm_is_found),
        cmocka_unit_test(empty_layers_are_found),
        cmocka_unit_test(silent_channels_are_counted),
        cmocka_unit_test(a_fixed_batch_changes_nothing),
        cmocka_unit_test(a_dead_layer_is_found),
        cmocka_unit_test(a_model_of_another_kind_is_found),
        cmocka_unit_test(missing_keys_are_found),
        cmocka_unit_test(files_of_another_kind_are_found),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(other_errors_come_back),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
