/* unit/serve/test_speaker.c - what clients ask for is said, in their order; what is interrupted, refused or fails is told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../live/stage.h"

#include "serve/speaker.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RATE 16000
#define PATIENCE_MS 60000 /* for what happens at all */

/* A session with its speaker, and what the speaker tells. */
typedef struct scene {
    stage_session *stage;
    speaker *speaker;
    pthread_mutex_t lock;
    char told
        [1024]; /* "failed:ID! " of what the session has an event of, "failed:ID ", "dropped:ID " */
} scene;

static void note(scene *s, const char *what, const char *id, const char *end)
{
    pthread_mutex_lock(&s->lock);
    size_t at = strlen(s->told);
    snprintf(s->told + at, sizeof s->told - at, "%s:%s%s ", what, id, end);
    pthread_mutex_unlock(&s->lock);
}

static void failed(void *user, const char *id, const char *message, bool told)
{
    assert_true(*message);
    note(user, "failed", id, told ? "!" : "");
}

static void dropped(void *user, const char *id)
{
    note(user, "dropped", id, "");
}

static bool was_told(scene *s, const char *what)
{
    pthread_mutex_lock(&s->lock);
    bool told = strstr(s->told, what) != NULL;
    pthread_mutex_unlock(&s->lock);
    return told;
}

static void begin(scene *s)
{
    *s = (scene){.stage = stage_begin((live_session_options){.raw = false})};
    pthread_mutex_init(&s->lock, NULL);
    const speaker_options options = {
        .session = stage_of(s->stage), .failed = failed, .dropped = dropped, .user = s};
    assert_int_equal(speaker_open(&options, &s->speaker, NULL), VIS_OK);
}

static void end(scene *s)
{
    speaker_close(s->speaker);
    stage_end(s->stage);
    pthread_mutex_destroy(&s->lock);
}

/* Time goes on while the speaker's thread works, however long that takes. */
static void go_until_event(scene *s, live_event_kind kind, const char *id)
{
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        const live_packet *p;
        for (int n = 0; (p = stage_event(s->stage, kind, n)); n++)
            if (strcmp(p->event.id, id) == 0) return;
        stage_go(s->stage, 1);
        usleep(1000);
    }
    fail_msg("event %d of %s did not come", kind, id);
}

static void wait_until_told(scene *s, const char *what)
{
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        if (was_told(s, what)) return;
        stage_go(s->stage, 1);
        usleep(1000);
    }
    fail_msg("%s was not told, but %s", what, s->told);
}

static void push(scene *s, const char *id, int samples)
{
    int16_t *pcm = calloc((size_t)samples, sizeof *pcm);
    assert_non_null(pcm);
    for (int i = 0; i < samples; i++)
        pcm[i] = (int16_t)(i % 80 * 200 - 8000);
    assert_int_equal(
        speaker_push(s->speaker, id, (uint8_t *)pcm, (size_t)samples * sizeof *pcm, RATE, NULL),
        VIS_OK);
    free(pcm);
}

/* A WAV file of so many samples. */
static buffer sound_file(int samples)
{
    buffer b;
    uint8_t head[44] = "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0\1\0\200>\0\0\0}\0\0\2\0\20\0data";
    uint32_t size = (uint32_t)samples * 2, all = size + 36;
    memcpy(head + 4, &all, 4);
    memcpy(head + 40, &size, 4);
    buffer_init(&b, 1 << 20);
    assert_int_equal(buffer_append(&b, head, sizeof head, NULL), VIS_OK);
    for (int i = 0; i < samples; i++) {
        int16_t v = (int16_t)(i % 80 * 200 - 8000);
        assert_int_equal(buffer_append(&b, &v, sizeof v, NULL), VIS_OK);
    }
    return b;
}

static void test_pieces_are_one_utterance(void **state)
{
    scene s;
    begin(&s);
    for (int i = 0; i < 10; i++)
        push(&s, "pieces", RATE / 20);
    go_until_event(&s, LIVE_STARTED, "pieces");
    speaker_end(s.speaker);
    go_until_event(&s, LIVE_ENDED, "pieces");
    assert_null(stage_event(s.stage, LIVE_STARTED, 1));
    assert_int_equal(speaker_waiting(s.speaker), 0);
    assert_string_equal(s.told, "");
    end(&s);
}

