/* What is said: its frames are those of a stream that is not live, its sound is where it belongs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE 16000

/* Frame whose sound began. */
static int started_at(const stage_session *t, int n)
{
    const live_packet *p = stage_event(t, LIVE_STARTED, n);
    assert_non_null(p);
    assert_int_equal(p->time_us % STAGE_FRAME_US, 0);
    return (int)(p->time_us / STAGE_FRAME_US);
}

/* Of a raw session: the picture, and the sound, of frame n. */
static const live_packet *of_frame(const stage_session *t, live_packet_kind kind, int n)
{
    for (int i = 0; i < stage_count(t); i++)
        if (stage_packet(t, i)->kind == kind &&
            stage_packet(t, i)->time_us == (int64_t)n * STAGE_FRAME_US)
            return stage_packet(t, i);
    return NULL;
}

static stage_session *begin_raw(void)
{
    stage_session *t = stage_begin((live_session_options){.raw = true});
    live_session_attach(stage_of(t));
    return t;
}

/* ---- Frames ---- */

/* A stream that is not live: its frames as I420, `max` at most. */
static live_bytes **rendered(const float *samples, int count, int rate, int max, int *frames)
{
    vis_stream *s;
    vis_error err;
    yuv y = {0};
    live_presenter *p = stage_presenter();
    vis_stream_options options = vis_stream_options_defaults();
    live_bytes **out = calloc((size_t)max, sizeof *out);
    assert_int_equal(vis_stream_create(p->context, p->model, p->character, &options, &s, &err), 0);
    assert_int_equal(vis_stream_listen(s, p->encoder, &err), VIS_OK);
    assert_int_equal(vis_stream_push_pcm(s, samples, count, rate, 1, NULL, &err), VIS_OK);
    assert_int_equal(vis_stream_flush(s, &err), VIS_OK);
    assert_int_equal(yuv_open(&y, p->facts.width, p->facts.height, &err), VIS_OK);
    for (*frames = 0; *frames < max; ++*frames) {
        const vis_frame *f;
        assert_int_equal(vis_stream_pull(s, -1, &f, &err), VIS_OK);
        if (!f) break;
        assert_int_equal(yuv_convert(&y, f->pixels, f->stride, &err), VIS_OK);
        assert_int_equal(yuv_planes(&y, &out[*frames], &err), VIS_OK);
        vis_frame_release(f);
    }
    yuv_close(&y);
    vis_stream_close(s);
    return out;
}

/* Says it in pieces after `wait` frames; at once, or a piece with every frame. */
static stage_session *say(const float *samples, int count, int rate, int wait, int piece,
                          bool paced)
{
    stage_session *t = begin_raw();
    live_utterance *u;
    vis_error err;
    stage_go(t, wait);
    assert_int_equal(live_utterance_begin(stage_of(t), "one", "words", false, &u, &err), VIS_OK);
    for (int done = 0; done < count; done += piece) {
        int n = count - done < piece ? count - done : piece;
        int64_t taken;
        assert_int_equal(live_utterance_push(u, samples + done, n, rate, 0, &taken, &err), VIS_OK);
        if (paced) stage_go(t, 1);
    }
    live_utterance_end(u, NULL);
    stage_go_until(t, LIVE_ENDED, 1);
    return t;
}

/* The same where row 0 is on the footage's picture 0, where a render begins: footage is a cycle of
 * eight. */
static stage_session *say_from_0(const float *samples, int count, int rate, int piece, bool paced)
{
    stage_session *t = say(samples, count, rate, 3, piece, paced);
    int off = started_at(t, 0) % 8;
    stage_end(t);
    t = say(samples, count, rate, 3 + (8 - off) % 8, piece, paced);
    assert_int_equal(started_at(t, 0) % 8, 0);
    return t;
}

static void check_frames(const stage_session *t, live_bytes *const *wanted, int frames)
{
    int first = started_at(t, 0);
    for (int i = 0; i < frames; i++) {
        const live_packet *p = of_frame(t, LIVE_I420, first + i);
        assert_non_null(p);
        assert_int_equal(p->size, wanted[i]->size);
        assert_memory_equal(p->bytes, wanted[i]->data, p->size);
    }
}

