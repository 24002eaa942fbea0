/* unit/serve/test_speaker_queue.c - what waits to be said keeps its order and its bounds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "serve/speaker_queue.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t pcm[4] = {1, 2, 3, 4};

static speaker_job *taken(speaker_queue *q, speaker_job_kind kind, size_t bytes)
{
    speaker_job *j = speaker_queue_take(q);
    assert_non_null(j);
    assert_int_equal(j->kind, kind);
    assert_int_equal(j->bytes.size, bytes);
    return j;
}

static void test_pieces_that_wait_are_one_job(void **state)
{
    speaker_queue q = {0};
    for (int i = 0; i < 1000; i++)
        assert_int_equal(speaker_queue_sound(&q, "a", pcm, 4, 16000, NULL), VIS_OK);
    assert_int_equal(q.count, 1);
    speaker_job *j = taken(&q, JOB_SOUND, 4000);
    assert_true(j->begins && !j->ends && j->rate == 16000);
    speaker_job_free(j);
    assert_int_equal(speaker_queue_sound(&q, "a", pcm, 4, 16000, NULL), VIS_OK);
    assert_int_equal(speaker_queue_end(&q, NULL), VIS_OK);
    j = taken(&q, JOB_SOUND, 4);
    assert_true(!j->begins && j->ends);
    speaker_job_free(j);
    assert_null(speaker_queue_take(&q));
    assert_int_equal(q.bytes, 0);
}

static void test_an_end_alone(void **state)
{
    speaker_queue q = {0};
    assert_int_equal(speaker_queue_end(&q, NULL), VIS_OK);
    assert_int_equal(q.count, 0);
    assert_int_equal(speaker_queue_sound(&q, "a", pcm, 4, 16000, NULL), VIS_OK);
    speaker_job_free(speaker_queue_take(&q));
    assert_int_equal(speaker_queue_end(&q, NULL), VIS_OK);
    speaker_job *j = taken(&q, JOB_SOUND, 0);
    assert_true(j->ends && !j->begins);
    speaker_job_free(j);
}

static void test_a_whole_job_ends_what_is_open(void **state)
{
    speaker_queue q = {0};
    assert_int_equal(speaker_queue_sound(&q, "a", pcm, 4, 16000, NULL), VIS_OK);
    assert_int_equal(speaker_queue_put(&q, speaker_job_new(JOB_TEXT, "t"), NULL), VIS_OK);
    assert_int_equal(speaker_queue_sound(&q, "b", pcm, 4, 8000, NULL), VIS_OK);
    speaker_job *j = taken(&q, JOB_SOUND, 4);
    assert_true(j->begins && j->ends);
    speaker_job_free(j);
    speaker_job_free(taken(&q, JOB_TEXT, 0));
    j = taken(&q, JOB_SOUND, 4);
    assert_true(j->begins && j->rate == 8000);
    assert_string_equal(j->id, "b");
    speaker_job_free(j);
}

static void test_another_rate_is_refused(void **state)
{
    speaker_queue q = {0};
    assert_int_equal(speaker_queue_sound(&q, "a", pcm, 4, 16000, NULL), VIS_OK);
    assert_int_equal(speaker_queue_sound(&q, "a", pcm, 4, 8000, NULL), VIS_ERR_FORMAT);
    speaker_job_free(speaker_queue_take_all(&q));
}

static void test_bounds(void **state)
{
    speaker_queue q = {0};
    for (int i = 0; i < SPEAKER_MAX_JOBS; i++)
        assert_int_equal(speaker_queue_put(&q, speaker_job_new(JOB_TEXT, NULL), NULL), VIS_OK);
    speaker_job *more = speaker_job_new(JOB_TEXT, NULL);
    assert_int_equal(speaker_queue_put(&q, more, NULL), VIS_ERR_LIMIT);
    speaker_job_free(more);
    assert_int_equal(speaker_queue_sound(&q, "a", pcm, 4, 16000, NULL), VIS_ERR_LIMIT);
    for (speaker_job *j; (j = speaker_queue_take(&q));)
        speaker_job_free(j);
    uint8_t *large = calloc(1, SPEAKER_MAX_BYTES);
    assert_int_equal(speaker_queue_sound(&q, "a", large, SPEAKER_MAX_BYTES, 16000, NULL), VIS_OK);
    assert_int_equal(speaker_queue_sound(&q, "a", pcm, 4, 16000, NULL), VIS_ERR_LIMIT);
    speaker_job_free(speaker_queue_take_all(&q));
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_that_wait_are_one_job),
        cmocka_unit_test(test_an_end_alone),
        cmocka_unit_test(test_a_whole_job_ends_what_is_open),
        cmocka_unit_test(test_another_rate_is_refused),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
