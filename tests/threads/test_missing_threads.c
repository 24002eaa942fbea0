/* tests/threads/test_missing_threads.c - the system refuses a thread, whichever: a job ends with
 * the same result or with an error that says so, and does not wait for what never began.
 *
 * The linker sends our own calls of pthread_create through here (meson.build); those of libraries
 * are not touched.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/api/small_character.h"
#include "viseme/viseme.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define THREADS 4
#define ENOUGH 64 /* more than a job has */

static const char *model_path;
static _Atomic int asked; /* since it was set to 0 */
static int refused;       /* this one; ... */
static bool and_later;    /* ... and all behind it */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *),
                          void *argument);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *),
                          void *argument)
{
    int number = asked++;
    if (number == refused || (and_later && number > refused)) return EAGAIN;
    return __real_pthread_create(thread, how, run, argument);
}

static vis_status render(const char *output, vis_error *err)
{
    vis_render_options o = vis_render_options_defaults();
    char *rows = in_folder("aud_ave.npy", 0);
    o.model = model_path;
    o.character = folder;
    o.features = rows;
    o.output = output;
    o.preset = "ultrafast";
    o.no_sign = true; /* the same bytes each time */
    o.threads = THREADS;
    o.frames = THREADS;
    asked = 0;
    vis_status status = vis_render_video(&o, NULL, err);
    free(rows);
    return status;
}

static void expect_same(const char *path, const buffer *wanted)
{
    buffer made;
    buffer_init(&made, 1 << 24);
    assert_int_equal(file_read(path, &made, NULL), VIS_OK);
    assert_int_equal(made.size, wanted->size);
    assert_memory_equal(made.data, wanted->data, wanted->size);
    buffer_free(&made);
    unlink(path);
}

/* Refuses thread after thread until a job asks for none that is refused; returns how many it had
 * done without. */
static int refuse_each(const char *output, const buffer *wanted)
{
    int without = 0;
    for (refused = 0; refused < ENOUGH; refused++) {
        vis_error err;
        vis_status status = render(output, &err);
        if (status == VIS_OK) {
            without += asked > refused;
            expect_same(output, wanted);
            if (asked <= refused) break;
            continue;
        }
        assert_int_equal(status, VIS_ERR_MEMORY);
        assert_non_null(strstr(err.message, "thread"));
        assert_false(path_is_file(output));
    }
    assert_in_range(refused, THREADS + 1, ENOUGH - 1); /* workers, who decodes */
    return without;
}

static void a_refused_thread_is_done_without_or_said(void **state)
{
    char *whole = in_folder("whole.mp4", 0), *output = in_folder("out.mp4", 0);
    buffer wanted;
    buffer_init(&wanted, 1 << 24);
    refused = ENOUGH;
    assert_int_equal(render(whole, NULL), VIS_OK);
    assert_int_equal(file_read(whole, &wanted, NULL), VIS_OK);
    for (int later = 0; later < 2; later++) {
        and_later = later;
        int without = refuse_each(output, &wanted);
        if (!later) assert_in_range(without, 1, ENOUGH); /* the model's checksum, at least */
    }
    buffer_free(&wanted);
    free(whole);
    free(output);
}

/* A context that cannot have all its threads is none. */
static void a_context_says_which_thread_is_missing(void **state)
{
    vis_context *x;
    vis_error err;
    vis_context_options o = vis_context_options_defaults();
    o.threads = THREADS;
    and_later = false;
    for (refused = 0; refused < THREADS; refused++) {
        asked = 0;
        assert_int_equal(vis_context_create(&o, &x, &err), VIS_ERR_MEMORY);
        assert_null(x);
        assert_non_null(strstr(err.message, "of 4"));
    }
    asked = 0;
    assert_int_equal(vis_context_create(&o, &x, &err), VIS_OK);
    assert_int_equal(asked, THREADS);
    vis_context_close(x);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_thread_is_done_without_or_said),
        cmocka_unit_test(a_context_says_which_thread_is_missing),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