static void test_a_file_follows_and_ends_what_was_open(void **state)
{
    scene s;
    begin(&s);
    buffer file = sound_file(RATE / 2);
    push(&s, "open", RATE / 4);
    assert_int_equal(speaker_play(s.speaker, "file", &file, false, NULL), VIS_OK);
    assert_int_equal(file.size, 0); /* it was taken */
    go_until_event(&s, LIVE_ENDED, "file");
    assert_string_equal(stage_event(s.stage, LIVE_ENDED, 0)->event.id, "open");
    end(&s);
}

static void test_what_is_no_sound_fails_and_the_next_is_said(void **state)
{
    scene s;
    begin(&s);
    buffer wrong, right = sound_file(RATE / 4);
    buffer_init(&wrong, 100);
    assert_int_equal(buffer_append(&wrong, "no sound", 8, NULL), VIS_OK);
    assert_int_equal(speaker_play(s.speaker, "wrong", &wrong, false, NULL), VIS_OK);
    assert_int_equal(speaker_play(s.speaker, "right", &right, false, NULL), VIS_OK);
    wait_until_told(&s, "failed:wrong!");
    go_until_event(&s, LIVE_FAILED, "wrong");
    go_until_event(&s, LIVE_ENDED, "right");
    end(&s);
}

/* What is being said is the session's to tell of; each that waits is told of once. */
static void test_interrupted(void **state)
{
    scene s;
    begin(&s);
    push(&s, "said", 4 * RATE);
    speaker_end(s.speaker);
    go_until_event(&s, LIVE_STARTED, "said");
    for (int i = 0; i < 4; i++) { /* those that a session takes in advance are begun, and its own */
        char id[8];
        buffer file = sound_file(RATE);
        snprintf(id, sizeof id, "f%d", i);
        assert_int_equal(speaker_play(s.speaker, id, &file, false, NULL), VIS_OK);
    }
    assert_true(speaker_interrupt(s.speaker) >= 0);
    assert_int_equal(speaker_waiting(s.speaker), 0);
    go_until_event(&s, LIVE_INTERRUPTED, "said");
    for (int i = 0; i < 4; i++) {
        char what[16], id[8];
        bool told = false;
        const live_packet *p;
        snprintf(id, sizeof id, "f%d", i);
        snprintf(what, sizeof what, "dropped:%s ", id);
        for (int ms = 0; ms < PATIENCE_MS && !told; ms++) {
            told = was_told(&s, what);
            for (int n = 0; (p = stage_event(s.stage, LIVE_INTERRUPTED, n)); n++)
                told = told || strcmp(p->event.id, id) == 0;
            stage_go(s.stage, 1);
            usleep(1000);
        }
        assert_true(told);
        assert_null(stage_event(s.stage, LIVE_ENDED, 0));
    }
    buffer next = sound_file(RATE / 4);
    assert_int_equal(speaker_play(s.speaker, "next", &next, true, NULL), VIS_OK);
    go_until_event(&s, LIVE_ENDED, "next");
    end(&s);
}

static void test_what_is_refused(void **state)
{
    scene s;
    vis_error err;
    begin(&s);
    assert_int_equal(speaker_say(s.speaker, "t", "words", NULL, false, &err), VIS_ERR_UNSUPPORTED);
    assert_int_equal(speaker_interrupt(s.speaker), -1);
    push(&s, "a", 10);
    uint8_t pcm[2] = {0};
    vis_status status = speaker_push(s.speaker, "a", pcm, 2, RATE / 2, &err);
    assert_int_equal(status, VIS_ERR_FORMAT);
    buffer file = sound_file(10);
    status = VIS_OK;
    for (int i = 0; status == VIS_OK; i++) { /* nothing is said while time stands still */
        assert_true(i < 2 * SPEAKER_MAX_JOBS);
        if (file.size == 0) file = sound_file(10);
        status = speaker_play(s.speaker, "many", &file, false, &err);
    }
    assert_int_equal(status, VIS_ERR_LIMIT);
    assert_true(file.size > 0); /* still the caller's */
    buffer_free(&file);
    end(&s); /* with all that waits */
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_one_utterance),
        cmocka_unit_test(test_a_file_follows_and_ends_what_was_open),
        cmocka_unit_test(test_what_is_no_sound_fails_and_the_next_is_said),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_what_is_refused),
    };
    stage_network = argv[1];
    return cmocka_run_group_tests(tests, stage_open, stage_close);
}
