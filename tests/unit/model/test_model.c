/* Opening: files told apart by content, folders of checkpoints, and what is said of everything
 * else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "networks/model.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static vis_error err;

static vis_status open_plain(const char *path, int checkpoint, model **m)
{
    model_options options = {.mode = AUDIO_NONE, .checkpoint = checkpoint};
    return model_open(path, &options, m, &err);
}

#define OPEN_BYTES(text, m) open_plain(folder_write(state, "file", text, sizeof(text) - 1), -1, m)

static void says_what_a_file_is_not(void **state)
{
    model *m;
    assert_fails(open_plain(folder_path(state, "nowhere.pth"), -1, &m), err, VIS_ERR_OPEN,
                 "nowhere.pth");
    assert_fails(OPEN_BYTES("<!DOCTYPE html>", &m), err, VIS_ERR_FORMAT, "a web page");
    assert_fails(OPEN_BYTES("\x01\x02\x03", &m), err, VIS_ERR_FORMAT, "neither a PyTorch");
    assert_fails(OPEN_BYTES("version https://git-lfs.github.com/spec/v1\n", &m), err,
                 VIS_ERR_FORMAT, "git lfs pull");
    assert_fails(OPEN_BYTES("\x80\x04\x95", &m), err, VIS_ERR_UNSUPPORTED, "not one of torch.save");
    assert_fails(OPEN_BYTES("PK\3\4 and no archive", &m), err, VIS_ERR_FORMAT, "file: ");
    assert_fails(OPEN_BYTES("\x08\x07\xff\xff", &m), err, VIS_ERR_FORMAT, "not an ONNX file");
    assert_fails(OPEN_BYTES("\x08\x07", &m), err, VIS_ERR_FORMAT, "without a network");
    assert_fails(
        OPEN_BYTES("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe8\x03.",
                   &m),
        err, VIS_ERR_UNSUPPORTED, "1001");
}

static void refuses_code(void **state)
{
    model *m;
    assert_fails(
        OPEN_BYTES("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."
                   "\x80\x02}.\x80\x02"
                   "cos\nsystem\nX\x04\0\0\0true\x85R.",
                   &m),
        err, VIS_ERR_UNSUPPORTED, "byte 27 of the pickle asks for os.system");
}

static void save_encoder(void **state, const char *name, int width)
{
    test_weights w;
    buffer bytes;
    weights_encoder(&w, "", width);
    weights_pth(&w, "", &bytes);
    folder_write(state, name, bytes.data, bytes.size);
    buffer_free(&bytes);
    weights_free(&w);
}

static void opens_a_folder(void **state)
{
    model *m;
    char folder[256];
    snprintf(folder, sizeof folder, "%s", folder_path(state, "checkpoints"));
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_fails(open_plain(folder, -1, &m), err, VIS_ERR_OPEN, "no checkpoint in this folder");
    save_encoder(state, "checkpoints/9.pth", 1);
    save_encoder(state, "checkpoints/100.pth", 2);
    save_encoder(state, "checkpoints/best.pth", 3);
    assert_ok(open_plain(folder, -1, &m), err);
    assert_non_null(strstr(m->info.path, "/checkpoints/100.pth"));
    assert_int_equal(strlen(m->info.sha256), 64);
    model_close(m);
    assert_ok(open_plain(folder, 9, &m), err);
    assert_non_null(strstr(m->info.path, "/9.pth"));
    model_close(m);
    assert_fails(open_plain(folder, 10, &m), err, VIS_ERR_OPEN, "no 10.pth");
}

/* Every length of a sound file short of the whole is refused. */
static void refuses_truncation(void **state)
{
    test_weights w;
    buffer bytes;
    model *m;
    weights_encoder(&w, "", 1);
    weights_pth(&w, "", &bytes);
    for (size_t size = 1; size < bytes.size; size += size < 4000 ? 97 : 1013)
        assert_int_not_equal(open_plain(folder_write(state, "cut.pth", bytes.data, size), -1, &m),
                             VIS_OK);
    assert_int_not_equal(
        open_plain(folder_write(state, "cut.pth", bytes.data, bytes.size - 1), -1, &m), VIS_OK);
    assert_non_null(strstr(err.message, "cut short"));
    buffer_free(&bytes);
    weights_free(&w);
}

static void names_modes(void **state)
{
    audio_mode mode;
    assert_ok(audio_mode_parse("wenet", &mode, &err), err);
    assert_int_equal(mode, AUDIO_WENET);
    assert_fails(audio_mode_parse("Wenet", &mode, &err), err, VIS_ERR_USAGE, "ave, hubert, wenet");
    assert_string_equal(model_kind_name(MODEL_UNET_328), "328 U-Net");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_file_is_not),
        cmocka_unit_test(refuses_code),
        cmocka_unit_test(opens_a_folder),
        cmocka_unit_test(refuses_truncation),
        cmocka_unit_test(names_modes),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
