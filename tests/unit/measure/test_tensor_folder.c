/* A folder of raw tensors is opened when its parts agree, and refused with the part's name when
 * not. One that is written is whole under its names, or not there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "measure/tensor_folder.h"

#include <dirent.h>
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

static const tensor_folder_form form = {.visual = {2, 1, 3}, .audio = {1, 2, 1}, .start = 7};
static const float visual_frames[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const float audio_frames[] = {0.5f, -0.5f, 0.25f, -0.25f};

static char *inside(const char *name)
{
    char *path = path_join(folder, name);
    assert_non_null(path);
    return path;
}

/* Names in a folder, its own dots not counted; -1: there is no such folder. */
static int count_entries(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) return -1;
    int count = 0;
    for (struct dirent *e; (e = readdir(dir));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return count;
}

/* A writer that was given two frames. */
static tensor_folder_writer *begin(const char *path)
{
    tensor_folder_writer *w;
    assert_int_equal(tensor_folder_create(path, &form, &w, NULL), VIS_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tensor_folder_add(w, visual_frames + 6 * i, audio_frames + 2 * i, NULL),
                         VIS_OK);
    return w;
}

static void assert_metadata(const char *path, const char *text)
{
    char *metadata = path_join(path, "metadata.json");
    buffer bytes;
    buffer_init(&bytes, 4096);
    assert_int_equal(file_read(metadata, &bytes, NULL), VIS_OK);
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
    buffer_free(&bytes);
    free(metadata);
}

static void what_is_written_is_opened(void **state)
{
    char *path = inside("above/written");
    tensor_folder f;
    for (int again = 0; again < 2; again++) { /* the second time over the first */
        assert_int_equal(tensor_folder_finish(begin(path), NULL), VIS_OK);
        assert_int_equal(count_entries(path), 3);
        assert_metadata(path, "{\"num_frames\": 2, \"start_frame\": 7, \"visual_shape\": [2, 2, 1, "
                              "3], \"audio_shape\": [2, 1, 2, 1], \"dtype\": \"float32\"}");
        assert_int_equal(tensor_folder_open(path, &f, NULL), VIS_OK);
        assert_int_equal(f.frames, 2);
        assert_int_equal(f.start, 7);
        assert_memory_equal(f.visual, visual_frames, sizeof visual_frames);
        assert_memory_equal(f.audio, audio_frames, sizeof audio_frames);
        tensor_folder_close(&f);
    }
    free(path);
}

static void nothing_has_its_name_before_the_end(void **state)
{
    char *path = inside("unfinished"), *there = inside("there"), *note = inside("there/note.txt");
    tensor_folder_writer *w = begin(path);
    const char *names[] = {"unfinished/visual_input.bin", "unfinished/audio_input.bin",
                           "unfinished/metadata.json"};
    for (int i = 0; i < 3; i++) {
        char *name = inside(names[i]);
        assert_false(path_is_file(name));
        free(name);
    }
    tensor_folder_abort(w);
    assert_int_equal(count_entries(path), -1); /* it was made for this */

    vis_error err;
    assert_int_equal(tensor_folder_create(path, &form, &w, NULL), VIS_OK);
    assert_int_equal(tensor_folder_finish(w, &err), VIS_ERR_USAGE);
    assert_int_equal(count_entries(path), -1);

    assert_int_equal(folder_make(there, NULL), VIS_OK);
    assert_int_equal(file_write(note, "x", 1, NULL), VIS_OK);
    tensor_folder_abort(begin(there));
    assert_int_equal(count_entries(there), 1);
    tensor_folder_abort(NULL);
    free(path);
    free(there);
    free(note);
}

static void an_older_one_stays_until_the_end(void **state)
{
    char *path = inside("older"), *metadata = inside("older/metadata.json");
    assert_int_equal(tensor_folder_finish(begin(path), NULL), VIS_OK);
    tensor_folder_writer *w = begin(path);
    assert_int_equal(tensor_folder_add(w, visual_frames, audio_frames, NULL), VIS_OK);
    tensor_folder_abort(w);
    tensor_folder f;
    assert_int_equal(tensor_folder_open(path, &f, NULL), VIS_OK);
    assert_int_equal(f.frames, 2);
    tensor_folder_close(&f);
    assert_int_equal(count_entries(path), 3);

    /* What cannot be replaced is found before anything is touched, at the beginning or at the end.
     */
    w = begin(path);
    vis_error err;
    assert_int_equal(remove(metadata), 0);
    assert_int_equal(folder_make(metadata, NULL), VIS_OK);
    assert_int_equal(tensor_folder_finish(w, &err), VIS_ERR_WRITE);
    assert_non_null(strstr(err.message, "metadata.json"));
    assert_int_equal(tensor_folder_create(path, &form, &w, &err), VIS_ERR_WRITE);
    assert_non_null(strstr(err.message, "metadata.json"));
    assert_int_equal(count_entries(path), 3);
    free(path);
    free(metadata);
}

static void a_place_that_cannot_be_is_named(void **state)
{
    char *path = inside("file/below");
    tensor_folder_writer *w;
    vis_error err;
    put("file", "x", 1);
    assert_int_equal(tensor_folder_create(path, &form, &w, &err), VIS_ERR_WRITE);
    assert_non_null(strstr(err.message, "file"));
    tensor_folder_form endless = form;
    endless.visual[1] = endless.visual[2] = INT64_MAX / 2;
    assert_int_equal(tensor_folder_create(path, &endless, &w, &err), VIS_ERR_LIMIT);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_that_agree_are_opened),
        cmocka_unit_test(parts_that_do_not_are_named),
        cmocka_unit_test(what_is_written_is_opened),
        cmocka_unit_test(nothing_has_its_name_before_the_end),
        cmocka_unit_test(an_older_one_stays_until_the_end),
        cmocka_unit_test(a_place_that_cannot_be_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
