/* Memory runs out: whichever allocation fails, opening or exporting a model ends with an error,
 * without a crash and (a sanitizer build checks) without a leak. The linker sends our allocations
 * through here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "base/file.h"
#include "networks/export.h"
#include "networks/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vis_error err;
static long countdown = -1; /* allocations until the one that fails; -1: none does */
static bool failed;

static bool fails(void)
{
    if (countdown < 0 || countdown-- > 0) return false;
    countdown = -1;
    failed = true;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* Fails allocation 0, step, 2 * step, ... until a run needs fewer. */
static void starve(const char *path, long step)
{
    model_options options = {.mode = AUDIO_AVE, .checkpoint = -1};
    for (long n = 0;; n += step) {
        model *m = NULL;
        failed = false;
        countdown = n;
        vis_status status = model_open(path, &options, &m, &err);
        countdown = -1;
        if (status == VIS_OK) model_close(m);
        if (!failed) {
            assert_int_equal(status, VIS_OK);
            return;
        }
        if (status != VIS_OK) assert_true(err.message[0] != '\0');
    }
}

static void checkpoint(void **state)
{
    test_weights w;
    buffer bytes;
    weights_encoder(&w, "", 1);
    weights_pth(&w, "", &bytes);
    starve(folder_write(state, "encoder.pth", bytes.data, bytes.size), 1);
    buffer_free(&bytes);
    weights_free(&w);
}

static void archive(void **state)
{
    /* Refused in the end (the weights are nobody's), so only the way there is tested. */
    model_options options = {.mode = AUDIO_NONE, .checkpoint = -1};
    for (long n = 0; n < 120; n++) {
        model *m;
        countdown = n;
        vis_status status = model_open(FIXTURES "/nested.pth", &options, &m, &err);
        countdown = -1;
        assert_int_not_equal(status, VIS_OK);
    }
}

static void network(void **state)
{
    starve(FIXTURES "/../onnx/unet160_ave.traced.fixed.onnx", 97);
}

static void export(void **state)
{
    test_weights w;
    buffer bytes;
    model *m;
    bool starved = true;
    weights_encoder(&w, "", 1);
    weights_pth(&w, "", &bytes);
    assert_ok(
        model_open(folder_write(state, "encoder.pth", bytes.data, bytes.size), NULL, &m, &err),
        err);
    char *path = strdup(folder_path(state, "starved.onnx"));
    for (long n = 0; starved; n++) {
        failed = false;
        countdown = n;
        vis_status status = model_export(m, "1", path, &err);
        countdown = -1;
        starved = failed;
        assert_int_equal(status == VIS_OK, !starved);
        assert_int_equal(path_is_file(path), !starved);
    }
    free(path);
    model_close(m);
    buffer_free(&bytes);
    weights_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpoint),
        cmocka_unit_test(archive),
        cmocka_unit_test(network),
        cmocka_unit_test(export),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
