/* faults/speech.c - memory runs out in every place while something is said: a message, and nothing left behind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "failing.h"

#include "../unit/cmocka_all.h"
#include "base/buffer.h"
#include "base/file.h"
#include "speech/speech.h"

#include <string.h>

#define PLACES 400
#define TEXT "Hello. It is late."

typedef vis_status (*work)(vis_error *err);

static bool listen(void *user, const float *samples, int64_t count, int rate)
{
    return true;
}

static const speech_sink sink = {NULL, listen, NULL};

#if defined(HAVE_ESPEAK) || defined(HAVE_CURL)
static vis_status say(const speech_options *o, vis_error *err)
{
    speech_maker *m;
    vis_status status = speech_open(o, &m, err);
    if (status != VIS_OK) return status;
    status = speech_say(m, TEXT, NULL, &sink, err);
    speech_close(m);
    return status;
}
#endif

#ifdef HAVE_ESPEAK
static vis_status by_espeak(vis_error *err)
{
    return say(&(speech_options){.from = "espeak"}, err);
}
#endif

#ifdef HAVE_CURL
/* Nobody listens there: all is made ready, and comes to that. */
static vis_status by_server(vis_error *err)
{
    return say(&(speech_options){.from = "http://127.0.0.1:1/", .key = "k", .model = "m"}, err);
}
#endif

static buffer sent;

static vis_status from_file(vis_error *err)
{
    return speech_from_file(sent.data, sent.size, 600, &sink, err);
}

/* Each request from every place fails, alone and with all that follow it. */
static void starve(work done, vis_status usual)
{
    long numbers[PLACES];
    vis_error err = {0};
    assert_int_equal(done(&err), usual); /* what stays for the process is there now */
    failing_watch();
    assert_int_equal(done(&err), usual);
    failing_stop();
    int count = failing_places(numbers, PLACES);
    assert_true(count > 0);
    for (int i = 0; i < 2 * count; i++) {
        long held = failing_held();
        err = (vis_error){0};
        failing_start(numbers[i / 2], i % 2 ? FAIL_FROM_THEN : FAIL_ONE);
        vis_status status = done(&err);
        failing_stop();
        assert_int_equal(failing_held(), held);
        if (status == VIS_OK || status == usual) continue;
        assert_int_equal(status, VIS_ERR_MEMORY);
        assert_non_null(strstr(err.message, "memory"));
    }
}

static void test_espeak(void **state)
{
#ifdef HAVE_ESPEAK
    starve(by_espeak, VIS_OK);
#endif
}

static void test_server(void **state)
{
#ifdef HAVE_CURL
    starve(by_server, VIS_ERR_OPEN);
#endif
}

static void test_file(void **state)
{
    starve(from_file, VIS_OK);
}

int main(int argc, char **argv)
{
    failing_init();
    vis_silence_ffmpeg();
    buffer_init(&sent, 1 << 24);
    if (argc != 2 || file_read(argv[1], &sent, NULL) != VIS_OK) return 2;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_espeak), cmocka_unit_test(test_server),
                                       cmocka_unit_test(test_file)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buffer_free(&sent);
    return failed;
}