static void test_frames_are_a_renders(void **state)
{
    enum { COUNT = 3 * RATE / 2, MAX = 60 };
    int frames;
    float *noise = stage_noise(COUNT, 5);
    live_bytes **wanted = rendered(noise, COUNT, RATE, MAX, &frames);
    assert_in_range(frames, 30, MAX - 1);
    stage_session *whole = say_from_0(noise, COUNT, RATE, COUNT, false);
    stage_session *pieces = say_from_0(noise, COUNT, RATE, 777, false);
    stage_session *paced = say_from_0(noise, COUNT, RATE, RATE / STAGE_FPS, true);
    check_frames(whole, wanted, frames);
    check_frames(pieces, wanted, frames);
    check_frames(paced, wanted, frames);
    for (int i = 0; i < frames; i++)
        live_bytes_release(wanted[i]);
    free(wanted);
    stage_end(whole);
    stage_end(pieces);
    stage_end(paced);
    free(noise);
}

/* ---- Sound ---- */

static int16_t sample_of(const live_packet *p, int i)
{
    return (int16_t)(p->bytes[2 * i] | p->bytes[2 * i + 1] << 8);
}

static int16_t as_16(float v)
{
    return (int16_t)lrintf(v * 32768.0f);
}

/* Checks that sound at 48 kHz is heard from `from` samples of it on with frame `frame`. */
static void check_sound(const stage_session *t, int frame, const float *samples, int from,
                        int count)
{
    for (int i = from; i < count; i += STAGE_FRAME_SAMPLES, frame++) {
        const live_packet *p = of_frame(t, LIVE_PCM, frame);
        assert_non_null(p);
        assert_int_equal(p->size, 2 * STAGE_FRAME_SAMPLES);
        for (int k = 0; k < STAGE_FRAME_SAMPLES; k++)
            assert_int_equal(sample_of(p, k), i + k < count ? as_16(samples[i + k]) : 0);
    }
}

static bool is_silent(const stage_session *t, int frame)
{
    const live_packet *p = of_frame(t, LIVE_PCM, frame);
    assert_non_null(p);
    for (int k = 0; k < STAGE_FRAME_SAMPLES; k++)
        if (sample_of(p, k) != 0) return false;
    return true;
}

/* To its last sample, wherever in a frame that is, and nothing around it. */
static void test_sound_is_whole(void **state)
{
    static const int counts[] = {300, 1920, 48001, 50000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        float *noise = stage_noise(counts[i], 9);
        stage_session *t = say(noise, counts[i], LIVE_SOUND_RATE, 5, 4000, false);
        int first = started_at(t, 0), frames = (counts[i] + 1919) / 1920;
        assert_true(is_silent(t, first - 1));
        check_sound(t, first, noise, 0, counts[i]);
        stage_go(t, 3);
        assert_true(is_silent(t, first + frames));
        const live_packet *end = stage_event(t, LIVE_ENDED, 0);
        assert_int_equal(end->event.position_ms, counts[i] * 1000LL / LIVE_SOUND_RATE);
        assert_true(end->time_us >= (int64_t)(first + frames) * STAGE_FRAME_US);
        stage_end(t);
        free(noise);
    }
}

/* Sound that stops in the middle: picture and silence go on, the rest follows, none is lost. */
static void test_a_gap(void **state)
{
    enum { FIRST = 60000, COUNT = 100000 };
    float *noise = stage_noise(COUNT, 11);
    stage_session *t = begin_raw();
    live_utterance *u;
    int64_t taken;
    vis_error err;
    stage_go(t, 5);
    assert_int_equal(live_utterance_begin(stage_of(t), "one", NULL, false, &u, &err), VIS_OK);
    live_utterance_push(u, noise, FIRST, LIVE_SOUND_RATE, 0, &taken, &err);
    stage_go(t, 60);
    int first = started_at(t, 0), heard = first;
    while (!is_silent(t, heard))
        heard++;
    check_sound(t, first, noise, 0, (heard - first) * STAGE_FRAME_SAMPLES);
    assert_in_range(heard - first, 15, 31);
    assert_null(stage_event(t, LIVE_ENDED, 0));
    live_utterance_push(u, noise + FIRST, COUNT - FIRST, LIVE_SOUND_RATE, 0, &taken, &err);
    live_utterance_end(u, NULL);
    stage_go_until(t, LIVE_ENDED, 1);
    int again = heard;
    while (is_silent(t, again))
        again++;
    check_sound(t, again, noise, (heard - first) * STAGE_FRAME_SAMPLES, COUNT);
    assert_int_equal(stage_count_of(t, LIVE_I420), stage_count_of(t, LIVE_PCM));
    stage_end(t);
    free(noise);
}

