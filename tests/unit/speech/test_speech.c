/* What is asked of a voice, and one voice asked by many at once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "speech/speech.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT "Good morning. It is half past nine, and 3.5 degrees. Shall we go?"

typedef struct heard {
    float *samples;
    int64_t count, stop_after;
    bool unwanted;
} heard;

static bool listen(void *user, const float *samples, int64_t count, int rate)
{
    heard *h = user;
    h->samples = realloc(h->samples, (size_t)(h->count + count) * sizeof *samples);
    memcpy(h->samples + h->count, samples, (size_t)count * sizeof *samples);
    h->count += count;
    return h->stop_after == 0 || h->count < h->stop_after;
}

static void expect_not_open(const speech_options *o, vis_status status, const char *words)
{
    speech_maker *m = NULL;
    vis_error err = {0};
    assert_int_equal(speech_open(o, &m, &err), status);
    assert_null(m);
    if (!strstr(err.message, words)) fail_msg("%s", err.message);
}

static void test_sources(void **state)
{
    expect_not_open(&(speech_options){.from = "festival"}, VIS_ERR_USAGE, "festival");
    expect_not_open(&(speech_options){.from = "ftp://x/"}, VIS_ERR_USAGE, "http or https");
    expect_not_open(&(speech_options){.from = ""}, VIS_ERR_USAGE, "espeak");
#ifdef HAVE_CURL
    expect_not_open(&(speech_options){.from = "http://a b:secret@x/"}, VIS_ERR_USAGE, "URL");
    expect_not_open(&(speech_options){.from = "http://x", .key = "a\r\nX: y"}, VIS_ERR_USAGE,
                    "key");
    expect_not_open(&(speech_options){.from = "http://x", .pcm_rate = 5}, VIS_ERR_USAGE, "5 Hz");
#else
    expect_not_open(&(speech_options){.from = "http://x"}, VIS_ERR_UNSUPPORTED, "lacks libcurl");
#endif
#ifndef HAVE_ESPEAK
    expect_not_open(&(speech_options){.from = "espeak"}, VIS_ERR_UNSUPPORTED, "lacks espeak-ng");
#endif
}

#ifdef HAVE_CURL
static void test_server_voices(void **state)
{
    speech_maker *m;
    assert_int_equal(speech_open(&(speech_options){.from = "http://localhost:1"}, &m, NULL),
                     VIS_OK);
    assert_string_equal(speech_voices(m)[0], "alloy");
    assert_null(speech_voices(m)[1]);
    speech_close(m);
    assert_int_equal(
        speech_open(&(speech_options){.from = "http://localhost:1/synthesize"}, &m, NULL), VIS_OK);
    assert_string_equal(speech_voices(m)[0], "default");
    speech_close(m);
    speech_close(NULL);
}
#endif

#ifdef HAVE_ESPEAK
static bool wanted(void *user)
{
    const heard *h = user;
    return !h->unwanted;
}

static vis_status say(speech_maker *m, const char *text, const char *voice, heard *h,
                      vis_error *err)
{
    speech_sink sink = {h, listen, wanted};
    return speech_say(m, text, voice, &sink, err);
}

static void expect_refused(speech_maker *m, const char *text, const char *voice, const char *words)
{
    heard h = {0};
    vis_error err = {0};
    assert_int_equal(say(m, text, voice, &h, &err), VIS_ERR_USAGE);
    if (!strstr(err.message, words)) fail_msg("%s", err.message);
    assert_int_equal(h.count, 0);
}

static void test_texts_and_voices(void **state)
{
    char *text = malloc(SPEECH_MAX_TEXT + 2);
    speech_maker *m;
    memset(text, 'a', SPEECH_MAX_TEXT + 1);
    text[SPEECH_MAX_TEXT + 1] = '\0';
    expect_not_open(&(speech_options){.from = "espeak", .voice = "xx"}, VIS_ERR_USAGE, "'xx'");
    assert_int_equal(speech_open(&(speech_options){.from = "espeak"}, &m, NULL), VIS_OK);
    expect_refused(m, "", NULL, "empty");
    expect_refused(m, " \n\t\x01", NULL, "empty");
    expect_refused(m, "a\xc3", NULL, "not UTF-8 (byte 1)");
    expect_refused(m, text, NULL, "longer than 20000 bytes");
    expect_refused(m, "a", "klingon", "'klingon'");
    expect_refused(m, "a", "../../../etc/passwd", "no voice");
    expect_refused(m, "a", "en+../f3", "no voice");
    expect_refused(m, "a", "en+", "no voice");
    speech_close(m);
    free(text);
}

static bool lists(speech_maker *m, const char *voice)
{
    for (const char *const *v = speech_voices(m); *v; v++)
        if (strcmp(*v, voice) == 0) return true;
    return false;
}

static heard heard_of(speech_maker *m, const char *text, const char *voice)
{
    heard h = {0};
    vis_error err = {0};
    if (say(m, text, voice, &h, &err) != VIS_OK) fail_msg("%s", err.message);
    assert_true(h.count > 0);
    return h;
}

/* espeak-ng's pitch flutters, another way each time, and a pause depends on what was said before:
 * what it says twice is as long to a hundredth. Japanese takes more than twice as long. */
