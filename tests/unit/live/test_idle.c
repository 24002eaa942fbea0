/* What all who look at a character at rest share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "decoder.h"
#include "stage.h"

#include <dirent.h>
#include <stdlib.h>
#include <time.h>

/* Media without gaps, and nothing painted or encoded for anybody alone. */
static void test_viewers_share(void **state)
{
    idle_loop_figures before, after;
    stage_session *t[3];
    int period = (int)idle_loop_period(stage_presenter()->idle);
    idle_loop_get(stage_presenter()->idle, &before);
    for (int i = 0; i < 3; i++) {
        t[i] = stage_begin((live_session_options){.raw = false});
        live_session_attach(stage_of(t[i]));
    }
    for (int n = 0; n < 12; n++)
        for (int i = 0; i < 3; i++)
            stage_go(t[i], STAGE_FPS);
    for (int i = 0; i < 3; i++) {
        live_session_figures f;
        live_session_get(stage_of(t[i]), &f);
        assert_int_equal(f.painted, 0);
        assert_int_equal(f.late, 0);
        assert_int_equal(f.dropped, 0);
        assert_false(f.speaking);
        assert_null(stage_of(t[i])->encoder);
        assert_null(stage_of(t[i])->stream);
        int pictures = stage_count_of(t[i], LIVE_H264), packets = stage_count_of(t[i], LIVE_OPUS);
        assert_in_range(pictures, 12 * STAGE_FPS - 3, 12 * STAGE_FPS);
        assert_int_equal(packets, 2 * pictures + 2); /* frame 0 was made before she came */
    }
    for (int n = 0; n < 12 * STAGE_FPS - 3; n++) {
        const live_packet *p = stage_media(t[0], LIVE_H264, n),
                          *q = stage_media(t[2], LIVE_H264, n);
        assert_int_equal(p->time_us, (n + 1) * STAGE_FRAME_US);
        assert_int_equal(p->duration_us, STAGE_FRAME_US);
        assert_ptr_equal(p->bytes, q->bytes);
        assert_int_equal(p->key, n % period == 0);
    }
    idle_loop_get(stage_presenter()->idle, &after);
    assert_int_equal(after.encoded, before.encoded);
    assert_int_equal(after.encoded, period);
    for (int i = 0; i < 3; i++)
        stage_end(t[i]);
}

static void test_nobody_looks(void **state)
{
    stage_session *t = stage_begin((live_session_options){.raw = false});
    live_session_figures f;
    stage_go(t, 3 * STAGE_FPS + 7);
    live_session_get(stage_of(t), &f);
    assert_in_range(f.frames, 3 * STAGE_FPS + 5, 3 * STAGE_FPS + 7);
    assert_int_equal(stage_count_of(t, LIVE_H264) + stage_count_of(t, LIVE_OPUS), 0);
    assert_non_null(stage_event(t, LIVE_STATE, 0));
    /* Who comes in the middle of a group sees the beginning of the next, at once. */
    live_session_attach(stage_of(t));
    stage_go(t, 10);
    const live_packet *first = stage_media(t, LIVE_H264, 0);
    assert_non_null(first);
    assert_true(first->key);
    assert_in_range(first->time_us, (3 * STAGE_FPS + 5) * STAGE_FRAME_US,
                    (3 * STAGE_FPS + 9) * STAGE_FRAME_US);
    live_session_get(stage_of(t), &f);
    assert_int_equal(f.painted, 0);
    stage_end(t);
}

static void test_who_falls_behind_begins_with_a_key(void **state)
{
    stage_session *t = stage_begin((live_session_options){.raw = false});
    live_session_figures f;
    live_session_attach(stage_of(t));
    stage_go(t, 10);
    int before = stage_count(t);
    stage_go_blind(t, 120); /* more than may wait */
    live_session_get(stage_of(t), &f);
    assert_true(f.dropped > 50);
    stage_go(t, 60);
    int last = stage_count(t);
    for (int i = before; i < last; i++) {
        if (stage_packet(t, i)->kind != LIVE_H264) continue;
        assert_true(stage_packet(t, i)->key);
        break;
    }
    stage_end(t);
}

/* All that came of video in VP8, in order, whole, from a key on. */
static void check_vp8(const stage_session *t)
{
    AVCodecContext *d = decoder_open_of(AV_CODEC_ID_VP8);
    AVFrame *f = av_frame_alloc();
    const live_packet *p;
    for (int n = 0; (p = stage_media(t, LIVE_VP8, n)) != NULL; n++) {
        assert_true(n > 0 || p->key);
        decoder_give(d, p->bytes, p->size, f);
    }
    av_frame_free(&f);
    avcodec_free_context(&d);
}

/* Its thread has all of the cycle; 60 s at most. */
static void wait_until_whole(idle_loop *l)
{
    idle_loop_figures f;
    const struct timespec pause = {.tv_nsec = 10000000};
    for (int i = 0; i < 6000; i++) {
        idle_loop_get(l, &f);
        if (f.encoded >= idle_loop_period(l)) return;
        nanosleep(&pause, NULL);
    }
    fail_msg("%d groups at rest came of VP8", f.groups);
}