/* ---- One after the other, and interrupted ---- */

static void test_in_order(void **state)
{
    float *noise = stage_noise(30000, 13);
    stage_session *t = begin_raw();
    live_utterance *u;
    vis_error err, why = {.status = VIS_ERR_OPEN, .message = "the server broke off"};
    stage_go(t, 5);
    stage_say(t, "one", noise, 30000, LIVE_SOUND_RATE);
    stage_say(t, "two", noise, 20000, RATE);
    assert_int_equal(live_utterance_begin(stage_of(t), "three", NULL, false, &u, &err), VIS_OK);
    live_utterance_end(u, NULL); /* with nothing to say */
    assert_int_equal(live_utterance_begin(stage_of(t), "four", NULL, false, &u, &err), VIS_OK);
    live_utterance_end(u, &why);
    stage_go_until(t, LIVE_FAILED, 1);
    assert_string_equal(stage_event(t, LIVE_STARTED, 0)->event.id, "one");
    assert_string_equal(stage_event(t, LIVE_STARTED, 0)->event.text, "words");
    assert_string_equal(stage_event(t, LIVE_ENDED, 0)->event.id, "one");
    assert_string_equal(stage_event(t, LIVE_STARTED, 1)->event.id, "two");
    assert_string_equal(stage_event(t, LIVE_ENDED, 1)->event.id, "two");
    assert_string_equal(stage_event(t, LIVE_ENDED, 2)->event.id, "three");
    assert_null(stage_event(t, LIVE_STARTED, 2));
    assert_string_equal(stage_event(t, LIVE_FAILED, 0)->event.text, "the server broke off");
    int gap = started_at(t, 1) - started_at(t, 0) - (30000 + 1919) / 1920;
    assert_in_range(gap, 0, 12); /* frames */
    stage_go(t, 30);
    live_session_figures f;
    live_session_get(stage_of(t), &f);
    assert_false(f.speaking);
    assert_int_equal(stage_event(t, LIVE_STATE, 1)->event.text[0], 's');
    assert_int_equal(f.late, 0);
    live_load load;
    live_admission_load(&load);
    assert_int_equal(load.speaking, 0);
    stage_end(t);
    free(noise);
}

static void test_interrupted(void **state)
{
    enum { COUNT = 4 * LIVE_SOUND_RATE };
    float *noise = stage_noise(COUNT, 17);
    int64_t position, taken;
    live_utterance *u;
    vis_error err;
    stage_session *t = begin_raw();
    live_session_interrupt(stage_of(t), &position);
    assert_int_equal(position, -1);
    stage_go(t, 5);
    assert_int_equal(live_utterance_begin(stage_of(t), "one", NULL, false, &u, &err), VIS_OK);
    live_utterance_push(u, noise, COUNT, LIVE_SOUND_RATE, 0, &taken, &err);
    stage_say(t, "two", noise, 1000, LIVE_SOUND_RATE);
    stage_go(t, 40);
    live_session_interrupt(stage_of(t), &position);
    int last =
        stage_count_of(t, LIVE_PCM) - 1 + (int)(stage_media(t, LIVE_PCM, 0)->time_us / 40000);
    int first = started_at(t, 0);
    assert_int_equal(position, (last + 1 - first) * 40);
    assert_int_equal(live_utterance_push(u, noise, 10, LIVE_SOUND_RATE, 0, &taken, &err),
                     VIS_ERR_CANCELLED);
    live_utterance_end(u, NULL);
    stage_go(t, 15);
    assert_string_equal(stage_event(t, LIVE_INTERRUPTED, 0)->event.id, "one");
    assert_int_equal(stage_event(t, LIVE_INTERRUPTED, 0)->event.position_ms, position);
    assert_string_equal(stage_event(t, LIVE_INTERRUPTED, 1)->event.id, "two");
    assert_int_equal(stage_event(t, LIVE_INTERRUPTED, 1)->event.position_ms, 0);
    assert_null(stage_event(t, LIVE_ENDED, 0));
    /* The next frame ends within 10 ms; then there is silence. */
    const live_packet *next = of_frame(t, LIVE_PCM, last + 1);
    for (int i = 480; i < STAGE_FRAME_SAMPLES; i++)
        assert_int_equal(sample_of(next, i), 0);
    for (int n = last + 2; n < last + 12; n++)
        assert_true(is_silent(t, n));
    /* Of the mouth: two frames were made, five fade. */
    const live_packet *idle = stage_event(t, LIVE_STATE, 2);
    assert_non_null(idle);
    assert_string_equal(idle->event.text, "idle");
    assert_true(idle->time_us <= (int64_t)(last + 1 + 8) * STAGE_FRAME_US);
    live_session_figures f;
    live_session_get(stage_of(t), &f);
    assert_true(f.interrupt_ms >= 0);
    assert_int_equal(f.waiting_ms, 0);
    stage_end(t);
    free(noise);
}

