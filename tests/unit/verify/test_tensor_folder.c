/* A folder of raw tensors is opened when its parts agree, and refused with the part's name when
 * not. SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "verify/tensor_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];

static int make_folder(void **state)
{
    strcpy(folder, "/tmp/viseme-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void put(const char *name, const void *bytes, size_t size)
{
    char *path = path_join(folder, name);
    assert_int_equal(file_write(path, bytes, size, NULL), VIS_OK);
    free(path);
}

static vis_status open_with(const char *metadata, tensor_folder *f, vis_error *err)
{
    put("metadata.json", metadata, strlen(metadata));
    return tensor_folder_open(folder, f, err);
}

static void parts_that_agree_are_opened(void **state)
{
    const float visual[] = {1, 2, 3, 4, 5, 6}, audio[] = {7, 8};
    tensor_folder f;
    put("visual_input.bin", visual, sizeof visual);
    put("audio_input.bin", audio, sizeof audio);
    assert_int_equal(
        open_with("{\"num_frames\": 2, \"start_frame\": 100, \"visual_shape\": [2, 3], "
                  "\"audio_shape\": [2, 1], \"dtype\": \"float32\"}",
                  &f, NULL),
        VIS_OK);
    assert_int_equal(f.frames, 2);
    assert_int_equal(f.start, 100);
    assert_memory_equal(f.visual, visual, sizeof visual);
    assert_memory_equal(f.audio, audio, sizeof audio);
    tensor_folder_close(&f);
}

static void parts_that_do_not_are_named(void **state)
{
    tensor_folder f;
    vis_error err;
    const struct {
        const char *metadata, *word;
        vis_status status;
    } cases[] = {
        {"[]", "metadata.json", VIS_ERR_FORMAT},
        {"{\"num_frames\": 0}", "num_frames", VIS_ERR_FORMAT},
        {"{\"num_frames\": 2, \"visual_shape\": [2, -3], \"audio_shape\": [2, 1]}", "visual_shape",
         VIS_ERR_FORMAT},
        {"{\"num_frames\": 3, \"visual_shape\": [2, 3], \"audio_shape\": [2, 1]}", "num_frames",
         VIS_ERR_MISMATCH},
        {"{\"num_frames\": 2, \"visual_shape\": [2, 4], \"audio_shape\": [2, 1]}",
         "visual_input.bin", VIS_ERR_MISMATCH},
        {"{\"num_frames\": 2, \"visual_shape\": [2, 3], \"audio_shape\": [2, 9]}",
         "audio_input.bin", VIS_ERR_MISMATCH},
        {"{\"num_frames\": 2, \"visual_shape\": [2, 4611686018427387904, 4], \"audio_shape\": [2, "
         "1]}",
         "visual_input.bin", VIS_ERR_MISMATCH},
        {"{\"num_frames\": 2, \"visual_shape\": [2, 3], \"audio_shape\": [2, 1], \"dtype\": "
         "\"float16\"}",
         "float16", VIS_ERR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(open_with(cases[i].metadata, &f, &err), cases[i].status);
        assert_non_null(strstr(err.message, cases[i].word));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_that_agree_are_opened),
        cmocka_unit_test(parts_that_do_not_are_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