static stage_session *begin_vp8(void)
{
    stage_session *t = stage_begin((live_session_options){.raw = false});
    live_session_set_vp8(stage_of(t), true);
    live_session_attach(stage_of(t));
    return t;
}

/* The first of them paints for herself while what all share is made; those who follow do not. */
static void test_viewers_of_vp8_share(void **state)
{
    if (!video_encoder_has_vp8()) skip();
    live_session_figures f[3];
    stage_session *t = begin_vp8();
    idle_loop *l = presenter_idle(stage_presenter(), VIDEO_VP8);
    assert_non_null(l);
    int period = (int)idle_loop_period(l);
    stage_go(t, 5);
    wait_until_whole(l);
    stage_go(t, 2 * period + 2 * SESSION_REST_FRAMES);
    live_session_get(stage_of(t), &f[0]);
    stage_go(t, 3 * period);
    live_session_get(stage_of(t), &f[1]);
    assert_int_equal(f[1].painted, f[0].painted);
    assert_null(stage_of(t)->vp8_encoder);
    assert_null(stage_of(t)->stream);

    stage_session *other = begin_vp8();
    stage_go(other, 2 * period);
    live_session_get(stage_of(other), &f[2]);
    assert_int_equal(f[2].painted, 0);
    assert_int_equal(stage_count_of(other, LIVE_H264), 0);
    assert_in_range(stage_count_of(other, LIVE_VP8), 2 * period - 3, 2 * period);
    check_vp8(t);
    check_vp8(other);

    /* Another viewer in the same session, who takes H.264. */
    live_session_detach(stage_of(other));
    stage_go(other, 3);
    live_session_set_vp8(stage_of(other), false);
    live_session_attach(stage_of(other));
    stage_go(other, 30);
    assert_non_null(stage_media(other, LIVE_H264, 0));
    assert_true(stage_media(other, LIVE_H264, 0)->key);
    stage_end(other);
    stage_end(t);
}

/* Who speaks is painted for, from a key on, and so is what comes before all is shared again. */
static void test_vp8_goes_on_through_speech(void **state)
{
    if (!video_encoder_has_vp8()) skip();
    stage_session *t = begin_vp8();
    float *noise = stage_noise(16000, 3);
    stage_go(t, 60);
    for (int i = 0; i < 2; i++) {
        stage_say(t, "one", noise, 16000, 16000);
        stage_go_until(t, LIVE_ENDED, i + 1);
        stage_go(t, 70);
    }
    check_vp8(t);
    free(noise);
    stage_end(t);
}

/* An hour: sound and picture end at the same place. */
static void test_an_hour(void **state)
{
    stage_session *t = stage_begin((live_session_options){.raw = false});
    live_session_attach(stage_of(t));
    for (int i = 0; i < 3600; i++)
        stage_go(t, STAGE_FPS);
    int pictures = stage_count_of(t, LIVE_H264), packets = stage_count_of(t, LIVE_OPUS);
    const live_packet *p = stage_media(t, LIVE_H264, pictures - 1);
    const live_packet *q = stage_media(t, LIVE_OPUS, packets - 1);
    assert_in_range(p->time_us, 3599900000, 3600000000);
    assert_int_equal(p->time_us + p->duration_us, q->time_us + q->duration_us + 6500);
    stage_end(t);
}

static int entries(const char *folder)
{
    int count = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    while (readdir(d))
        count++;
    closedir(d);
    return count;
}

/* Closed in every state, over and over. */
static void test_what_is_gone_is_gone(void **state)
{
    float *noise = stage_noise(16000, 3);
    int threads = 0, files = 0;
    for (int i = 0; i < 100; i++) {
        const char *path = i % 4 == 3 ? stage_path("gone.mp4") : NULL;
        stage_session *t = stage_begin((live_session_options){.raw = i % 2, .record = path});
        if (i % 5) live_session_attach(stage_of(t));
        if (i % 5 > 1) stage_go(t, i % 7);
        if (i % 5 > 2) stage_say(t, "one", noise, 16000, 16000);
        if (i % 5 > 3) stage_go(t, i % 11);
        if (i % 10 > 7) live_session_interrupt(stage_of(t), NULL);
        stage_end(t);
        if (i == 9) threads = entries("/proc/self/task");
        if (i == 9) files = entries("/proc/self/fd");
    }
    assert_int_equal(entries("/proc/self/task"), threads);
    assert_int_equal(entries("/proc/self/fd"), files);
    live_load load;
    live_admission_load(&load);
    assert_int_equal(load.sessions, 0);
    assert_int_equal(load.speaking, 0);
    free(noise);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_viewers_share),
        cmocka_unit_test(test_nobody_looks),
        cmocka_unit_test(test_who_falls_behind_begins_with_a_key),
        cmocka_unit_test(test_viewers_of_vp8_share),
        cmocka_unit_test(test_vp8_goes_on_through_speech),
        cmocka_unit_test(test_an_hour),
        cmocka_unit_test(test_what_is_gone_is_gone),
    };
    stage_network = argv[1];
    return cmocka_run_group_tests(tests, stage_open, stage_close);
}
