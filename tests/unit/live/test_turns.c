/* Long footage at rest: whichever groups are there, each picture is beside the one before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "decoder.h"
#include "stage.h"

#include <stdlib.h>

#define PERIOD (2 * (FOOTAGE - 1))

/* The footage's pictures as a raw session shows them at rest, from the second on. */
static stage_session *film(const live_packet *pictures[FOOTAGE])
{
    stage_session *t = stage_begin((live_session_options){.raw = true});
    live_session_attach(stage_of(t));
    stage_go(t, FOOTAGE + 5);
    for (int i = 0; i + 2 < FOOTAGE;
         i++) { /* frame 0 was made before she came: it shows picture 1 */
        pictures[i + 2] = stage_media(t, LIVE_I420, i);
        assert_non_null(pictures[i + 2]);
        assert_int_equal(pictures[i + 2]->time_us, (i + 1) * STAGE_FRAME_US);
    }
    return t;
}

static double likeness(const AVFrame *f, const live_packet *const pictures[FOOTAGE], int n)
{
    return n < 0 || n >= FOOTAGE || !pictures[n] ? 0 : decoder_luma_psnr(f, pictures[n]->bytes);
}

/* The picture beside `at` that f shows, on the way before back; -1: neither. The first two were not
 * filmed, and are passed on the way down and up. */
static int next_of(const AVFrame *f, const live_packet *const pictures[FOOTAGE], int at, int way)
{
    if (at + way < 2 && at + way >= 0) return at + way;
    if (likeness(f, pictures, at + way) > 30) return at + way;
    if (at == 0) return 1;
    return likeness(f, pictures, at - way) > 30 ? at - way : -1;
}

/* The picture behind which f is. */
static int place_of(const AVFrame *f, const live_packet *const pictures[FOOTAGE])
{
    for (int n = 2; n < FOOTAGE; n++)
        if (likeness(f, pictures, n) > 30) return n - 1;
    return 0;
}

/* Walks from picture to picture; *turns counts how often it goes the other way. */
static void walk(const stage_session *t, const live_packet *const pictures[FOOTAGE], int *turns)
{
    AVCodecContext *d = decoder_open();
    AVFrame *f = av_frame_alloc();
    int at = 0, way = 1, count = stage_count_of(t, LIVE_H264);
    for (int i = 0; i < count; i++) {
        const live_packet *p = stage_media(t, LIVE_H264, i);
        decoder_give(d, p->bytes, p->size, f);
        if (i == 0) at = place_of(f, pictures);
        int next = next_of(f, pictures, at, way);
        assert_true(next >= 0);
        *turns += next - at != way;
        way = next - at;
        at = next;
    }
    av_frame_free(&f);
    avcodec_free_context(&d);
}

static void test_each_is_beside_the_one_before(void **state)
{
    const live_packet *pictures[FOOTAGE] = {0};
    stage_session *raw = film(pictures);
    stage_session *t = stage_begin((live_session_options){.raw = false});
    int turns = 0;
    assert_int_equal(idle_loop_period(stage_presenter()->idle), PERIOD);
    live_session_attach(stage_of(t));
    for (int i = 0; i < 40; i++)
        stage_go(t, STAGE_FPS);
    walk(t, pictures, &turns);
    assert_true(turns >= 3);
    live_session_figures f;
    live_session_get(stage_of(t), &f);
    assert_int_equal(f.painted, 0);
    stage_end(t);
    stage_end(raw);
}

/* Where groups begin is the same on the way back. */
static void test_places(void **state)
{
    idle_loop *l = stage_presenter()->idle;
    for (int64_t n = 0; n < 3 * PERIOD; n++) {
        int64_t begin = idle_loop_group_begin(l, n), end = idle_loop_group_end(l, n);
        assert_true(begin <= n && n < end && end - begin <= 2 * 2 * STAGE_FPS);
        int64_t turn = idle_loop_turn(l, end);
        assert_int_equal(idle_loop_group_begin(l, turn), turn);
        assert_int_equal((turn + end) % PERIOD, 0);
        assert_true(turn >= end);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_each_is_beside_the_one_before),
    };
    stage_network = argv[1];
    return cmocka_run_group_tests(tests, stage_open, stage_close);
}