static bool same(const heard *a, const heard *b)
{
    return llabs(a->count - b->count) * 30 < a->count;
}

/* The voice is that of the call, before and after another; a text steers nothing. */
static void test_voices(void **state)
{
    speech_maker *m;
    assert_int_equal(speech_open(&(speech_options){.from = "espeak"}, &m, NULL), VIS_OK);
    assert_true(lists(m, "en") && lists(m, "de") && lists(m, "en-us"));
    heard before = heard_of(m, TEXT, NULL), other = heard_of(m, TEXT, "ja");
    heard after = heard_of(m, TEXT, "en"), steered = heard_of(m,
                                                              "\x01"
                                                              "50S " TEXT,
                                                              NULL);
    heard spoken = heard_of(m, " 50S " TEXT, NULL);
    assert_true(same(&before, &after));
    assert_false(same(&before, &other));
    assert_true(same(&steered, &spoken));
    heard variant = heard_of(m, TEXT, "en-us+f3"), by_language = heard_of(m, TEXT, "zh");
    heard *all[] = {&before, &other, &after, &steered, &spoken, &variant, &by_language};
    for (size_t i = 0; i < 7; i++)
        free(all[i]->samples);
    speech_close(m);
}

/* After a stop the next sounds as ever. */
static void test_stop(void **state)
{
    speech_maker *m;
    assert_int_equal(speech_open(&(speech_options){.from = "espeak"}, &m, NULL), VIS_OK);
    heard whole = heard_of(m, TEXT, NULL);
    heard cut = {.stop_after = 3000}, none = {.unwanted = true};
    assert_int_equal(say(m, TEXT, NULL, &cut, NULL), VIS_ERR_CANCELLED);
    assert_true(cut.count < whole.count);
    vis_status status = say(m, TEXT, NULL, &none, NULL);
    assert_true(status == VIS_ERR_CANCELLED || same(&none, &whole));
    heard again = heard_of(m, TEXT, NULL);
    assert_true(same(&again, &whole));
    free(whole.samples);
    free(cut.samples);
    free(none.samples);
    free(again.samples);
    speech_close(m);
}

typedef struct speaker {
    const heard *right;
    const char *voice;
    int stop_after;
} speaker;

static void *speak(void *argument)
{
    const speaker *s = argument;
    for (int i = 0; i < 3; i++) {
        speech_maker *m;
        heard h = {.stop_after = s->stop_after};
        if (speech_open(&(speech_options){.from = "espeak"}, &m, NULL) != VIS_OK) return argument;
        vis_status status = say(m, TEXT, s->voice, &h, NULL);
        speech_close(m);
        bool right = s->stop_after ? status == VIS_ERR_CANCELLED : same(&h, s->right);
        free(h.samples);
        if (!right) return argument;
    }
    return NULL;
}

/* Many at once, each with a maker of its own, two voices, some that stop: all hear what is right. */
static void test_many(void **state)
{
    enum { SPEAKERS = 6 };
    speech_maker *m;
    pthread_t threads[SPEAKERS];
    speaker speakers[SPEAKERS];
    assert_int_equal(speech_open(&(speech_options){.from = "espeak"}, &m, NULL), VIS_OK);
    heard english = heard_of(m, TEXT, "en"), japanese = heard_of(m, TEXT, "ja");
    speech_close(m);
    for (int i = 0; i < SPEAKERS; i++) {
        speakers[i] =
            (speaker){i % 2 ? &japanese : &english, i % 2 ? "ja" : "en", i % 3 == 2 ? 5000 : 0};
        assert_int_equal(pthread_create(&threads[i], NULL, speak, &speakers[i]), 0);
    }
    for (int i = 0; i < SPEAKERS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    free(english.samples);
    free(japanese.samples);
}
#endif

static void test_no_file(void **state)
{
    heard h = {0};
    speech_sink sink = {&h, listen, NULL};
    vis_error err = {0};
    assert_int_equal(speech_from_file("garbage", 7, 60, &sink, &err), VIS_ERR_FORMAT);
    assert_int_equal(speech_from_file("", 0, 60, &sink, &err), VIS_ERR_FORMAT);
    assert_int_equal(h.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_no_file),
#ifdef HAVE_CURL
        cmocka_unit_test(test_server_voices),
#endif
#ifdef HAVE_ESPEAK
        cmocka_unit_test(test_texts_and_voices),
        cmocka_unit_test(test_voices),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_many),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