static void test_instead(void **state)
{
    float *noise = stage_noise(LIVE_SOUND_RATE, 19);
    live_utterance *u;
    vis_error err;
    stage_session *t = begin_raw();
    int64_t taken;
    stage_go(t, 5);
    stage_say(t, "one", noise, LIVE_SOUND_RATE, LIVE_SOUND_RATE);
    stage_go(t, 15);
    assert_int_equal(live_utterance_begin(stage_of(t), "two", NULL, true, &u, &err), VIS_OK);
    live_utterance_push(u, noise, LIVE_SOUND_RATE, LIVE_SOUND_RATE, 0, &taken, &err);
    live_utterance_end(u, NULL);
    stage_go_until(t, LIVE_ENDED, 1);
    assert_string_equal(stage_event(t, LIVE_INTERRUPTED, 0)->event.id, "one");
    assert_string_equal(stage_event(t, LIVE_ENDED, 0)->event.id, "two");
    check_sound(t, started_at(t, 1), noise, 0, LIVE_SOUND_RATE);
    stage_end(t);
    free(noise);
}

static void test_too_many_wait(void **state)
{
    live_utterance *u[LIVE_MAX_UTTERANCES + 2];
    vis_error err;
    int begun = 0;
    stage_session *t = begin_raw();
    while (begun < LIVE_MAX_UTTERANCES + 2 &&
           live_utterance_begin(stage_of(t), NULL, NULL, false, &u[begun], &err) == VIS_OK)
        begun++;
    assert_int_equal(begun, LIVE_MAX_UTTERANCES + 1); /* one of them is being said */
    assert_int_equal(err.status, VIS_ERR_LIMIT);
    stage_end(t);
    float one = 0;
    int64_t taken;
    for (int i = 0; i < begun; i++) { /* they outlive the session, and take nothing */
        assert_int_equal(live_utterance_push(u[i], &one, 1, RATE, 0, &taken, &err),
                         VIS_ERR_CANCELLED);
        live_utterance_end(u[i], NULL);
    }
}

/* Who pushes faster than is said waits; memory stays bounded; all is said. */
static void test_room(void **state)
{
    enum { COUNT = 12 * LIVE_SOUND_RATE };
    float *noise = stage_noise(COUNT, 23);
    live_utterance *u;
    vis_error err;
    int64_t taken, done = 0;
    stage_session *t = begin_raw();
    assert_int_equal(live_utterance_begin(stage_of(t), "one", NULL, false, &u, &err), VIS_OK);
    assert_int_equal(live_utterance_push(u, noise, COUNT, LIVE_SOUND_RATE, 0, &taken, &err),
                     VIS_AGAIN);
    assert_int_equal(taken, UTTERANCE_SECONDS * LIVE_SOUND_RATE);
    for (done = taken; done < COUNT; done += taken) {
        stage_go(t, 10);
        live_utterance_push(u, noise + done, COUNT - done, LIVE_SOUND_RATE, 0, &taken, &err);
    }
    assert_int_equal(live_utterance_push(u, noise, 1, RATE, 0, &taken, &err), VIS_ERR_USAGE);
    live_utterance_end(u, NULL);
    while (!stage_event(t, LIVE_ENDED, 0))
        stage_go(t, 10);
    check_sound(t, started_at(t, 0), noise, 0, COUNT);
    stage_end(t);
    free(noise);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_are_a_renders),
        cmocka_unit_test(test_sound_is_whole),
        cmocka_unit_test(test_a_gap),
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_instead),
        cmocka_unit_test(test_too_many_wait),
        cmocka_unit_test(test_room),
    };
    stage_network = argv[1];
    return cmocka_run_group_tests(tests, stage_open, stage_close);
}
