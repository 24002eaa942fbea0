/* tests/threads/test_shared_checkpoint.c - a checkpoint that could be ave or hubert, settled once
 * and shared from then on: asked, opened, settled again and exported by several threads at once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/model/support.h"
#include "base/file.h"
#include "crowd.h"
#include "viseme/viseme.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE 6
#define EXPORTS 4

typedef struct questions {
    vis_model *model;
    const char *folder;
    _Atomic int wrong;
} questions;

static vis_model *open_undecided(void **state)
{
    static const int widths[5] = {4, 4, 4, 4, 8};
    test_weights w;
    buffer bytes;
    vis_model *m;
    vis_error err;
    vis_model_info info;
    weights_unet(&w, 4, AVE, widths, 32, true);
    weights_pth(&w, "", &bytes);
    const char *path = folder_write(state, "99.pth", bytes.data, bytes.size);
    buffer_free(&bytes);
    weights_free(&w);
    assert_ok(vis_model_open(path, NULL, &m, &err), err);
    vis_model_get_info(m, &info);
    assert_string_equal(info.audio_mode, "ave or hubert");
    return m;
}

/* 0 where everything is as it should be. */
static int ask(vis_model *m)
{
    vis_model_info info;
    vis_session *s;
    vis_model_get_info(m, &info);
    const int *a = info.audio_shape;
    const vis_shape shapes[] = {{4, {1, 6, info.image_size, info.image_size}},
                                {4, {1, a[0], a[1], a[2]}}};
    int wrong = strcmp(info.audio_mode, "ave") != 0 || info.macs == 0;
    wrong += vis_model_set_audio_mode(m, "ave", NULL) != VIS_OK;
    wrong += vis_model_set_audio_mode(m, "hubert", NULL) != VIS_ERR_MISMATCH;
    wrong += vis_session_create(m, shapes, 2, 1, &s, NULL) != VIS_OK;
    vis_session_close(s);
    return wrong;
}

/* Half of them export to one name, half to the other. */
static void ask_and_export(void *argument, int number)
{
    questions *q = argument;
    char path[512];
    snprintf(path, sizeof path, "%s/%d.onnx", q->folder, number % 2);
    q->wrong += ask(q->model);
    for (int i = 0; i < EXPORTS; i++)
        q->wrong += vis_model_export(q->model, path, NULL) != VIS_OK;
}

static void read_whole(const char *path, buffer *bytes)
{
    vis_error err;
    buffer_init(bytes, 1 << 24);
    assert_ok(file_read(path, bytes, &err), err);
}

static void a_settled_checkpoint_is_everybodys(void **state)
{
    const char *names[] = {"0.onnx", "1.onnx"};
    vis_error err;
    buffer wanted, made;
    vis_model *m = open_undecided(state);
    assert_ok(vis_model_set_audio_mode(m, "ave", &err), err);
    assert_ok(vis_model_export(m, folder_path(state, "alone.onnx"), &err), err);
    read_whole(folder_path(state, "alone.onnx"), &wanted);
    questions q = {.model = m, .folder = *state};
    crowd_run(PEOPLE, ask_and_export, &q);
    assert_int_equal(q.wrong, 0);
    for (int i = 0; i < 2; i++) {
        read_whole(folder_path(state, names[i]), &made);
        assert_int_equal(made.size, wanted.size);
        assert_memory_equal(made.data, wanted.data, wanted.size);
        buffer_free(&made);
    }
    buffer_free(&wanted);
    vis_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_settled_checkpoint_is_everybodys),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
